from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Aspect, Judgement, Observation, Verdict
from checks.testing import judge, observed, validated

HAS = {"artisan": "there", "public/index.php": "there"}
GOOD: dict[str, Any] = {
    "base": "there",
    "listing": "there",
    "current": {"state": "there", "real": "/srv/app/releases/2", "name": "2"},
    "live": {"name": "", "sort": "directory", "has": HAS, "bad": "missing", "revision": "abc"},
    "releases": [
        {"name": "1", "sort": "directory", "has": HAS, "bad": "missing", "revision": None},
        {"name": "2", "sort": "directory", "has": HAS, "bad": "missing", "revision": "abc"},
    ],
    "count": 2,
    "links": {"storage": "there"},
    "around": [],
    "closed": None,
}
DECLARED = {"path": "/srv/app", "requires": list(HAS), "shared": ["storage"], "keep": 3, "revision": True}


def seen(declared: dict[str, Any] | None = None, **changes: Any) -> Judgement:
    value = copy.deepcopy(GOOD)
    for key, change in changes.items():
        value[key] = {**value[key], **change} if isinstance(change, dict) else change
    return judge("releases", {**DECLARED, **(declared or {})}, folder=observed(value))


def near(judgement: Judgement) -> list[Aspect]:
    return [a for a in judgement.aspects if a.near]


def test_all_well() -> None:
    judgement = seen()
    assert judgement.verdict is Verdict.CONFORM
    assert not near(judgement)
    assert len(judgement.aspects) == 7


@pytest.mark.parametrize(
    "changes",
    [
        {"current": {"state": "missing", "real": None, "name": None}, "live": None},
        {"current": {"state": "dangling", "real": None, "name": None}, "live": None},
        {"current": {"state": "copy", "real": "/srv/app/current", "name": None}},
        {"current": {"real": "/srv/other", "name": None}},
        {"live": {"has": {**HAS, "artisan": "missing"}}},
        {"live": {"has": {**HAS, "artisan": "dangling"}}},
        {"live": {"bad": "there"}},
        {"live": {"revision": None}},
        {"links": {"storage": "copy"}},
        {"links": {"storage": "elsewhere"}},
        {"links": {"storage": "dangling"}},
        {"links": {"storage": "missing"}},
        {"count": 4},
        {"listing": "missing", "releases": []},
        {"base": "missing"},
    ],
)
def test_deviations(changes: dict[str, Any]) -> None:
    assert seen(**changes).verdict is Verdict.DEVIATES


@pytest.mark.parametrize(
    "changes",
    [
        {"base": "denied"},
        {"listing": "denied", "releases": []},
        {"current": {"state": "denied", "real": None, "name": None}, "live": None},
        {"current": {"state": "there", "real": None, "name": None}},
        {"live": {"has": {**HAS, "artisan": "denied"}}},
        {"live": {"bad": "denied"}},
        {"links": {"storage": "denied"}},
    ],
)
def test_denied_is_not_missing(changes: dict[str, Any]) -> None:
    judgement = seen(**changes, closed="/srv/app/closed")
    assert (judgement.verdict, judgement.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert judgement.remedy
    assert "/srv/app/closed" in str(judgement.remedy.params["command"])


def test_a_deviation_that_was_seen_counts_although_something_is_denied() -> None:
    assert seen(listing="denied", live={"bad": "there"}).verdict is Verdict.DEVIATES


def old(**has: str) -> list[dict[str, Any]]:
    value = copy.deepcopy(GOOD["releases"])
    value[0]["has"] = {**HAS, **has}
    found: list[dict[str, Any]] = value
    return found


def test_old_releases_that_lack_something_are_a_warning_and_named() -> None:
    judgement = seen(releases=old(artisan="missing"))
    assert judgement.verdict is Verdict.CONFORM
    (aspect,) = near(judgement)
    assert aspect.actual
    assert aspect.actual.params["names"] == ("1 (artisan)",)


def test_old_releases_can_be_accepted() -> None:
    judgement = seen({"accepted": ["1*"]}, releases=old(artisan="missing"))
    assert judgement.verdict is Verdict.CONFORM
    assert not near(judgement)
    assert any(a.note and a.note.params["names"] == ("1",) for a in judgement.aspects)
    assert near(seen({"accepted": ["2*"]}, releases=old(artisan="missing")))


def test_an_old_release_marked_as_bad_need_not_be_complete() -> None:
    releases = old(artisan="missing")
    releases[0]["bad"] = "there"
    assert not near(seen(releases=releases))


def test_leftovers_are_a_warning_and_no_releases() -> None:
    stray = {"name": "PREFLIGHT_20251101", "sort": "directory", "has": {}, "bad": "missing", "revision": None}
    judgement = seen({"keep": 2}, releases=[*GOOD["releases"], stray], count=3, around=["release"])
    assert judgement.verdict is Verdict.CONFORM
    (aspect,) = near(judgement)
    assert aspect.actual
    assert aspect.actual.params["names"] == ("releases/PREFLIGHT_20251101", "release")


def test_names() -> None:
    assert not near(seen({"names": r"\d+"}))
    assert near(seen({"names": r"\d{8}_\d{6}-\w+"}))


def test_revision() -> None:
    assert seen({"revision": "^[0-9a-f]{3}$"}).verdict is Verdict.CONFORM
    assert seen({"revision": "^[0-9a-f]{40}$"}).verdict is Verdict.DEVIATES
    assert seen({"revision": "x"}, live={"revision": ""}).verdict is Verdict.UNDETERMINED
    assert seen({"revision": False}, live={"revision": None}).verdict is Verdict.CONFORM


def test_really(tmp_path: Path) -> None:
    (tmp_path / "releases/1").mkdir(parents=True)
    (tmp_path / "current").symlink_to("releases/1")
    assert judge("releases", ".", root=str(tmp_path)).verdict is Verdict.CONFORM
    wanted = {"path": ".", "requires": ["artisan"]}
    assert judge("releases", wanted, root=str(tmp_path)).verdict is Verdict.DEVIATES
    (tmp_path / "releases/1/artisan").touch()
    assert judge("releases", wanted, root=str(tmp_path)).verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    "declared",
    [{"requires": ["/etc/passwd"]}, {"requires": ["../x"]}, {"keep": 0}, {"names": "("}, {"revision": "("}],
)
def test_nonsense(declared: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("releases", {"path": "/srv/app", **declared})
