"""First specs: one YAML file each, with ``@NAME@`` where a value of the user's goes.

A line that ends in ``# FILL IN: …`` must be completed by hand; the mark goes away where the value was given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from docgen.presets.text import scalar

PRESETS = {
    "server": "any server: web server, disk, certificate, rights",
    "laravel": "a Laravel application in releases/current/shared, on staging and production",
}
"""The names of the presets, with what each is for."""

MARK = "# FILL IN"
_NAMES = ("PROJECT", "LANG", "TIMEZONE")
_PLACE = re.compile(r"@([A-Z_]+)@")


def fill(preset: str, given: Mapping[str, str | None]) -> str:
    """The text of `preset` with the values `given`; None or a missing one: a stand-in that is marked."""
    values = _values(given)
    lines = []
    for line in Path(__file__).with_name(f"{preset}.yml").read_text("utf-8").splitlines():
        if line == "@SSH@":
            lines += ssh(given.get("identity"), given.get("known_hosts"))
            continue
        used = _PLACE.findall(line)
        if used and MARK in line and all(given.get(name.lower()) for name in used):
            line = line[: line.index(MARK)].rstrip()
        lines.append(
            _PLACE.sub(lambda match: scalar(values[match[1]], variables=match[1] not in _NAMES), line)
        )
    return "\n".join(lines) + "\n"


def ssh(identity: str | None, known_hosts: str | None) -> list[str]:
    """The lines of a spec that say how to log in; none where nothing is special."""
    given = {"identity": identity, "known-hosts": known_hosts}
    words = [f"{key}: {scalar(value)}" for key, value in given.items() if value]
    return [f"ssh: {{{', '.join(words)}}}", ""] if words else []


def marked(text: str) -> list[int]:
    """The numbers of the lines of `text` that are to be completed, from 1."""
    lines = enumerate(text.splitlines(), 1)
    return [n for n, line in lines if MARK in line and not line.lstrip().startswith("#")]


def _values(given: Mapping[str, str | None]) -> dict[str, str]:
    root = (given.get("root") or "/var/www/app").rstrip("/") or "/"
    stand_ins = {
        "PROJECT": "My application",
        "LANG": "en",
        "TIMEZONE": "UTC",
        # A name that no resolver knows: a spec that was not completed contacts nobody.
        "HOST": "deploy@fill-in.invalid",
        "URL": "https://fill-in.invalid",
        "ROOT": root,
        "STAGING_HOST": "deploy@staging.fill-in.invalid",
        "STAGING_URL": "https://staging.fill-in.invalid",
        "STAGING_ROOT": f"{root}-staging",
        "ACCOUNT": (given.get("host") or "deploy@").partition("@")[0] or "deploy",
    }
    return {**stand_ins, **{name.upper(): value for name, value in given.items() if value}}
