"""What a part of a script leads to: whether it ends the script, counts a failure, or passes it over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.fates import Fate
from checks.knowledge.pipelines.program import (
    COUNTS,
    DEEPEST,
    GAINS,
    LAST_TRY,
    Context,
    Program,
    line_of,
    short,
)
from checks.knowledge.pipelines.words import expanded, text, word

if TYPE_CHECKING:
    from tree_sitter import Node

_ACCUMULATES = re.compile(r"^(?:\(\(\s*)?(?:let\s+|local\s+|export\s+)?(\w+)\s*(\+\+|\+?=(?!=))(\$\(\()?")
HARMLESS = ("true", ":", "echo", "printf", "continue")


def outcome(node: Node, program: Program, c: Context, *, bad: bool | None = None) -> Fate | None:
    """What running `node` leads to, if it ends the script or counts a failure; `bad` as for :func:`ends`."""
    found = ends([node], program, c, bad=bad)
    return found[1] if found else None


def quiet(node: Node, program: Program, c: Context) -> Fate:
    """The fate of a failure that `node` takes care of, without ending anything."""
    said, line = f"|| {short(node)}", line_of(node, program)
    first = last_of(node, program)
    if first in program.functions:
        return Fate(None, said, line, program.file)
    if first in HARMLESS:
        said_so = c.judged and first in ("echo", "printf")  # and somebody looks at what
        return Fate(None if said_so else False, said, line, program.file)
    if first == "false":
        return c.false
    return Fate(None, said, line, program.file)


def gained(node: Node, program: Program) -> Fate | None:
    """The fate of a failure where `node` counts what is there."""
    match = _ACCUMULATES.match(text(node).lstrip("{ \n"))
    if match is None:
        return None
    return Fate(None, f"{GAINS}{match[1]}", line_of(node, program), program.file)


def last_of(node: Node, program: Program) -> str:
    """The name of the last command in `node`."""
    while node.type in ("compound_statement", "list", "redirected_statement", "subshell", "pipeline"):
        inside = [n for n in node.named_children if not n.type.endswith("redirect")]
        if not inside:
            return ""
        node = inside[-1]
    return word(node.children[0], program.known) if node.type == "command" else ""


def ends(
    nodes: Sequence[Node], program: Program, c: Context, depth: int = 0, *, bad: bool | None = None
) -> tuple[str, Fate] | None:
    """Whether running `nodes` for sure ends the script (or the function), and what that means. `bad`: whether what ran
    before them failed, for an ``exit`` without a number; None: not known."""
    program.budget[0] -= 1
    if program.budget[0] <= 0:
        return None
    before = bad
    for node in nodes:
        kind = node.type
        if kind in ("compound_statement", "redirected_statement", "do_group", "else_clause"):
            found = ends(node.named_children, program, c, depth, bad=before)
        elif kind == "subshell":
            found = ends(node.named_children, program, c, depth, bad=before)
            found = ("status", c.false if found[1].stops else found[1]) if found else None
        elif kind == "list" and depth < DEEPEST:
            found = ends(node.named_children[:1], program, c, depth + 1, bad=before)
            found = found or (
                ends(node.named_children[-1:], program, c, depth + 1, bad=False) if _sure(node) else None
            )
        elif kind == "command":
            found = _command_ends(node, program, c, depth, before)
        else:
            found = None
        if found and found[0] != "counts":
            return found
        if node.is_named and kind != "comment" and not kind.endswith("redirect"):
            before = False if last_of(node, program) in HARMLESS else None
    for node in nodes:
        if match := _ACCUMULATES.match(text(node)):
            name = match[1]
            if match[2] != "=" or match[3]:
                program.added.add(name)
            return "counts", Fate(None, f"{COUNTS}{name}", line_of(node, program), program.file)
    return None


def _sure(node: Node) -> bool:
    """Whether the second part of ``a && b`` always runs: where the first only reports."""
    first = text(node.named_children[0]).split(None, 1)[0] if text(node.named_children[0]).strip() else ""
    return first in HARMLESS and any(child.type == "&&" for child in node.children)


def _command_ends(
    node: Node, program: Program, c: Context, depth: int, bad: bool | None
) -> tuple[str, Fate] | None:
    words = [w for part in node.named_children for w in expanded(part, program.known)]
    name, code = (words or [""])[0], (words[1:] or [""])[0]
    if name in ("exit", "return") and name not in program.functions:
        at = line_of(node, program), program.file
        fails = program.stop if name == "exit" else c.back or c.false
        if code in ("", "${?}"):
            unsure = Fate(None, f"{name} without a number" if not code else short(node), *at)
            return name, {True: fails, False: Fate(False, short(node), *at), None: unsure}[bad]
        if code.isdigit() and int(code[-9:]) % 256 == 0:
            return name, Fate(False, f"{name} {code}", *at)
        if match := re.fullmatch(r"\$\{(\w+)\}", code):
            program.counted.append((match[1], fails, fails))
        elif not re.fullmatch(r"-?\d+|\$\{\w+:?-0*[1-9]\d*\}", code):
            return name, Fate(None, short(node), *at)
        return name, fails
    if name in program.functions and depth < DEEPEST:
        return ends(program.functions[name].body, program, replace(c, back=c.false), depth + 1, bad=bad)
    return None


def turned_away(node: Node, program: Program, names: Sequence[str] = ("break", "continue")) -> bool:
    """Whether `node` for sure leaves the turn of the loop that it stands in, by one of `names`."""
    if node.type in ("compound_statement", "redirected_statement"):
        return any(turned_away(child, program, names) for child in node.named_children)
    if node.type == "list":
        return turned_away(node.named_children[0], program, names) or (
            _sure(node) and turned_away(node.named_children[-1], program, names)
        )
    return node.type == "command" and text(node).split()[0] in names


def may_leave(node: Node, program: Program) -> bool:
    """Whether `node` may end the script without an error, so that what follows may not run."""
    if node.type in ("function_definition", "subshell", "command_substitution"):
        return False
    if node.type == "command":
        words = [w for part in node.named_children for w in expanded(part, program.known)]
        if words and words[0].startswith("%"):
            return True
        if (words or [""])[0] not in ("exit", "return") or words[0] in program.functions:
            return False
        return len(words) == 1 or words[1] == "0" or not words[1].isdigit()
    return any(may_leave(child, program) for child in node.children)


def last_try(node: Node, leaves: Sequence[Node], program: Program) -> Fate | None:
    """The fate of the last failure in a ``for`` that tries something several times, and that a success in `node` leaves by
    a ``break`` in `leaves`; None: it is no such loop."""
    if not any(turned_away(one, program, ("break",)) for one in leaves):
        return None
    loop: Node | None = node
    while loop is not None and not loop.type.endswith("for_statement"):
        loop = loop.parent if loop.type not in _OWN else None
    if loop is None:
        return None
    rest = (loop.text or b"")[node.end_byte - loop.start_byte :].decode("utf-8", "replace")
    behind, later = "", loop.next_named_sibling
    while later is not None:
        behind, later = f"{behind}\n{text(later)}", later.next_named_sibling
    counted = re.match(r"for\s*(?:\(\(\s*)?(\w+)", text(loop))
    at = line_of(node, program), program.file
    if re.search(r"\b(?:exit|return|false)\b", rest):
        return Fate(None, short(node), *at)
    if counted and re.search(rf"\$\{{?{counted[1]}\b|\(\(\s*{counted[1]}\b", behind):
        return Fate(None, short(node), *at)
    return Fate(False, LAST_TRY, *at)


_OWN = ("while_statement", "function_definition", "subshell", "command_substitution")
_LOOPS = ("for_statement", "c_style_for_statement", "while_statement", "function_definition", "subshell")
_FOUND = re.compile(r"(?:\[\[?|\btest)\s+(?:!\s+)?-[bcdefghLprsuwx]\s|\w\+?=(?!=)|\(\(")
"""A break behind a look at a file, or one that is noted down, is part of the test, and no way around it."""


def may_turn_away(node: Node, names: Sequence[str] = ("break", "continue")) -> bool:
    """Whether `node` may leave the turn of the loop that it stands in, by one of `names`, so that what follows may not
    run."""
    if node.type in _LOOPS or _FOUND.search(text(node)):
        return False
    if node.type == "command":
        return text(node).split()[:1] in [[name] for name in names]
    return any(may_turn_away(child, names) for child in node.named_children)
