"""What the runs come to in figures."""

from __future__ import annotations

from checks.model import Light, Status
from docgen.hub.figures import figures, longest_open, restless
from docgen.hub.nights import Night

GREEN, YELLOW, RED, GREY = Light.GREEN, Light.YELLOW, Light.RED, Light.GREY


def runs(*lights: Light | None, **statuses: str) -> list[Night]:
    """A run a day; `statuses` are the first letters of a check's statuses, day by day."""
    words = {"o": Status.OK, "f": Status.FAIL, "u": Status.UNKNOWN, "w": Status.WAIVED}
    days = len(lights) or len(next(iter(statuses.values())))
    return [
        Night(
            f"2025-11-{n + 1:02}T01:00:00.000Z",
            "",
            {"prod": light} if (light := lights[n] if lights else None) else {},
            {id_: words[letters[n]] for id_, letters in statuses.items() if letters[n] != "-"},
        )
        for n in range(days)
    ]


def test_how_many_runs_and_how_long_until_it_was_in_order_again() -> None:
    found = figures(runs(GREEN, RED, YELLOW, GREEN, None, GREY, GREEN, RED), "prod")
    assert (found.runs, found.green, found.red, found.recovered) == (7, 3, 2, 2)
    assert (found.mean, found.longest) == (1.5 * 86400, 2 * 86400), "two days, then one"
    assert found.open is not None and found.open.day == "2025-11-08"


def test_what_began_before_the_oldest_run_is_not_counted() -> None:
    found = figures(runs(RED, RED, GREEN), "prod")
    assert (found.recovered, found.mean, found.longest, found.open) == (0, None, None, None)


def test_an_environment_that_no_run_knew() -> None:
    assert figures(runs(None, None), "prod")[:4] == (0, 0, 0, 0)


def test_the_restless_and_the_long_open() -> None:
    kept = runs(a="offoff", b="fooooo", c="uuuuuu", d="-fffff", e="oowwoo", f="oooooo")
    assert restless(kept) == [("a", 3), ("e", 2)]
    assert [(id_, period.first.day) for id_, period in longest_open(kept)] == [
        ("c", "2025-11-01"),
        ("d", "2025-11-02"),
        ("a", "2025-11-05"),
    ]
