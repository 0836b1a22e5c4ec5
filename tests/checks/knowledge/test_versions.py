from __future__ import annotations

import shutil
import subprocess

import pytest

from checks.knowledge.versions import allowed, compare, parts

# older, newer: also after tildes, letters, epochs and revisions
ORDERED = [
    *(
        ("1.9", "1.10"),
        ("1.0~rc1", "1.0"),
        ("1.0", "1.0a"),
        ("1.0a", "1.0+x"),
        ("1", "1.0.1"),
        ("2.0", "1:1.0"),
    ),
    *(("1.0-1", "1.0-2"), ("1.0-1~bpo", "1.0-1"), ("8.2.9", "8.2.10"), ("1.0~~", "1.0~")),
]


@pytest.mark.parametrize(("older", "newer"), ORDERED)
def test_order(older: str, newer: str) -> None:
    assert (compare(older, newer), compare(newer, older), compare(older, older)) == (-1, 1, 0)


def test_leading_zeros_do_not_count() -> None:
    assert compare("1.02", "1.2") == 0


@pytest.mark.parametrize(
    ("version", "constraint", "fits"),
    [
        ("8.3.6-0ubuntu1", "8.3", True),
        ("8.30.1", "8.3", False),
        ("8.3", "8.3", True),
        ("1:1.22.1-9", "1.22", True),
        ("1.22.1-9", ">=1.22, <1.23", True),
        ("1.23.0-1", ">=1.22, <1.23", False),
        ("1.22.1-9", "<=1.22.1", True),
        ("1.22.1-9", "=1.22.1", True),
        ("1.22.1-9", "=1.22.1-8", False),
        ("1.22.1-9", "!=1.22.1", False),
        ("1:1.0", ">2.0", False),
        ("1:1.0", ">0:2.0", True),
        ("1.10", ">1.9", True),
    ],
)
def test_allowed(version: str, constraint: str, fits: bool) -> None:
    assert allowed(version, constraint) is fits


@pytest.mark.parametrize("constraint", ["", " ", ">=", "~>1", ">=1,,<2", "1 2", "^8"])
def test_nonsense(constraint: str) -> None:
    with pytest.raises(ValueError, match="expected a version"):
        parts(constraint)


def test_dpkg_thinks_the_same() -> None:
    dpkg = shutil.which("dpkg")
    for older, newer in ORDERED if dpkg else []:
        assert dpkg
        assert subprocess.run([dpkg, "--compare-versions", older, "lt", newer]).returncode == 0
