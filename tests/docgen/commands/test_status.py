"""``docgen status``: what it says beside the report."""

from __future__ import annotations

import re
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from docgen.commands.status import age
from docgen.i18n import Translator

from ...world.client import Client

REPORT: Any = SimpleNamespace(collected_at="2025-11-01T23:15:00Z", valid_until="2025-11-04T23:15:00Z")


@pytest.mark.parametrize(
    ("now", "language", "said"),
    [
        ("2025-11-01T23:16:59Z", "de", ""),
        ("2025-11-01T23:27:00Z", "de", "vor 12 Minuten erhoben"),
        ("2025-11-01T23:27:00Z", "en", "collected 12 minutes ago"),
        ("2025-11-02T02:20:00Z", "de", "vor 3 Stunden erhoben"),
        ("2025-11-04T00:00:00Z", "de", "vor 2 Tagen erhoben"),
        (
            "2025-11-05T00:00:00Z",
            "de",
            "Abgelaufen: gültig bis 04.11.2025, 23:15 UTC; sagt nichts über den heutigen Zustand",
        ),
    ],
)
def test_the_age_is_said_in_the_readers_language(now: str, language: str, said: str) -> None:
    assert age(REPORT, datetime.fromisoformat(now.replace("Z", "+00:00")), Translator(language)) == said


SPEC = """\
project: Small
environments: {here: {host: local, root: /}}
sections:
  - name: Files
    environment: here
    components: [{name: Host, checks: [{file: etc/passwd}, {command: [find, /usr/lib, -maxdepth, "3", -name, nothing]}]}]
"""


def test_the_profile_says_where_the_time_went_and_changes_no_report(client: Client) -> None:
    client.spec(SPEC)
    ran = client.docgen("status", "--format", "json", "--save", "s.json", "--profile")
    assert ran.code == 0, ran.everything
    for stage in (
        "read the spec",
        "collect",
        "here/local, 4 commands",
        "evaluate",
        "render",
    ):
        assert re.search(rf"\d\.\d{{3}} s +{stage}\n", ran.stderr), ran.stderr
    assert "here/local: find /usr/lib" in ran.stderr
    again = client.docgen("status", "--format", "json", "--from", "s.json", "--profile")
    assert "read the snapshot" in again.stderr
    assert "4 commands" not in again.stderr
    assert again.stdout == ran.stdout
