"""What to do without sudo, said of the account and the folder that it is about."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checks.knowledge.sudo.needs import Need
from checks.model import Message, msg, phrase
from docgen.documents.interface import Block, Paragraph, Point, Points


class Place(NamedTuple):
    """``web`` is the group of the web server, ``folder`` what both write to; None where that is not known."""

    user: str
    web: str
    folder: str | None


def place(user: str, needs: Iterable[Need], root: str | None) -> Place:
    """What `needs` say of owners and folders; else `root`, the folder of the environment."""
    for need in needs:
        words = need.argv[1:]
        if need.argv[0].rpartition("/")[2] != "chown" or not words or not words[-1].startswith("/"):
            continue
        groups = [word.partition(":")[2] for word in words[:-1] if ":" in word and not word.startswith("-")]
        return Place(user, next(filter(None, groups), "www-data"), words[-1])
    return Place(user, "www-data", root if root and root.startswith("/") else None)


def said_of(message: Message, place: Place) -> Message:
    """`message`, in which an account and a folder are only examples, with those of `place`."""
    user, web, folder = place
    params = {}
    for name, value in message.params.items():
        if isinstance(value, str):
            value = value.replace("deploy:www-data", f"{user}:{web}").replace("=www-data", f"={web}")
            if folder:
                value = value.replace("/whole/path", shlex.quote(folder))
        params[name] = value
    return phrase(message.id, params).model_copy(update={"plural": message.plural})


def without(place: Place) -> Iterator[Block]:
    """The ways, from the best on."""
    user, web, folder = place.user, place.web, shlex.quote(place.folder) if place.folder else "DIR"
    yield Paragraph(msg("What needs no sudo cannot be misused through sudo. From the best way on:"))
    points = [
        msg(
            "A PHP-FPM pool that runs as the account ({setting:code}): no owner has to be changed any more. The "
            "price: a hole in the application can then write its code; so let the releases belong to another account.",
            setting=f"user = {user}, group = {web}",
        ),
        msg(
            "A shared group: folders with setgid (2775), files 664, and {setting:code} in the unit of PHP-FPM. With "
            "umask 022 in PHP it fails; a new group counts from the next login on.",
            setting="UMask=0002",
        ),
        msg(
            "Default ACLs ({command:code}), whatever the umask. They fail where a program asks for 0755 or 0644 "
            "itself, as Laravel does for new folders; {check:code} shows it as {mark:code}.",
            command=f"setfacl -R -d -m u:{user}:rwX,u:{web}:rwX,m:rwx {folder}",
            check="getfacl",
            mark="#effective:",
        ),
        msg(
            "Reloading through polkit instead of sudo: one rule for {action:code} with this account, this verb and "
            "this unit, from polkit 0.106 on; then {command:code}",
            action="org.freedesktop.systemd1.manage-units",
            command="systemctl --no-ask-password reload nginx",
        ),
        msg(
            "Modes are changed by whom the files belong to: {command:code} needs no root. As root it must not be "
            "allowed, not even with a fixed path.",
            command=f"chmod -R g+rwX {folder}",
        ),
    ]
    yield Points(tuple(map(Point, points)))
