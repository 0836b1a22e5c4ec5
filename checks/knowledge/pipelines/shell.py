"""A shell script, read: which commands it runs in which order, and what happens if one of them fails.

Follows what a person would follow: functions, literal loops, ``ssh host '…'``, heredocs, ``bash -c``, scripts of the
repository. What cannot be decided is said to be undecided; it is never taken for good.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.fates import Fate, Ran
from checks.knowledge.pipelines.filetests import brackets, counted
from checks.knowledge.pipelines.outcomes import ends, may_leave, outcome, quiet
from checks.knowledge.pipelines.program import (
    COUNTS,
    MOST,
    TOLD,
    TOO_LONG,
    Context,
    Program,
    line_of,
    run,
    settled,
    short,
    unclear,
)
from checks.knowledge.pipelines.running import command, redirected, substitutions
from checks.knowledge.pipelines.words import LONGEST, expanded, text, word

if TYPE_CHECKING:
    from tree_sitter import Node


def commands(source: str, program: Program) -> list[Ran]:
    """What the script `source` runs, in order, run by `program`."""
    return run(source, replace(program, walk=_block))


def _block(nodes: Sequence[Node], program: Program, context: Context) -> None:
    """Statements one after the other; what follows an ``exit`` is never reached."""
    statements = [n for n in nodes if n.is_named and n.type != "comment"]
    background = {n.prev_named_sibling.id for n in nodes if n.type == "&" and n.prev_named_sibling}
    for place, node in enumerate(statements):
        if len(program.made) > MOST:
            unclear(TOO_LONG, node, program)
            return
        is_last = place == len(statements) - 1
        status = context.status if is_last else Fate(False, "no set -e", line_of(node, program), program.file)
        exits = program.errexit and not context.condition
        false = program.stop if exits else status
        own = replace(context, true=context.true if is_last else Fate(False), false=false, status=status)
        if node.id in background:
            lost = Fate(False, "&", line_of(node, program), program.file)
            own = replace(own, false=lost, status=lost, condition=True)
        _node(node, program, own)
        ended = ends([node], program, context)
        if ended and not is_last and ended[0] != "counts":
            never = Fate(False, f"never reached: {short(node)}", line_of(node, program), program.file)
            context = replace(context, only=never)
        elif not is_last and context.only is None and may_leave(node, program):
            early = Fate(None, f"unless {short(node)}", line_of(node, program), program.file)
            context = replace(context, only=early)


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
        elif value.type in ("command_substitution", "arithmetic_expansion") or added or c.only:
            program.known.pop(name, None)
        else:
            program.known[name] = (word(value, program.known)[:LONGEST],)
            _reset(name, one, program)
        if value is not None and "$(" in text(value):
            judge = Fate(None, f"{TOLD}{name}", line_of(value, program), program.file)
            # A command of its own fails the assignment with it, where `set -e` counts.
            exits = program.errexit and not c.condition and value.type == "command_substitution"
            judge = program.stop if exits and node.type == "variable_assignment" else judge
            substitutions(value, program, replace(c, false=judge, status=judge), judged=True)
            return
    substitutions(node, program, c)


def _reset(name: str, node: Node, program: Program) -> None:
    """What was counted in `name` is lost when it gets a value of its own."""
    lost = Fate(False, short(node), line_of(node, program), program.file)
    program.made[:] = [
        ran._replace(fails=lost) if ran.fails.why == f"{COUNTS}{name}" else ran for ran in program.made
    ]


def _list(node: Node, program: Program, c: Context) -> None:
    left, right = node.named_children[0], node.named_children[-1]
    both = any(child.type == "&&" for child in node.children)
    after = outcome(right, program, c)
    if both:
        done = after is not None and after.why == "exit 0"
        again = Fate(None, short(node), line_of(node, program), program.file)
        _node(
            left,
            program,
            replace(c, true=after or Fate(False), false=again if done else c.status, condition=True),
        )
    else:
        fate = after or quiet(right, program, c)
        _node(left, program, replace(c, false=fate, status=fate, condition=True))
    # What stands behind `||` is for the bad case only, unless the first part asks for that itself.
    rest = Fate(None, f"… || {short(right)}", line_of(right, program), program.file)
    only = c.only if both or _asks_for_bad(left) else c.only or rest
    if (text(left).strip(), both) in (("false", True), ("true", False), (":", False)):
        only = Fate(False, f"{short(left)} {'&&' if both else '||'} …", line_of(left, program), program.file)
    _node(right, program, replace(c, only=only))


def _asks_for_bad(node: Node) -> bool:
    return bool(re.match(r"(?:\[\[?|test)?\s*!", text(node)))


def _if(node: Node, program: Program, c: Context) -> None:
    condition = node.child_by_field_name("condition") or node.named_children[0]
    parts = _branches(node)
    then = ends(parts[0], program, c)
    # Without an else, a false condition is a success.
    other = ends(parts[1], program, c) if len(parts) > 1 and parts[1] else None
    line = line_of(condition, program)
    off = Fate(False, f"if {short(condition)}", line, program.file)
    own = replace(
        c, true=then[1] if then else off, false=other[1] if other else off, status=off, condition=True
    )
    _node(condition, program, replace(own, status=own.false))
    if then and then[0] != "counts":
        for name in re.findall(r"\$\{?#?(\w+)|\(\(\s*(\w+)", text(condition)):
            counted(name[0] or name[1], text(condition), condition, program, then[1])
    known = text(condition).strip("[]() \t")
    for index, part in enumerate(parts):
        never = (known in ("false",) and index == 0) or (known in ("true", ":") and index > 0)
        why = Fate(False if never else None, f"if {short(condition)}", line, program.file)
        if known in ("true", ":") and index == 0:
            why = c.only  # type: ignore[assignment]
        _block(part, program, replace(c, only=c.only or why))


def _branches(node: Node) -> list[list[Node]]:
    """The statements of ``then``, and of each ``elif`` and ``else`` behind it."""
    parts: list[list[Node]] = [[]]
    past = False
    for child in node.children:
        if child.type == "then":
            past = True
        elif child.type == "else_clause":
            parts.append(child.named_children)
        elif child.type == "elif_clause":
            parts.append(child.named_children[1:])
        elif past and child.is_named:
            parts[0].append(child)
    return parts


def _negated(node: Node, program: Program, c: Context) -> None:
    _node(
        node.named_children[-1],
        program,
        replace(c, true=c.status, false=c.true, status=c.true, condition=True),
    )


def _pipeline(node: Node, program: Program, c: Context) -> None:
    parts = node.named_children
    fed = _cat(parts[0], program) if len(parts) == 2 and parts[1].type == "command" else None
    if fed is not None:
        command(parts[1], program, c, stdin=program.scripts.get(fed.removeprefix("./")), stdin_file=fed)
        return
    looks = bool(re.match(r"(?:e?grep|jq\s+(?:-\w*\s+)*-\w*e)\b", text(parts[-1])))
    for part in parts:
        fetches = looks and text(part).split(None, 1)[:1] in (["curl"], ["wget"])
        if part is parts[-1] or program.pipefail or fetches:  # what looks at an answer fails without one
            _node(part, program, replace(c, judged=c.judged or fetches))
        else:
            lost = Fate(False, "| without pipefail", line_of(part, program), program.file)
            _node(part, program, replace(c, false=lost, status=lost, condition=True))


def _cat(node: Node, program: Program) -> str | None:
    """The shell script that `node` writes into the pipe: ``cat scripts/deploy.sh``."""
    words = [w for part in node.named_children for w in expanded(part, program.known)]
    return words[1] if len(words) == 2 and words[0] == "cat" and words[1].endswith((".sh", ".bash")) else None


def _for(node: Node, program: Program, c: Context) -> None:
    name = text(node.child_by_field_name("variable"))
    body = node.child_by_field_name("body")
    values = [w for part in node.named_children[1:] if part != body for w in expanded(part, program.known)]
    if body is None:
        return
    unknown = not values or any(_unsure(part, program) for part in node.named_children[1:] if part != body)
    line, before = line_of(node, program), program.known.get(name)
    if re.match(r"for\s+\w+\s+in\s*[;\n]", text(node)):
        empty = Fate(False, f"for {name} in nothing", line, program.file)
        program.walk(body.named_children, program, replace(c, only=c.only or empty))
        return
    last = Fate(False, "in a loop without set -e", line, program.file)
    for value in [f"${{{name}}}"] if unknown else values:
        program.known.pop(name, None)
        if not unknown:
            program.known[name] = (value,)
        only = c.only or (Fate(None, f"for {name} in …", line, program.file) if unknown else None)
        # Only the last turn of a loop gives it its result.
        status = c.status if not unknown and value == values[-1] else last
        _block(body.named_children, program, replace(c, status=status, only=only))
    program.known.pop(name, None)
    if before:
        program.known[name] = before


def _unsure(part: Node, program: Program) -> bool:
    """Whether it cannot be told how many words `part` becomes."""
    whole = word(part, program.known)
    if part.type in ("string", "raw_string"):
        return bool(re.search(r"\$@|\$\{(\w+\[)?@", text(part))) and len(expanded(part, program.known)) < 2
    return bool(re.search(r"\$\{|\$\(|`|[*?]", whole))


def _maybe(node: Node, program: Program, c: Context) -> None:
    """A part that may or may not run."""
    why = Fate(None, short(node), line_of(node, program), program.file)
    for child in node.named_children:
        if child.type in ("do_group", "case_item"):
            _block(child.named_children, program, replace(c, only=c.only or why))
        else:
            _node(child, program, replace(c, condition=True))


def _group(node: Node, program: Program, c: Context) -> None:
    _block(node.named_children, program, c)


def _subshell(node: Node, program: Program, c: Context) -> None:
    # What is counted in here is forgotten at its end.
    inside = replace(
        program, stop=c.false, known=dict(program.known), functions=dict(program.functions), made=[], counted=[]
    )  # fmt: skip
    _block(node.named_children, inside, replace(c, status=c.false))
    program.made += settled(inside)


def _define(node: Node, program: Program, c: Context) -> None:
    program.functions[text(node.child_by_field_name("name"))] = node


def _plain(node: Node, program: Program, c: Context) -> None:
    command(node, program, c)


_NODES = {
    "list": _list,
    "if_statement": _if,
    "negated_command": _negated,
    "pipeline": _pipeline,
    "for_statement": _for,
    "while_statement": _maybe,
    "case_statement": _maybe,
    "compound_statement": _group,
    "do_group": _group,
    "subshell": _subshell,
    "function_definition": _define,
    "redirected_statement": redirected,
    "test_command": brackets,
    "command": _plain,
}
