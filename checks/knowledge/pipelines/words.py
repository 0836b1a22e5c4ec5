"""Words of a shell script as far as they can be known without running it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

Variables = dict[str, tuple[str, ...]]
"""What each variable holds: one word, or the words of a list. What is not known is not in it."""

LONGEST = 4096
"""Characters of a word that are kept; a variable may double itself."""

_EXPANSION = re.compile(r"\$(?:\{(\w+|[@*#?])(?:\[[@*]\])?(:?-[^}]*)?\}|(\w+|[@*#?]))")


def text(node: Node | None) -> str:
    """The source of `node`."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def filled(raw: str, known: Variables) -> str:
    """`raw` with the variables that are known; the others stay, always written ``${name}``."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        if name in known:
            return " ".join(known[name])[:LONGEST]
        return f"${{{name}{match[2] or ''}}}"

    return _EXPANSION.sub(value, raw)


def expanded(node: Node, known: Variables) -> list[str]:
    """The words that `node` becomes: several for the list in ``"${list[@]}"`` or for ``$list`` without quotes."""
    if node.type == "command_name" and node.children:
        return expanded(node.children[0], known)
    kind, source = node.type, text(node)
    bare = source.strip('"')
    if match := re.fullmatch(r"\$(?:\{(\w+|[@*])(\[[@*]\])?\}|(\w+|[@*]))", bare):
        name = match[1] or match[3]
        if name in known and (match[2] or name in "@*"):
            return list(known[name])
        if name in known and kind == "simple_expansion":
            return [part for word in known[name] for part in word.split()]
    return [word(node, known)]


def word(node: Node, known: Variables) -> str:
    """The one word that `node` becomes."""
    kind, source = node.type, text(node)
    if kind == "raw_string":
        return source[1:-1]
    if kind == "string":
        return filled(_unescaped(source[1:-1]), known)
    if kind == "ansi_c_string":
        return source[2:-1]
    if kind in ("command_substitution", "process_substitution"):
        return source
    if kind == "concatenation":
        return "".join(word(child, known) for child in node.children)
    return filled(re.sub(r"\\(.)", r"\1", source), known)


def _unescaped(source: str) -> str:
    return re.sub(r'\\([$`"\\\n])', lambda m: "" if m[1] == "\n" else m[1], source)


def script(node: Node, known: Variables) -> str:
    """The text of a word that is a script of its own, its line breaks kept; what is known of its variables stands in it
    before anybody reads its quotes."""

    def value(match: re.Match[str]) -> str:
        name = match["name"] or match["bare"]
        if match["escaped"] or name not in known:
            return match["escaped"] or (f"${{{name}}}" if match["bare"] else match[0])
        return " ".join(known[name])[:LONGEST]

    return _IN_SCRIPT.sub(value, text(node)[1:-1]) if node.type == "string" else word(node, known)


_IN_SCRIPT = re.compile(r'\\(?P<escaped>[$`"\\])|\$(?:\{(?P<name>\w+)(?::?-[^}]*)?\}|(?P<bare>\w+))')
