"""What a host told of its rights and its paths, as what the judgement takes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from checks.knowledge.sudo.files import Entry as RuleEntry
from checks.knowledge.sudo.files import Sudoers, read
from checks.knowledge.sudo.host import Entry, Host
from checks.knowledge.sudo.listing import parse
from checks.knowledge.sudo.rights import Grant
from checks.knowledge.sudo.scanner import Command, Member
from checks.redact import MASK

_MATCHING = re.compile(r"Matching Defaults entries for .*?:\n(.*?)(?:\n\n|\Z)", re.DOTALL)
_BOUND = re.compile(r"^ *(Defaults[>!].*)$", re.MULTILINE)


def sudoers(text: str) -> Sudoers:
    """The rules in the output of ``sudo -ll``, which names only those that are for the account and the host; none where
    there is no list. Its settings that cannot be read are its problems. Rules that hold a secret are left out:
    :func:`masked`."""
    before = text.partition(" may run the following commands on ")[0]
    settings = [line.strip() for line in _BOUND.findall(before)]
    if general := _MATCHING.search(before):
        settings.insert(0, "Defaults " + " ".join(general[1].split()))
    found = read({"sudo -ll": "\n".join(settings) + "\n"})
    listing = parse(text)
    grants = listing.grants if listing else ()
    entries = [_entry(one, n) for n, one in enumerate(grants, 1) if MASK not in one.listed]
    return found._replace(entries=entries)


def masked(text: str) -> list[str]:
    """The rules in the output of ``sudo -ll`` that hold a secret, and so cannot be judged."""
    listing = parse(text)
    return [one.listed for one in listing.grants if MASK in one.listed] if listing else []


def _entry(grant: Grant, number: int) -> RuleEntry:
    tags = {"PASSWD": grant.password, "SETENV": grant.setenv or None, "EXEC": False if grant.noexec else None}
    options = {"NOTBEFORE": grant.since, "NOTAFTER": grant.until, "CHROOT": grant.chroot}
    return RuleEntry(
        who=(Member("ALL"),),
        hosts=(Member("ALL"),),
        users=_members(grant.users),
        groups=_members(grant.groups),
        tags={name: on for name, on in tags.items() if on is not None},
        options={name: value for name, value in options.items() if value},
        command=Command(
            grant.command, grant.arguments, grant.negated, grant.digest, False, grant.listed
        ),
        place=("", number),
        text=grant.listed,
        inherited=False,
    )  # fmt: skip


def _members(names: tuple[str, ...]) -> tuple[Member, ...]:
    return tuple(Member(name.removeprefix("!"), name.startswith("!")) for name in names)


def host(seen: Mapping[str, Any]) -> Host:
    """Of a value of the verb ``sudo_list``."""
    user, told = seen["user"], seen.get("paths") or {}
    paths: dict[str, Entry] = {}
    for path, one in told.items():
        if one["absent"]:
            paths[path] = Entry(
                "root", "root", 0o755
            )  # whether it can be put there is up to the folder above
        elif one["entry"]:
            entry = Entry.read(one["entry"])
            paths[path] = entry._replace(owner=user) if one["writable"] else entry
        if one["below"]:
            paths[one["below"]] = Entry(user, user, 0o755)
    found = Host(
        user,
        paths,
        frozenset(seen["groups"]),
        seen["uid"],
        seen.get("host") or None,
        {"fs.protected_hardlinks": seen["hardlinks"]} if seen.get("hardlinks") else {},
        surveyed=True,
    )
    # Who decides what a link leads to decides what stands there.
    mine = Entry(user, user, 0o755)
    led = {path: mine for path, one in told.items() if one["real"] and found.above(one["real"])}
    return found._replace(paths={**paths, **led})
