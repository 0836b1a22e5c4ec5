from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.model import Fact, Observation, probe
from checks.sources.interface import Answer
from checks.sources.verbs import package
from checks.sources.verbs.package import VERB
from checks.testing import collect_here


def answered(name: str, stdout: str, stderr: str = "", exit_code: int = 0) -> Fact:
    asked = probe("package", name=name)
    answer = Answer(stdout.replace("MARK", "mark-1").encode(), stderr.encode(), exit_code, mark="mark-1")
    return next(VERB.read([asked], {VERB.commands([asked])[0].argv: answer}))


DPKG = """MARK dpkg
libc6 amd64 install ok installed 2.36-9
libc6 i386 install ok installed 2.36-9
old all deinstall ok config-files 1.0
half all install ok half-configured 1.0
"""
NONE = "dpkg-query: no packages found matching nosuch\n"


def test_dpkg() -> None:
    assert answered("libc6", DPKG).value == {"manager": "dpkg", "versions": ["2.36-9", "2.36-9"]}
    assert answered("libc6:i386", DPKG).value["versions"] == ["2.36-9"]
    for name in ("old", "half", "nosuch"):
        assert answered(name, DPKG, NONE, 1).value["versions"] == [], name


def test_what_went_wrong_is_not_absence() -> None:
    for fact in (
        answered(
            "x", "MARK dpkg\n", "dpkg-query: error: failed to open package info file: Permission denied\n", 2
        ),
        answered("x", "MARK rpm\n", "error: cannot open Packages database in /var/lib/rpm\n", 1),
        answered("x", "MARK apk\n", "grep: /lib/apk/db/installed: Permission denied\n", 2),
        answered("x", ""),
    ):
        assert fact.observation is Observation.ERROR
        assert fact.reason


def test_rpm() -> None:
    listed = "MARK rpm\nphp-fpm x86_64 install ok installed 1:8.3.6-1.el9\npackage nosuch is not installed\n"
    assert answered("php-fpm", listed, "", 1).value["versions"] == ["1:8.3.6-1.el9"]
    assert answered("nosuch", listed, "", 1).value["versions"] == []


def test_apk() -> None:
    listed = "MARK apk\nP:musl\nV:1.2.4-r2\nA:x86_64\nP:busybox\nV:1.36.1-r5\nA:x86_64\n"
    assert answered("busybox", listed).value == {"manager": "apk", "versions": ["1.36.1-r5"]}
    assert answered("nosuch", listed).value["versions"] == []


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(
        package, "SCRIPT", package.SCRIPT.replace("/var/lib/dpkg/status", str(tmp_path / "status"))
    )

    def write(**scripts: str) -> None:
        for name, script in scripts.items():
            (tmp_path / name).write_text(script)
            (tmp_path / name).chmod(0o755)

    return write


def test_a_real_process(tools: Callable[..., None]) -> None:
    dpkg = '#!/bin/sh\nshift 3\nfor p do echo "$p all install ok installed 1.0-$#"; done\n'
    tools(**{"dpkg-query": dpkg, "status": "x"})
    facts = collect_here({name: probe("package", name=name) for name in ("one", "g++", "lib-2.0")})
    assert [fact.value["versions"] for fact in facts.values()] == [["1.0-3"]] * 3, "all in one process"


def test_no_package_manager(tools: Callable[..., None], tmp_path: Path) -> None:
    tools(**{"dpkg-query": "#!/bin/sh\n"})
    if not any(map(os.path.exists, ("/var/lib/rpm", "/lib/apk/db/installed"))):
        assert collect_here({"x": probe("package", name="x")})["x"].observation is Observation.ERROR
