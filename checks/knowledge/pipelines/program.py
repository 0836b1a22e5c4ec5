"""A shell that reads a script: what it knows, and what it has found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.fates import Fate, Ran
from checks.knowledge.pipelines.words import Variables, text

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

DEEPEST = 12
MOST = 5000
COUNTS = "counts in "
TOLD = "told by "
"""What runs in ``x=$(…)`` is judged by whoever looks at ``$x``."""
UNPARSED = "it cannot be parsed"
TOO_LONG = "it is too long to be read"
BUDGET = 30_000
"""Nodes of a script, and of all that it runs, that are looked at."""


def _nowhere(nodes: Sequence[Node], program: Program, context: Context) -> None:
    raise AssertionError("a program is run by checks.knowledge.pipelines.shell.commands")


@dataclass
class Program:
    """One shell that runs a script. ``stop`` is what becomes of the run when it exits with an error, ``last`` when its
    last command fails. What changes on the way: ``errexit``, ``pipefail``, variables, functions, the folder."""

    file: str
    base: int
    place: str
    stop: Fate
    last: Fate
    errexit: bool
    pipefail: bool
    folder: str
    known: Variables
    scripts: Mapping[str, str]
    functions: dict[str, Node] = field(default_factory=dict)
    made: list[Ran] = field(default_factory=list)
    counted: list[tuple[str, Fate, Fate]] = field(default_factory=list)
    budget: list[int] = field(default_factory=lambda: [BUDGET])
    depth: int = 0
    walk: Callable[[Sequence[Node], Program, Context], None] = _nowhere


@dataclass(frozen=True)
class Context:
    """What follows from a node: ``true`` and ``false`` are the fates of its two results; ``status`` that of a bad result
    without ``set -e``. ``condition``: ``set -e`` does not count here. ``only`` and ``judged`` as in :class:`Ran`."""

    true: Fate
    false: Fate
    status: Fate
    condition: bool = False
    only: Fate | None = None
    judged: bool = False


@cache
def _parser() -> object:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def parsed(source: str) -> Tree:
    """The syntax tree of a script."""
    return _parser().parse(source.encode("utf-8", "replace"))  # type: ignore[attr-defined, no-any-return]


def run(source: str, program: Program, only: Fate | None = None) -> list[Ran]:
    """What `program` runs when it reads the script `source`, itself run only under a condition."""
    tree = parsed(source)
    program.walk(
        tree.root_node.children, program, Context(Fate(False), program.stop, program.last, only=only)
    )
    if tree.root_node.has_error:
        bad = next(_errors(tree.root_node), tree.root_node)
        fate = Fate(None, UNPARSED, line_of(bad, program), program.file)
        program.made.append(Ran(("?",), fate.line, program.file, program.place, program.folder, fate))
    return settled(program)


def _errors(node: Node) -> Iterator[Node]:
    if node.type == "ERROR" or node.is_missing:
        yield node
    for child in node.children:
        yield from _errors(child)


def settled(program: Program) -> list[Ran]:
    """The commands, with what depends on a counter of failures decided now that the whole script is known."""
    ends = {name: fate for name, fate, _ in program.counted}
    told = {name: fate for name, _, fate in program.counted}

    def settle(fate: Fate) -> Fate:
        if fate.why.startswith(COUNTS):
            name = fate.why.removeprefix(COUNTS)
            return ends.get(name) or Fate(False, f"{name}=", fate.line, fate.file)
        if fate.why.startswith(TOLD):
            name = fate.why.removeprefix(TOLD)
            return told.get(name) or Fate(None, "in $(…)", fate.line, fate.file)
        return fate

    return [ran._replace(fails=settle(ran.fails)) for ran in program.made]


def line_of(node: Node, program: Program) -> int:
    return program.base + node.start_point[0]


def short(node: Node) -> str:
    words = " ".join(text(node).split())
    return words if len(words) <= 60 else f"{words[:57]}…"


def unclear(why: str, node: Node, program: Program) -> None:
    """Notes that something that is run here could not be followed."""
    fate = Fate(None, why, line_of(node, program), program.file)
    program.made.append(Ran(("?",), fate.line, program.file, program.place, program.folder, fate))


def emit(argv: Sequence[str], node: Node, program: Program, c: Context, *, sudo: bool = False) -> None:
    program.made.append(
        Ran(
            tuple(argv), line_of(node, program), program.file, program.place, program.folder, c.false, c.only, sudo,
            absent=c.false.stops is not True and c.true.stops is True, judged=c.judged,
        )
    )  # fmt: skip


def within(path: str, folder: str) -> str:
    return path if path.startswith(("/", "~", "${", "%")) or not folder else f"{folder.rstrip('/')}/{path}"
