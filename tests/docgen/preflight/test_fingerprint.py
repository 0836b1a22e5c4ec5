"""Names of files are hostile; what differs is named, and what an application does all the time is told apart."""

from __future__ import annotations

import gzip

import pytest

from checks.sources.interface import Answer
from checks.spec.preflight import Preflight
from docgen.preflight import fingerprint
from docgen.preflight.commands import Place

PLACE = Place("/srv/app", Preflight(), None, ())
TIME = "2025-11-01 22:50:26.123456789 +0000"
LOG = "/srv/app/shared/storage/logs/x.log"


def row(name: str, mode: str = "81a4", size: int = 5, mtime: str = TIME) -> str:
    return f"f {mode} 0 0 1 77 {size} {mtime} {TIME} {name}\n"


def seen(text: str, errors: str = "") -> fingerprint.Fingerprint:
    answer = Answer(gzip.compress(text.encode()), errors.encode(), 0)
    return fingerprint.read({"files": answer, "contents": Answer(gzip.compress(b""), b"", 0)}, PLACE)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (row("/srv/a"), row("/srv/a"), []),
        (row("/srv/a"), row("/srv/a", mode="81ff"), [("/srv/a", ("mode",), False)]),
        (row("/srv/a"), row("/srv/a") + row("/srv/b"), [("/srv/b", ("new",), False)]),
        (row("/srv/a") + row("/srv/b"), row("/srv/a"), [("/srv/b", ("gone",), False)]),
        (row("/srv/a\nf b"), row("/srv/a\nf c"), [("/srv/a\nf b", ("gone",), False), ("/srv/a\nf c", ("new",), False)]),
        (row(LOG), row(LOG, size=9), [(LOG, ("size",), True)]),
        (row(LOG), row(LOG, mode="81ff"), [(LOG, ("mode",), False)]),
    ],
)  # fmt: skip
def test_what_differs(before: str, after: str, expected: list[tuple[str, tuple[str, ...], bool]]) -> None:
    found = fingerprint.differences(seen(before), seen(after), PLACE)
    assert [tuple(one) for one in found] == expected


def test_what_could_not_be_seen_is_said() -> None:
    found = seen(
        row("/srv/a"), "find: '/srv/secret': Permission denied\nfind: '/etc/php': No such file or directory\n"
    )
    shown = [one.params.get("path") for one in found.unseen]
    assert "/srv/secret" in shown
    assert "/etc/php" not in shown


def test_half_a_listing_is_no_listing() -> None:
    cut = gzip.compress(row("/srv/a").encode())[:-6]
    found = fingerprint.read({"files": Answer(cut, b"", 0)}, PLACE)
    assert not found.whole
    assert seen(row("/srv/a")).whole
