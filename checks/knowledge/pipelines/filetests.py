"""Tests for files: ``test``, ``[ … ]`` and ``[[ … ]]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.fates import Fate
from checks.knowledge.pipelines.program import Context, Program, emit, line_of, short
from checks.knowledge.pipelines.words import expanded, text, word

if TYPE_CHECKING:
    from tree_sitter import Node


def brackets(node: Node, program: Program, c: Context) -> None:
    """``[ … ]`` and ``[[ … ]]``."""
    inside(node, program, c)
    if node.children[0].type == "[":
        test_words(["test", *_flat(node.named_children, program)], node, program, c)
        return
    for child in node.named_children:
        _condition(child, program, c)


def inside(node: Node, program: Program, c: Context) -> None:
    """What runs in ``$(…)`` of a condition: the condition judges it."""
    for child in node.children:
        if child.type == "command_substitution":
            lost = Fate(None, "in $(…)", line_of(child, program), program.file)
            judged = next((fate for fate in (c.false, c.true) if fate.stops), lost)
            program.walk(
                child.children, program, replace(c, false=judged, status=judged, condition=True, judged=True)
            )
        else:
            inside(child, program, c)


def _flat(nodes: Sequence[Node], program: Program) -> Iterator[str]:
    """The words between brackets, in which the parser sees an expression."""
    for node in nodes:
        if node.type in ("unary_expression", "binary_expression", "parenthesized_expression"):
            yield from _flat(node.children, program)
        else:
            yield from expanded(node, program.known)


def _condition(node: Node, program: Program, c: Context) -> None:
    kind = node.type
    operator = text(node.child_by_field_name("operator")) or (text(node.children[0]) if node.children else "")
    if kind == "parenthesized_expression":
        _condition(node.named_children[0], program, c)
    elif kind == "unary_expression" and operator == "!":
        _condition(node.named_children[-1], program, replace(c, true=c.false, false=c.true))
    elif kind == "binary_expression" and operator in ("&&", "-a", "||", "-o"):
        for part in (node.named_children[0], node.named_children[-1]):
            alone = operator in ("&&", "-a")
            lost = Fate(False, operator, line_of(node, program), program.file)
            _condition(part, program, c if alone else replace(c, false=lost))
    elif kind == "unary_expression" and re.fullmatch(r"-[a-z]", operator) and len(node.named_children) > 1:
        emit(["test", operator, word(node.named_children[-1], program.known)], node, program, c)
    else:
        emit(
            ["test", *(w for n in node.named_children for w in expanded(n, program.known))], node, program, c
        )
        _counted(node, program, c)


_ANY = re.compile(r"-(?:gt|ne)\s+[\"']?0\b|!=\s*[\"']?0\b|>\s*0\b|-(?:ge)\s+[\"']?1\b|-(?:eq)\s+[\"']?0\b|==?\s*[\"']?0\b"
                  r"|-lt\s+[\"']?1\b|<\s*1\b|-z\b|-n\b|true|false|\"\"|''")  # fmt: skip


_ONE = re.compile(r"(?:-eq|-ne|==?|!=)\s*[\"']?1\b")
"""Of a variable that is only set, and never added to."""


def _counted(node: Node, program: Program, c: Context) -> None:
    """A condition about a variable decides for whatever was counted in it."""
    for name in variables(text(node), program):
        counted(name, text(node), node, program, c.true, c.false)


def variables(condition: str, program: Program) -> list[str]:
    """The variables that `condition` looks at; ``$?`` by the name that it has here."""
    found = re.findall(r"\$\{?#?(\w+|\?)|\(\(\s*!?\s*(\w+)", condition)
    return [program.asked if one in ("?", "PIPESTATUS") else one or two for one, two in found]


def counted(
    name: str, condition: str, node: Node, program: Program, true: Fate, false: Fate | None = None
) -> None:
    """`condition` decides with the fate `true` or `false` for what was counted in `name`; only where a single failure is
    enough, and where it is a failure that stops."""
    bare = not re.search(r"\d", re.sub(r"\$\{?#?\w+", "", condition))
    flag = name not in program.added and _ONE.search(condition)
    one = bare or flag or _ANY.search(condition)
    for fate, other, turned in ((true, false, False), (false, true, True)):
        if fate is None or not fate.stops:
            continue
        ends = fate if one else Fate(None, short(node), line_of(node, program), program.file)
        wrong = name in program.added and _when_none(condition) is not turned and not (other and other.stops)
        if wrong and _when_none(condition) is not None:
            ends = Fate(False, short(node), line_of(node, program), program.file)
        program.counted.append((name, ends, fate))


def _when_none(condition: str) -> bool | None:
    """Whether `condition` holds where nothing was counted; None where that cannot be told."""
    if len(_COMPARED.findall(condition)) != 1:
        return None
    none = bool(_NONE.search(condition))
    return none is not condition.lstrip("([ ").startswith("!") if none or _SOME.search(condition) else None


_COMPARED = re.compile(r"-(?:eq|ne|lt|gt|le|ge)\b|[!=<>]=|[<>=]")
_NONE = re.compile(r"(?:-(?:eq|le)|==?|<=)\s*[\"']?0\b|(?:-lt|<)\s*[\"']?1\b")
_SOME = re.compile(r"(?:-(?:ne|gt)|!=|>)\s*[\"']?0\b|(?:-ge|>=)\s*[\"']?1\b")


def test_words(argv: Sequence[str], node: Node, program: Program, c: Context) -> None:
    """``test`` with plain words: ``! -f x``, ``-f x -a -d y``."""
    words = [w for w in argv[1:] if w != "]"]
    if "-o" in words:
        lost = Fate(False, "-o", line_of(node, program), program.file)
        c = replace(c, false=lost)
    start = 0
    for end in [*(n for n, w in enumerate(words) if w in ("-a", "-o")), len(words)]:
        part, own = words[start:end], c
        start = end + 1
        if part[:1] == ["!"]:
            part, own = part[1:], replace(c, true=c.false, false=c.true)
        emit(["test", *part], node, program, own)
    _counted(node, program, c)
