"""Calls of sudo as they are typed: what the shell makes of a line, and what sudo makes of its words. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

_ASSIGNED = re.compile(r"[A-Za-z_]\w*\+?=")
_BEFORE = {"env", "exec", "command", "time", "nohup", "!", "then", "do", "else", "{", "(", "builtin"}
_WRAPPERS = {"timeout", "nice", "ionice", "stdbuf", "setsid", "chronic"}
_VALUED = "CDghpRrTtuU"
_LONG = {
    "user": "u",
    "group": "g",
    "prompt": "p",
    "chdir": "D",
    "chroot": "R",
    "close-from": "C",
    "host": "h",
    "other-user": "U",
    "role": "r",
    "type": "t",
    "command-timeout": "T",
}
_FLAGS = {"preserve-env": "E", "login": "i", "shell": "s", "edit": "e"}


class Typed(NamedTuple):
    """What sudo takes from its words. ``names`` are the variables it is to set or to keep; ``switches`` the letters of
    options without a value, and of -D and -R."""

    words: tuple[str, ...]
    user: str
    group: str
    names: tuple[str, ...]
    switches: str


def calls(line: str) -> list[str]:
    """The calls of sudo in a line of shell, one text each; a line without sudo is one command as it stands."""
    if not re.search(r"(?:^|[\s;&|({'\"/])sudo(?:\s|$)", line):
        return [line]
    found: list[str] = []
    for part in _commands(line):
        words = shlex.split(part)
        at = _start(words)
        rest = words[at:]
        if rest[:1] and rest[0].rpartition("/")[2] == "ssh":
            inside = [word for word in rest[1:] if re.search(r"\bsudo\s", word)]
            far = next((n for n, word in enumerate(rest) if word == "sudo"), None)
            texts = inside or ([shlex.join(rest[far:])] if far else [])
            found += [one for text in texts for one in calls(text)]
        elif rest[:1] and rest[0].rpartition("/")[2] == "sudo":
            found.append(part.strip() if at == 0 else shlex.join(rest))
    return found or [line]


def _start(words: list[str]) -> int:
    """Where the command begins: behind assignments, and behind what only starts it."""
    at = 0
    while at < len(words):
        name = words[at].rpartition("/")[2]
        if _ASSIGNED.match(words[at]) or name in _BEFORE:
            at += 1
        elif name in _WRAPPERS and "sudo" in words[at:]:
            at = words.index("sudo", at)
        else:
            break
    return at


def _commands(line: str) -> Iterator[str]:
    """The simple commands of `line`, without what is sent elsewhere."""
    part, quote, at = "", "", 0
    while at < len(line):
        character = line[at]
        if quote:
            quote = "" if character == quote else quote
            if character == "\\" and quote == '"':
                part, at = part + character, at + 1
                character = line[at : at + 1]
        elif character == "\\":
            part, at = part + character, at + 1
            character = line[at : at + 1]
        elif character in "'\"":
            quote = character
        elif character in "<>" and not part.endswith("$"):
            part = re.sub(r"(?:^|(?<=\s))(?:\d|&)\Z", "", part)
            sent = re.compile(r"[<>&|]*\s*(?:\"[^\"]*\"|'[^']*'|[^\s;&|<>])*").match(line, at)
            at = sent.end() if sent else at + 1
            continue
        elif character == "&" and line[at : at + 2] == "&>":
            at += 1
            continue
        elif character in ";&|":
            yield part
            part, at = "", at + 1
            continue
        elif character == "#" and (not part or part[-1].isspace()):
            break
        part, at = part + character, at + 1
    yield part


def parse(words: list[str]) -> Typed:
    """Of the words behind ``sudo``. Raises ValueError."""
    words = list(words)
    values: dict[str, str] = {}
    names: list[str] = []
    switches = ""
    while words and (words[0][:1] == "-" or _ASSIGNED.match(words[0])):
        word = words.pop(0)
        if word == "--":
            break
        if word[:1] != "-":
            names.append(word.partition("=")[0].rstrip("+"))
        elif word.startswith("--"):
            option, equals, value = word[2:].partition("=")
            if letter := _LONG.get(option):
                values[letter] = value if equals else _value(word, words)
            elif option == "preserve-env" and equals:
                names += filter(None, value.split(","))
            else:
                switches += _FLAGS.get(option, "")
        else:
            for n, letter in enumerate(word[1:], 2):
                if letter in _VALUED:
                    values[letter] = word[n:] or _value(word, words)
                    break
                switches += letter
    switches += "".join(letter for letter in "DR" if letter in values)
    return Typed(tuple(words), values.get("u", ""), values.get("g", ""), tuple(names), switches)


def _value(word: str, words: list[str]) -> str:
    if not words:
        raise ValueError(f"{word} needs a value")
    return words.pop(0)
