"""What is shipped: the wheel, made from the sdist, works in a clean environment outside the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Tests of every part that need neither root nor a browser: they must pass against the installed package as well.
CORE = [
    "checks/spec",
    "checks/kinds/test_file.py",
    "checks/kinds/test_gate_in_workflow.py",
    "checks/kinds/test_ledger.py",
    "checks/test_schema_of_kinds.py",
    "checks/test_evaluate.py",
    "checks/test_redact.py",
    "checks/sources/test_http.py",
]


def run(*command: str | Path, cwd: Path, codes: tuple[int, ...] = (0,)) -> str:
    """The output of `command`, started without a trace of the checkout in its environment."""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "VIRTUAL_ENV", "DOCGEN"))
    }
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, text=True, capture_output=True, timeout=300
    )
    assert done.returncode in codes, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder)
    (unpacked,) = folder.glob("docgen-*/")
    return unpacked


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=sdist)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a fresh virtual environment that holds the wheel, what it needs, and pytest."""
    folder = tmp_path_factory.mktemp("clean")
    # Another pip installs, and compiles nothing that is never imported: half of the time.
    run(sys.executable, "-m", "venv", "--without-pip", "venv", cwd=folder)
    python = folder / "venv/bin/python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "-q", "--no-compile", wheel, "pytest", "jsonschema", cwd=folder)
    return python.parent


def test_the_sdist_holds_what_the_checkout_holds(sdist: Path) -> None:
    for wanted in (
        "run",
        ".ci/run",
        "LICENSE",
        "README.md",
        "docs/checks.md",
        "tests/test_wheel.py",
        "hatch_build.py",
    ):
        assert (sdist / wanted).is_file(), wanted
    assert os.access(sdist / "run", os.X_OK)
    assert list(sdist.rglob("*.mo")) == []


def test_the_wheel_holds_the_packages_and_their_assets(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"checks", "docgen"}
    for folder in ("templates", "site"):
        files = {p.relative_to(ROOT).as_posix() for p in (ROOT / folder).rglob("*") if p.is_file()}
        assert files and {f"docgen/_bundled/{file}" for file in files} <= names
    for wanted in ("checks/py.typed", "docgen/py.typed", "docgen/locale/de/LC_MESSAGES/docgen.mo"):
        assert wanted in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_command_works(clean: Path, tmp_path: Path) -> None:
    assert "status" in run(clean / "docgen", "--help", cwd=tmp_path)
    where = run(
        clean / "python", "-c", "import docgen, checks; print(docgen.__file__, checks.__file__)", cwd=tmp_path
    )
    assert str(ROOT) not in where


def test_the_demo_works(clean: Path, tmp_path: Path) -> None:
    output = run(clean / "docgen", "demo", cwd=tmp_path)
    assert "SOLL" in output


def test_german_comes_from_the_compiled_catalogue(clean: Path, tmp_path: Path) -> None:
    code = "from docgen.i18n import Translator; print(Translator('de')('Met'), Translator('en')('Met'))"
    assert run(clean / "python", "-c", code, cwd=tmp_path).split() == ["Erfüllt", "Met"]


def test_the_core_tests_pass_against_the_installed_package(clean: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    chosen = [f"tests/{name}" for name in CORE if (tmp_path / "tests" / name).exists()]
    assert chosen
    output = run(
        clean / "python",
        "-m",
        "pytest",
        "-q",
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
        *chosen,
        cwd=tmp_path,
    )
    assert " passed" in output
