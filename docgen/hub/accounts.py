"""The accounts of a hub, and the text of their file: an htpasswd in which each line also says whose account it is,
until when, and which restricted parts it opens. Web servers read no further than the second colon."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from checks.errors import DocgenError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
GROUP = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class NoAccount(DocgenError):
    """What was said of an account cannot be so."""


@dataclass(frozen=True)
class Account:
    """One that may log in. Lines of other programs have neither owner nor end."""

    name: str
    hash: str
    owner: str = ""
    until: date | None = None
    """The last day, in UTC, on which it opens anything."""
    groups: tuple[str, ...] = ()

    def expired(self, today: date) -> bool:
        """Whether its time was over before `today`."""
        return self.until is not None and self.until < today

    def line(self) -> str:
        """The account as a line of the file."""
        said = {
            "owner": self.owner,
            "until": self.until.isoformat() if self.until else "",
            "groups": ",".join(self.groups),
        }
        words = " ".join(shlex.quote(f"{key}={value}") for key, value in said.items() if value)
        return f"{self.name}:{self.hash}" + (f":{words}" if words else "")


def parse(text: str, file: str) -> list[Account]:
    """The accounts in `text`. What cannot be understood is refused: to write it back would lose it."""
    found: list[Account] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        hash_, _, said = rest.partition(":")
        try:
            found.append(_account(name, hash_, said))
        except ValueError as error:
            raise NoAccount(
                f"{file}:{number}: this is no account: {error}. Correct the line, or remove it."
            ) from error
    return found


def _account(name: str, hash_: str, said: str) -> Account:
    if not name or not hash_:
        raise ValueError("expected NAME:HASH")
    values = dict.fromkeys(("owner", "until", "groups"), "")
    for word in shlex.split(said):
        key, equals, value = word.partition("=")
        if key not in values or not equals:
            raise ValueError(f"{word!r} is not one of {', '.join(values)}")
        values[key] = value
    until = date.fromisoformat(values["until"]) if values["until"] else None
    return Account(name, hash_, values["owner"], until, tuple(filter(None, values["groups"].split(","))))


def render(accounts: Iterable[Account], group: str | None = None) -> str:
    """The text of the file: all `accounts`, or only those in `group`."""
    of = f"of the group {group}" if group else "of the hub"
    head = f"# Accounts {of}, written by `docgen hub passwd`.\n"
    return head + "".join(f"{a.line()}\n" for a in accounts if group is None or group in a.groups)


def checked(account: Account) -> Account:
    """`account`, if its name, owner and groups are such as a file can hold and a web server can read."""
    if not NAME.fullmatch(account.name):
        raise NoAccount(
            f"{account.name!r}: expected a name of letters, digits and . _ @ -, at most 64 of them."
        )
    if not account.owner.strip() or not account.owner.isprintable():
        raise NoAccount("An account needs an owner: a person or team, on one line.")
    for group in account.groups:
        if not GROUP.fullmatch(group):
            raise NoAccount(f"{group!r}: expected a group of small letters, digits and dashes, at most 32.")
    return account
