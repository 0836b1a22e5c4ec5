"""What is granted, and whether a command is: matched as sudo itself does. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from checks.knowledge.wildcards import glob, regex, unescaped, wildcard

_MERGED = re.compile(r"/(?:usr/)?s?bin(?=/[^/]+\Z)")


# What base-passwd of Debian numbers once and for all.
NUMBERS = {"root": "#0", "daemon": "#1", "bin": "#2", "www-data": "#33", "backup": "#34", "nobody": "#65534"}


class Right(NamedTuple):
    """A command that is to be allowed: exact words, and as whom."""

    argv: tuple[str, ...]
    user: str = "root"
    group: str = ""

    @property
    def arguments(self) -> str:
        """As sudo compares them: joined by spaces."""
        return " ".join(self.argv[1:])


class Grant(NamedTuple):
    """One command of a rule, as listed. ``arguments`` None: any; ``'""'``: none. ``password`` None: as the
    defaults say. ``since`` and ``until`` are sudo's compact times, or empty. ``place`` says which file and line it
    stands in, where that is known; a line of 0: in the list of ``sudo -ll``."""

    users: tuple[str, ...]
    groups: tuple[str, ...]
    negated: bool
    digest: bool
    command: str
    arguments: str | None
    password: bool | None
    setenv: bool
    since: str
    until: str
    listed: str
    noexec: bool = False
    chroot: str = ""
    place: tuple[str, int] = ("", 0)
    follow: bool = False
    implicit: bool = False
    """Whether nothing in brackets says as whom: then no group is looked at either."""

    @property
    def is_regex(self) -> bool:
        return self.command.startswith("^") or (self.arguments or "").startswith("^")

    @property
    def is_exact(self) -> bool:
        """Whether it grants one command with one text of arguments."""
        patterns = self.is_regex or wildcard(self.command) or wildcard(self.arguments or "")
        return self.arguments is not None and not patterns and self.command[-1:] != "/"

    def text(self) -> str:
        """The arguments of an exact one."""
        return "" if self.arguments == '""' else unescaped(self.arguments or "")

    def shown(self, password: bool) -> str:
        """The rule as ``sudo -l`` would put it."""
        groups = f" : {', '.join(self.groups)}" if self.groups else ""
        return f"({', '.join(self.users)}{groups}) {'PASSWD' if password else 'NOPASSWD'}: {self.listed}"


class Listing(NamedTuple):
    """All that an account may do, in the order of sudo: the last match counts."""

    grants: tuple[Grant, ...]
    authenticate: bool = True
    special: tuple[tuple[str, frozenset[str], bool], ...] = ()
    own: tuple[str, frozenset[str]] = ("", frozenset())
    """The account itself, and its groups."""
    exempt: bool = False
    """Whether it is never asked for a password, whatever the rules say."""

    def password(self, grant: Grant, right: Right | None = None) -> bool:
        """Whether `grant` asks for a password (when used for `right`)."""
        itself = right is not None and right.user == self.own[0] and right.user != ""
        if self.exempt or (itself and right and (not right.group or right.group in self.own[1])):
            return False  # nobody has to prove who they are to stay it
        if grant.password is not None:
            return grant.password
        asked = self.authenticate
        for sort, names, authenticate in self.special:
            used = {right.user} if right else set(grant.users)
            if sort == "!":
                used = {right.argv[0] if right else grant.command, "ALL"}
            if names & used:
                asked = authenticate
        return asked

    def in_force(self, now: str) -> list[Grant]:
        """The grants that neither time nor a rule after them has taken back altogether."""
        grants: list[Grant] = []
        for one in self.grants:
            if one.negated and one.command == "ALL":
                grants = [g for g in grants if "ALL" not in one.users and not set(g.users) <= set(one.users)]
            elif not one.negated and (not one.until or valid(one, now)):
                grants.append(one)
        return [g for g in grants if not self._taken_back(g)]

    def _taken_back(self, grant: Grant) -> bool:
        later = self.grants[len(self.grants) - self.grants[::-1].index(grant) :]
        if any(
            g.negated
            and not g.digest
            and (g.command, g.arguments) == (grant.command, None)
            and (set(grant.users) <= set(g.users) or g.users == ("ALL",))
            for g in later
        ):
            return not grant.groups
        if not (grant.is_exact and grant.users):
            return False
        argv = (unescaped(grant.command), *filter(None, [grant.text()]))
        return all(self.decide(Right(argv, user))[0] is False for user in grant.users if user[:1] != "!")

    def decide(self, right: Right, now: str = "") -> tuple[bool | None, Grant | None]:
        """Whether `right` is granted (None: it depends on what the list does not show), and by what.
        `now` (RFC 3339, UTC) leaves out rules that are not valid yet or any more."""
        for grant in reversed(self.grants):
            if not valid(grant, now):
                continue
            found = _both(_runas(grant, right, self.own), matches(grant, right))
            if found is None or (found and grant.digest):
                return None, grant
            if found:
                return not grant.negated, grant
        return False, None


def valid(grant: Grant, now: str) -> bool:
    """Whether `grant` is in force at `now`."""
    digits = re.sub(r"\D", "", now)[:14]
    since, until = (re.sub(r"\D", "", t)[:14] for t in (grant.since, grant.until))
    return not digits or ((not since or since <= digits) and (not until or digits <= until))


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _runas(grant: Grant, right: Right, own: tuple[str, frozenset[str]]) -> bool | None:
    user = _listed(grant.users, right.user, NUMBERS.get(right.user, ""))
    if not right.group or (grant.implicit and right.user != own[0]):
        return user
    # Who only names a group stays who they are; a group that one is in needs no rule of its own.
    mine = right.user == own[0]
    granted = _listed(grant.groups, right.group, "")
    if granted is False and f"!{right.group}" not in grant.groups:
        granted = right.group == right.user or (mine and right.group in own[1])
    return granted if mine else _both(user, granted)


def _listed(names: Sequence[str], wanted: str, number: str) -> bool | None:
    found: bool | None = False
    for name in names:
        plain = name.lstrip("!")
        if plain in ("ALL", wanted, number):
            found = plain == name
        elif plain[:1] in "%+" or (plain[:1] == "#" and plain != "#0" and not number):
            found = None if found is not (plain == name) else found
    return found


def matches(grant: Grant, right: Right) -> bool | None:
    """Whether the command and arguments of `grant` are those of `right`; None where that cannot be told."""
    if grant.command == "ALL":
        return True
    return _both(_command(grant.command, right.argv[0]), _arguments(grant, right))


def _command(pattern: str, path: str) -> bool | None:
    if "sudoedit" in (pattern, path) or pattern == "list":
        return pattern == path
    if pattern.startswith("^"):
        return regex(pattern, path)  # the text as typed: sudo does not compare files here
    if pattern.endswith("/"):
        return any(one.rpartition("/")[0] + "/" == pattern for one in _same(path))
    return any(glob(pattern, True).fullmatch(one) for one in _same(path))


def _arguments(grant: Grant, right: Right) -> bool | None:
    pattern = grant.arguments
    if pattern is None:
        return True
    if pattern == '""':
        return not right.arguments
    if pattern.startswith("^"):
        return regex(pattern, right.arguments)
    return bool(glob(pattern, grant.command == "sudoedit").fullmatch(right.arguments))


def _same(path: str) -> set[str]:
    """`path` and what it is as well where /bin is a link to /usr/bin: sudo compares the files."""
    match = _MERGED.match(path)
    if not match:
        return {path}
    rest, tail = path[match.end() :], match[0].removeprefix("/usr")
    return {path, f"/usr{tail}{rest}", f"{tail}{rest}"}


def same_command(one: str, other: str) -> bool:
    """Whether two paths are one command, merged /usr allowed for."""
    return one in _same(other)
