from __future__ import annotations

import pytest

from checks.knowledge.archives import noted_digest
from checks.knowledge.backups import contradicted

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("noted", "digest"),
    [
        (f"{A}  app.tar.gz\n", A),
        (f"{A} *app.tar.gz\n", A),
        (f"{A.upper()}  app.tar.gz\n", A),
        (f"{A}  app.tar.gz\r\n", A),
        (f"\ufeff{A}  app.tar.gz\r\n", A),
        (f"{A}  ./app.tar.gz\n", A),
        (f"{A}  /srv/backups/app.tar.gz\n", A),
        (f"{A}\n", A),
        (f"{A}", A),
        (f"SHA256 (app.tar.gz) = {A}\n", A),
        (f"SHA256(app.tar.gz)= {A}\n", A),
        (f"SHA2-256(app.tar.gz)= {A.upper()}\r\n", A),
        (f"{B}  other.tar.gz\n{A}  app.tar.gz\n", A),
        (f"{B}  myapp.tar.gz\n{B}  app.tar.gz.old\n{A}  app.tar.gz\n", A),
        (f"{B}  old/app.tar.gz\n{A}  app.tar.gz\n", A),
        (f"{B}  old/app.tar.gz\n{A}  new/app.tar.gz\n", None),  # which of both?
        (f"{A}  app.tar.gz\n{B}  app.tar.gz\n", None),
        (f"{B}  other.tar.gz\n", None),
        (f"SHA256 (other.tar.gz) = {B}\n", None),
        (f"SHA512 (app.tar.gz) = {A}{A}\n", None),
        (f"{A[:40]}  app.tar.gz\n", None),
        (f"{A}x  app.tar.gz\n", None),
        (f"# {A}  app.tar.gz\n", None),
        ("", None),
    ],
)
def test_what_a_file_with_checksums_says(noted: str, digest: str | None) -> None:
    assert noted_digest(noted, "app.tar.gz") == digest


def test_names_that_sha256sum_escapes() -> None:
    assert noted_digest(f"\\{A}  a\\\\b\\nc.gz\n", "a\\b\nc.gz") == A
    assert noted_digest(f"{A}  a\\\\b.gz\n", "a\\b.gz") is None


@pytest.mark.parametrize(
    ("newest", "other", "odd"),
    [
        ("app-20251101_220000.tar.gz", "app-20251102_220000.tar.gz", True),
        ("app-20251102_220000.tar.gz", "app-20251101_220000.tar.gz", False),
        ("app-2025-11-01.tar.gz", "app-2025-11-02.tar.gz", True),
        ("2025-11-01/app.tar.gz", "2025-11-02/app.tar.gz", True),
        ("app-20251101T220000.tar.gz", "app-20251101T230000.tar.gz", True),
        ("app-20251101.tar.gz", "app-20251101_230000.tar.gz", False),
        ("app-1.tar.gz", "app-2.tar.gz", False),
        ("app-1.tar.gz", "app-20251101.tar.gz", False),
        ("app-99999999.tar.gz", "app-20991399.tar.gz", False),
    ],
)
def test_names_that_contradict_the_times(newest: str, other: str, odd: bool) -> None:
    made = [*contradicted({"name": newest, "mtime": 0}, [{"path": other}])]
    assert bool(made) is odd
    assert all(a.near for a in made)
