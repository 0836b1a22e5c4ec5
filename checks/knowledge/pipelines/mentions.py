"""The files of the repository that a workflow file or a script may run."""

from __future__ import annotations

import re

from checks.knowledge.pipelines import settings, tasks

_REFERENCE = re.compile(
    r"""(?:^|[\s'"=(;&|<])((?:\./)?(?:[\w.-]+/)*[\w.-]+\.(?:sh|bash))(?=$|[\s'")<>;&|}])""", re.MULTILINE
)
_USES = re.compile(r"""(?:^|[{,])\s*(?:-\s+)?(?:\{\s*)?uses:\s*['"]?(\./[\w./-]+)""", re.MULTILINE)


def mentioned(source: str) -> list[tuple[str, ...]]:
    """The files of the repository that `source` may run: local actions, called workflows, shell scripts. Of those that
    stand together, the first that is there counts."""
    found: list[tuple[str, ...]] = []
    for used in _USES.findall(source):
        path = used.removeprefix("./").rstrip("/")
        found.append((path,) if path.endswith((".yml", ".yaml")) else action_files(path))
    found += [(path.removeprefix("./"),) for path in _REFERENCE.findall(source)]
    found += [*((path,) for path in tasks.files(source)), *settings.files(source)]
    return [paths for paths in dict.fromkeys(found) if ".." not in paths[0].split("/")]


def action_files(folder: str) -> tuple[str, ...]:
    """What the action in `folder` may be in, in the order in which GitHub looks."""
    return f"{folder}/action.yml", f"{folder}/action.yaml"
