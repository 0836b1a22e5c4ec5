"""The shape of the code: imports go one way, I/O has its places, a kind has its file, test and heading."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from checks.kinds import KINDS

ROOT = Path(__file__).parent.parent
CODE = sorted([*ROOT.glob("checks/**/*.py"), *ROOT.glob("docgen/**/*.py")])

# Modules through which a program reaches files, processes, the network or the clock.
OUTSIDE = re.compile(
    r"(asyncio|concurrent|fcntl|ftplib|getpass|glob|http|httpx|io|mmap|multiprocessing|os|paramiko|pathlib"
    r"|platform|pwd|requests|select|selectors|shutil|signal|socket|ssl|subprocess|tempfile|threading|time"
    r"|urllib\.request)\b"
)
CLOCK_AND_FILES = {"now", "utcnow", "today", "read_text", "read_bytes", "write_text", "write_bytes"}

# Where else than in the sources they may be used: what drives them, the reader of docgen.yml, the clock.
READERS = {
    "checks/clock.py",
    "checks/collect.py",
    "checks/snapshot.py",
    "checks/spec/load.py",
    "checks/spec/yaml.py",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def imports(path: Path) -> list[str]:
    """Every module that `path` imports, anywhere in it, with the names taken from it."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}:{node.lineno}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importing(paths: list[Path], *prefixes: str) -> list[str]:
    return [
        f"{name(path)} imports {module}"
        for path in paths
        for module in imports(path)
        if any(module == p or module.startswith(p + ".") for p in prefixes)
    ]


@cache
def calls(path: Path) -> list[tuple[str, int]]:
    """What `path` calls, as written, and in which line."""
    found = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    return [(ast.unparse(node.func), node.lineno) for node in found]


def files(pattern: str) -> list[Path]:
    found = sorted(ROOT.glob(pattern))
    assert found, f"no file matches {pattern}"
    return found


def test_the_checks_core_knows_nothing_of_the_generator() -> None:
    assert importing(files("checks/**/*.py"), "docgen", "jinja2", "click", "rich") == []


def test_the_model_imports_only_itself() -> None:
    others = [
        line
        for line in importing(files("checks/model/*.py"), "checks")
        if not line.split(" imports ")[1].startswith(("checks.model", "checks.errors"))
    ]
    assert others == []


LATER = ["checks.spec", "checks.sources", "checks.collect", "checks.evaluate"]


def test_kinds_see_neither_the_spec_nor_the_sources() -> None:
    assert importing(files("checks/kinds/*.py"), *LATER) == []


def test_the_spec_sees_no_later_stage() -> None:
    assert importing(files("checks/spec/*.py"), *LATER[1:]) == []


def test_sources_do_not_judge() -> None:
    assert importing(files("checks/sources/**/*.py"), "checks.evaluate", "checks.kinds") == []


def test_evaluate_and_renderers_see_no_source() -> None:
    pure = [*files("checks/evaluate*"), *files("docgen/renderers/*.py")]
    pure = [path for entry in pure for path in ([entry] if entry.suffix else sorted(entry.glob("*.py")))]
    assert importing(pure, "checks.sources", "checks.collect", "checks.clock", "docgen.commands") == []


@pytest.mark.parametrize("path", [p for p in CODE if name(p).startswith("checks/")], ids=name)
def test_only_sources_reach_outside(path: Path) -> None:
    """No I/O and no clock: no module for it, no open(), no now()."""
    if name(path).startswith("checks/sources/") or name(path) in READERS:
        return
    reached = [module for module in imports(path) if OUTSIDE.match(module)]
    reached = [m for m in reached if m not in ("pathlib.PurePosixPath", "pathlib.PurePath")]
    for call, line in calls(path):
        if call in ("open", "input", "print") or call.rpartition(".")[2] in CLOCK_AND_FILES:
            reached.append(f"{call}() in line {line}")
    assert reached == []


def test_unknown_host_keys_are_never_accepted() -> None:
    assert [name(p) for p in CODE if re.search("AutoAddPolicy|WarningPolicy", p.read_text("utf-8"))] == []


def test_nothing_goes_through_a_shell_here() -> None:
    """On this machine programs are started with a list of arguments, and no text becomes code."""
    wrong = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "eval", "exec"}
    found = [f"{name(p)}:{line}: {call}()" for p in CODE for call, line in calls(p) if call in wrong]
    found += [
        name(p)
        for p in CODE
        if re.search(r"\b(?:run|call|check_\w+|Popen)\([^#]{0,400}?shell=", p.read_text("utf-8"))
    ]
    assert found == []


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after `code`."""
    script = f"{code}\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(run.stdout.splitlines()[-1]))


HEAVY = "pydantic", "paramiko", "jinja2", "rich", "yaml", "babel", "cryptography", "ssl", "http.client"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["status", "--help"]], ids=" ".join)
def test_help_is_cheap(arguments: list[str]) -> None:
    code = (
        f"from docgen.cli import main_group\nassert not main_group.main({arguments!r}, standalone_mode=False)"
    )
    heavy = loaded(code) & set(HEAVY)
    assert heavy == set()


def test_evaluating_loads_no_source() -> None:
    assert (
        loaded("import checks.evaluate")
        & {"paramiko", "checks.sources", "checks.clock", "jinja2", "subprocess"}
        == set()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_one_name_everywhere(kind: str) -> None:
    module = kind.replace("-", "_")
    assert KINDS[kind] == f"checks.kinds.{module}"
    source = ROOT / "checks/kinds" / f"{module}.py"
    assert re.search(rf'\bKIND = Kind\(\s*name="{kind}"', source.read_text("utf-8"))
    test = ROOT / "tests/checks/kinds" / f"test_{module}.py"
    assert "def test_" in test.read_text("utf-8"), f"{name(test)} tests nothing"
    assert f"\n## {kind}\n" in (ROOT / "docs/checks.md").read_text("utf-8")


def test_every_file_among_the_kinds_is_registered() -> None:
    rest = {p.stem for p in ROOT.glob("checks/kinds/*.py")} - {"__init__", "interface"}
    assert rest == {kind.replace("-", "_") for kind in KINDS}


@pytest.mark.parametrize(
    ("pattern", "most"), [("checks/kinds/*.py", 160), ("checks/**/*.py", 300), ("docgen/**/*.py", 400)]
)
def test_modules_stay_small(pattern: str, most: int) -> None:
    sizes = {name(path): len(path.read_text("utf-8").splitlines()) for path in files(pattern)}
    assert {path: lines for path, lines in sizes.items() if lines > most} == {}


def test_what_writes_on_a_host_stands_apart() -> None:
    """Only the preflight talks to a host but through the batch, and what it says there is data; and the hub to its web
    server, with the one script that lies beside it."""
    apart = [p for p in CODE if not name(p).startswith(("docgen/preflight/", "docgen/hub/far.py"))]
    talk = [f"{name(p)}:{line}" for p in apart for call, line in calls(p) if call.endswith(".converse")]
    frames = importing(
        [p for p in apart if name(p).startswith("docgen/")],
        "checks.sources.host.connect",
        "checks.sources.ssh",
    )
    assert (talk, frames) == ([], [])
    pure = ["commands", "listing", "fingerprint", "judge", "outcome"]
    reached = [
        f"{name(p)} imports {module}"
        for p in (ROOT / "docgen/preflight" / f"{one}.py" for one in pure)
        for module in imports(p)
        if OUTSIDE.match(module)
    ]
    assert reached == []
