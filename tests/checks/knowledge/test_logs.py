"""Which line of a log says what failed."""

from __future__ import annotations

import pytest

from checks.knowledge.logs import last_error

STAMP = "2025-11-01T22:50:01.1234567Z "
EXIT = "##[error]Process completed with exit code 1."


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["ok", "sudo: a password is required", EXIT], "sudo: a password is required"),
        (["##[error]No space left on device", "cleaning up", EXIT], "No space left on device"),
        (["err: sudo: a password is required", "2025/11/01 22:50:01 Process exited with status 1", EXIT],
         "err: sudo: a password is required"),
        (["missing: artisan", "##[endgroup]", "", EXIT, "Post job cleanup."], "missing: artisan"),
        ([EXIT], None),
        (["all went well"], None),
        ([], None),
    ],
)  # fmt: skip
def test_the_line_that_says_why(lines: list[str], said: str | None) -> None:
    assert last_error("\n".join(lines)) == said
    assert last_error("\r\n".join(STAMP + line for line in lines)) == said
