"""The documentation agrees with the code.

What is between ``<!-- docgen: … -->`` and ``<!-- end -->`` is generated, and so is all of ``docs/checks.md``.
``python tests/test_docs.py --write`` writes it again.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checks.kinds import KINDS
from checks.model import Disposition, Fact, HostFacts, Light, Observation, Severity, Snapshot, Status, Verdict
from checks.spec import declared, load, yaml
from docgen import catalogue, collect, evaluate, exits, render

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")]
)
_MARKED = re.compile(r"(<!-- docgen: (?P<what>[^>]*?) -->\n).*?(<!-- end -->)", re.DOTALL)
_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def page(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def docgen(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    command = [sys.executable, "-m", "docgen", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=600)


# --- Generated parts ----------------------------------------------------------------------------------------


@cache
def _help(*command: str) -> str:
    done = docgen(*command, "--help")
    assert done.returncode == 0, done.stderr
    return f"```text\n$ docgen {' '.join([*command, '--help'])}\n{done.stdout.rstrip()}\n```"


def _keys(model: str) -> str:
    return catalogue.table(getattr(declared, model))


def _exit_codes() -> str:
    rows = [f"| {code} | {meaning} |" for code, meaning in exits.TABLE.items()]
    return "\n".join(["| exit code | when |", "|---|---|", *rows])


def _demo() -> str:
    """The part of the demo's report that is the same every day and everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        done = docgen("demo", "-o", f"{folder}/demo")
    assert done.returncode == 0, done.stdout + done.stderr
    part = re.search(r"^Staging: .*?(?=^NEXT STEP)", done.stdout, re.DOTALL | re.MULTILINE)
    assert part
    always = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2025-11-01 22:51 UTC", part[0])
    return f"```text\n{always.rstrip()}\n```"


GENERATED: dict[str, Callable[..., str]] = {
    "demo": _demo,
    "exit-codes": _exit_codes,
    "help": _help,
    "keys": _keys,
    "kinds": lambda: catalogue.index("docs/checks.md"),
}


def regenerated(path: Path) -> str:
    """The text of the page at `path` as it should be."""
    if page(path) == "docs/checks.md":
        return catalogue.catalogue()
    text = path.read_text("utf-8")

    def fill(match: re.Match[str]) -> str:
        name, *arguments = match["what"].split()
        return f"{match[1]}\n{GENERATED[name](*arguments)}\n\n{match[3]}"

    return _MARKED.sub(fill, text)


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_generated_parts_are_up_to_date(path: Path) -> None:
    assert path.read_text("utf-8") == regenerated(path), "python tests/test_docs.py --write"


# --- Examples -----------------------------------------------------------------------------------------------

# What a fragment of a spec is tried in: the names that the pages use.
BASE = """
project: Example
variables: {php: "8.2", app: shop}
secrets: {hub: {env: DOCGEN_TEST_SECRET}}
github: {repository: acme/shop}
environments:
  staging: {host: deploy@staging.example.com, root: /var/www/shop-staging, url: "https://staging.example.com"}
  prod: {host: deploy@www.example.com, root: /var/www/shop, url: "https://www.example.com"}
gates:
  release: [file: artisan]
  release-structure: [file: artisan, file: public/index.php, directory: app]
sections:
  - name: Operation
    environment: prod
    components:
      - name: Web server
        checks: [directory: /etc]
      - name: Deployment
        checks: [directory: /srv]
"""


def blocks(*languages: str) -> list[tuple[str, str]]:
    """(page:line, text) of every block in one of `languages`."""
    found = []
    for path in PAGES:
        text = path.read_text("utf-8")
        for match in _FENCE.finditer(text):
            if match["language"] in languages:
                found.append((f"{page(path)}:{text.count(chr(10), 0, match.start()) + 1}", match["text"]))
    return found


VIEWS = {
    "ssh",
    "flow",
    "documents",
    "exceptions",
    "readiness",
    "problems",
    "publish",
    "secrets",
    "translations",
}


def example(text: str) -> str:
    """`text`, if it is a whole spec; else the base with `text` in its place."""
    data = yaml.parse(text).data
    if isinstance(data, dict) and "project" in data:
        return text
    base = yaml.parse(BASE).data
    if isinstance(data, dict) and set(data) <= set(yaml.parse(BASE).data) | VIEWS:
        base.update(data)
    elif isinstance(data, list) and all("checks" in item for item in data):
        base["sections"][0]["components"] += data
    elif isinstance(data, list):
        base["sections"][0]["components"].append({"name": "Tried", "checks": data})
    else:
        raise AssertionError(f"neither a spec nor a part of one: {text}")
    return json.dumps(base)  # YAML too


