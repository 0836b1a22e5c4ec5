"""From what was seen to the text of a docgen.yml. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from docgen.adopt.candidate import Facts, Part, Place, lines
from docgen.presets import ssh
from docgen.presets.text import comment, scalar


class About(NamedTuple):
    """What is not seen but said: by the user, or by the connection."""

    project: str
    lang: str
    timezone: str
    target: str
    account: str
    when: str
    identity: str | None = None
    known_hosts: str | None = None


def text(about: About, place: Place, parts: Sequence[Part], facts: Facts, remarks: Sequence[str]) -> str:
    """The spec with those candidates of `parts` that are so."""
    out = [
        "# yaml-language-server: $schema=docgen.schema.json",
        "#",
        f"# Proposed by `docgen init --adopt` on {about.when}: what was on {comment(about.target)}, as the",
        f"# account {comment(about.account or '?')} saw it. Read it before you rely on it: what is wrong there today stands",
        "# here as right. Names of releases, sizes, times, process ids and secrets were left out.",
        *(f"# Note: {comment(remark)}" for remark in remarks),
        "",
        f"project: {scalar(about.project, variables=False)}",
        f"language: {about.lang}",
        f"timezone: {scalar(about.timezone, variables=False)}",
        "",
        *ssh(about.identity, about.known_hosts),
        "environments:",
        "  prod:",
        f"    host: {scalar(about.target)}",
    ]
    out += [f"    root: {scalar(place.root)}"] if place.root else []
    out += [f"    url: {scalar(place.url)}"] if place.url else []
    out += ["", "sections:", "  - name: Server", "    environment: prod", "    components:"]
    written = [line for part in parts for line in _component(part, place, facts)]
    if not any(line.lstrip().startswith("- name:") for line in written):
        written += [*_head("Host", "", "operation"), "          - directory: /"]
    return "\n".join([*out, *written]) + "\n"


def _component(part: Part, place: Place, facts: Facts) -> Iterator[str]:
    found = [line for candidate in part.candidates for line in lines(candidate, place, facts)]
    found += [f"# {comment(remark)}" for remark in part.remarks]
    if not found:
        return
    if not any(line.startswith("- ") for line in found):
        yield from ("", f"      # {comment(part.name)}", *(f"      {line}" for line in found))
        return
    yield from _head(part.name, part.soll, part.about)
    # A comment before the first item would read as if it belonged to the key.
    found.sort(key=lambda line: line.startswith("#"))
    yield from (f"          {line}" for line in found)


def _head(name: str, soll: str, about: str) -> list[str]:
    head = ["", f"      - name: {scalar(name, variables=False)}"]
    head += [f"        soll: {scalar(soll)}"] if soll else []
    head += [f"        about: {about}"] if about != "operation" else []
    return [*head, "        checks:"]


def unique(names: Mapping[str, str]) -> dict[str, str]:
    """Short names for paths: the last part, or the whole path where two have the same."""
    tails = [name.rstrip("/").rpartition("/")[2] for name in names]
    return {
        path: tail if tails.count(tail) == 1 and tail else path
        for path, tail in zip(names, tails, strict=True)
    }
