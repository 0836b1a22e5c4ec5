"""Parts of a script that run after each other under a condition: ``&&``, ``||``, ``if``, ``!``, ``|``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.fates import Fate
from checks.knowledge.pipelines.filetests import counted, variables
from checks.knowledge.pipelines.outcomes import HARMLESS, ends, gained, last_of, last_try, outcome, quiet
from checks.knowledge.pipelines.program import UNHEEDED, Context, Fed, Program, line_of, short
from checks.knowledge.pipelines.running import command, thrown_away
from checks.knowledge.pipelines.words import expanded, text
from checks.knowledge.pipelines.workspace import Script

if TYPE_CHECKING:
    from tree_sitter import Node


def both_or_either(node: Node, program: Program, c: Context) -> None:
    """``a && b`` and ``a || b``."""
    left, right = node.named_children[0], node.named_children[-1]
    both = any(child.type == "&&" for child in node.children)
    joined(left, right, program, c, lambda own: program.step(left, program, own), both=both)


def joined(
    left: Node, right: Node, program: Program, c: Context, first: Callable[[Context], None], *, both: bool
) -> None:
    """`right` behind `left`, which `first` runs, and ``&&`` (`both`) or ``||``."""
    after = outcome(right, program, c, bad=not both)
    if both:
        done = last_of(right, program) == "continue" or (after is not None and re.match(_WELL, after.why))
        again = c.after or Fate(None, f"&& {short(right)}", line_of(right, program), program.file)
        # What only reports gives the result of what stands before it.
        through = c.true if last_of(right, program) in HARMLESS else Fate(False)
        passed = c.status
        if passed.stops is False and passed.why.endswith(("set -e", UNHEEDED)):
            passed = last_try(right, [right], program) or passed
            if passed.why == "no set -e" and program.errexit:
                passed = Fate(False, f"&& {short(right)}", line_of(right, program), program.file)
        false = again if done else gained(right, program) or passed
        first(replace(c, true=after or through, false=false, condition=True))
    else:
        fate = after or quiet(right, program, c)
        first(replace(c, false=fate, status=fate, condition=True))
    # What stands behind `||` is for the bad case only, unless the first part asks for that itself.
    rest = Fate(None, f"… || {short(right)}", line_of(right, program), program.file)
    only = c.only if both or _asks_for_bad(left) else c.only or rest
    if (text(left).strip(), both) in (("false", True), ("true", False), (":", False)):
        only = Fate(False, f"{short(left)} {'&&' if both else '||'} …", line_of(left, program), program.file)
    program.step(right, program, replace(c, only=only))
    if right.type == "variable_assignment":
        program.known.pop(text(right.child_by_field_name("name")), None)


_WELL = r"(?:exit|return) 0+$"


def _asks_for_bad(node: Node) -> bool:
    return bool(re.match(r"(?:\[\[?|test)?\s*!", text(node)))


def if_then(node: Node, program: Program, c: Context) -> None:
    """``if`` with all its branches."""
    condition = node.child_by_field_name("condition") or node.named_children[0]
    parts = _branches(node)
    then = ends(parts[0], program, c, bad=False)
    # Without an else, a false condition is a success.
    other = ends(parts[1], program, c, bad=True) if len(parts) > 1 and parts[1] else None
    line = line_of(condition, program)
    off = last_try(node, parts[0], program) if len(parts) == 1 else None
    off = off or Fate(False, f"if {short(condition)}", line, program.file)
    false = other[1] if other else gained(parts[0][-1], program) or off if parts[0] else off
    if parts[0] and len(parts) == 1 and c.after:
        well = last_of(parts[0][-1], program) == "continue" or (then and re.match(_WELL, then[1].why))
        false = c.after if well else false
    elif other is None and len(parts) == 2 and parts[1] and last_of(parts[1][-1], program) == "false":
        false = c.false
    own = replace(c, true=then[1] if then else off, false=false, status=false, condition=True, after=None)
    program.step(condition, program, own)
    if then and then[0] != "counts":
        for name in variables(text(condition), program):
            counted(name, text(condition), condition, program, then[1])
    known = text(condition).strip("[]() \t")
    for index, part in enumerate(parts):
        never = (known in ("false",) and index == 0) or (known in ("true", ":") and index > 0)
        why: Fate | None = Fate(False if never else None, f"if {short(condition)}", line, program.file)
        if known in ("true", ":") and index == 0:
            why = c.only
        program.walk(part, program, replace(c, only=c.only or why, after=None))


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


def negated(node: Node, program: Program, c: Context) -> None:
    """``! a``."""
    own = replace(c, true=c.status, false=c.true, status=c.true, condition=True)
    program.step(node.named_children[-1], program, own)


def pipeline(node: Node, program: Program, c: Context) -> None:
    """``a | b``: without ``pipefail`` only the last part decides."""
    parts = node.named_children
    here = len(parts) == 2 and parts[1].type == "command" and not program.place
    fed = _cat(parts[0], program) if here else None
    if fed is not None:
        command(parts[1], program, c, stdin=program.workspace.script(fed, program.folder), stdin_file=fed)
        return
    looks = bool(re.match(r"(?:e?grep|jq\s+(?:-\w*\s+)*-\w*e)\b", text(parts[-1])))
    void = c.void or (thrown_away(parts[-1], program) and "tee" not in text(node).split())
    given = program.fed
    for part in parts:
        if part is not parts[0]:
            program.fed = Fed(Script("", "", 0), False, by=short(node))
        fetches = looks and text(part).split(None, 1)[:1] in (["curl"], ["wget"])
        own = replace(c, void=void)
        if part is parts[-1] or program.pipefail or fetches:  # what looks at an answer fails without one
            program.step(part, program, replace(own, judged=c.judged or fetches))
        else:
            lost = Fate(False, "| without pipefail", line_of(part, program), program.file)
            if "PIPESTATUS" in text(node.next_named_sibling):
                lost = c.status
            program.step(part, program, replace(own, false=lost, status=lost, condition=True))
        given = program.fed if part is parts[0] else given
    program.fed = given


def _cat(node: Node, program: Program) -> str | None:
    """The shell script that `node` writes into the pipe: ``cat scripts/deploy.sh``."""
    words = [w for part in node.named_children for w in expanded(part, program.known)]
    return words[1] if len(words) == 2 and words[0] == "cat" and words[1].endswith((".sh", ".bash")) else None
