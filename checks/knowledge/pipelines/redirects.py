"""Statements whose input or output is a file, or a text beside them: ``< file``, ``<<END``, ``<<< word``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.branches import joined
from checks.knowledge.pipelines.fates import Fate
from checks.knowledge.pipelines.hooks import written
from checks.knowledge.pipelines.program import UNPARSED, Context, Fed, Program, line_of, short, unclear
from checks.knowledge.pipelines.running import command, thrown_away
from checks.knowledge.pipelines.words import text, word
from checks.knowledge.pipelines.workspace import Script

if TYPE_CHECKING:
    from tree_sitter import Node


def redirected(node: Node, program: Program, c: Context) -> None:
    """A statement whose input or output is a file, or a text beside it."""
    c = replace(c, void=c.void or thrown_away(node, program))
    body = node.child_by_field_name("body") or node.named_children[0]
    here = next((r for r in node.named_children if r.type == "heredoc_redirect"), None)
    if here is not None:
        pipe, rest = _behind(here)
        _chain(node, here, pipe, rest, program, _cut_off(here, node, program, c))
        return
    source = next(
        (r for r in node.named_children if r.type == "file_redirect" and text(r).startswith("<")), None
    )
    if source is not None and body.type == "command":
        path = word(source.named_children[-1], program.known)
        found = program.workspace.script(path, program.folder) if path and not program.place else None
        command(body, program, c, stdin=found, stdin_file=path)
        return
    written(node, program)
    if source is not None:
        path = word(source.named_children[-1], program.known)
        found = program.workspace.script(path, program.folder) if not program.place else None
        _group_reads(body, Fed(found or Script("", "", 0), False, "" if found else path), program, c)
        return
    program.walk([body], program, c)


def _group_reads(body: Node, fed: Fed, program: Program, c: Context) -> None:
    """Several commands, of which one may read as a script what is `fed` to all of them."""
    before, program.fed = program.fed, fed
    program.walk([body], program, c)
    program.fed = before


def _behind(here: Node) -> tuple[list[Node], list[tuple[bool, Node]]]:
    """What stands behind a heredoc on its line, which the parser puts inside it: the other parts of its pipe, and the
    parts behind ``&&`` (True) and ``||``."""
    pipe: list[Node] = []
    rest: list[tuple[bool, Node]] = []
    for child in here.named_children:
        before = child.prev_sibling.type if child.prev_sibling is not None else ""
        if child.type == "pipeline":
            *pipe, last = child.named_children
            (_, first), *rest = _flat(True, last)
            pipe.append(first)
        elif before in ("&&", "||"):
            rest += _flat(before == "&&", child)
    return pipe, rest


def _flat(both: bool, node: Node) -> list[tuple[bool, Node]]:
    if node.type != "list":
        return [(both, node)]
    own = any(child.type == "&&" for child in node.children)
    return [*_flat(both, node.named_children[0]), (own, node.named_children[-1])]


def _cut_off(here: Node, node: Node, program: Program, c: Context) -> Context:
    """`c`, with what the parser could not place on the line of the heredoc."""
    odd = next(
        (n for part in here.children for n in [part, *part.children] if n.type == "ERROR"),
        None,
    )
    said = text(odd).strip()
    at = line_of(odd or here, program), program.file
    if odd is None or (said.startswith(";") and program.errexit and not c.condition):
        return c
    if said == "|":
        lost = c.false if program.pipefail else Fate(False, "| without pipefail", *at)
    elif said == "&":
        later, awaited = node.next_named_sibling, False
        while later is not None and not awaited:
            awaited = bool(re.search(r"\bwait\s+(?:-n|[\"$])", text(later)))
            later = later.next_named_sibling
        lost = Fate(None if awaited else False, "&", *at)
    else:
        lost = Fate(None, UNPARSED, *at)
    return replace(c, false=lost, status=lost, condition=True)


def _chain(
    node: Node,
    here: Node,
    pipe: Sequence[Node],
    rest: Sequence[tuple[bool, Node]],
    program: Program,
    c: Context,
) -> None:
    body = node.child_by_field_name("body") or node.named_children[0]
    if rest:
        (*front, (both, right)) = rest
        joined(body, right, program, c, lambda own: _chain(node, here, pipe, front, program, own), both=both)
        return
    fed = body.type == "command" and text(body).split(None, 1)[:1] == ["cat"]
    if pipe and fed and pipe[-1].type == "command" and _feeds(pipe[-1], here, node, program, c):
        program.walk([body], program, c)
        return
    own = c
    if pipe and not program.pipefail:
        lost = Fate(False, "| without pipefail", line_of(pipe[-1], program), program.file)
        lost = c.status if "PIPESTATUS" in text(node.next_named_sibling) else lost
        own = replace(c, false=lost, status=lost, condition=True)
    if body.type == "command":
        _feeds(body, here, node, program, own)
    else:
        script, quoted = _script(here, program)
        _group_reads(body, Fed(script._replace(file=""), quoted), program, own)
    if pipe and text(pipe[-1]).split(None, 1)[:1] in (["sh"], ["bash"], ["ssh"]):
        unclear(short(pipe[-1]), pipe[-1], program)  # it runs what the part before it made of the text
    for part in pipe:
        program.step(part, program, c if part is pipe[-1] or program.pipefail else own)


def _feeds(target: Node, here: Node, node: Node, program: Program, c: Context) -> bool:
    """Whether the heredoc `here` is a script for the command `target`; then it is read. What ``cat`` writes into a file
    is kept for whoever runs that."""
    script, quoted = _script(here, program)
    written(node, program, script if text(target).strip() == "cat" and quoted and not c.only else None)
    return command(target, program, c, stdin=script._replace(file=""), fresh=quoted)


def _script(here: Node, program: Program) -> tuple[Script, bool]:
    """The text of the heredoc `here`, and whether it is quoted: then it knows nothing of the variables around it."""
    body = next((n for n in here.named_children if n.type == "heredoc_body"), None)
    quoted = text(next(n for n in here.named_children if n.type == "heredoc_start"))[:1] in "'\"\\"
    source = text(body)
    if not quoted:
        source = re.sub(r"\\([$`\\])", r"\1", source)
    return Script(source, program.file, line_of(body, program) if body is not None else 0), quoted
