"""``content``: what a file holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Observation, Verdict
from checks.testing import denied, judge, observed, validated

CONFORM, DEVIATES, UNDETERMINED = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED


@pytest.fixture
def env(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text(
        "APP_ENV=production\nAPP_DEBUG=false\nAPP_KEY=base64:c2VjcmV0c2VjcmV0c2VjcmV0\n"
    )
    return tmp_path / ".env"


def content(path: Path, **more: Any) -> Judgement:
    return judge("content", {"path": str(path), **{k.replace("_", "-"): v for k, v in more.items()}})


@pytest.mark.parametrize(
    ("soll", "verdict"),
    [
        ({"contains": "APP_ENV=production"}, CONFORM),
        ({"contains": ["APP_ENV=production", "APP_KEY="]}, CONFORM),
        ({"contains": ["APP_ENV=production", "DB_HOST="]}, DEVIATES),
        ({"contains": "app_env"}, DEVIATES),
        ({"not_contains": "DB_HOST"}, CONFORM),
        ({"not_contains": "APP_DEBUG"}, DEVIATES),
        ({"matches": "^APP_DEBUG=(false|0)$"}, CONFORM),
        ({"matches": "(?i)^app_debug="}, CONFORM),
        ({"matches": "^DEBUG="}, DEVIATES),
        ({"not_matches": "^APP_DEBUG=true"}, CONFORM),
        ({"not_matches": ["x", "^APP_DEBUG="]}, DEVIATES),
        ({"contains": "production", "not_contains": "staging", "matches": "^APP_KEY=.+"}, CONFORM),
        ({"contains": "production", "not_contains": "production"}, DEVIATES),
    ],
)
def test_what_it_holds(env: Path, soll: dict[str, Any], verdict: Verdict) -> None:
    assert content(env, **soll).verdict is verdict


def test_each_has_its_own_soll_and_ist(env: Path) -> None:
    found = content(env, contains="APP_ENV", matches="DEBUG=(.*)", not_matches="^X")
    assert [a.verdict for a in found.aspects] == [CONFORM] * 4
    seen = found.aspects[2].actual
    assert seen and seen.params == {"line": 2, "text": "DEBUG=false"}


def test_a_secret_that_a_pattern_asks_for_is_not_shown(env: Path) -> None:
    found = content(env, matches="(?<=APP_KEY=).+", not_matches="base64:.*")
    assert found.verdict is DEVIATES
    assert "c2VjcmV0" not in repr(found)


def test_a_pattern_that_looks_like_a_secret_is_still_looked_for(env: Path) -> None:
    assert content(env, contains="APP_KEY=base64:c2VjcmV0").verdict is CONFORM
    assert (
        content(env, matches=r"APP_KEY=base64:[A-Za-z0-9]{20,}", contains="APP_KEY=other").verdict is DEVIATES
    )


def test_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("none", ".", "pipe"):
        assert content(tmp_path / name, not_contains="x").verdict is DEVIATES
    assert content(tmp_path / "none", not_contains="x").observation is Observation.ABSENT


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    assert content(tmp_path / "x", not_contains="x").verdict is CONFORM
    assert content(tmp_path / "x", contains="x").verdict is DEVIATES


def test_beyond_the_cap_nothing_is_claimed(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"early\n" + b"." * 5_000_000 + b"late")
    assert content(tmp_path / "x", contains="early").verdict is CONFORM
    assert content(tmp_path / "x", not_contains="early").verdict is DEVIATES
    assert content(tmp_path / "x", contains="late").verdict is UNDETERMINED
    hidden = content(tmp_path / "x", not_contains="late")
    assert hidden.verdict is UNDETERMINED
    assert hidden.reason and hidden.reason.params["size"] == 4 * 1024 * 1024


def test_denied_is_not_absent() -> None:
    found = judge("content", {"path": "/x", "not-contains": "y"}, content=denied())
    assert (found.verdict, found.observation) == (UNDETERMINED, Observation.DENIED)
    assert found.remedy and found.remedy.params["command"] == "setfacl -m u:ACCOUNT:r -- /x"


def test_a_closed_folder_asks_for_another_grant_than_a_closed_file() -> None:
    found = judge("content", {"path": "/x/y", "not-contains": "z"}, path=denied(), content=denied())
    assert found.remedy and found.remedy.params["command"] == "setfacl -m u:ACCOUNT:x -- /x"
    link = observed({"type": "link", "target": "/far/z", "resolved": None, "resolved_error": "denied"})
    found = judge("content", {"path": "/x/y", "not-contains": "z"}, path=link, content=denied())
    assert found.remedy and found.remedy.params["command"] == "setfacl -m u:ACCOUNT:x -- /far"


def test_for_real_closed(unprivileged: Path) -> None:
    (unprivileged / "closed").mkdir()
    (unprivileged / "closed/x").write_text("y")
    (unprivileged / "x").write_text("y")
    (unprivileged / "closed").chmod(0)
    (unprivileged / "x").chmod(0)
    for path, grant in (("closed/x", f"x -- {unprivileged}/closed"), ("x", f"r -- {unprivileged}/x")):
        found = content(unprivileged / path, contains="y")
        assert found.remedy and str(found.remedy.params["command"]).endswith(f":{grant}")


def test_given_facts() -> None:
    seen = {"type": "file", "size": 3, "capped": False, "contains": [], "matches": [{"line": 7, "text": "y"}]}
    assert judge("content", {"path": "/x", "not-matches": "y"}, content=observed(seen)).verdict is DEVIATES


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"contains": ""},
        {"contains": [""]},
        {"matches": "("},
        {"matches": 3},
        {"not-matches": "a\nb"},
        {"not-matches": r"a\nb"},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("content", {"path": "/x", **wrong})


def test_an_escaped_backslash_is_no_line_break() -> None:
    assert validated("content", {"path": "/x", "matches": r"C:\\new"}).matches == (r"C:\\new",)
