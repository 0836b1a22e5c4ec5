"""Each situation is judged as the real programs decide it."""

from __future__ import annotations

import re

import pytest

from checks.knowledge.sudo.files import read
from checks.knowledge.sudo.host import Entry, Host
from checks.knowledge.sudo.judge import Judged, judge

from .situations import FACTS, GROUPS, KNOWN, ROOT, SAFE

HOST = Host(
    "deploy",
    {path: Entry.read(text) for path, text in FACTS.items()},
    GROUPS,
    1500,
    "web1",
    {"fs.protected_hardlinks": "1"},
)


def judged(situation: str) -> Judged:
    lines = [
        f"deploy ALL=(root) NOPASSWD: {line}"
        if re.match(r"[/^]|sudoedit|sha\d|SETENV|NOEXEC", line)
        else line
        for line in situation.split("\n")
    ]
    found = judge(read({"rules": "\n".join(lines) + "\n"}), HOST, None, "2026-01-01T00:00:00Z")
    assert not [one for one in found.findings if one.id in ("SYNTAX_ERROR", "UNDEFINED_ALIAS")]
    return found


@pytest.mark.parametrize("situation", ROOT)
def test_what_makes_root(situation: str) -> None:
    assert judged(situation).grants_root


@pytest.mark.parametrize("situation", SAFE)
def test_what_does_not(situation: str) -> None:
    found = judged(situation)
    assert not found.grants_root, [(one.id, str(one.message)) for one in found.findings if one.root]


@pytest.mark.parametrize(("root", "rules", "paths", "groups", "hardlinks"), KNOWN)
def test_what_is_known_decides(
    root: bool, rules: str, paths: dict[str, str], groups: tuple[str, ...] | None, hardlinks: str | None
) -> None:
    entries = {path: Entry.read(text) for path, text in paths.items()}
    known = {"fs.protected_hardlinks": hardlinks} if hardlinks else {}
    host = Host("deploy", entries, None if groups is None else frozenset(groups), 1000, "web1", known)
    found = judge(read({"rules": rules + "\n"}), host, None, "2026-01-01T00:00:00Z")
    assert found.grants_root is root, [(one.id, str(one.message)) for one in found.findings if one.root]
