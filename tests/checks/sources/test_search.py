from __future__ import annotations

import re
import time

from checks.sources.search import LONGEST_LINE, first, search


def test_line_by_line() -> None:
    found = search("one\ntwo two\nthree", ["^two", "t.*$", "^$", "four"])
    assert found["^two"] == {"line": 2, "text": "two", "count": 1}
    assert found["t.*$"] == {"line": 2, "text": "two two", "count": 2}
    assert (found["^$"], found["four"]) == (None, None)


def test_the_end_of_a_very_long_line() -> None:
    line = "x" * 100_000 + " the end"
    assert search(line, ["the end$", "^x+ the", "^the"])["the end$"]
    assert not search(line, ["^the"])["^the"]


def test_everywhere_in_a_very_long_line() -> None:
    for position in range(0, 3 * LONGEST_LINE, 97):
        line = "-" * position + "needle=4711" + "-" * (3 * LONGEST_LINE)
        match = first(re.compile(r"needle=\d+"), line)
        assert match and (match.start(), match[0]) == (position, "needle=4711")


def test_the_end_of_a_part_is_not_the_end_of_the_line() -> None:
    assert first(re.compile("b$"), "ab" * LONGEST_LINE + "c") is None


def test_a_costly_pattern_takes_no_time_to_speak_of() -> None:
    started = time.process_time()
    assert search("f" * 50_000, [".*foo"])[".*foo"] is None
    assert time.process_time() - started < 10
