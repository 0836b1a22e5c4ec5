"""Which rules of sudoers count for an account on a host, as one list of grants. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from checks.knowledge.sudo import environment
from checks.knowledge.sudo.files import Default, Entry, Sudoers
from checks.knowledge.sudo.host import Host
from checks.knowledge.sudo.rights import Grant, Listing, same_command
from checks.knowledge.sudo.scanner import ALIAS, Command, Member
from checks.knowledge.wildcards import glob, unescaped, wildcard

Found = Literal["yes", "no", "unknown"] | None
"""Whether a list names somebody; None: it says nothing of them."""


# What base-passwd of Debian numbers once and for all.
_GIDS = {
    "0": "root",
    "4": "adm",
    "6": "disk",
    "27": "sudo",
    "33": "www-data",
    "42": "shadow",
    "50": "staff",
    "100": "users",
}


class Rule(NamedTuple):
    """A command of a rule, with whether the rule is for the account and the host at all."""

    grant: Grant
    who: Found
    host: Found
    entry: Entry


class Policy:
    """`sudoers` for one account on one host."""

    def __init__(self, sudoers: Sudoers, host: Host) -> None:
        self.sudoers = sudoers
        self.host = host
        self.settings = [d for d in sudoers.defaults if self._bound(d) in ("yes", "unknown")]
        self.rules = list(self._rules())

    def listing(self, *, surely: bool) -> Listing:
        """What is granted: `surely` leaves out what may not be, else what may be is in it."""
        grants = []
        for rule in self.rules:
            unsure = "unknown" in (rule.who, rule.host)
            if "no" in (rule.who, rule.host) or None in (rule.who, rule.host):
                continue
            if not unsure or surely is rule.grant.negated:
                grants.append(rule.grant)
        switches = [
            d.operator != "!" for d in self.settings if d.name == "authenticate" and d.sort in ("", ":", "@")
        ]
        special = tuple(
            (d.sort, frozenset(self._names(d)), d.operator != "!")
            for d in self.settings
            if d.name == "authenticate" and d.sort in (">", "!")
        )
        own = (self.host.user, self.host.groups or frozenset())
        return Listing(tuple(grants), (switches or [True])[-1], special, own, self.exempt(surely=surely))

    def exempt(self, *, surely: bool) -> bool:
        """Whether the account is in the group for which neither passwords nor ``secure_path`` count."""
        groups = [d.value for d in self.settings if d.name == "exempt_group" and d.operator == "="]
        member = self.host.member(groups[-1].lstrip("%")) if groups else False
        return member is True or (member is None and not surely)

    def applies(self, default: Default, grant: Grant) -> bool:
        """Whether a setting that is bound to accounts or commands may count for `grant`."""
        if default.sort == ">":
            named = list(self._flat(default.bound, "Runas"))
            users = {"root", "#0"} if {"root", "#0"} & set(grant.users) else set(grant.users)
            return any(
                name == "ALL" or name in users or "ALL" in users or name[:1] in "%+"
                for name in named
                if name[:1] != "!"
            )
        if default.sort != "!":
            return True
        return any(self._for_command(member, grant) for member in default.bound if not member.negated)

    def may_set(self, grant: Grant) -> bool:
        """Whether the caller may set every variable for `grant`."""
        bound = [d.operator != "!" for d in self.settings if d.name == "setenv" and self.applies(d, grant)]
        said = [
            e.tags["SETENV"] for e in self.sudoers.entries if e.place == grant.place and "SETENV" in e.tags
        ]
        return grant.setenv or (bound or [False])[-1] or (grant.command == "ALL" and False not in said)

    def terminal(self, grant: Grant) -> bool:
        """Whether `grant` is for somebody at a terminal only."""
        its = [d for d in self.settings if d.name == "requiretty" and self.applies(d, grant)]
        its.sort(key=lambda d: d.sort == "!")
        return bool(its) and its[-1].operator != "!"

    def keeps(self, name: str, grant: Grant) -> bool:
        """Whether the caller may set the variable `name` for `grant`."""
        its = [d for d in self.settings if self.applies(d, grant)]
        its.sort(key=lambda d: d.sort == "!")
        reset = [d.operator != "!" for d in its if d.name == "env_reset"]
        if not (reset or [True])[-1]:
            return not environment.DELETED.match(name)
        return any(glob(pattern, False).fullmatch(name) for pattern in environment.kept(its))

    def elsewhere(self, option: str, grant: Grant) -> bool:
        """Whether the caller may choose the folder (-D) or the root (-R)."""
        named = {"D": ("CWD", "runcwd"), "R": ("CHROOT", "runchroot")}[option]
        rules = [e.options.get(named[0], "") for e in self.sudoers.entries if e.place == grant.place]
        return "*" in [*rules, *(d.value for d in self.settings if d.name == named[1])]

    def _for_command(self, member: Member, grant: Grant) -> bool:
        one = Command(member.name, None, False, False, bool(ALIAS.fullmatch(member.name)), member.name)
        if one.path == "ALL" or grant.command == "ALL":
            return True
        return any(_may_be(c, grant) for c in self._commands(one, ()) if not c.negated)

    def _names(self, default: Default) -> Iterator[str]:
        for member in default.bound:
            commands = self.sudoers.commands.get(member.name, ())
            accounts = self.sudoers.lists.get(("Runas", member.name), ())
            yield from [c.path for c in commands] or [m.name for m in accounts] or [member.name]

    def _bound(self, default: Default) -> Found:
        if default.sort == ":":
            return self._listed(default.bound, "User")
        return self._listed(default.bound, "Host") if default.sort == "@" else "yes"

    def _rules(self) -> Iterator[Rule]:
        for entry in self.sudoers.entries:
            who, host = self._listed(entry.who, "User"), self._listed(entry.hosts, "Host")
            if who == "yes" and (entry.lost or self.host.odd(entry.place[0])):
                who = "unknown"
            for command in self._commands(entry.command, ()):
                yield Rule(self._grant(entry, command), who, host, entry)

    def _commands(self, command: Command, above: tuple[str, ...]) -> Iterator[Command]:
        if not command.alias:
            yield command
        elif command.path not in above:
            for one in self.sudoers.commands.get(command.path, ()):
                turned = one._replace(negated=one.negated is not command.negated, text=one.text.lstrip("! "))
                turned = turned._replace(digest=turned.digest or command.digest)
                if turned.negated:
                    turned = turned._replace(text=f"!{turned.text}")
                yield from self._commands(turned, (*above, command.path))

    def _grant(self, entry: Entry, command: Command) -> Grant:
        default = [d.value for d in self.settings if d.name == "runas_default" and d.sort in ("", ":", "@")]
        users = entry.users
        names = tuple(self._flat(users, "Runas")) if users else ((default or ["root"])[-1],)
        if users is not None and not users:
            names = (self.host.user,)
        flag = entry.tags.get
        return Grant(
            users=names,
            groups=tuple(self._flat(entry.groups, "Runas")),
            negated=command.negated,
            digest=command.digest,
            command=command.path,
            arguments=command.arguments,
            password=flag("PASSWD"),
            setenv=bool(flag("SETENV", self.on("setenv"))),
            since=entry.options.get("NOTBEFORE", ""),
            until=entry.options.get("NOTAFTER", ""),
            listed=command.text,
            noexec=not flag("EXEC", not self.on("noexec")),
            chroot=entry.options.get("CHROOT", ""),
            place=entry.place,
            implicit=entry.users is None and not entry.groups,
            follow=not self.on("sudoedit_checkdir", normally=True),
        )

    def on(self, name: str, *, normally: bool = False) -> bool:
        """Whether a switch is on for the account."""
        found = [d.operator != "!" for d in self.settings if d.name == name and d.sort in ("", ":", "@")]
        return (found or [normally])[-1]

    def _flat(self, members: Iterable[Member], sort: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        for member in members:
            inner = self.sudoers.lists.get((sort, member.name))
            if inner is None or member.quoted or member.name in above:
                yield f"!{member.name}" if member.negated else member.name
                continue
            for name in self._flat(inner, sort, (*above, member.name)):
                plain = name.removeprefix("!")
                yield plain if (name != plain) is member.negated else f"!{plain}"

    def _listed(self, members: Iterable[Member], sort: str, above: tuple[str, ...] = ()) -> Found:
        found: Found = None
        for member in members:
            inner = self.sudoers.lists.get((sort, member.name))
            if inner is not None and not member.quoted and member.name not in above:
                one = self._listed(inner, sort, (*above, member.name))
            else:
                one = self._user(member.name) if sort == "User" else self._machine(member.name)
            if one is not None:
                turned: dict[str, Found] = {"yes": "no", "no": "yes", "unknown": "unknown"}
                found = turned[one] if member.negated else one
        return found

    def _user(self, name: str) -> Found:
        if name in ("ALL", self.host.user):
            return "yes"
        if name.startswith("#"):
            return "unknown" if self.host.uid is None else "yes" if name == f"#{self.host.uid}" else None
        if name.startswith("%") and not name.startswith(("%:", "%#")):
            member = self.host.member(name[1:])
            return "unknown" if member is None else "yes" if member else None
        if match := re.fullmatch(r"%#(\d+)", name):
            return {True: "yes", False: None, None: "unknown"}[self.host.member(_GIDS.get(match[1], ""))]
        return "unknown" if name[:1] in "%+" else None

    def _machine(self, name: str) -> Found:
        if name == "ALL":
            return "yes"
        if self.host.name is None or name.startswith("+") or re.search(r"/|^\d+(\.\d+){3}\Z|:", name):
            return "unknown"
        names = {self.host.name, self.host.name.partition(".")[0]}
        return "yes" if any(glob(name.lower(), False).fullmatch(one.lower()) for one in names) else None

    def undefined(self) -> Iterator[tuple[str, Entry | Default | None]]:
        """Names of aliases that are used and defined nowhere, with where."""
        defined = {name for _, name in self.sudoers.lists} | set(self.sudoers.commands)
        for entry in self.sudoers.entries:
            members = (*entry.who, *entry.hosts, *(entry.users or ()), *entry.groups)
            names = [m.name for m in members if not m.quoted]
            names += [entry.command.path] if entry.command.alias else []
            yield from ((n, entry) for n in names if _unknown(n, defined))
        for default in self.sudoers.defaults:
            yield from (
                (m.name, default) for m in default.bound if not m.quoted and _unknown(m.name, defined)
            )
        inner = [m.name for some in self.sudoers.lists.values() for m in some if not m.quoted]
        inner += [c.path for some in self.sudoers.commands.values() for c in some if c.alias]
        yield from ((n, None) for n in inner if _unknown(n, defined))


def _unknown(name: str, defined: set[str]) -> bool:
    return bool(ALIAS.fullmatch(name)) and name != "ALL" and name not in defined


def _may_be(command: Command, grant: Grant) -> bool:
    """Whether `command` may be one that `grant` allows; patterns may."""
    patterns = any(
        path[:1] == "^" or path[-1:] == "/" or wildcard(path) for path in (command.path, grant.command)
    )
    if not (patterns or same_command(command.path, grant.command)):
        return False
    if command.arguments is None or not grant.is_exact or re.match(r"\^", command.arguments):
        return True
    plain = "" if command.arguments == '""' else unescaped(command.arguments)
    return wildcard(command.arguments) or plain == grant.text()
