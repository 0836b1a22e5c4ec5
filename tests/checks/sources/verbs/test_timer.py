from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.model import Fact, Observation, msg, probe
from checks.sources.interface import Answer
from checks.sources.verbs.timer import VERB
from checks.testing import collect_here

SYSTEMCTL = """#!/bin/sh
case "$1 $4" in
"show backup.timer") printf 'Unit=dump.service\\nLastTriggerUSec=Mon 2026-11-23 21:18:42 %s\\n' "$TZ"
printf 'NextElapseUSecRealtime=n/a\\nLoadState=loaded\\nActiveState=active\\nSubState=waiting\\n';;
"show dump.service") printf 'Result=exit-code\\nExecMainStatus=2\\nLoadState=loaded\\nActiveState=failed\\n';;
"show gone.timer") printf 'LoadState=not-found\\nActiveState=inactive\\nUnit=\\n';;
"show evil.timer") printf 'Unit=x; touch /tmp/no\\nActiveState=active\\n';;
"show gone.service") printf 'LoadState=not-found\\nResult=success\\n';;
is-active*) [ "$2" = plain.timer ] && echo active;;
*) exit 1;;
esac
"""


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def write(script: str) -> None:
        (tmp_path / "systemctl").write_text(script)
        (tmp_path / "systemctl").chmod(0o755)

    return write


def ask(*units: str) -> list[Fact]:
    facts = collect_here({unit: probe("timer", unit=unit) for unit in units})
    return [facts[unit] for unit in units]


def test_timers_and_what_they_start(systemctl: Callable[[str], None]) -> None:
    systemctl(SYSTEMCTL)
    backup, gone, plain, evil = (
        f.value for f in ask("backup.timer", "gone.timer", "plain.timer", "evil.timer")
    )
    assert (backup["active"], backup["sub"], backup["unit"]) == ("active", "waiting", "dump.service")
    assert (backup["result"], backup["status"]) == ("exit-code", "2")
    assert (backup["last"], backup["next"]) == (1795468722, 0)
    assert abs(backup["now"] - time.time()) < 60
    assert (gone["load"], gone["result"]) == ("not-found", "not-found")
    assert (plain["active"], plain["last"]) == ("active", None), "a stand-in that knows only is-active"
    assert evil["unit"] == ""


def test_no_systemd(systemctl: Callable[[str], None]) -> None:
    systemctl("#!/bin/sh\necho 'System has not been booted with systemd' >&2; exit 1\n")
    (fact,) = ask("backup.timer")
    assert fact.value["active"] == ""
    assert "not been booted" in fact.value["said"]


def test_silence_is_malformed() -> None:
    asked = probe("timer", unit="x.timer")
    answer = Answer(b"", b"", 0, mark="mark-1")
    fact = next(VERB.read([asked], {VERB.commands([asked])[0].argv: answer}))
    assert fact.observation is Observation.MALFORMED


def test_systemctl_that_hangs_is_waited_for_once(systemctl: Callable[[str], None]) -> None:
    systemctl("#!/bin/sh\nsleep 30\n")
    started = time.monotonic()
    facts = collect_here({u: probe("timer", unit=f"{u}.timer", deadline=2) for u in "abcdefgh"})
    assert time.monotonic() - started < 14, "not eight times"
    for fact in facts.values():
        assert fact.observation is Observation.TIMEOUT
        assert fact.reason == msg("systemctl did not answer within {limit:seconds}.", limit=2)
