"""A shell script, read: which commands it runs in which order, and what happens if one of them fails.

Follows what a person would follow: functions, literal loops, ``ssh host '…'``, heredocs, ``bash -c``, scripts of the
repository. What cannot be decided is said to be undecided; it is never taken for good.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.branches import both_or_either, if_then, negated, pipeline
from checks.knowledge.pipelines.fates import Fate, Ran
from checks.knowledge.pipelines.filetests import brackets, counted, variables
from checks.knowledge.pipelines.loops import case_of, counting, for_each, while_true
from checks.knowledge.pipelines.outcomes import ends, may_leave, may_turn_away, turned_away
from checks.knowledge.pipelines.program import (
    BUILT_IN,
    COUNTS,
    MOST,
    TOLD,
    TOO_LONG,
    UNHEEDED,
    Context,
    Function,
    Program,
    line_of,
    run,
    settled,
    short,
    unclear,
)
from checks.knowledge.pipelines.redirects import redirected
from checks.knowledge.pipelines.running import command, substitutions
from checks.knowledge.pipelines.words import LONGEST, expanded, text, word

if TYPE_CHECKING:
    from tree_sitter import Node


def commands(source: str, program: Program) -> list[Ran]:
    """What the script `source` runs, in order, run by `program`."""
    return run(source, replace(program, walk=_block, step=_node))


def _block(nodes: Sequence[Node], program: Program, context: Context) -> None:
    """Statements one after the other; what follows an ``exit`` is never reached."""
    statements = [n for n in nodes if n.is_named and n.type != "comment"]
    background = {n.prev_named_sibling.id for n in nodes if n.type == "&" and n.prev_named_sibling}
    for place, node in enumerate(statements):
        if len(program.made) > MOST:
            unclear(TOO_LONG, node, program)
            return
        is_last = place == len(statements) - 1
        if program.doubt and (context.only is None or program.doubt.stops is False):
            context = replace(context, only=program.doubt)
        asked, program.asked = program.asked, ""
        status = context.status if is_last else _unseen(node, statements[place + 1], program, context)
        asked, program.asked = program.asked, asked
        exits = program.errexit and not context.condition
        false = program.stop if exits else status
        own = replace(context, true=context.true if is_last else Fate(False), false=false, status=status)
        if node.id in background:
            awaited = any(re.search(r"\bwait\s+(?:-n|[\"$])", text(n)) for n in statements[place + 1 :])
            lost = Fate(None if awaited else False, "&", line_of(node, program), program.file)
            own = replace(own, false=lost, status=lost, condition=True)
        elif not is_last and node.type in ("list", "if_statement") and _LEAVES.search(text(node)):
            rest = ends(statements[place + 1 :], program, context)
            own = replace(own, after=rest[1] if rest and rest[0] != "counts" else None)
        _node(node, program, own)
        program.asked = asked
        ended = ends([node], program, context)
        gone = (ended and ended[0] != "counts") or turned_away(node, program)
        if gone and not is_last:
            never = Fate(False, f"never reached: {short(node)}", line_of(node, program), program.file)
            context = replace(context, only=never)
        elif not is_last and context.only is None and (may_leave(node, program) or may_turn_away(node)):
            early = Fate(None, f"unless {short(node)}", line_of(node, program), program.file)
            context = replace(context, only=early)


_LEAVES = re.compile(r"\b(?:exit|return|continue)\b")


def _unseen(node: Node, behind: Node, program: Program, c: Context) -> Fate:
    """The fate of a bad result of `node` without ``set -e``: whether the statement `behind` it looks at ``$?``."""
    said, at = text(behind), (line_of(node, program), program.file)
    if "$?" not in said and "PIPESTATUS" not in said:
        return Fate(False, UNHEEDED if program.errexit and c.condition else "no set -e", *at)
    if match := re.fullmatch(r"(exit|return)\s+[\"$]+(?:\?|\{PIPESTATUS\[0\]\})\"?", said):
        return program.stop if match[1] == "exit" else c.back or program.stop
    program.asked = f"?{behind.start_byte}"
    if match := re.fullmatch(r"(?:local\s+)?(\w+)=\"?\$\{?(?:\?|PIPESTATUS\[0\])\}?\"?", said):
        program.asked = match[1]
        _reset(match[1], behind, program)
    return Fate(None, f"{COUNTS}{program.asked}", *at)


def _node(node: Node, program: Program, c: Context) -> None:
    program.budget[0] -= 1
    if program.budget[0] <= 0:
        if not any(ran.fails.why == TOO_LONG for ran in program.made[-1:]):
            unclear(TOO_LONG, node, program)
        return
    handler = _NODES.get(node.type)
    if handler:
        handler(node, program, c)
    elif node.type in ("variable_assignment", "declaration_command", "variable_assignments"):
        _assign(node, program, c)
    else:
        substitutions(node, program, c)


def _assign(node: Node, program: Program, c: Context) -> None:
    for one in [node, *node.children]:
        if one.type != "variable_assignment":
            continue
        name, value = text(one.child_by_field_name("name")), one.child_by_field_name("value")
        added = any(child.type == "+=" for child in one.children)
        if value is None or not name:
            program.known[name] = ("",)
        elif value.type == "array":
            words = tuple(w for part in value.named_children for w in expanded(part, program.known))
            program.known[name] = (*program.known.get(name, ()), *words) if added else words
        elif (
            value.type in ("command_substitution", "arithmetic_expansion")
            or added
            or c.only
            or "$?" in text(value)
        ):
            program.known.pop(name, None)
        else:
            program.known[name] = (word(value, program.known)[:LONGEST],)
            if text(value).strip('"') != "$?":
                _reset(name, one, program)
        if value is not None and re.search(r"\$\(|`", text(value)):
            judge = Fate(None, f"{TOLD}{name}", line_of(value, program), program.file)
            # A command of its own fails the assignment with it.
            alone = value.type == "command_substitution" and node.type == "variable_assignment"
            judge = c.false if alone and c.false.stops else judge
            substitutions(value, program, replace(c, false=judge, status=judge), judged=True)
            return
    substitutions(node, program, c)


def _reset(name: str, node: Node, program: Program) -> None:
    """What was counted in `name` is lost when it gets a value of its own."""
    lost = Fate(False, short(node), line_of(node, program), program.file)
    program.made[:] = [
        ran._replace(fails=lost) if ran.fails.why == f"{COUNTS}{name}" else ran for ran in program.made
    ]


def _group(node: Node, program: Program, c: Context) -> None:
    if text(node).startswith("(("):
        for name in variables(text(node), program):
            counted(name, text(node), node, program, c.true, c.false)
    _block(node.named_children, program, c)


def _subshell(node: Node, program: Program, c: Context) -> None:
    # What is counted in here is forgotten at its end.
    inside = replace(
        program, stop=c.false, known=dict(program.known), functions=dict(program.functions), made=[], counted=[]
    )  # fmt: skip
    _block(node.named_children, inside, replace(c, status=c.false))
    program.made += settled(inside)


def _define(node: Node, program: Program, c: Context) -> None:
    name = text(node.child_by_field_name("name"))
    program.functions[name] = Function(node, program.file, program.base)
    if name in BUILT_IN:
        program.doubt = Fate(None, f"{name}() …", line_of(node, program), program.file)


def _plain(node: Node, program: Program, c: Context) -> None:
    command(node, program, c)


_NODES = {
    "list": both_or_either,
    "if_statement": if_then,
    "negated_command": negated,
    "pipeline": pipeline,
    "for_statement": for_each,
    "c_style_for_statement": counting,
    "while_statement": while_true,
    "case_statement": case_of,
    "compound_statement": _group,
    "do_group": _group,
    "subshell": _subshell,
    "function_definition": _define,
    "redirected_statement": redirected,
    "test_command": brackets,
    "command": _plain,
}