@pytest.mark.parametrize(("place", "text"), [pytest.param(*b, id=b[0]) for b in blocks("yaml", "yml")])
def test_yaml_examples_are_valid(place: str, text: str, tmp_path: Path) -> None:
    spec = tmp_path / "docgen.yml"
    spec.write_text(example(text), "utf-8")
    loaded = load(spec)
    assert loaded.checks() or "sections" not in text


def commands(text: str) -> list[str]:
    """The docgen commands in a shell example, without its output."""
    prompted = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    lines = prompted or text.replace("\\\n", " ").splitlines()
    return [line for line in lines if re.match(r"(\.venv/bin/)?docgen( |$)", line)]


SHELL = [(place, c) for place, text in blocks("sh", "console", "text") for c in commands(text)]


DEPTH = {"guide": 2, "hub": 2, "hub passwd": 3}
"""Commands of which a subcommand has the options."""


@pytest.mark.parametrize(("place", "command"), [pytest.param(*s, id=f"{s[0]} {s[1]}") for s in SHELL])
def test_commands_in_examples_exist_with_their_options(place: str, command: str) -> None:
    words = [w for w in shlex.split(command, comments=True)[1:] if not w.startswith((">", "2>", "<", "|"))]
    verb = (
        []
        if not words or words[0].startswith("-")
        else words[: DEPTH.get(" ".join(words[:2]), DEPTH.get(words[0], 1))]
    )
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", _help(*verb)))
    used = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert used <= known


def test_every_command_stands_in_the_readme_and_no_other() -> None:
    listed = re.search(r"^Commands:\n(.*)", docgen("--help").stdout, re.DOTALL | re.MULTILINE)
    assert listed
    real = set(re.findall(r"^  ([a-z]+) ", listed[1], re.MULTILINE))
    text = "\n".join(path.read_text("utf-8") for path in PAGES if path.name != "CHANGELOG.md")
    named = set(re.findall(r"`docgen ([a-z]+)\b", text)) | {
        shlex.split(c)[1] for _, c in SHELL if len(c.split()) > 1
    }
    assert {n for n in named if n.isalpha()} == real


def test_the_first_shell_block_is_the_two_commands() -> None:
    block = next(match["text"] for match in _FENCE.finditer((ROOT / "README.md").read_text("utf-8")))
    clone, *rest = block.splitlines()
    assert clone.startswith("git clone ")
    assert rest == ["cd docgen", "./run demo", "./run test"]
    assert "exec ./run test" in (ROOT / ".ci/run").read_text("utf-8")


def anchors(path: Path) -> set[str]:
    text = _FENCE.sub("", path.read_text("utf-8"))
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_no_merge_was_left_half_done() -> None:
    written = [*PAGES, *(path for folder in ("templates", "site") for path in (ROOT / folder).rglob("*.*"))]
    mark = re.compile(rb"^(<{7}|>{7}) ", re.MULTILINE)
    assert not [page(path) for path in written if path.is_file() and mark.search(path.read_bytes())]


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", path.read_text("utf-8"))):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        to = (path.parent / file).resolve() if file else path
        if not to.exists() or (anchor and anchor not in anchors(to)):
            broken.append(target)
    assert broken == []


# --- Completeness -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_documented(kind: str) -> None:
    its = catalogue.kind(kind)
    assert its.summary.endswith(".") and its.why.endswith(".") and its.example
    assert f"[`{kind}`](docs/checks.md#{kind})" in (ROOT / "README.md").read_text("utf-8")
    bare = [key.name for key in catalogue.keys(its.params) if not key.meaning]
    assert bare == [], "keys without a docstring"


MODELS = [m for m in vars(declared).values() if isinstance(m, type) and issubclass(m, declared.Declared)]


@pytest.mark.parametrize("model", [m for m in MODELS if m is not declared.Declared], ids=lambda m: m.__name__)
def test_every_key_of_the_spec_is_documented(model: type[declared.Declared]) -> None:
    assert [key.name for key in catalogue.keys(model) if not key.meaning] == []
    text = (ROOT / "docs/spec.md").read_text("utf-8")
    assert catalogue.table(model) in text, f"docs/spec.md has no `docgen: keys {model.__name__}`"


