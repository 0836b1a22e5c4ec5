"""What a command takes from its environment or from a file beside it, as if it stood among its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from checks.knowledge.pipelines.workspace import Workspace

NEON = ("phpstan.neon", "phpstan.neon.dist", "phpstan.dist.neon")
_ANALYSES = re.compile(r"\bphpstan\b(?![^\n]*\s(?:--level|-l)\b)(?=\s|$)", re.MULTILINE)
_LEVEL = re.compile(r"^[ \t]+level:[ \t]*(\w+)", re.MULTILINE)


def files(source: str) -> list[tuple[str, ...]]:
    """The files that commands in `source` take settings from; of those that stand together, the first that is there."""
    return [NEON[:2]] if _ANALYSES.search(source) else []


def completed(
    argv: Sequence[str], env: Mapping[str, str], at_hand: Workspace | None, folder: str
) -> list[str]:
    """`argv` with what `env` and the files `at_hand` add: composer's ``--no-dev``, the level of phpstan."""
    names = [word.rpartition("/")[2] for word in argv[:2]]
    if "composer" in names and {"install", "update"} & set(argv) and "--no-dev" not in argv:
        return [*argv, "--no-dev"] if env.get("COMPOSER_NO_DEV", "0") not in ("0", "", "false") else [*argv]
    if "phpstan" not in names:
        return [*argv]
    made = [part for word in argv for part in _level(word)]
    if "--level" in made or at_hand is None:
        return made
    paths = [p for p in levels(argv) if at_hand.script(p, folder) or at_hand.unread(p, folder)]
    found = at_hand.script(paths[0], folder) if paths else None
    level = _LEVEL.search(found.text) if found else None
    return [*made, "--level", level[1]] if level else made


def levels(argv: Sequence[str]) -> tuple[str, ...]:
    """The files that may hold the level with which `argv` analyses; the first that is there does."""
    given = next((two for one, two in pairwise(argv) if one in ("-c", "--configuration")), None)
    given = given or next((w.partition("=")[2] for w in argv if w.startswith("--configuration=")), None)
    return (given,) if given else NEON


def _level(word: str) -> list[str]:
    """``-l5``, ``-l=5`` and ``--level=5`` are ``--level 5``."""
    match = re.fullmatch(r"(?:-l|--level)=?(\w*)", word)
    return ["--level", *([match[1]] if match[1] else [])] if match else [word]


def level_unknown(argv: Sequence[str]) -> bool:
    """Whether `argv` analyses with a level that stands somewhere else."""
    return any(word.rpartition("/")[2] == "phpstan" for word in argv[:2]) and "--level" not in argv
