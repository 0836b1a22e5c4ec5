"""A shell that reads a script: what it knows, and what it has found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from checks.knowledge.pipelines.fates import Fate, Ran
from checks.knowledge.pipelines.words import Variables, text
from checks.knowledge.pipelines.workspace import Script, Workspace

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

DEEPEST = 12
MOST = 5000
COUNTS = "counts in "
GAINS = "gains in "
"""What is there is counted, not what is missing."""
TOLD = "told by "
"""What runs in ``x=$(…)`` is judged by whoever looks at ``$x``."""
LAST_TRY = "after the last try it goes on"
UNHEEDED = "set -e in a condition"
UNPARSED = "it cannot be parsed"
TOO_LONG = "it is too long to be read"
BUILT_IN = (
    "test",
    "[",
    "exit",
    "return",
    "set",
    "true",
    "false",
    "builtin",
    "command",
    "cd",
    "echo",
    "printf",
    "export",
)
"""Commands that the shell does not look for in ``PATH``."""
BUDGET = 30_000
"""Nodes of a script, and of all that it runs, that are looked at."""


def _nowhere(nodes: Any, program: Program, context: Context) -> None:
    raise AssertionError("a program is run by checks.knowledge.pipelines.shell.commands")


class Fed(NamedTuple):
    """A script that comes in by the input of a shell, for whoever in it reads that. ``fresh``: it knows nothing of the
    variables of who wrote it; ``by``: the command that may have read it already."""

    script: Script
    fresh: bool
    by: str = ""


class Function(NamedTuple):
    """A function of a script, and where that begins."""

    node: Node
    file: str
    base: int

    @property
    def body(self) -> list[Node]:
        inside = self.node.child_by_field_name("body")
        return inside.named_children if inside is not None else []


@dataclass
class Program:
    """One shell that runs a script. ``stop`` is what becomes of the run when it exits with an error, ``last`` when its
    last command fails. What changes on the way: ``errexit``, ``pipefail``, variables, functions, the folder. ``doubt``:
    why what follows does not run as it is written; ``asked``: the name for ``$?`` in the statement that is read;
    ``added``: variables that are added to; ``unhooked``: ``stop`` and ``last`` without the trap; ``fed``: what
    comes in by its input."""

    file: str
    base: int
    place: str
    stop: Fate
    last: Fate
    errexit: bool
    pipefail: bool
    folder: str
    known: Variables
    workspace: Workspace
    functions: dict[str, Function] = field(default_factory=dict)
    made: list[Ran] = field(default_factory=list)
    counted: list[tuple[str, Fate, Fate]] = field(default_factory=list)
    budget: list[int] = field(default_factory=lambda: [BUDGET])
    depth: int = 0
    doubt: Fate | None = None
    asked: str = ""
    added: set[str] = field(default_factory=set)
    unhooked: tuple[Fate, Fate] | None = None
    fed: Fed | None = None
    walk: Callable[[Sequence[Node], Program, Context], None] = _nowhere
    step: Callable[[Node, Program, Context], None] = _nowhere

    def environment(self, command: Node) -> dict[str, str]:
        """The variables that `command` has: those known here, and those before its name."""
        own = {
            text(one.child_by_field_name("name")): text(one.child_by_field_name("value")).strip("\"'")
            for one in command.named_children
            if one.type == "variable_assignment"
        }
        return {name: " ".join(words) for name, words in self.known.items()} | own


@dataclass(frozen=True)
class Context:
    """What follows from a node: ``true`` and ``false`` are the fates of its two results; ``status`` that of a bad result
    without ``set -e``. ``condition``: ``set -e`` does not count here. ``back`` is the fate of a function that returns an
    error, ``after`` that of what surely follows. ``only``, ``judged`` and ``void`` as in :class:`Ran`."""

    true: Fate
    false: Fate
    status: Fate
    condition: bool = False
    only: Fate | None = None
    judged: bool = False
    void: bool = False
    back: Fate | None = None
    after: Fate | None = None


@cache
def _parser() -> object:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def parsed(source: str) -> Tree:
    """The syntax tree of a script."""
    return _parser().parse(source.encode("utf-8", "replace"))  # type: ignore[attr-defined, no-any-return]


def run(
    source: str, program: Program, only: Fate | None = None, *, condition: bool = False, void: bool = False
) -> list[Ran]:
    """What `program` runs when it reads the script `source`, itself run only under a condition, or as one; `void` as in
    :class:`Ran`."""
    tree = parsed(source)
    program.walk(
        tree.root_node.children,
        program,
        Context(Fate(False), program.stop, program.last, condition, only, void=void),
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
        if fate.why.startswith(GAINS):
            name = fate.why.removeprefix(GAINS)
            return fate._replace(stops=None if name in told else False, why=f"{name}=")
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


def unclear(why: str, node: Node, program: Program, *, opaque: bool = False) -> None:
    """Notes that something that is run here could not be followed; `opaque`: it is a program like any other, which can
    do what is looked for, and hardly anything to what is found."""
    fate = Fate(None, why, line_of(node, program), program.file)
    argv = ("?", "opaque") if opaque else ("?",)
    program.made.append(Ran(argv, fate.line, program.file, program.place, program.folder, fate))


def emit(
    argv: Sequence[str],
    node: Node,
    program: Program,
    c: Context,
    *,
    sudo: bool = False,
    typed: Sequence[str] = (),
) -> None:
    only = c.only
    if program.workspace.path and argv[0] not in BUILT_IN:
        only = only or program.workspace.path
    program.made.append(
        Ran(
            tuple(argv), line_of(node, program), program.file, program.place, program.folder, c.false, only, sudo,
            absent=c.false.stops is not True and c.true.stops is True, judged=c.judged, void=c.void,
            typed=tuple(typed) if sudo else (),
        )
    )  # fmt: skip


def within(path: str, folder: str) -> str:
    return path if path.startswith(("/", "~", "${", "%")) or not folder else f"{folder.rstrip('/')}/{path}"
