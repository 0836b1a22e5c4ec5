"""The tokens of sudoers. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from checks.model import Message, msg

T = TypeVar("T")

_WORD = re.compile(r"(?:[^#>!=:,() \t\\\"]|\\.)+")
_WHO = re.compile(r"(?:[%+]:?)?(?:#-?\d+|(?:[^#>!=:,() \t\\\"]|\\.)+)")
_IPV6 = re.compile(r"(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:/\d+)?")
_PATH = re.compile(r"/(?:\\[,:= \t#]|[^,:=\\ \t#])*")
_REGEX = re.compile(r"\^(?:[^#$\\]|\\.)*\$")
_DIGEST = re.compile(
    r"(?:sha224\s*:\s*(?:[0-9A-Fa-f]{56}|[A-Za-z0-9+/]{38}(?:==)?)|sha256\s*:\s*(?:[0-9A-Fa-f]{64}|[A-Za-z0-9+/]{43}=?)"
    r"|sha384\s*:\s*(?:[0-9A-Fa-f]{96}|[A-Za-z0-9+/]{64})|sha512\s*:\s*(?:[0-9A-Fa-f]{128}|[A-Za-z0-9+/]{86}(?:==)?))"
    r"(?![A-Za-z0-9+/=])\s*(?:,\s*(?=sha\d+\s*:))?"
)
_SETTING = re.compile(r"(?:[^#=, \t\\\"]|\\.)(?:[^#, \t\\\"]|\\.)*")
ALIAS = re.compile(r"[A-Z][A-Z0-9_]*")


class Member(NamedTuple):
    """A name in a list; with its sign: ``%group``, ``#uid``, ``+netgroup``."""

    name: str
    negated: bool = False
    quoted: bool = False
    """In quotes capitals are no alias, and ALL is nobody but an account of this name."""


class Command(NamedTuple):
    """``path`` is the name of an alias where ``alias``. ``arguments`` as in :class:`rights.Grant`."""

    path: str
    arguments: str | None
    negated: bool
    digest: bool
    alias: bool
    text: str


class Unreadable(Exception):
    """What stands here is not what sudo expects."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


class Scanner:
    """One line and a place in it. What does not fit raises :class:`Unreadable`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """`pattern` if it stands here; then what follows is next."""
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def need(self, pattern: re.Pattern[str]) -> re.Match[str]:
        return self.take(pattern) or self.fail()

    def fail(self) -> re.Match[str]:
        rest = self.text[self.at :].strip()[:40]
        if not rest:
            raise Unreadable(msg("The line ends too early."))
        raise Unreadable(
            msg("Not understood from column {column:int} on: {rest:code}", column=self.at + 1, rest=rest)
        )

    def end(self) -> None:
        if self.text[self.at :].strip():
            self.fail()

    def list_of(self, each: Callable[[], T]) -> list[T]:
        """One or more of `each`, with commas between them."""
        found = [each()]
        while self.take(re.compile(r"\s*,\s*")):
            found.append(each())
        return found

    def _negated(self) -> bool:
        return bool(len(self.need(re.compile(r"\s*([! \t]*)"))[1].replace(" ", "").replace("\t", "")) % 2)

    def member(self) -> Member:
        negated = self._negated()
        if quoted := self.take(re.compile(r'"([^"]+)"')):
            return Member(quoted[1] if quoted[1] != "ALL" else quoted[0], negated, True)
        return Member(re.sub(r"\\(.)", r"\1", self.need(_WHO)[0]), negated)

    def host(self) -> Member:
        negated = self._negated()
        return Member((self.take(_IPV6) or self.need(_WORD))[0], negated)

    def bare(self) -> Member:
        """A command without arguments, as settings are bound to."""
        negated = self._negated()
        match = self.take(_PATH) or self.take(_REGEX) or self.need(_WORD)
        return Member(re.sub(r"\\([,:= \t#])", r"\1", match[0]), negated)

    def value(self) -> str:
        if quoted := self.take(re.compile(r'"((?:[^"\\]|\\.)*)"')):
            return re.sub(r'\\(["\\])', r"\1", quoted[1])
        return re.sub(r"\\(.)", r"\1", self.need(_SETTING)[0])

    def runas(self) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
        """What stands in brackets, of which the first is read."""
        users: list[Member] = []
        groups: list[Member] = []
        if not re.compile(r"\s*[:)]").match(self.text, self.at):
            users = self.list_of(self.member)
        colon = self.take(re.compile(r"\s*:\s*"))
        if colon and (users or not re.compile(r"\s*\)").match(self.text, self.at)):
            groups = self.list_of(self.member)
        self.need(re.compile(r"\s*\)\s*"))
        return tuple(users), tuple(groups)

    def command(self) -> Command:
        begun = self.at
        digest = False
        while self.take(_DIGEST):
            digest = True
        negated = self._negated()
        arguments: str | None = None
        alias = False
        if word := self.take(re.compile(r"(?:sudoedit|list)(?![^\s,:=#])")):
            path, arguments = word[0], self._arguments()
        elif word := self.take(re.compile(rf"{ALIAS.pattern}(?![^\s,:=#])")):
            path, alias = word[0], word[0] != "ALL"
        else:
            path = (self.take(_PATH) or self.need(_REGEX))[0]
            if not path.startswith("^"):
                path = re.sub(r"\\([,:= \t#])", r"\1", path)
            if not path.endswith("/"):
                arguments = self._arguments()
        return Command(path, arguments, negated, digest, alias, self.text[begun : self.at].strip())

    def _arguments(self) -> str | None:
        found: list[str] = []
        space = False
        while self.at < len(self.text):
            if self.take(re.compile(r"[ \t]+")):
                space = True
                continue
            if not found and (regex := self.take(_REGEX)):
                return regex[0]
            if piece := self.take(re.compile(r"\\[*?\[\]!^]")):
                text = piece[0]
            elif piece := self.take(re.compile(r"\\([:\\,= \t#])")):
                text = piece[1]
            elif re.compile(r"[#:,]|=(?=[#\\:, \t]|\Z)").match(self.text, self.at):
                break
            else:
                text = self.need(re.compile(r"(?!\^)[^#\\:, \t]+" if not found else r"[^#\\:, \t]+"))[0]
            found.append(f" {text}" if space and found else text)
            space = False
        return "".join(found) or None
