"""What several checks saw of one failure is one."""

from __future__ import annotations

from checks.causes import followers
from checks.model import Disposition, Observation, Result, Severity, Status, Verdict, text


def failed(name: str, *stands_for: str, behind: tuple[str, ...] = ()) -> Result:
    return Result(
        id=name, name=text(name), kind="job", environment=None, host=None, status=Status.FAIL,
        observation=Observation.OBSERVED, verdict=Verdict.DEVIATES, disposition=Disposition.OPEN,
        severity=Severity.HIGH, soll=text(""), aspects=(), reason=None, remedy=None,
        stands_for=stands_for, behind=behind,
    )  # fmt: skip


STEP = ("d.yml/deploy/Switch", "d.yml/deploy")
BEHIND = (*STEP, "d.yml")


def test_the_step_the_job_and_the_workflow_that_it_stopped_are_one() -> None:
    found = [
        failed("workflow", "d.yml", behind=BEHIND),
        failed("job", "d.yml/deploy", behind=BEHIND),
        failed("step", *STEP, behind=BEHIND),
    ]
    assert followers(found) == {"workflow": "step", "job": "step"}


def test_two_jobs_that_failed_on_their_own_are_two() -> None:
    one, two = (failed(name, f"d.yml/{name}", behind=(f"d.yml/{name}", "d.yml")) for name in ("one", "two"))
    assert followers([one, two]) == {}


def test_where_none_stands_for_the_cause_the_first_does() -> None:
    found = [failed(name, behind=("b.yml: nothing was done",)) for name in ("first", "second")]
    assert followers(found) == {"second": "first"}


def test_of_causes_in_a_row_the_last_counts_and_a_ring_is_none() -> None:
    row = [failed("a", behind=("B",)), failed("b", "B", behind=("C",)), failed("c", "C")]
    assert followers(row) == {"a": "c", "b": "c"}
    ring = [failed("a", "A", behind=("B",)), failed("b", "B", behind=("A",))]
    assert followers(ring) == {}
