"""YAML 1.2 with places: text to plain data, and from a path in that data back to a line and column.

Scalars follow the YAML 1.2 core schema, so ``on``, ``no`` and ``12:30`` stay text. A number with a leading
zero (``0640``, ``0o640``) stays text as well: as a mode it means what its writer meant. Duplicate keys, merge
keys and tags are problems. Parsing is libyaml's ``compose``; nothing is ever constructed from a tag.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from checks.errors import Problem, SpecError

MAX_BYTES = 4 * 1024 * 1024
MAX_NODES = 200_000
_Base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TAGS = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}
_PLAIN_TAGS = set(_TAGS.values())

Path_ = tuple[str | int, ...]


class _Loader(_Base):  # type: ignore[misc]
    """Asks nobody what a plain scalar is: see :func:`scalar`."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        return _TAGS[kind]

    def descend_resolver(self, parent: Any, index: Any) -> None: ...

    def ascend_resolver(self) -> None: ...


class Kept(list[Any]):
    """What is left of a list, and the places that its items had in the whole of it."""

    def __init__(self, items: list[Any], origin: list[int]) -> None:
        super().__init__(items)
        self.origin = origin


GONE = object()


def child(node: Any, part: str | int) -> Any:
    """What stands at `part` of `node`; ``GONE`` where nothing does."""
    if isinstance(node, dict):
        return node.get(part, GONE)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return GONE


class _Found(NamedTuple):
    """What stands at a path: its node (None: nothing), what is left of it, and the places of it and its key."""

    node: yaml.Node | None
    read: Any
    value: Any
    key: Any


class Document:
    """A parsed file: ``data`` is dicts, lists and scalars; ``at(path)`` is the place of a value in it. Paths count
    the items of ``read``: the data, or what is left of it where broken parts were taken out."""

    def __init__(self, file: str, root: yaml.Node | None, data: Any, read: Any = None) -> None:
        self.file, self.data, self.root = file, data, root
        self.read = data if read is None else read
        self._known: dict[Path_, _Found] = {}

    def at(self, path: Path_, *, key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of the value at `path` (of its key, if `key`). Where `path` leads out of
        the data, the place of the last part that exists."""
        found = self._find(path)
        mark = found.key if key else found.value
        return (mark.line + 1, mark.column + 1) if mark else (1, 1)

    def _find(self, path: Path_) -> _Found:
        if path in self._known:
            return self._known[path]
        if not path:
            mark = self.root.start_mark if self.root else None
            return _Found(self.root, self.read, mark, mark)
        above, part = self._find(path[:-1]), path[-1]
        node, key = None, None
        if isinstance(above.node, yaml.MappingNode):
            key, node = next(((k, v) for k, v in above.node.value if k.value == part), (None, None))
        elif isinstance(above.node, yaml.SequenceNode) and isinstance(part, int):
            read = above.read
            index = read.origin[part] if isinstance(read, Kept) and part < len(read) else part
            key = node = above.node.value[index] if index < len(above.node.value) else None
        found = _Found(
            node,
            child(above.read, part),
            node.start_mark if node else above.value,
            key.start_mark if key else above.value,
        )
        self._known[path] = found
        return found

    def problem(self, path: Path_, message: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem at the place of `path`."""
        return Problem(self.file, *self.at(path, key=key), message, hint)

    def unknown(self, path: Path_, what: str, name: str, known: list[str]) -> Problem:
        """The problem of a `name` at `path` that is none of the `known`."""
        close = get_close_matches(name, known, 1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known) or 'none'}"
        return self.problem(path, f"unknown {what} `{name}`", hint)


def read(path: Path) -> Document:
    """The file at `path`. Raises :class:`SpecError` where it cannot be read or is not valid YAML."""
    try:
        if path.is_dir():
            raise SpecError([Problem(str(path), 1, 1, "is a directory", "name the file in it")])
        if not path.is_file():
            raise SpecError([Problem(str(path), 1, 1, "no such file", "write one with `docgen init`")])
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise SpecError([Problem(str(path), 1, 1, f"larger than {MAX_BYTES // 1024**2} MiB")])
        return parse(raw.decode("utf-8-sig"), str(path))
    except OSError as error:
        raise SpecError([Problem(str(path), 1, 1, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SpecError([Problem(str(path), line, 1, "is not UTF-8", "save the file as UTF-8")]) from error


def parse(text: str, file: str = "docgen.yml") -> Document:
    """`text` as a document. Raises :class:`SpecError` with every problem there is."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        line = (text.splitlines() or [""])[min(place[0], text.count("\n") + 1) - 1 :][:1]
        if line and line[0].lstrip(" ").startswith("\t"):
            problem = Problem(file, *place, "not valid YAML: a tab as indentation", "YAML wants spaces")
        else:
            problem = Problem(file, *place, f"not valid YAML: {error.problem}", error.context or "")
        raise SpecError([problem]) from error
    except yaml.YAMLError as error:
        raise SpecError([Problem(file, 1, 1, f"not valid YAML: {error}")]) from error
    except RecursionError as error:
        raise SpecError([Problem(file, 1, 1, "nested too deeply")]) from error
    finally:
        loader.dispose()
    builder = _Builder(file)
    try:
        data = builder.build(root) if root else None
    except RecursionError as error:
        raise SpecError(
            [Problem(file, 1, 1, "an alias that contains itself, or nested too deeply")]
        ) from error
    if builder.problems:
        raise SpecError(builder.problems)
    return Document(file, root, data)


def scalar(text: str) -> Any:
    """A plain scalar of the YAML 1.2 core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789+-.":
        if _INT.match(text):
            return int(text, 0) if text[:2] == "0x" else int(text)
        if _FLOAT.match(text):
            return float(text)
    return text


class _Builder:
    def __init__(self, file: str) -> None:
        self.file, self.problems, self.nodes = file, list[Problem](), 0

    def _problem(self, node: yaml.Node, message: str, hint: str = "") -> None:
        mark = node.start_mark
        self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, message, hint))

    def build(self, node: yaml.Node) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise SpecError(
                [Problem(self.file, 1, 1, f"more than {MAX_NODES} values once aliases are expanded")]
            )
        if node.tag not in _PLAIN_TAGS:
            self._problem(node, f"the tag {node.tag} is not supported", "write the value without a tag")
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.style else scalar(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item) for item in node.value]
        result: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._problem(key, "a key must be a single word or text")
                continue
            if key.value == "<<" and not key.style:
                self._problem(key, "merge keys (<<) are not part of YAML 1.2", "use `variables` instead")
                continue
            if key.value in result:
                self._problem(
                    key, f"the key `{key.value}` stands twice", f"the first is in line {lines[key.value]}"
                )
                continue
            result[key.value] = self.build(value)
            lines[key.value] = key.start_mark.line + 1
        return result
