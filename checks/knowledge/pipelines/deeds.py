"""What a spec says that a workflow does: ``backup database``, ``switch``, ``request /health``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator

from checks.knowledge.pipelines.acts import ACTS, LISTING, url_path
from checks.knowledge.pipelines.reading import Act, Reading, part_of

_CLOSED: dict[str, tuple[str, ...]] = {
    "backup": ("app", "database", "nginx"),
    "checksum": ("check", "make"),
    **dict.fromkeys(("bundle", "extract", "gate", "migrate", "permissions", "switch", "transfer"), ()),
}
"""The words that may stand behind an act, where not any will do."""


def _known(value: str) -> str:
    act, *about = value.split() or [""]
    if act not in ACTS:
        raise ValueError(f"expected one of {', '.join(ACTS)}, and behind it what it is about: `reload nginx`")
    if act in _CLOSED and (len(about) > 1 or (about and about[0] not in _CLOSED[act])):
        right = " or ".join(f"`{act} {word}`" for word in _CLOSED[act]) or f"`{act}` alone"
        raise ValueError(f"expected {right}")
    if act == "request" and about and not about[0].startswith(("/", "http://", "https://")):
        raise ValueError("expected a path or an address behind `request`: `request /health`")
    return value


Doing = Annotated[str, AfterValidator(_known)]
"""An act, and if need be what it is about: a part of its name, the path of a request."""


def doing(reading: Reading, wanted: str, job: str | None = None) -> list[Act]:
    """The acts of the workflow, in their order, that are what `wanted` says; those of a rescue are not among them
    unless `job` is asked for."""
    act, _, about = wanted.partition(" ")
    return [
        a
        for a in reading.acts
        if a.act == act
        and (part_of(a.job, job) if job else not a.rescue)
        and (not about.strip() or _about(a, about.strip()))
    ]


def perhaps(reading: Reading, wanted: str, job: str | None = None) -> Act | None:
    """An act of which it cannot be told whether it is what `wanted` says: a part of it is not known."""
    act, _, about = wanted.partition(" ")
    if act == "gate":  # what only lists files may be meant as one
        return next(iter(doing(reading, LISTING, job)), None)
    path = about if about.startswith("/") else url_path(about)
    for one in doing(reading, act, job):
        # Of a URL that begins with an expression, that is its host.
        known = re.sub(_HOST, "", one.what, count=1) if act == "request" else one.what
        known = known or one.what
        if not about.strip() or not _OPEN.search(known):
            continue
        pattern = ".*".join(re.escape(part) for part in _OPEN.split(known.partition("?")[0]))
        if re.fullmatch(pattern, path if act == "request" else about.strip()):
            return one
    return None


_OPEN = re.compile(r"\$\{[^}]*\}|%[^%]*%|\$\([^)]*\)")
_HOST = rf"^(?:https?://)?(?:(?:{_OPEN.pattern})[^/${{}}%]*|[^/$%]+)"


def _about(act: Act, about: str) -> bool:
    if act.act == "request" and re.fullmatch(rf"(?:{_OPEN.pattern})+", act.what):
        return False  # its path may be any
    if act.act == "request":
        wanted = about if about.startswith("/") else url_path(about)
        return (url_path(act.what).rstrip("/") or "/") == (wanted.rstrip("/") or "/")
    if about == act.what or about in act.what.split() or fnmatchcase(act.what, about):
        return True
    # A service is called php-fpm by people and php8.3-fpm by the host.
    return re.sub(r"[\d.]", "", act.what) == re.sub(r"[\d.]", "", about)


def runs(reading: Reading, wanted: str, job: str | None) -> list[Act]:
    """The commands of `job` (None: of all) that are the command `wanted`: its program and words, in any further
    company."""
    words = wanted.split()
    return [a for a in reading.commands if (job is None or part_of(a.job, job)) and _is(a.argv, words)]


_RUNNERS = (
    "php",
    "npx",
    "bunx",
    "yarn",
    "pnpm",
    "npm",
    "poetry",
    "uv",
    "run",
    "exec",
    "bundle",
    "python3",
    "python",
    "node",
)


def _is(argv: Sequence[str], wanted: Sequence[str]) -> bool:
    """``composer install --no-dev`` is also ``php /usr/bin/composer install -q --no-dev``; ``--level=5`` is also
    ``--level 5``."""
    flat = [part for word in argv for part in (word.split("=", 1) if word.startswith("--") else [word])]
    program, *words = wanted
    names = [word.rpartition("/")[2] for word in flat]
    wanted_name = program.rpartition("/")[2]
    # Behind what only runs it: php, npx and the like.
    at = next((n for n, name in enumerate(names[:3]) if name == wanted_name), None)
    if at is None or any(name not in _RUNNERS for name in names[:at]):
        return False
    rest = flat[at + 1 :]
    for word in words:
        option, equals, value = word.partition("=")
        if equals and option.startswith("--"):
            if (option, value) not in pairwise(rest):
                return False
        elif word not in (argv if word.startswith("--") else rest):
            return False  # what takes no value is not meant by `--no-dev=false`
    return True


def begins(argv: Sequence[str], wanted: str) -> bool:
    """Whether the command `argv` begins with the words of `wanted`; its program may have a path."""
    words = wanted.split()
    mine = [argv[0].rpartition("/")[2], *argv[1:]] if "/" not in (words or [""])[0] else list(argv)
    return mine[: len(words)] == words


def wishes(
    reading: Reading, commands: Sequence[str], acts: Sequence[str], job: str
) -> list[tuple[str, list[Act]]]:
    """What of `job` runs each of the `commands`, and does each of the `acts`."""
    own = [(wish, runs(reading, wish, job)) for wish in commands]
    return own + [(wish, doing(reading, wish, job)) for wish in acts]
