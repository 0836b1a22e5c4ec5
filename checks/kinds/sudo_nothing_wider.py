"""``sudo-nothing-wider``: the observing account holds no right through sudo beyond the declared ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement, undetermined
from checks.kinds.sudo import Sudo, grant, why_unseen
from checks.knowledge.sudo.listing import parse, wants_password
from checks.knowledge.sudo.rights import Grant, Listing, Right, same_command
from checks.knowledge.wildcards import unescaped, wildcard
from checks.model import Aspect, Judgement, Message, Observation, Probe, code, msg, nmsg, probe
from checks.redact import MASK

SHOWN = 20
ROOT_EQUIVALENT = ("docker", "lxd", "incus-admin", "libvirt", "disk")
ADMIN = ("sudo", "wheel", "admin")


class SudoNothingWider(Params):
    declared: tuple[Sudo, ...] = ()
    """The rights that are wanted. Those of all `sudo` checks on the host are added by themselves; without
    any, the account is to have none."""


def probes(p: SudoNothingWider) -> dict[str, Probe]:
    return {"list": probe("sudo_list")}


def soll(p: SudoNothingWider) -> Message:
    return msg("no rights through sudo beyond the declared ones")


def judge(p: SudoNothingWider, facts: Facts) -> Judgement:
    fact = facts["list"]
    seen, rights = fact.value, [one.right() for one in p.declared]
    expected = nmsg("only {n} declared command", "only {n} declared commands", n=len(rights))
    if seen["uid"] == 0:
        root = aspect(None, expected, msg("the account is root and may do everything"), False)
        return judgement(root, remedy=msg("Observe with the account that deploys, not with root."))
    wide = list(_groups(seen["groups"], ROOT_EQUIVALENT, msg("as good as root")))
    listing = parse(seen["text"])
    if wants_password(seen["text"]) and not listing:
        wide += _groups(seen["groups"], ADMIN, msg("usually every command, with a password"))
        if not wide:
            reason = msg("sudo lists the rights of this account only with a password.")
            return undetermined(reason, Observation.DENIED, remedy=_sight(seen["user"], rights))
    elif unseen := why_unseen(fact):
        return judgement(*wide) if wide else unseen
    wide += _wider(listing, rights, fact.observed_at) if listing else ()
    seen_ = msg("nothing else") if listing else msg("no right at all")
    return judgement(*(wide or [aspect(None, expected, seen_, True)]))


def _sight(user: str, rights: list[Right]) -> Message:
    """What makes sudo list the rights: one right without a password, or a setting."""
    if rights:
        return grant(user, rights[0])
    return msg("Add to sudoers: {line:code}", line=f"Defaults:{user} listpw=never")


def _groups(groups: list[str], names: tuple[str, ...], why: Message) -> Iterator[Aspect]:
    for name in names:
        if name in groups:
            yield aspect(msg("member of the group {group:code}", group=name), msg("no"), why, False)


def _aspect(name: Message, why: Message, note: Message | None = None) -> Aspect:
    return aspect(name, msg("not granted"), why, False, note=note)


def _wider(listing: Listing, rights: list[Right], now: str) -> Iterator[Aspect]:
    found: dict[str, Aspect] = {}
    for one in listing.in_force(now):
        password = listing.password(one)
        shown = one.shown(password)
        if MASK in one.listed:
            note = msg("It holds a secret and was not compared.")
            found[shown] = aspect(code(shown), msg("not granted"), None, None, note=note)
        elif why := _why(one, rights):
            counts = msg("A right with a password is a right as well.") if password else None
            found[shown] = _aspect(code(shown), why, counts)
    yield from list(found.values())[:SHOWN]
    if len(found) > SHOWN:
        more = nmsg("{n} more rule", "{n} more rules", n=len(found) - SHOWN)
        yield _aspect(msg("not shown here"), more)


def _why(one: Grant, rights: list[Right]) -> Message | None:
    """Why a grant is wider than everything declared; None where it is one of the declared rights."""
    same = [r for r in rights if same_command(r.argv[0], unescaped(one.command))]
    if one.command == "ALL":
        return msg("every command")
    if one.is_regex:
        return msg("a pattern, not one command")
    if one.command.endswith("/"):
        return msg("every command of a directory")
    if wildcard(one.command):
        return msg("a wildcard in the name of the command")
    if one.arguments is None:
        return msg("any arguments") if same else msg("a command that is not declared, with any arguments")
    if wildcard(one.arguments):
        return msg("a wildcard, which also matches spaces and slashes")
    same = [r for r in same if r.arguments == one.text()]
    if not same:
        return msg("a command that is not declared")
    if not _as_declared(one, same):
        return msg("as other accounts or groups than declared")
    return msg("the caller may set the environment (SETENV)") if one.setenv else None


def _as_declared(one: Grant, same: list[Right]) -> bool:
    users = {"#0" if u == "root" else u for u in one.users}
    wanted = {"#0" if r.user == "root" else r.user for r in same}
    groups = {r.group for r in same if r.group} | {r.user for r in same}
    return users <= wanted and set(one.groups) <= groups


def peers(p: SudoNothingWider, all_: tuple[Any, ...]) -> SudoNothingWider:
    declared = {(one.may, one.as_): one for each in (p, *all_) for one in each.declared}
    return p.model_copy(update={"declared": tuple(declared.values())})


KIND = Kind(
    name="sudo-nothing-wider",
    summary="Through sudo the observing account may do what is declared, and nothing else.",
    why="One wildcard too many, and whoever takes over the deployment account is root. Comes along with every "
    "`sudo` check by itself.",
    params=SudoNothingWider,
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Replace wider rules by the exact commands: {command:code}", command="visudo"),
    peers=peers,
    example="sudo-nothing-wider: {}",
)
