"""``symlink``: where a link leads, and that it leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Observation, Verdict
from checks.testing import judge, observed, validated


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """releases/1, releases/2, and ``current`` to releases/1."""
    for name in ("app/releases/1", "app/releases/2", "app/releases2/1"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "app/current").symlink_to("releases/1")
    return tmp_path / "app"


def link(app: Path, path: str = "current", **more: object) -> Judgement:
    return judge("symlink", {"path": path, **more}, root=str(app))


def test_a_link_that_leads_somewhere(app: Path) -> None:
    assert link(app).verdict is Verdict.CONFORM
    assert link(app, **{"leads-to": "directory"}).verdict is Verdict.CONFORM
    assert link(app, **{"leads-to": "file"}).verdict is Verdict.DEVIATES


def test_no_link(app: Path) -> None:
    assert link(app, "none").observation is Observation.ABSENT
    assert link(app, "none").verdict is Verdict.DEVIATES
    assert link(app, "releases").verdict is Verdict.DEVIATES


@pytest.mark.parametrize("target", ["nowhere", "no/where", "loop"])
def test_dangling(app: Path, target: str) -> None:
    (app / "loop").symlink_to(target)
    assert link(app, "loop", into="releases").verdict is Verdict.DEVIATES
    assert link(app, "loop").verdict is Verdict.DEVIATES


def test_target_is_compared_as_written(app: Path) -> None:
    assert link(app, target="releases/1").verdict is Verdict.CONFORM
    assert link(app, target="releases/2").verdict is Verdict.DEVIATES
    assert link(app, target=str(app / "releases/1")).verdict is Verdict.DEVIATES


def test_resolves_to(app: Path) -> None:
    (app / "latest").symlink_to(app / "releases/1")
    assert link(app, **{"resolves-to": "releases/1"}).verdict is Verdict.CONFORM
    assert link(app, **{"resolves-to": "latest"}).verdict is Verdict.CONFORM
    assert link(app, **{"resolves-to": "releases/2"}).verdict is Verdict.DEVIATES
    assert link(app, **{"resolves-to": "releases/3"}).verdict is Verdict.DEVIATES


def test_into_means_below_the_real_folder(app: Path) -> None:
    assert link(app, into="releases").verdict is Verdict.CONFORM
    (app / "alias").symlink_to("releases")
    assert link(app, into="alias").verdict is Verdict.CONFORM
    assert link(app, into="/").verdict is Verdict.CONFORM
    assert link(app, into="nowhere/at/all").verdict is Verdict.DEVIATES


@pytest.mark.parametrize(
    "target", ["releases2/1", "releases/../releases2/1", "releases", "/etc", "releases/out"]
)
def test_not_into(app: Path, target: str) -> None:
    (app / "releases/out").symlink_to("/etc")
    (app / "odd").symlink_to(target)
    assert link(app, "odd", into="releases").verdict is Verdict.DEVIATES


def test_absolute_or_relative(app: Path) -> None:
    assert link(app, absolute=False).verdict is Verdict.CONFORM
    assert link(app, absolute=True).verdict is Verdict.DEVIATES
    with pytest.raises(ValidationError, match="contradict"):
        validated("symlink", {"path": "x", "target": "/srv", "absolute": False})


def test_what_it_leads_to_may_be_hidden(unprivileged: Path) -> None:
    (unprivileged / "closed/it").mkdir(parents=True)
    (unprivileged / "link").symlink_to("closed/it")
    (unprivileged / "closed").chmod(0)
    hidden = link(unprivileged, "link")
    assert (hidden.verdict, hidden.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert hidden.remedy
    assert str(hidden.remedy.params["command"]).endswith(f"{unprivileged}/closed")
    # What is written in the link is seen all the same, and counts.
    assert link(unprivileged, "link", target="elsewhere").verdict is Verdict.DEVIATES


def test_the_link_itself_may_be_hidden(unprivileged: Path) -> None:
    (unprivileged / "closed").mkdir()
    (unprivileged / "closed").chmod(0)
    hidden = link(unprivileged, "closed/link")
    assert (hidden.verdict, hidden.observation) == (Verdict.UNDETERMINED, Observation.DENIED)


def test_the_folder_it_must_lead_into_may_be_hidden(unprivileged: Path) -> None:
    (unprivileged / "closed/root").mkdir(parents=True)
    (unprivileged / "link").symlink_to("/etc")
    (unprivileged / "closed").chmod(0)
    assert link(unprivileged, "link", into="closed/root").verdict is Verdict.UNDETERMINED


def test_a_real_path_that_could_not_be_named() -> None:
    seen = {"type": "link", "target": "x", "resolved": {"type": "file"}, "resolved_error": None}
    assert judge(
        "symlink", {"path": "/", "into": "/srv"}, path=observed(seen), real=observed(None)
    ).verdict is (Verdict.UNDETERMINED)


def test_a_folder_in_place_of_the_link_is_moved_aside_first(tmp_path: Path) -> None:
    found = judge("symlink", str(tmp_path))
    name = found.aspects[0].name
    assert name and name.id == "type"
    assert found.remedy and found.remedy.params == {"path": str(tmp_path)}
