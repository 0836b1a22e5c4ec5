"""What holds for everything below a directory: to whom it belongs, and what nobody may do."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from checks.kinds.interface import Params, aspect
from checks.knowledge.modes import Account, Mode, octal, owners, symbolic
from checks.knowledge.searched import gap
from checks.model import Aspect, Fact, Judgement, Probe, msg, nmsg, probe

SHOWN = 5
EVERYTHING = 0o7777


class Below(Params):
    owner: Account | None = None
    """Everything below belongs to this account, links too."""
    group: Account | None = None
    """Everything below belongs to this group, links too."""
    max_mode: Mode | None = None
    """Nothing below has a permission bit beyond these. Links have none of their own. Folders made below a folder
    with the setgid bit have it as well: allow it with `2775`."""

    @model_validator(mode="after")
    def _asks_something(self) -> Below:
        if self.owner is None and self.group is None and self.max_mode is None:
            raise ValueError("expected at least one of `owner`, `group`, `max-mode`")
        if self.max_mode == EVERYTHING:
            raise ValueError("a `max-mode` of 7777 forbids nothing: expected fewer bits")
        return self

    def probe(self, path: str) -> Probe:
        """What looks for anything different below `path`."""
        beyond = None if self.max_mode is None else EVERYTHING & ~self.max_mode
        tests: dict[str, Any] = {"user": self.owner, "group": self.group, "beyond": beyond}
        asked = {name: value for name, value in tests.items() if value is not None}
        return probe("find", path=path, slow=True, deadline=60, **asked)

    def judge(self, fact: Fact) -> tuple[Aspect, Judgement | None]:
        """The aspect; and where nothing different was seen but not everything could be, why, and what
        would settle it."""
        name = msg("below it")
        limit = f"≤ {octal(self.max_mode)}" if self.max_mode is not None else ""
        limits = tuple(part for part in (owners(self.owner, self.group), limit) if part)
        expected = msg("all {limits:list}", limits=limits)
        if fact.value and fact.value["count"]:
            actual = nmsg(
                "{n} is different: {paths:list}",
                "{n} are different, such as {paths:list}",
                n=fact.value["count"],
                paths=tuple(
                    f"{e['path']} ({e['user']}:{e['group']} {octal(e['mode'])})"
                    for e in fact.value["entries"][:SHOWN]
                ),
            )
            return aspect(name, expected, actual, False), None
        if open_ := gap(fact):
            return aspect(name, expected, None, None, note=open_.reason), open_
        return aspect(name, expected, msg("nothing different"), True), None

    def commands(self, path: str) -> list[str]:
        """What sets it right, and leaves the folder itself as it is; `path` is quoted for a shell."""
        todo = []
        if self.owner or self.group:
            todo.append(f"find {path} -mindepth 1 -exec chown -h {owners(self.owner, self.group)} {{}} +")
        if self.max_mode is not None:
            less = symbolic(EVERYTHING & ~self.max_mode, "-")
            todo.append(f"find {path} -mindepth 1 ! -type l -exec chmod {less} {{}} +")
        return todo
