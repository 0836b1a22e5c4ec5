"""Programs that run commands from a file of their own: ``make``, ``npm run``, ``composer``; and those nobody can follow."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from checks.knowledge.pipelines.workspace import Script, Workspace

USUAL = re.compile(
    r"(?:[\w-]+:)*(?:build|test|tests|lint|format|dev|prod|production|install|ci|clean|assets|all|watch|stan|pint)\b.*"
)
"""Tasks that are called the same everywhere, and deploy nothing."""
_COMPOSER = (
    "about", "archive", "audit", "bump", "check-platform-reqs", "clear-cache", "config", "create-project", "diagnose",
    "dump-autoload", "dumpautoload", "exec", "fund", "global", "init", "install", "i", "licenses", "outdated", "prohibits",
    "remove", "require", "self-update", "show", "status", "update", "validate", "why",
)  # fmt: skip
_CONTAINERS = ("docker", "podman", "docker-compose", "kubectl", "nerdctl")
_DEPLOYERS = (
    "dep",
    "envoy",
    "cap",
    "fab",
    "kamal",
    "ansible-playbook",
    "ansible",
    "deployer",
    "helm",
    "just",
    "task",
    "rake",
)
_LANGUAGES = re.compile(r"(?:php|python|ruby|perl|node|deno|bun)[\d.]*")
_TOOLS = re.compile(r"(?:\./)?(?:vendor|node_modules/\.|\.?venv/)/?bin/")


def files(source: str) -> list[str]:
    """The files that the tasks in `source` are read from."""
    found = []
    for program, name in re.findall(
        r"\b(make|npm run|yarn run|pnpm run|composer(?: run(?:-script)?)?)\s+([\w:.-]+)", source
    ):
        if not USUAL.fullmatch(name) and not (
            program == "composer" and name in (*_COMPOSER, "run", "run-script")
        ):
            found.append({"make": "Makefile", "comp": "composer.json"}.get(program[:4], "package.json"))
    return found


def task(argv: Sequence[str], at_hand: Workspace, folder: str) -> tuple[Script, bool] | None:
    """The script of the task that `argv` runs, and whether its first failure ends it; None: it runs none that is known."""
    name = _name(argv)
    if name is None or USUAL.fullmatch(name):
        return None
    path = file_of(argv)
    found = at_hand.script(path, folder)
    if not found:
        return None
    return _rule(found, name) if path == "Makefile" else _of_json(found, name)


def file_of(argv: Sequence[str]) -> str:
    """The file that holds the task that `argv` runs; empty where it runs none."""
    files = {"make": "Makefile", "gmake": "Makefile", "composer": "composer.json"}
    files |= dict.fromkeys(("npm", "yarn", "pnpm"), "package.json")
    return files.get(argv[0].rpartition("/")[2], "")


def _name(argv: Sequence[str]) -> str | None:
    program, words = (
        argv[0].rpartition("/")[2],
        [w for w in argv[1:] if not w.startswith("-") and "=" not in w],
    )
    if program in ("make", "gmake") and not {"-C", "-f"} & set(argv):
        return words[0] if len(words) == 1 else None
    if program in ("npm", "yarn", "pnpm") and words[:1] in (["run"], ["run-script"]) and len(words) > 1:
        return words[1]
    if program == "composer" and words:
        return (
            words[1]
            if words[0] in ("run", "run-script") and len(words) > 1
            else words[0]
            if words[0] not in _COMPOSER
            else None
        )
    return None


def _rule(of: Script, name: str) -> tuple[Script, bool] | None:
    """The lines of a rule of a makefile: each is run by a shell of its own, and the first failure ends it."""
    lines = of.text.split("\n")
    at = next((n for n, line in enumerate(lines) if re.match(rf"{re.escape(name)}\s*::?(?!=)", line)), None)
    if at is None or re.search(
        r"^\.(?:ONESHELL|IGNORE)|^SHELL|^\.SHELLFLAGS|^MAKEFLAGS|^-?include\b", of.text, re.MULTILINE
    ):
        return None
    if lines[at].partition(":")[2].strip(": "):
        return None  # what it depends on is made before it
    made = []
    for line in lines[at + 1 :]:
        if not line.startswith("\t"):
            if line.strip() and not line.startswith("#"):
                break
            made.append("")
            continue
        body = line.lstrip("\t@+ ")
        if re.search(r"\$[^$]|\\$", body):
            return None  # a variable of the makefile, or a line that goes on
        ignored = "-" in line[: len(line) - len(line.lstrip("\t@+- "))]
        body = body.lstrip("-@ ").replace("$$", "$")
        if body.startswith("#"):
            made.append(body)
            continue
        made.append(f"( {body} ){' || true' if ignored else ''}")
    return Script("\n".join(made), of.file, of.line + at + 1), True


def _of_json(of: Script, name: str) -> tuple[Script, bool] | None:
    """The script called `name`; a list is run one after the other until the first failure."""
    try:
        scripts: Any = json.loads(of.text).get("scripts", {})
        said = scripts.get(name)
    except (ValueError, AttributeError, RecursionError):
        return None
    lines = [said] if isinstance(said, str) else said
    if not isinstance(lines, list) or not all(
        isinstance(one, str) and not re.match(r"@|\w+(?:\\\w+)*::", one) for one in lines
    ):
        return None
    if isinstance(scripts, dict) and {f"pre{name}", f"post{name}"} & set(scripts):
        return None
    at = next((n for n, line in enumerate(of.text.split("\n"), 1) if f'"{name}"' in line), 1)
    return Script("\n".join(f"( {one} )" for one in lines) if len(lines) > 1 else lines[0], of.file, at), len(
        lines
    ) > 1


def opaque(raw: Sequence[str], argv: Sequence[str]) -> bool:
    """Whether `argv`, written as `raw`, is a program that may do anything, and that nobody can follow from here."""
    program, words = argv[0].rpartition("/")[2], [w for w in argv[1:] if not w.startswith("-")]
    if program in _CONTAINERS:
        return bool({"run", "exec"} & set(words[:2]))
    if program == "parallel" or (program == "find" and "-exec" in argv):
        return True
    if "xargs" in raw[:2] and program in ("sh", "bash"):
        return True
    if program in ("sh", "bash") and any(w.startswith(("<(", "$(")) for w in argv[1:]):
        return True
    if program in _DEPLOYERS:
        return True
    if (name := _name(argv)) is not None:
        return not USUAL.fullmatch(name)
    if _LANGUAGES.fullmatch(program) and words[:1]:
        first = words[0]
        return bool(re.search(r"\.(?:php|py|rb|pl|[cm]?js|ts)$", first)) and not _TOOLS.match(first)
    return (
        "/" in argv[0]
        and not argv[0].startswith(("/", "~"))
        and not _TOOLS.match(argv[0])
        and program != "artisan"
    )
