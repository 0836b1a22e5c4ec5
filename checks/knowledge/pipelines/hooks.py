"""What a script does to what runs behind it: traps, aliases, another program in its place, files that it writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.knowledge.pipelines.fates import Fate, Ran
from checks.knowledge.pipelines.program import Context, Program, line_of, short
from checks.knowledge.pipelines.words import text, word
from checks.knowledge.pipelines.workspace import Script, changes

if TYPE_CHECKING:
    from tree_sitter import Node


def trap(argv: Sequence[str], node: Node, program: Program) -> None:
    """A trap that ends the script well turns every failure of it into a success."""
    signals = {word.upper().removeprefix("SIG") for word in argv[2:]}
    if not signals & {"EXIT", "ERR", "0"}:
        return
    if argv[1] in ("-", ""):
        if program.unhooked and signals & {"EXIT", "0"}:
            program.stop, program.last = program.unhooked
        return
    stops = _ends_well(_body(argv[1], node, program), "ERR" in signals)
    if stops is not True:
        program.unhooked = program.unhooked or (program.stop, program.last)
        program.stop = program.last = Fate(
            stops, f"trap {argv[1]}", line_of(node, program), program.file
        )  # fmt: skip


def _body(action: str, node: Node, program: Program) -> str:
    """The commands of a trap; those of the function that it calls, wherever that is defined."""
    name = action.split(None, 1)[0]
    if name in program.functions:
        return text(program.functions[name].node.child_by_field_name("body"))
    root = node
    while root.parent is not None:
        root = root.parent
    for one in root.children:
        if one.type == "function_definition" and text(one.child_by_field_name("name")) == name:
            return text(one.child_by_field_name("body"))
    return action


def _ends_well(body: str, on_error: bool) -> bool | None:
    """True: a failure stays one behind the trap `body`; False: it is lost; None: that cannot be told."""
    if re.search(r"\bexit\s+0+\b", body) or (on_error and re.search(r"\bset\s+\+\w*e", body)):
        return False
    kept = re.match(r"[\s{]*(?:local\s+)?(\w+)=\"?\$\?", body)
    for match in re.finditer(r"\bexit\s+[\"']?([^\s;\"'}]+\}?)", body):
        code, first = match[1], not body[: match.start()].strip(" \t\n{")
        if code == "$?" and not first:
            return False  # the result of what the trap itself did
        if code.startswith("$") and code != "$?" and not (kept and code.strip("${}") == kept[1]):
            return None
    return True


def changes_words(raw: Sequence[str], argv: Sequence[str], node: Node, program: Program, c: Context) -> None:
    """Notes what makes that the commands behind this one are not what they are called, or not run at all."""
    at = line_of(node, program), program.file
    if raw[0] == "exec" and argv:
        program.doubt = Fate(False if c.only is None else None, f"never reached: {short(node)}", *at)
    elif argv[:2] == ["shopt", "-s"] and "expand_aliases" in argv:
        program.known["expand_aliases"] = ("on",)
    elif argv[0] == "alias" and len(argv) > 1 and "expand_aliases" in program.known:
        program.doubt = program.doubt or Fate(None, short(node), *at)


def noted(argv: Sequence[str], node: Node, program: Program) -> None:
    """Notes the files of the repository that the command `argv` changes."""
    fate = Fate(None, short(node), line_of(node, program), program.file)
    files, everything = changes(argv)
    for path in files:
        program.workspace.write(path, program.folder, fate)
    if everything:
        program.workspace.replace_all(fate)


_STARTS_SHELLS = re.compile(r"\b(?:BASH_ENV|SHELLOPTS|BASHOPTS)\s*=")
_OWN_FOLDER = re.compile(
    r"(?:\$\{?(?:PWD|GITHUB_WORKSPACE)\b|\$\(pwd\)|github\.workspace|(?:echo|\n)\s+[\"']?\.?\w+/?)"
)
_OF_TOOLS = re.compile(r"(?:vendor|node_modules/\.|\.venv/|venv/)bin\b")


def written(node: Node, program: Program, script: Script | None = None) -> None:
    """Notes the files that the redirections of `node` write: with the text of `script`, if that is known; and what later
    steps get from them."""
    fate = Fate(None, short(node), line_of(node, program), program.file)
    here = [n for n in node.named_children if n.type == "heredoc_redirect"]
    for one in [*node.named_children, *(n for h in here for n in h.named_children)]:
        if one.type != "file_redirect" or not re.match(r"\d?(?:>|&>)", text(one)) or program.place:
            continue
        path, said = word(one.named_children[-1], program.known), text(node)
        if path.endswith("GITHUB_ENV}") and _STARTS_SHELLS.search(said):
            program.workspace.doubt = fate
        elif path.endswith("GITHUB_PATH}") and _OWN_FOLDER.search(said) and not _OF_TOOLS.search(said):
            program.workspace.path = fate
        elif script and ">>" not in text(one):
            program.workspace.put(path, program.folder, script)
        else:
            program.workspace.write(path, program.folder, fate)


def unread_since(changed: Fate, program: Program) -> Ran:
    """A script of the repository that something has changed before it is run."""
    return Ran(("?",), changed.line, changed.file, program.place, program.folder, changed)