@pytest.mark.parametrize(
    "words", [Status, Observation, Verdict, Disposition, Severity, Light], ids=lambda w: w.__name__
)
def test_every_word_of_the_report_is_explained(words: type[Status]) -> None:
    text = (ROOT / "docs/report.md").read_text("utf-8")
    assert [word.value for word in words if f"`{word.value}`" not in text] == []


BROKEN = """
project: Example
environments: {prod: {host: local, root: /nowhere}}
sections:
  - name: Operation
    environment: prod
    components:
      - {name: First, checks: [file: missing], severity: critical, links: [docs/first.md]}
      - {name: Second, needs: First, checks: [directory: /]}
flow: {name: Deployment, environment: prod, steps: [First, Second]}
"""


def test_every_field_of_the_report_and_the_snapshot_is_documented(tmp_path: Path) -> None:
    (tmp_path / "docgen.yml").write_text(BROKEN, "utf-8")
    spec = load(tmp_path / "docgen.yml")
    document = json.loads(render(evaluate(spec, collect(spec)), "json"))
    assert document["blockers"] and document["next_steps"] and document["flow"]
    found = {name for model in (Snapshot, HostFacts, Fact) for name in model.model_fields} - {"schema_"}

    def walk(node: Any, name: str = "") -> None:
        if isinstance(node, list):
            for item in node:
                walk(item, name)
        elif isinstance(node, dict) and name not in ("counts", "expected", "actual"):
            found.update(node)
            for key, item in node.items():
                walk(item, key)

    walk(document)
    text = (ROOT / "docs/report.md").read_text("utf-8")
    assert sorted(name for name in found if not re.search(rf"[`.]{name}[`\[{{]", text)) == []


def test_the_python_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docgen.yml").write_text(BROKEN, "utf-8")
    monkeypatch.chdir(tmp_path)
    fences = _FENCE.finditer((ROOT / "docs/api.md").read_text("utf-8"))
    code = "\n".join(match["text"] for match in fences if match["language"] == "python")
    names: dict[str, Any] = {}
    exec(compile(code, "docs/api.md", "exec"), names)
    assert names["html"].startswith("<!doctype html>") or names["html"].startswith("<!DOCTYPE html>")
    assert names["same"] == names["snapshot"]


# --- The walk-through of CONTRIBUTING -----------------------------------------------------------------------


def test_the_walkthrough_of_a_new_check_works_as_written(tmp_path: Path) -> None:
    """Each block goes into the file that was named last before it, in a copy; then the commands run."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    walk = re.search(r"^## Add a check.*?(?=^## )", text, re.DOTALL | re.MULTILINE)
    assert walk
    copy = tmp_path / "docgen"
    ignored = shutil.ignore_patterns(".venv", ".git", ".*_cache", "__pycache__", "dist")
    shutil.copytree(ROOT, copy, ignore=ignored, symlinks=True)
    fences = [match for match in _FENCE.finditer(walk[0]) if match["language"] == "python"]
    steps = [(re.findall(r"`([\w./]+\.py)`", walk[0][: f.start()])[-1], f["text"]) for f in fences]
    assert [path.split("/")[0] for path, _ in steps] == ["checks", "checks", "tests"]
    for path, code in steps:
        target = copy / path
        if target.exists():
            registered = target.read_text("utf-8").replace(
                "KINDS = {\n", f"KINDS = {{\n    {code.strip()}\n", 1
            )
            assert code.strip() in registered
            target.write_text(registered, "utf-8")
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(code, "utf-8")
    typed = re.findall(r"^(?:\./run test|\.venv/bin/python) (.*)$", walk[0], re.MULTILINE)
    assert len(typed) == 2
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")} | {
        "PYTHONPATH": str(copy)
    }
    for line in typed:
        command = shlex.split(line)
        command = (
            command
            if command[0] == "tests/test_docs.py"
            else ["-m", "pytest", "-p", "no:cacheprovider", *command]
        )
        done = subprocess.run(
            [sys.executable, *command], cwd=copy, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "\n## hostname\n" in (copy / "docs/checks.md").read_text("utf-8")


def write() -> None:
    """Writes every generated part again."""
    for path in [*PAGES, ROOT / "docs/checks.md"]:
        text = regenerated(path)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{page(path)}: written\n")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/test_docs.py --write")
    write()
