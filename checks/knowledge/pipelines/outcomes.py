"""What a part of a script leads to: whether it ends the script, counts a failure, or passes it over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.fates import Fate
from checks.knowledge.pipelines.program import COUNTS, DEEPEST, Context, Program, line_of, short
from checks.knowledge.pipelines.words import expanded, text, word

if TYPE_CHECKING:
    from tree_sitter import Node

_ACCUMULATES = re.compile(r"^(?:\(\(\s*)?(?:let\s+|local\s+|export\s+)?(\w+)\s*(?:\+\+|\+?=(?!=))")
_HARMLESS = ("true", ":", "echo", "printf", "continue")


def outcome(node: Node, program: Program, c: Context) -> Fate | None:
    """What running `node` leads to, if it ends the script or counts a failure."""
    found = ends([node], program, c)
    return found[1] if found else None


def quiet(node: Node, program: Program, c: Context) -> Fate:
    """The fate of a failure that `node` takes care of, without ending anything."""
    said, line = f"|| {short(node)}", line_of(node, program)
    first = _first(node, program)
    if first in _HARMLESS:
        return Fate(False, said, line, program.file)
    if first == "false":
        return c.status
    return Fate(None, said, line, program.file)


def _first(node: Node, program: Program) -> str:
    """The name of the last command in `node`."""
    while node.type in ("compound_statement", "list", "redirected_statement", "subshell", "pipeline"):
        inside = [n for n in node.named_children if not n.type.endswith("redirect")]
        if not inside:
            return ""
        node = inside[-1]
    return word(node.children[0], program.known) if node.type == "command" else ""


def ends(nodes: Sequence[Node], program: Program, c: Context, depth: int = 0) -> tuple[str, Fate] | None:
    """Whether running `nodes` for sure ends the script (or the function), and what that means."""
    program.budget[0] -= 1
    if program.budget[0] <= 0:
        return None
    for node in nodes:
        kind = node.type
        if kind in ("compound_statement", "redirected_statement", "do_group", "else_clause"):
            found = ends(node.named_children, program, c, depth)
        elif kind == "subshell":
            found = ends(node.named_children, program, c, depth)
            found = ("status", c.status) if found else None
        elif kind == "list" and depth < DEEPEST:
            found = ends(node.named_children[:1], program, c, depth + 1)
            found = found or (ends(node.named_children[-1:], program, c, depth + 1) if _sure(node) else None)
        elif kind == "command":
            found = _command_ends(node, program, c, depth)
        else:
            found = None
        if found and found[0] != "counts":
            return found
    for node in nodes:
        if match := _ACCUMULATES.match(text(node)):
            name = match[1]
            return "counts", Fate(None, f"{COUNTS}{name}", line_of(node, program), program.file)
    return None


def _sure(node: Node) -> bool:
    """Whether the second part of ``a && b`` always runs: where the first only reports."""
    first = text(node.named_children[0]).split(None, 1)[0] if text(node.named_children[0]).strip() else ""
    return first in _HARMLESS and any(child.type == "&&" for child in node.children)


def _command_ends(node: Node, program: Program, c: Context, depth: int) -> tuple[str, Fate] | None:
    words = [w for part in node.named_children for w in expanded(part, program.known)]
    name, code = (words or [""])[0], (words[1:] or [""])[0]
    if name in ("exit", "return") and name not in program.functions:
        if code == "0":
            return name, Fate(False, f"{name} 0", line_of(node, program), program.file)
        if not code:
            return name, Fate(None, f"{name} without a number", line_of(node, program), program.file)
        if match := re.fullmatch(r"\$\{(\w+)\}", code):
            program.counted.append((match[1], program.stop, program.stop))
        return name, program.stop if name == "exit" else c.false
    if name in program.functions and depth < DEEPEST:
        body = program.functions[name].child_by_field_name("body")
        return ends(body.named_children, program, c, depth + 1) if body is not None else None
    return None


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
