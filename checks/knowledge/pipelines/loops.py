"""Parts of a script that run several times, or perhaps not at all: ``for``, ``while``, ``case``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.fates import STOPS, Fate
from checks.knowledge.pipelines.outcomes import ends, may_turn_away, turned_away
from checks.knowledge.pipelines.program import Context, Program, line_of, short
from checks.knowledge.pipelines.words import expanded, text, word

if TYPE_CHECKING:
    from tree_sitter import Node


def for_each(node: Node, program: Program, c: Context) -> None:
    """``for``: once for each word, as far as these are known."""
    name = text(node.child_by_field_name("variable"))
    body = node.child_by_field_name("body")
    parts = [part for part in node.named_children[1:] if part != body]
    values = [w for part in parts for one in expanded(part, program.known) for w in _braces(part, one)]
    if body is None:
        return
    unknown = not values or any(_unsure(part, program) for part in parts)
    if re.match(r"for\s+\w+\s*(?:;|\n|do\b)", text(node)) and "@" in program.known:
        values, unknown = list(program.known["@"]), False
    line, before = line_of(node, program), program.known.get(name)
    if re.match(r"for\s+\w+\s+in\s*[;\n]", text(node)):
        empty = Fate(False, f"for {name} in nothing", line, program.file)
        program.walk(body.named_children, program, replace(c, only=c.only or empty))
        return
    last = Fate(False, "in a loop without set -e", line, program.file)
    once = next((n for n in body.named_children if _leaves(n, program, c)), None)
    if once is not None and re.search(
        rb"\bcontinue\b", (body.text or b"")[: once.start_byte - body.start_byte]
    ):
        once = None  # a turn may go well before it
    perhaps = next((n for n in body.named_children if may_turn_away(n, ("break",))), None)
    for value in [f"${{{name}}}"] if unknown else values:
        program.known.pop(name, None)
        if not unknown:
            program.known[name] = (value,)
        only = c.only or (Fate(None, f"for {name} in …", line, program.file) if unknown else None)
        # Only the last turn of a loop gives it its result.
        status = c.status if not unknown and value == values[-1] else last
        program.walk(body.named_children, program, replace(c, status=status, only=only))
        if once is not None:  # no further turn
            never = Fate(False, f"never reached: {short(once)}", line_of(once, program), program.file)
            c = replace(c, only=c.only or never)
        elif perhaps is not None:
            early = Fate(None, f"unless {short(perhaps)}", line_of(perhaps, program), program.file)
            c = replace(c, only=c.only or early)
    program.known.pop(name, None)
    if before:
        program.known[name] = before


def _braces(part: Node, value: str) -> Iterator[str]:
    """``{a,b}/c`` as the shell writes it out: ``a/c``, ``b/c``."""
    match = re.fullmatch(r"([^{}$]*)\{([^{}]*,[^{}]*)\}(.*)", value) if '"' not in text(part) else None
    if match is None:
        yield value
        return
    for one in match[2].split(","):
        yield from _braces(part, f"{match[1]}{one}{match[3]}")


def _unsure(part: Node, program: Program) -> bool:
    """Whether it cannot be told how many words `part` becomes."""
    whole = word(part, program.known)
    if part.type in ("string", "raw_string"):
        return bool(re.search(r"\$@|\$\{(\w+\[)?@", text(part))) and len(expanded(part, program.known)) < 2
    bare = re.sub(r"\$\{\w+\}", "", whole)
    # With a text beside it, a variable is a part of one word.
    listed = bare != whole and re.search(r"\w", bare)
    return bool(re.search(r"\$\{|\$\(|`|[*?]", bare if listed else whole))


def counting(node: Node, program: Program, c: Context) -> None:
    """``for ((i = 0; i < 5; i++))``: the body runs, where the numbers say so, and then several times."""
    body, line = node.child_by_field_name("body"), line_of(node, program)
    if body is None:
        return
    bounds = re.match(r"for\s*\(\(\s*(\w+)\s*=\s*(\d+)\s*;\s*(\w+)\s*<=?\s*(\d+)\s*;", text(node))
    runs = bounds and bounds[1] == bounds[3] and int(bounds[2][:9]) < int(bounds[4][:9])
    head = text(node).split("))", 1)[0]
    only = None if runs else Fate(None, f"{head}))", line, program.file)
    last = Fate(False, "in a loop without set -e", line, program.file)
    for name in re.findall(r"\b([a-zA-Z_]\w*)\b", head):
        program.known.pop(name, None)
    program.walk(body.named_children, program, replace(c, status=last, only=c.only or only, after=None))


def while_true(node: Node, program: Program, c: Context) -> None:
    """``while`` and ``until``: the body may run, and then with other variables each time."""
    why = Fate(None, short(node), line_of(node, program), program.file)
    body = next((child for child in node.named_children if child.type == "do_group"), None)
    said = text(body)
    for name in re.findall(r"\b(\w+)\+?=|\bread\s+(?:-\w+\s+)*(\w+)|\b(shift)\b", text(node)):
        for one in [*map(str, range(1, 10)), "@"] if name[2] else (name[0] or name[1],):
            program.known.pop(one, None)
    found = ends(body.named_children, program, c) if body is not None else None
    # Without a way out it goes on until the condition holds: nothing comes behind it before.
    again = found[1] if found else why if re.search(r"\bbreak\b", said) else STOPS
    over = Fate(False, short(node), line_of(node, program), program.file)
    until = node.children[0].type == "until"
    own = replace(
        c, true=over if until else again, false=again if until else over, condition=True, after=None
    )
    for child in node.named_children:
        if child is not body:
            program.step(child, program, replace(own, status=own.false))
    if body is not None:
        program.walk(body.named_children, program, replace(c, only=c.only or why, after=None))


def _leaves(node: Node, program: Program, c: Context) -> bool:
    ended = ends([node], program, c)
    return (ended is not None and ended[0] != "counts") or turned_away(node, program, ("break",))


def case_of(node: Node, program: Program, c: Context) -> None:
    """``case``: one of its parts may run."""
    why = Fate(None, short(node), line_of(node, program), program.file)
    for child in node.named_children:
        if child.type == "case_item":
            program.walk(child.named_children, program, replace(c, only=c.only or why, after=None))
        else:
            program.step(child, program, replace(c, condition=True))
