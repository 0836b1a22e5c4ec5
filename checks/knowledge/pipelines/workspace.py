"""The folder that a job works in: the files of the repository, as far as the job has left them alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from checks.knowledge.pipelines.fates import Fate


class Script(NamedTuple):
    """The text of a file; ``file`` and ``line`` say where it begins. An empty ``file`` is the workflow file."""

    text: str
    file: str
    line: int = 1


class Workspace:
    """What a job finds, and what its steps leave to each other. ``doubt``: why later steps may not run as they are
    written; ``path``: why their programs may be others."""

    def __init__(self, files: Mapping[str, str], lost: Mapping[str, str] = {}) -> None:
        self._lost = dict(lost)
        self._scripts = {path: Script(text, path) for path, text in files.items()}
        self._changed: dict[str, Fate] = {}
        self._all: Fate | None = None
        self.doubt: Fate | None = None
        self.path: Fate | None = None

    def script(self, path: str, folder: str = "") -> Script | None:
        """The script in `path`, seen from `folder`; None where that is not known, or not for sure."""
        whole = _whole(path, folder)
        return None if self.changed(path, folder) else self._scripts.get(whole)

    def changed(self, path: str, folder: str = "") -> Fate | None:
        """What has changed the file `path`."""
        whole = _whole(path, folder)
        if whole not in self._scripts:
            return None
        found = [fate for one, fate in self._changed.items() if one == whole or whole.startswith(f"{one}/")]
        return found[0] if found else self._all

    def unread(self, path: str, folder: str = "") -> tuple[str, str] | None:
        """The file `path` from the top of the repository, and why it could not be read, where it may be there."""
        whole = _whole(path, folder)
        return (whole, self._lost[whole]) if whole in self._lost else None

    def write(self, path: str, folder: str, fate: Fate) -> None:
        """Notes that the job writes to the file or folder `path`."""
        self._changed.setdefault(_whole(path, folder), fate)

    def put(self, path: str, folder: str, script: Script) -> None:
        """The job writes the text of `script` to `path`."""
        whole = _whole(path, folder)
        self._changed.pop(whole, None)
        self._lost.pop(whole, None)
        self._scripts[whole] = script

    def replace_all(self, fate: Fate) -> None:
        """Notes that the files may be those of another commit."""
        self._all = self._all or fate


def _whole(path: str, folder: str) -> str:
    """`path` from the top of the repository."""
    path = re.sub(r"^(?:\$\{(?:GITHUB_WORKSPACE|PWD)\}|%github\.workspace%)/", "/" if folder else "", path)
    whole = path if path.startswith(("/", "~", "${", "%")) or not folder else f"{folder}/{path}"
    parts: list[str] = []
    for part in whole.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if whole.startswith("/") else "") + "/".join(parts)


_IN_PLACE = re.compile(r"-(?:i.*|[a-zA-Z]*i[a-zA-Z]*|-in-place.*)")
_TREE = (
    "checkout",
    "restore",
    "reset",
    "pull",
    "merge",
    "rebase",
    "switch",
    "apply",
    "stash",
    "am",
    "cherry-pick",
)


def changes(argv: Sequence[str]) -> tuple[list[str], bool]:
    """The files that the command `argv` writes, and whether it may replace any file of the repository."""
    name, words = argv[0].rpartition("/")[2], [w for w in argv[1:] if not w.startswith("-")]
    after = dict(pairwise(argv))
    if name in ("sed", "perl") and any(_IN_PLACE.fullmatch(w) for w in argv[1:]):
        return words[1:] or words, False
    if name in ("cp", "mv", "install", "ln", "rsync") and len(words) > 1:
        into = words[-1]
        return [into, *(f"{into}/{one.rstrip('/').rpartition('/')[2]}" for one in words[:-1])], False
    if name == "curl":
        fetched = [w.rpartition("/")[2] for w in words[-1:] if {"-O", "--remote-name"} & set(argv)]
        options = [two for one, two in after.items() if re.fullmatch(r"-[a-zA-Z]*o|--output", one)]
        return [*options, *fetched], False
    if name == "wget":
        options = [two for one, two in after.items() if re.fullmatch(r"-[a-zA-Z]*O|--output-document", one)]
        return options or [w.rpartition("/")[2] for w in words[-1:]], False
    if name == "dd":
        return [w[3:] for w in words if w.startswith("of=")], False
    if name in ("tee", "truncate", "rm", "shred"):
        return words, False
    return [], name == "patch" or (name == "git" and any(w in _TREE for w in words[:1]))
