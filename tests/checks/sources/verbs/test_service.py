"""The verb ``service``, against what plays systemctl and service on this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.model import Fact, Observation, Verdict, msg, probe
from checks.sources.interface import Answer
from checks.sources.verbs import service
from checks.sources.verbs.service import VERB
from checks.testing import collect_here, judge

NO_SYSTEMD = "#!/bin/sh\necho 'System has not been booted with systemd as init system' >&2; exit 1\n"
KNOWS_THREE = """#!/bin/sh
[ $# -eq 2 ] || { echo "usage: $0 is-active|is-enabled|show UNIT" >&2; exit 64; }
case "$1 $2" in
"is-active nginx") echo active;;
"is-active php8.3-fpm") echo failed; exit 3;;
is-active*) echo inactive; exit 3;;
"is-enabled nginx") echo enabled;;
is-enabled*) echo disabled; exit 1;;
esac
"""
SHOW = """#!/bin/sh
case $1 in
show) for unit do :; done; [ "$unit" = gone ] && l=not-found || l=loaded
echo "LoadState=$l"; echo ActiveState=inactive;;
is-active) [ "$2" = nginx ] && echo active || echo inactive;;
esac
"""
INIT = "#!/bin/sh\n[ $1 = nginx ] || exit 3\necho ' * nginx is running'\n"

SYSTEMD = """#!/bin/sh
[ $1 = show ] || { echo "asked once too often: $*" >&2; exit 1; }
shift 3
for unit do printf 'LoadState=loaded\\nActiveState=active\\nUnitFileState=%s\\n\\n' "$unit"; done
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    sign = str(tmp_path / "systemd")
    monkeypatch.setattr(service, "SCRIPT", service.SCRIPT.replace("/run/systemd/system", sign))

    def write(*, booted: bool = False, **scripts: str) -> None:
        if booted:
            Path(sign).mkdir()
        for name, script in scripts.items():
            (tmp_path / name).write_text(script)
            (tmp_path / name).chmod(0o755)

    return write


def ask(*units: str) -> list[Fact]:
    facts = collect_here({unit: probe("service", unit=unit) for unit in units})
    return [facts[unit] for unit in units]


def words(fact: Fact) -> tuple[str, ...]:
    return fact.value["load"], fact.value["active"], fact.value["enabled"]


def test_a_stand_in_that_knows_little_is_understood(tools: Callable[..., None]) -> None:
    tools(systemctl=KNOWS_THREE)
    nginx, fpm, other = ask("nginx", "php8.3-fpm", "other.service")
    assert words(nginx) == ("", "active", "enabled")
    assert words(fpm) == ("", "failed", "disabled")
    assert words(other) == ("", "inactive", "disabled")
    assert {f.value["by"] for f in (nginx, fpm, other)} == {"systemctl"}


def test_is_active_counts_more_than_what_a_stand_in_shows(tools: Callable[..., None]) -> None:
    tools(systemctl=SHOW)
    nginx, gone = ask("nginx", "gone")
    assert words(nginx)[:2] == ("loaded", "active")
    assert words(gone)[:2] == ("not-found", "inactive")


def test_init_scripts_where_systemd_does_not_run(tools: Callable[..., None]) -> None:
    tools(systemctl=NO_SYSTEMD, service=INIT)
    nginx, other, timer = ask("nginx.service", "other", "other.timer")
    assert (nginx.value["by"], nginx.value["status"]) == ("service", 0)
    assert nginx.command == "service nginx status"
    assert other.value["status"] == 3
    assert timer.value["by"] is None
    assert "has not been booted" in timer.value["said"]


def test_systemd_is_asked_once(tools: Callable[..., None]) -> None:
    tools(booted=True, systemctl=SYSTEMD)
    assert [words(f) for f in ask("one", "two")] == [("loaded", "active", "one"), ("loaded", "active", "two")]


def test_no_init_script_is_run_under_systemd(tools: Callable[..., None]) -> None:
    tools(booted=True, systemctl=NO_SYSTEMD, service="#!/bin/sh\nexit 0\n")
    assert ask("nginx")[0].value["by"] is None


def test_one_process_for_all_units() -> None:
    assert len(VERB.commands([probe("service", unit=f"unit{i}") for i in range(500)])) == 1


def answered(stdout: str, *units: str) -> list[Fact]:
    probes = [probe("service", unit=unit) for unit in units]
    answer = Answer(stdout.replace("MARK", "mark-1").encode(), b"", 0, mark="mark-1")
    return list(VERB.read(probes, {VERB.commands(probes)[0].argv: answer}))


def test_systemd_answers_for_all_at_once() -> None:
    nginx, gone = answered(
        "MARK all\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n\n"
        "LoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\n",
        "nginx",
        "gone",
    )
    assert words(nginx) == ("loaded", "active", "enabled")
    assert nginx.value["sub"] == "running"
    assert "not-found" not in nginx.excerpt
    assert words(gone) == ("not-found", "inactive", "")


def test_silence_is_not_a_state() -> None:
    assert answered("", "nginx")[0].observation is Observation.MALFORMED


DENIED = "#!/bin/sh\necho 'Failed to connect to bus: Permission denied' >&2; exit 1\n"
UNKNOWN = "#!/bin/sh\necho 'Failed to get D-Bus connection'; echo unknown; exit 3\n"
NOT_KNOWN = '#!/bin/sh\necho "$1: unrecognized service" >&2; exit 1\n'


@pytest.mark.parametrize("script", [DENIED, UNKNOWN, "#!/bin/sh\nexit 0\n"])
def test_an_init_script_proves_nothing_where_systemctl_is_silent(
    tools: Callable[..., None], script: str
) -> None:
    tools(systemctl=script, service=NOT_KNOWN)
    (fact,) = ask("shop")
    assert (fact.value["by"], fact.exit_code) == ("service", 1)
    assert fact.value["silent"] is not None
    for declared in ("shop", {"unit": "shop", "state": "stopped"}, {"unit": "shop", "enabled": False}):
        judgement = judge("service", declared, unit=fact)
        assert judgement.verdict is Verdict.UNDETERMINED
        assert judgement.observation is Observation.ERROR


def test_systemctl_that_hangs_is_waited_for_once(tools: Callable[..., None]) -> None:
    for booted in (False, True):
        tools(booted=booted, systemctl="#!/bin/sh\nsleep 30\n", service=NOT_KNOWN)
        started = time.monotonic()
        facts = collect_here({u: probe("service", unit=u, deadline=2) for u in "abcdefgh"})
        assert time.monotonic() - started < 14, "not eight times"
        for fact in facts.values():
            assert fact.observation is Observation.TIMEOUT
            assert fact.reason == msg("systemctl did not answer within {limit:seconds}.", limit=2)
