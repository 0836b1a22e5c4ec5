"""The nightly run: as a timer and a service of systemd, from ``templates/hub.*.j2``, or as a line of a crontab; and the same
for what marks the pages each hour where no run came."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from checks.errors import DocgenError
from docgen.assets import asset_root

_SOON = 10
"""Minutes that marking may take."""
_AT = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_FILE = re.compile(r"/[A-Za-z0-9._@+/-]*")


_SHARED = re.compile("/(?:var/)?tmp/")
"""What a service with a /tmp of its own would not see."""


class NoTimer(DocgenError):
    """A value that cannot stand in a unit."""


@dataclass(frozen=True)
class Run:
    """What is run each night."""

    program: tuple[str, ...]
    """The command line that is docgen."""
    arguments: tuple[str, ...]
    name: str
    user: str
    folder: str
    at: str
    within: int
    """In minutes."""
    writable: tuple[str, ...] = ()
    credentials: tuple[tuple[str, str], ...] = ()
    htpasswd: str | None = None
    """The accounts, of which those whose time is over are removed first."""
    expire: tuple[str, ...] = ()
    """The arguments of what marks the hub that is published, if one is."""

    @property
    def expiring(self) -> Run | None:
        """What marks the pages where no run came."""
        if not self.expire:
            return None
        its = replace(self, arguments=self.expire, expire=(), htpasswd=None, within=_SOON)
        return replace(its, name=f"{self.name}-expire")

    @property
    def between(self) -> int:
        """The minute of the hour that is farthest from the one in which the run begins."""
        return (int(self.at[-2:]) + 30) % 60


def units(run: Run) -> dict[str, str]:
    """The service and the timer, by the names of their files."""
    _check(run)
    made = _pair(run, run.name, f"the nightly run ({run.name})", f"*-*-* {run.at}:00")
    if its := run.expiring:
        made |= _pair(
            its, run.name, f"whether the nightly run comes ({run.name})", f"*-*-* *:{run.between:02}:00"
        )
    return made


def _pair(run: Run, cache: str, what: str, when: str) -> dict[str, str]:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(asset_root() / "templates"),
        autoescape=False,  # noqa: S701 - not HTML; what goes in was looked at, and is quoted
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    writable = [*run.writable, *([str(PurePosixPath(run.htpasswd).parent)] if run.htpasswd else [])]
    words = {
        "run": run,
        "cache": cache,
        "what": what,
        "when": when,
        "folder": run.folder,
        "command": _line((*run.program, *run.arguments)),
        "prune": _line((*run.program, *_prune(run))) if run.htpasswd else "",
        "writable": list(dict.fromkeys(writable)),
        "shares": any(map(_SHARED.match, (*run.program, run.folder, *writable))),
    }
    names = {f"{run.name}.{ending}": f"hub.{ending}.j2" for ending in ("service", "timer")}
    return {name: environment.get_template(file).render(words) for name, file in names.items()}


def crontab(run: Run) -> str:
    """The same as lines for the crontab of the account. Credentials are a matter of systemd."""
    _check(run)
    if run.credentials:
        raise NoTimer("Cron has no credentials; in the spec, let the secret come from a file.")
    hour, minute = run.at.split(":")
    line = shlex.join((*run.program, *run.arguments))
    if run.htpasswd:
        # Whether or not that goes well, the run itself takes place.
        line = f"{{ {shlex.join((*run.program, *_prune(run)))}; {line}; }}"
    made = _entry(f"{int(minute)} {int(hour)}", run, line)
    if its := run.expiring:
        made += _entry(f"{run.between} *", its, shlex.join((*its.program, *its.arguments)))
    return made


def _entry(when: str, run: Run, line: str) -> str:
    # Cron takes a bare % for the end of the line.
    return f"{when} * * * cd {shlex.quote(run.folder)} && {line}\n".replace("%", r"\%")


def _prune(run: Run) -> tuple[str, ...]:
    return ("hub", "passwd", "remove", "--expired", "--htpasswd", run.htpasswd or "")


def _check(run: Run) -> None:
    if not _AT.fullmatch(run.at):
        raise NoTimer(f"{run.at!r}: expected a time such as 03:00.")
    if not _NAME.fullmatch(run.name):
        raise NoTimer(f"{run.name!r}: expected a name of letters, digits and dashes, such as docgen-hub.")
    if not _USER.fullmatch(run.user):
        raise NoTimer(f"{run.user!r}: expected the name of an account, such as docgen.")
    files = [file for _, file in run.credentials] + ([run.htpasswd] if run.htpasswd else [])
    for path in (run.folder, *run.writable, *files):
        if not _FILE.fullmatch(path):
            raise NoTimer(f"{path!r}: expected an absolute path of letters, digits and . _ @ + -")
    for name, _ in run.credentials:
        if not _NAME.fullmatch(name):
            raise NoTimer(f"{name!r}: expected the name of a credential: letters, digits and dashes.")
    for word in (*run.program, *run.arguments):
        if not word.isprintable():
            raise NoTimer(f"{word!r}: a word of the command holds a control character.")


def _line(words: Sequence[str]) -> str:
    """`words` as a command of a unit, in which % and $ mean something."""
    return " ".join(map(_word, words))


def _word(word: str) -> str:
    plain = word.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w@%$+=:,./-]+", plain):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
