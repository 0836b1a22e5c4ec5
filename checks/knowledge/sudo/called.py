"""The calls of sudo that a workflow makes on a server. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from checks.knowledge.pipelines.reading import Act, Reading
from checks.knowledge.sudo.needs import Need, read
from checks.knowledge.sudo.rights import same_command
from checks.model import Message, msg


class Call(NamedTuple):
    """One call of sudo: ``line`` as far as it is known, ``where`` it stands (file:line), on which ``place``. ``need``
    None: what it runs is not known, for the reason ``why``."""

    line: str
    where: str
    place: str
    need: Need | None
    why: Message | None


def calls(reading: Reading, account: str) -> list[Call]:
    """Those that `reading` makes over SSH, or on runners of one's own; not those on GitHub's. Each once."""
    found: dict[tuple[str, str], Call] = {}
    for act in reading.commands:
        job = reading.job(act.job)
        own = job is not None and "self-hosted" in job.runs_on
        if act.sudo and (act.place or own):
            call = _call(act, f"{act.file or reading.workflow.path}:{act.line}", account)
            found.setdefault((call.line, call.place), call)
    return list(found.values())


def _call(act: Act, where: str, account: str) -> Call:
    at = next(n for n, word in enumerate(act.typed) if word.rpartition("/")[2] in ("sudo", "doas"))
    before, words = act.typed[:at], act.typed[at:]
    line = shlex.join(words)
    why = _open(before, words)
    if why is None:
        try:
            return Call(line, where, act.place, read(line, account), None)
        except ValueError as error:
            why = msg("It cannot be read: {error:code}", error=str(error))
    return Call(line, where, act.place, None, why)


def _open(before: tuple[str, ...], words: tuple[str, ...]) -> Message | None:
    """Why it is not known what exactly is run."""
    if words[0].rpartition("/")[2] != "sudo":
        return msg("It is not sudo that is called.")
    if any(word.rpartition("/")[2] == "xargs" for word in before):
        return msg("The rest of its arguments comes from elsewhere ({command:code}).", command="xargs")
    text = " ".join(words)
    if named := re.findall(r"\$\{?\w+\}?|%[^%\s]+%|\$\(|`", text):
        return msg("It is not known what {names:list} stand for.", names=tuple(dict.fromkeys(named)))
    if re.search(r"[*?\[]", text):
        return msg("Its wildcard is filled in on the server: a rule has to name each path.")
    return None


def undeclared(found: list[Call], declared: list[Need]) -> Iterator[Call]:
    """The calls of `found` that are none of `declared`."""
    for call in found:
        if call.need is None or not any(_same(call.need, one) for one in declared):
            yield call


def _same(one: Need, other: Need) -> bool:
    return any(
        same_command(mine.argv[0], its.argv[0])
        and (mine.arguments, mine.user, mine.group) == (its.arguments, its.user, its.group)
        for mine in one.rights()
        for its in other.rights()
    )
