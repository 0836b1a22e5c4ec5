"""What there is to ask and to say of a folder of releases: of the live one, of the older ones, of what is left over.

What judges takes the value of the ``releases`` verb, and is pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import AfterValidator

from checks.kinds.interface import aspect
from checks.model import Aspect, Probe, code, msg, nmsg, probe

SHOWN = 20
LEFTOVER = re.compile(r"PREFLIGHT_.*|.*\.(partial|tmp|lock|part)")
GAPS = ("missing", "dangling")


def _inside(value: str) -> str:
    if not value or value.startswith("/") or ".." in value.split("/") or "\0" in value:
        raise ValueError("expected a path below the folder, such as public/index.php")
    return value.rstrip("/")


Inside = Annotated[str, AfterValidator(_inside)]
"""A path below a folder."""


def folder(
    path: str,
    *,
    current: str = "current",
    releases: str = "releases",
    shared: str = "shared",
    requires: Sequence[str] = (),
    links: Sequence[str] = (),
) -> Probe:
    """What asks for all of the folder `path`: which of `requires` each release holds, which of `links` leads into
    the folder `shared`."""
    return probe(
        "releases",
        deadline=20,
        base=path.rstrip("/") or "/",
        current=current,
        releases=releases,
        shared=shared,
        requires=list(requires),
        links=list(links),
        revision="REVISION",
        max=200,
    )


def current(seen: dict[str, Any], link: str) -> Aspect:
    """The link to the live release."""
    name, wanted = code(link), msg("a link to a release")
    words = {
        "missing": msg("missing"),
        "dangling": msg("a link that leads nowhere"),
        "copy": msg("not a link"),
    }
    its = seen["current"]
    if its["state"] in words:
        return aspect(name, wanted, words[its["state"]], False)
    if its["state"] == "denied" or its["real"] is None:
        return aspect(name, wanted, None, None)
    return aspect(name, wanted, code(its["name"] or its["real"]), its["name"] is not None)


def content(live: dict[str, Any]) -> Aspect:
    """Whether a release, mostly the live one, holds all that it needs."""
    name, complete = msg("content"), msg("complete")
    gone = tuple(path for path, state in live["has"].items() if state in GAPS)
    if gone:
        return aspect(name, complete, msg("missing: {paths:list}", paths=gone), False)
    if "denied" in live["has"].values():
        return aspect(name, complete, None, None)
    return aspect(name, complete, complete, True)


def marker(live: dict[str, Any]) -> Aspect:
    """Whether a release, mostly the live one, was marked as one to keep away from."""
    name, expected = code("BAD_RELEASE"), msg("not marked")
    if live["bad"] == "denied":
        return aspect(name, expected, None, None)
    if live["bad"] == "missing":
        return aspect(name, expected, expected, True)
    return aspect(name, expected, msg("marked as bad"), False)


def revision(live: dict[str, Any], pattern: str | None) -> Aspect:
    """The first line of REVISION in the live release."""
    name, found = code("REVISION"), live["revision"]
    expected = msg("matches {pattern:code}", pattern=pattern) if pattern else msg("present")
    if found is None:
        return aspect(name, expected, msg("missing"), False)
    if pattern is None:
        return aspect(name, expected, code(found) if found else msg("present"), True)
    return aspect(
        name, expected, code(found) if found else None, bool(re.search(pattern, found)) if found else None
    )


def links(release: dict[str, Any]) -> Iterator[Aspect]:
    """The links of a release into the shared folder."""
    expected = msg("a link into the shared folder")
    words = {
        "there": expected,
        "copy": msg("not a link"),
        "elsewhere": msg("a link that leads elsewhere"),
        "dangling": msg("a link that leads nowhere"),
        "missing": msg("missing"),
    }
    for path, state in release["links"].items():
        yield aspect(code(path), expected, words.get(state), None if state == "denied" else state == "there")


def previous(seen: dict[str, Any], stray: set[str]) -> dict[str, Any] | None:
    """The release before the live one, by their names; None where there is none."""
    live = order(seen["current"]["name"])
    before = [r for r in seen["releases"] if r["name"] not in stray and order(r["name"]) < live]
    return max(before, key=lambda r: order(r["name"]), default=None)


def order(name: str) -> list[tuple[int, str]]:
    """What releases are sorted by: their names, as they follow one another in time."""
    # Release 10 comes after release 9; what is dated is in the order of its letters anyway.
    return [(int(digits or 0), rest) for digits, rest in re.findall(r"(\d*)(\D*)", name)]


def strays(seen: dict[str, Any], names: str | None) -> set[str]:
    """What lies among the releases and is none."""
    found = set()
    for one in seen["releases"]:
        named = not LEFTOVER.fullmatch(one["name"]) and (names is None or re.fullmatch(names, one["name"]))
        if one["sort"] != "directory" or not named:
            found.add(one["name"])
    return found - {seen["current"]["name"]}


def kept(seen: dict[str, Any], stray: set[str], most: int) -> Aspect:
    """How many releases there are."""
    count = seen["count"] - len(stray)
    expected = nmsg("at most {n} release", "at most {n} releases", n=most)
    return aspect(msg("kept"), expected, nmsg("{n} release", "{n} releases", n=count), count <= most)


def older(seen: dict[str, Any], stray: set[str], accepted: Sequence[str]) -> Aspect:
    """Whether older releases are complete. They matter only for a rollback: what they lack is a warning.
    One that is marked as bad is none to go back to anyway."""
    old = [r for r in seen["releases"] if r["name"] not in stray | {seen["current"]["name"]}]
    lacking = {
        r["name"]: [path for path, state in r["has"].items() if state in GAPS]
        for r in old
        if r["bad"] == "missing"
    }
    lacking = {name: paths for name, paths in lacking.items() if paths}
    known = tuple(sorted(n for n in lacking if any(fnmatchcase(n, one) for one in accepted)))
    open_ = tuple(f"{n} ({', '.join(paths)})" for n, paths in sorted(lacking.items()) if n not in known)
    name, complete = msg("older releases"), msg("complete")
    if open_:
        note = msg("An incomplete release is none to roll back to.")
        shown = msg("incomplete: {names:list}", names=open_[:SHOWN])
        return aspect(name, complete, shown, True, near=True, note=note)
    if any("denied" in r["has"].values() for r in old):
        return aspect(name, complete, None, None)
    note_ = msg("Accepted as incomplete: {names:list}", names=known[:SHOWN]) if known else None
    return aspect(name, complete, complete, True, note=note_)


def leftovers(seen: dict[str, Any], stray: set[str], folder: str) -> Aspect | None:
    """What an unfinished deployment left, by name; None where there is nothing."""
    found = (*sorted(f"{folder}/{name}" for name in stray), *seen["around"])
    if not found:
        return None
    actual = msg("{names:list}", names=tuple(found[:SHOWN]))
    return aspect(msg("left over"), msg("nothing"), actual, True, near=True)
