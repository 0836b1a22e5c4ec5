"""One command, and the script that it may run in turn: on another host, in another shell, from a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.acts import artisan
from checks.knowledge.pipelines.fates import Fate
from checks.knowledge.pipelines.fates import unread as unread_fate
from checks.knowledge.pipelines.filetests import counted, test_words
from checks.knowledge.pipelines.hooks import changes_words, noted, trap, unread_since
from checks.knowledge.pipelines.program import (
    COUNTS,
    DEEPEST,
    Context,
    Fed,
    Function,
    Program,
    emit,
    line_of,
    run,
    short,
    unclear,
    within,
)
from checks.knowledge.pipelines.remote import (
    Inner,
    inner,
    leaves_input,
    reads_script,
    starts_shell,
    unread,
    without_prefixes,
)
from checks.knowledge.pipelines.settings import completed, level_unknown, levels
from checks.knowledge.pipelines.tasks import file_of, opaque, task
from checks.knowledge.pipelines.words import expanded, script, text, word
from checks.knowledge.pipelines.workspace import Script

if TYPE_CHECKING:
    from tree_sitter import Node


def thrown_away(node: Node, program: Program) -> bool:
    """Whether what `node` prints goes to ``/dev/null``."""
    files = [r for r in node.named_children if r.type == "file_redirect" and re.match(r"1?>|&>", text(r))]
    kept = re.search(r"\btee\b", text(node))
    return not kept and any(word(r.named_children[-1], program.known) == "/dev/null" for r in files)


def command(
    node: Node,
    program: Program,
    c: Context,
    *,
    stdin: Script | None = None,
    stdin_file: str = "",
    fresh: bool = False,
) -> bool:
    """One command; returns whether `stdin` was a script that it ran."""
    parts = [
        n for n in node.named_children if not n.type.endswith("redirect") and n.type != "variable_assignment"
    ]
    raw = [w for part in parts for w in expanded(part, program.known)]
    substitutions(node, program, c)
    if (said := next((n for n in node.named_children if n.type == "herestring_redirect"), None)) is not None:
        whole = said.named_children[-1]
        stdin = stdin or Script(script(whole, program.known), "", line_of(whole, program))
    argv, sudo = without_prefixes(raw)
    given = stdin is not None or bool(stdin_file)
    if not given and program.fed is not None:
        stdin, fresh = _taken(raw, argv, node, program)
    if not argv:
        return False
    name = argv[0]
    if name.startswith("%"):  # an expression of the workflow: it may hold any command
        unclear(f"${{{{ {name.strip('%')} }}}}", node, program)
        return False
    if name in program.functions and program.depth < DEEPEST and raw[0] == name:
        _call(program.functions[name], argv, program, c)
        return False
    if variable := re.fullmatch(r"\$\{(\w+)\}", name):
        if any(ran.fails.why == f"{COUNTS}{variable[1]}" for ran in program.made):  # `true` or `false`
            counted(variable[1], "true", node, program, c.true, c.false)
            return False
        if not artisan(argv):
            unclear(name, node, program, opaque=len(argv) > 1)
    if name.startswith(("$(", "`")):
        unclear(short(node), node, program, opaque=len(argv) > 1)
    if name == "trap" and len(argv) > 2:
        trap(argv, node, program)
    changes_words(raw, argv, node, program, c)
    if name == "set":
        _set(argv[1:], node, program)
    elif name == "cd" and len(argv) > 1:
        program.folder = within(argv[-1], program.folder)
    elif name in ("test", "[") and "xargs" in raw[:2]:
        unclear(short(node), node, program, opaque=True)
        return False
    elif name in ("test", "[") and argv[1:]:
        test_words(argv, node, program, c)
        return False
    files = None if program.place else program.workspace
    if lost := (stdin_file if stdin_file and stdin is None else unread(argv, files, program.folder)):
        _unread((lost,), node, program)
    used = [*argv[:2], stdin_file] if program.depth < DEEPEST else []
    for changed in (program.workspace.changed(path, program.folder) for path in used if path and files):
        if changed:
            program.made.append(unread_since(changed, program))
    its = inner(argv, stdin, files, program.folder)
    if its is None and files and (found := task(argv, files, program.folder)):
        its = Inner(found[0], errexit=found[1], file=True)
    elif its is None and not lost and opaque(raw, argv):
        _unread((file_of(argv),), node, program, opaque=True)
    argv = completed(argv, program.environment(node), files, program.folder)
    if level_unknown(argv):
        _unread(levels(argv), node, program, opaque=True)
    if given or stdin is None or sudo:  # a shell that only reads on is no command of its own
        emit(argv, node, program, c, sudo=sudo, typed=raw)
    if files:
        noted(argv, node, program)
    if its is None or program.depth >= DEEPEST:
        return False
    if said is not None and stdin and "command_substitution" in _types(said.named_children[-1]):
        unclear(short(node), node, program)
        return False
    return (
        _inside(its, parts, node, program, c, fed=Fed(stdin, fresh) if stdin else None) and stdin is not None
    )


def _taken(
    raw: Sequence[str], argv: Sequence[str], node: Node, program: Program
) -> tuple[Script | None, bool]:
    """The script that `argv` reads from what comes in by the input of its shell, if it does."""
    fed = program.fed
    if fed is None:
        return None, False
    if starts_shell(raw, argv):
        unclear(short(node), node, program)
        program.fed = None
    elif argv and reads_script(argv):
        program.fed = None
        if not fed.by:
            return fed.script, fed.fresh
        unclear(fed.by, node, program)
    elif argv and not leaves_input(argv) and argv[0] not in program.functions:
        program.fed = fed._replace(by=fed.by or short(node))
    return None, False


def _unread(paths: Sequence[str], node: Node, program: Program, *, opaque: bool = False) -> None:
    """Notes that what stands in one of `paths` is not known: because that could not be had, or for another reason."""
    lost = (program.workspace.unread(path, program.folder) for path in paths if not program.place)
    if known := next((one for one in lost if one), None):
        fate = unread_fate(*known, line_of(node, program), program.file)
        program.made.append(unread_since(fate, program))
        return
    unclear(short(node) if opaque else paths[0], node, program, opaque=opaque)


def _types(node: Node) -> set[str]:
    return {node.type, *(child.type for child in node.children)}


def _inside(
    its: Inner, parts: Sequence[Node], node: Node, program: Program, c: Context, fed: Fed | None
) -> bool:
    """The script that a command runs: on another host, in another shell, from a file of the repository. Returns whether
    what is `fed` to it was read as a script."""
    source, file, base = its.script
    read = fed is not None and its.script is fed.script
    if not its.file:
        file = program.file
    if its.word:  # from the words of the command: with its lines as they stand
        part = next((p for p in parts if word(p, program.known).strip() == source.strip()), None)
        source = script(part, program.known) if part is not None else source
        base = line_of(part if part is not None else node, program)
    if its.same:
        _same_shell(source, file, base, program, c)
        return False
    if its.lost:
        gone = Fate(False, "ssh -f", line_of(node, program), program.file)
        c = replace(c, false=gone, status=gone)
    own_shell = Program(
        file=file, base=base, place=its.place or program.place, stop=c.false, last=c.false,
        errexit=its.errexit, pipefail=its.pipefail, folder="" if its.place else program.folder,
        known={} if its.file or (read and fed and fed.fresh) else dict(program.known),
        workspace=program.workspace, depth=program.depth + 1,
        walk=program.walk, step=program.step,
        budget=program.budget,
    )  # fmt: skip
    own_shell.doubt = program.workspace.path if its.place else None
    own_shell.fed = None if read else fed or program.fed
    for at, argument in enumerate(its.arguments, 1):
        own_shell.known[str(at)] = (argument,)
    program.made += run(source, own_shell, c.only, void=c.void)
    if fed is None:
        program.fed = own_shell.fed
    return read or own_shell.fed is None


def _same_shell(source: str, file: str, base: int, program: Program, c: Context) -> None:
    """A script that the shell itself reads: what it sets and defines stays."""
    here = program.file, program.base
    program.file, program.base, program.depth = file, base, program.depth + 1
    last, program.last = program.last, c.false
    run(source, program, c.only, condition=c.condition, void=c.void)
    program.file, program.base = here
    program.depth, program.last = program.depth - 1, last


def _call(function: Function, argv: Sequence[str], program: Program, c: Context) -> None:
    before = {name: program.known.get(name) for name in [*map(str, range(1, 10)), "@", "*"]}
    for at in range(1, 10):
        program.known.pop(str(at), None)
    program.known.update({str(at): (w,) for at, w in enumerate(argv[1:], 1)}, **{"@": tuple(argv[1:])})
    here = program.file, program.base
    program.file, program.base, program.depth = function.file, function.base, program.depth + 1
    program.walk(function.body, program, replace(c, status=c.false, back=c.false, after=None))
    program.file, program.base = here
    program.depth -= 1
    for name, value in before.items():
        program.known.pop(name, None)
        if value is not None:
            program.known[name] = value


def _set(options: Sequence[str], node: Node, program: Program) -> None:
    on = True
    for option in options:
        if re.fullmatch(r"[-+][a-zA-Z]+", option):
            on = option[0] == "-"
            if "e" in option:
                program.errexit = on
            if "n" in option and on:
                program.doubt = Fate(False, "set -n", line_of(node, program), program.file)
        elif option == "noexec" and on:
            program.doubt = Fate(False, "set -o noexec", line_of(node, program), program.file)
        elif option in ("errexit", "pipefail"):
            setattr(program, option, on)


def substitutions(node: Node, program: Program, c: Context, *, judged: bool = False) -> None:
    """Commands inside ``$(…)``: they run, and their failure is rarely seen, unless `c` says what judges them."""
    if node.type in ("command_substitution", "process_substitution"):
        lost = Fate(None, "in $(…)", line_of(node, program), program.file)
        own = c if judged else replace(c, false=lost, status=lost)
        program.walk(node.children, program, replace(own, condition=True, judged=True))
        return
    for child in node.children:
        substitutions(child, program, c, judged=judged)
