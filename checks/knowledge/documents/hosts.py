"""Paths of hosts that a document names, such as ``/etc/nginx/nginx.conf``, against what was seen there: whether they are,
and with the mode and the owner that stand beside them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checks.knowledge.documents.cues import EXAMPLE, GONE, LACKING, PLACEHOLDER, SOFT, URL
from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.page import Page
from checks.model import Fact, Message, Observation, Probe, msg

_TOPS = "etc|var|srv|opt|home|usr|root|run|mnt|media|tmp"
_PATH = re.compile(r"(?<![\w/.:@#~$%&=?\[<>*{}\\+-])(?P<path>/[\w.@+-]+(?:/[\w.@+-]+)+/?)(?![\w/*{}$<>@%-])")
_MODE = re.compile(
    r"(?:(?:[Mm]od(?:e|us)|[Rr]echte|[Pp]ermissions?|chmod)\W{0,6}(?P<named>0?[0-7]{3,4})|(?<![\w./:-])(?P<octal>0[0-7]{3}))(?![\w./:-])"
)
_OWNER = re.compile(
    r"(?<![\w./:-])(?P<user>[a-z_][a-z0-9_-]{0,31}):(?P<group>[a-z_][a-z0-9_-]{0,31})(?![\w./:-])"
)
_BEHIND = re.compile(
    r"[`*_]{0,3}\s*(?:\([^()]{0,80}\)|\|[^.;]{0,80}|,?\s*(?:mit|with|hat|has|gehört|belongs|owned|ist|is)\b[^.;]{0,80})"
)
_SEEN = ("stat", "list", "find", "read", "sha256")
"""Verbs whose argument ``path`` is there where they were answered, and is not where they say so."""


class Sight(NamedTuple):
    """Whether something was there at the time ``at`` (RFC 3339), and with which mode and owner; None: not told."""

    there: bool
    at: str
    mode: int | None = None
    owner: tuple[str, str] | None = None


class Hosts(NamedTuple):
    """What was seen on hosts ("environment/host"): by path; and of folders, all the names that are in them. ``roots`` are
    the folders of the environments."""

    paths: Mapping[str, Mapping[str, Sight]] = {}
    listed: Mapping[str, Mapping[str, tuple[frozenset[str], str]]] = {}
    roots: Mapping[str, str] = {}

    def about(self, path: str) -> list[str]:
        """The hosts that `path` may be on: those of the environment whose folder it is in, else all."""
        fits = [e for e, root in self.roots.items() if f"{path}/".startswith(f"{root.rstrip('/')}/")]
        deepest = max((len(self.roots[e]) for e in fits), default=0)
        own = [e for e in fits if len(self.roots[e]) == deepest]
        return [host for host in self.paths if not own or host.partition("/")[0] in own]

    def sight(self, host: str, path: str) -> Sight | None:
        """What was seen of `path` on `host`; None: nothing."""
        known = self.paths[host]
        if path in known:
            return known[path]
        folder, _, name = path.rpartition("/")
        while folder:
            above = known.get(folder)
            if above is not None and not above.there:
                return above
            if folder in self.listed.get(host, {}):
                names, at = self.listed[host][folder]
                if name[0] != "." and name.partition("/")[0] not in names:
                    return Sight(False, at)
            folder, _, last = folder.rpartition("/")
            name = f"{last}/{name}"
        return None


def seen(facts: Sequence[tuple[Probe, Fact]], roots: Mapping[str, str]) -> Hosts:
    """What `facts` say of the paths of hosts."""
    paths: dict[str, dict[str, Sight]] = {}
    listed: dict[str, dict[str, tuple[frozenset[str], str]]] = {}
    for probe, fact in facts:
        if fact.at is None:
            continue
        host = paths.setdefault(fact.at, {})
        for path, sight in _sights(probe, fact):
            # What tells more of the same path counts.
            if path not in host or (sight.there and host[path].mode is None):
                host[path] = sight
        for folder, names in _lists(probe, fact):
            listed.setdefault(fact.at, {})[folder] = frozenset(names), fact.observed_at
    for host in paths.values():
        for path, sight in [*host.items()]:
            while sight.there and (path := posixpath.dirname(path)) not in ("", "/"):
                host.setdefault(path, Sight(True, sight.at))
    return Hosts(paths, listed, roots)


def _sights(probe: Probe, fact: Fact) -> Iterator[tuple[str, Sight]]:
    path = probe.args.get("path")
    if probe.verb in _SEEN and isinstance(path, str) and path.startswith("/"):
        path = posixpath.normpath(path)
        if fact.observation is Observation.ABSENT:
            yield path, Sight(False, fact.observed_at)
        elif fact.observation is Observation.OBSERVED:
            yield path, _sight(fact.value if probe.verb == "stat" else {}, fact.observed_at)
            for entry in fact.value.get("entries", ()) if probe.verb in ("list", "find") else ():
                inside = posixpath.join(path, str(entry.get("path") or entry["name"]))
                yield posixpath.normpath(inside), _sight(entry, fact.observed_at)

    elif probe.verb == "releases" and fact.value is not None and fact.value["base"] == "there":
        base = posixpath.normpath(probe.args["base"])
        yield base, Sight(True, fact.observed_at)
        if fact.value["listing"] == "there":
            its = (str(one["name"]) for one in fact.value["releases"])
            folder = posixpath.normpath(posixpath.join(base, probe.args["releases"]))
            yield from ((f"{folder}/{name}", Sight(True, fact.observed_at)) for name in its)


def _sight(value: Mapping[str, Any], at: str) -> Sight:
    its = value.get("resolved") or value
    if its.get("type") == "link" or "mode" not in its:
        return Sight(True, at)
    return Sight(True, at, its["mode"], (its["user"], its["group"]))


def _lists(probe: Probe, fact: Fact) -> Iterator[tuple[str, list[str]]]:
    """Folders of which every name was seen."""
    if fact.value is None:
        return
    if probe.verb == "list" and not fact.value["truncated"]:
        yield posixpath.normpath(probe.args["path"]), [str(entry["name"]) for entry in fact.value["entries"]]
    elif probe.verb == "releases" and fact.value["listing"] == "there":
        its = fact.value["releases"]
        if len(its) == fact.value["count"]:
            folder = posixpath.join(probe.args["base"], probe.args["releases"])
            yield posixpath.normpath(folder), [str(one["name"]) for one in its]


def judged(page: Page, hosts: Hosts, *, past: bool) -> Iterator[Finding]:
    """What becomes of the paths of hosts that `page` names. ``past``: it is about another day."""
    title = ""
    heads = {heading.line: heading.text for heading in page.headings}
    for number, line in page.spoken:
        title = heads.get(number, title)
        if "/" not in line:
            continue
        plain = URL.sub(lambda match: " " * len(match[0]), line) if ":" in line else line
        for match in _PATH.finditer(plain):
            path = posixpath.normpath(match["path"].rstrip("."))
            top = path.split("/")[1]
            inside = any(f"{path}/".startswith(f"{root.rstrip('/')}/") for root in hosts.roots.values())
            if PLACEHOLDER.search(path) or not (inside or re.fullmatch(_TOPS, top)):
                continue
            around = f"{plain[: match.start()]} {plain[match.end() :]}"
            hedged = any(cue.search(around) for cue in (GONE, EXAMPLE, SOFT)) or LACKING.search(title)
            yield from _path(page, number, path, plain[match.end() :], hosts, past=past, hedged=bool(hedged))


def _path(
    page: Page, line: int, path: str, behind: str, hosts: Hosts, *, past: bool, hedged: bool
) -> Iterator[Finding]:
    where = hosts.about(path)
    sights = {host: sight for host in where if (sight := hosts.sight(host, path)) is not None}
    there = {host: sight for host, sight in sights.items() if sight.there}
    if there:
        yield holds(page.path, line, "host", path)
        if not past and not hedged:
            yield from _rights(page, line, path, behind, there)
        return
    if not sights or len(sights) < len(where):
        yield unjudged(page.path, line, "host", path, msg("No host was asked for it."))
    elif past:
        yield unjudged(page.path, line, "host", path, msg("The document is about the past."))
    elif hedged:
        yield unjudged(
            page.path, line, "host", path, msg("It is said to be gone, to come, or to be an example.")
        )
    else:
        at = max(sight.at for sight in sights.values())
        said = msg(
            "There is no {path:code} on {hosts:list}, seen at {at:time}.",
            path=path,
            hosts=tuple(sights),
            at=at,
        )
        yield drifted(page.path, line, "host", path, said)


def _rights(page: Page, line: int, path: str, behind: str, there: Mapping[str, Sight]) -> Iterator[Finding]:
    """The mode and the owner that stand right behind `path`."""
    match = _BEHIND.match(behind)
    if match is None or _PATH.search(match[0]):
        return
    known = {
        host: sight for host, sight in there.items() if sight.mode is not None and sight.owner is not None
    }
    if mode := _MODE.search(match[0]):
        digits = mode["named"] or mode["octal"]
        wrong = {host: f"{sight.mode:04o}" for host, sight in known.items() if sight.mode != int(digits, 8)}
        yield from _compared(page, line, f"{path} {digits}", known, wrong)
    if owner := _OWNER.search(match[0]):
        said = (owner["user"], owner["group"])
        others = {host: ":".join(sight.owner or ()) for host, sight in known.items() if sight.owner != said}
        yield from _compared(page, line, f"{path} {':'.join(said)}", known, others)


def _compared(
    page: Page, line: int, said: str, known: Mapping[str, Sight], wrong: Mapping[str, str]
) -> Iterator[Finding]:
    if not known:
        return
    if len(wrong) < len(known):
        yield holds(page.path, line, "rights", said)
        return
    host = min(wrong)
    actual: Message = msg(
        "On {host:code} it is {what:code}, seen at {at:time}.", host=host, what=wrong[host], at=known[host].at
    )
    yield drifted(page.path, line, "rights", said, actual)
