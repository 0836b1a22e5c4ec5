"""The judgement of sudoers for one account: what gives root away, what else is wrong, what is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from checks.knowledge.sudo import commands, settings
from checks.knowledge.sudo.files import Sudoers
from checks.knowledge.sudo.findings import SEVERITIES, Finding, Hazard
from checks.knowledge.sudo.host import Host, privileged
from checks.knowledge.sudo.needs import FOLDERS, Need, decide, uses, why_not
from checks.knowledge.sudo.policy import Policy, Rule
from checks.knowledge.sudo.rights import Grant, Listing, Right
from checks.knowledge.wildcards import unescaped
from checks.model import Message, msg

_EYES = ("adm", "staff", "systemd-journal", "shadow")


class Judged(NamedTuple):
    """`findings` gravest first; `missing` are the lines of what is needed and does not run without a password;
    `assumed` says what was not known."""

    grants_root: bool
    findings: list[Finding]
    missing: list[str]
    assumed: list[Message]


def judge(sudoers: Sudoers, host: Host, needs: list[Need] | None = None, now: str = "") -> Judged:
    """`needs` None: it is not known what is needed. `now` (RFC 3339, UTC) leaves out rules that are over."""
    policy = Policy(sudoers, host)
    found = [*_groups(host), *_files(sudoers, host, policy), *_rules(policy, now)]
    missing: list[str] = []
    if needs is not None:
        needs = as_called(needs, policy)
        found += _needed(policy, needs, missing, now)
        found += _unused(policy, needs, now)
    unique = {(f.id, f.rule, f.file, f.line, str(f.message)): f for f in found}.values()
    ordered = sorted(unique, key=lambda f: (SEVERITIES.index(f.severity), f.file, f.line))
    return Judged(any(f.root for f in found), ordered, missing, list(_assumed(sudoers, host, policy)))


def _of(grant: Grant, hazard: Hazard) -> Finding:
    return Finding(hazard.id, hazard.severity, grant.listed, *grant.place, hazard.message, hazard.root)


def _groups(host: Host) -> Iterator[Finding]:
    for group in sorted(host.groups or ()):
        said = msg("The account is in the group {group:code}.", group=group)
        if privileged(frozenset({group})) and group not in _EYES:
            yield Finding("GROUP_MEMBERSHIP", "critical", "", "", 0, said, True)
        elif group in _EYES:
            yield Finding("GROUP_MEMBERSHIP", "high", "", "", 0, said, False)


def _files(sudoers: Sudoers, host: Host, policy: Policy) -> Iterator[Finding]:
    for problem in sudoers.problems:
        yield Finding("SYNTAX_ERROR", "high", problem.text, *problem.place, problem.message, False)
    for file in sudoers.ignored:
        said = msg("sudo passes over files with a dot in the name or ~ at the end: none of its rules count.")
        yield Finding("FILE_NAME_IGNORED", "high", "", file, 0, said, False)
    for name, where in policy.undefined():
        said = msg("There is no alias {name:code}; what it stands for is lost.", name=name)
        place = where.place if where else ("", 0)
        yield Finding("UNDEFINED_ALIAS", "high", where.text if where else name, *place, said, False)
    for file in sorted({e.place[0] for e in sudoers.entries}):
        if host.odd(file):
            said = msg("sudo wants files of root that nobody else can write; it may pass over this one.")
            yield Finding("FILE_MODE", "low", "", file, 0, said, False)


def _rules(policy: Policy, now: str) -> Iterator[Finding]:
    listing = policy.listing(surely=False)
    force = listing.in_force(now)
    strong = [g for g in force if commands.root(g)]
    for default, hazard in settings.hazards(policy, strong):
        yield Finding(hazard.id, hazard.severity, default.text, *default.place, hazard.message, hazard.root)
    seen: set[tuple[object, ...]] = set()
    alone = {(r.entry.place, r.grant.listed) for r in policy.rules if r.grant in force}
    for rule in policy.rules:
        if rule.who in (None, "no"):
            continue
        grant = rule.grant
        if rule.host != "yes":
            yield _of(grant, _elsewhere(policy.host.name))
        if rule.host in (None, "no"):
            continue
        if (grant.place, grant.listed) in alone and grant in force:
            yield from _command(rule, grant, policy)
        key = grant._replace(place=("", 0))
        if key in seen:
            yield _of(
                grant, Hazard("DUPLICATE_RULE", "low", msg("The same rule stands in the files before."))
            )
        seen.add(key)
        yield from _about(rule, listing, now)


def _elsewhere(name: str | None) -> Hazard:
    said = (
        msg("The rule is not for this host, {host:code}.", host=name)
        if name
        else msg("The rule is for certain hosts, and it is not known which one this is.")
    )
    return Hazard("HOST_MISMATCH", "medium", said)


def _command(rule: Rule, grant: Grant, policy: Policy) -> Iterator[Finding]:
    if grant.users == (policy.host.user,) and not grant.groups and not grant.implicit:
        return
    strong = commands.root(grant) or _through_others(grant, policy, (policy.host.user,))
    found = list(commands.hazards(grant, policy.host))
    if grant.setenv and "SETENV" in rule.entry.tags and grant.command != "ALL":
        found.append(settings.setenv(True))
    for hazard in found:
        weaker = {"critical": "medium", "high": "medium"}.get(hazard.severity, hazard.severity)
        yield _of(grant, hazard if strong else hazard._replace(severity=weaker, root=False))
    if any(name == "ALL" for name in grant.users):
        yield _of(grant, Hazard("RUNAS_ALL", "high", msg("It may run as any account.")))
    if rule.entry.inherited or (_later(rule, grant, policy) and any(h.root for h in found) and strong):
        said = msg(
            "The tags of a command before it in the list count for it as well: {tags:list}", tags=_tags(rule)
        )
        if rule.entry.tags:
            yield _of(grant, Hazard("TAG_CARRY_OVER", "medium", said))


def _through_others(grant: Grant, policy: Policy, above: tuple[str, ...]) -> bool:
    """Whether an account that `grant` runs as may itself become root by these rules."""
    for user in grant.users:
        if user in above or user[:1] in "!%+#":
            continue
        other = Policy(policy.sudoers, policy.host._replace(user=user, groups=frozenset(), uid=-1))
        for one in other.listing(surely=False).in_force(""):
            strong = commands.root(one) or _through_others(one, policy, (*above, user))
            if strong and any(hazard.root for hazard in commands.hazards(one, other.host)):
                return True
    return False


def _tags(rule: Rule) -> tuple[str, ...]:
    return tuple(name if on else f"NO{name}" for name, on in rule.entry.tags.items())


def _later(rule: Rule, grant: Grant, policy: Policy) -> bool:
    """Whether it is not the first command of its line."""
    first = next(r for r in policy.rules if r.entry.place == rule.entry.place)
    return first.entry is not rule.entry


def _about(rule: Rule, listing: Listing, now: str) -> Iterator[Finding]:
    grant = rule.grant
    if grant.negated:
        said = msg(
            "Taking a command away from a wider grant does not help: a copy or another program does the same."
        )
        yield _of(grant, Hazard("NEGATION", "high", said))
        return
    if any(name.startswith("!") for name in grant.users):
        said = msg("Taking one account away leaves all others, and with them those that may become root.")
        yield _of(grant, Hazard("NEGATION", "high", said))
    if rule.entry.users is None:
        user = grant.users[0] if grant.users else "root"
        yield _of(
            grant,
            Hazard(
                "RUNAS_IMPLICIT", "info", msg("No account is named, so it runs as {user:code}.", user=user)
            ),
        )
    if any(member.name.startswith("#") for member in rule.entry.who):
        said = msg("This is a rule for the account with this number, and not a comment.")
        yield _of(grant, Hazard("UID_NOT_COMMENT", "info", said))
    if by := _overridden(grant, listing, now):
        said = msg("A later rule counts instead: {rule:code}", rule=by.shown(listing.password(by)))
        yield _of(grant, Hazard("ORDER_OVERRIDE", "medium", said))


def _overridden(grant: Grant, listing: Listing, now: str) -> Grant | None:
    """The later rule that takes the place of `grant` and says something else."""
    if not grant.users:
        return None
    if grant.is_exact:
        right = Right((unescaped(grant.command), *filter(None, [grant.text()])), grant.users[0].lstrip("!"))
        by = listing.decide(right, now)[1]
    else:
        later = listing.grants[listing.grants.index(grant) + 1 :] if grant in listing.grants else ()
        by = next(
            (g for g in reversed(later) if g.command == "ALL" and set(g.users) & {"ALL", *grant.users}), None
        )
    if by is None or by == grant:
        return None
    return by if by.negated or listing.password(by) is not listing.password(grant) else None


def _needed(policy: Policy, needs: list[Need], missing: list[str], now: str) -> Iterator[Finding]:
    surely, perhaps = policy.listing(surely=True), policy.listing(surely=False)
    for need in needs:
        granted, by = decide(need, surely, now)
        if granted and by is not None:
            right = next(r for r in need.rights() if surely.decide(r, now)[1] == by)
            if refused := _environment(need, by, policy):
                yield _of(by, refused)
                missing.append(need.line)
                continue
            if policy.terminal(by):
                said = msg(
                    "{command:code} is refused without a terminal, and a deployment has none.",
                    command=need.line,
                )
                yield _of(by, Hazard("TTY_REQUIRED", "medium", said))
                missing.append(need.line)
                continue
            if not surely.password(by, right):
                continue
            said = msg("{command:code} asks for a password.", command=need.line)
            yield _of(by, Hazard("PASSWORD_REQUIRED", "medium", said))
        else:
            yield from (_of(grant, hazard) for grant, hazard in why_not(need, list(perhaps.grants)))
        missing.append(need.line)


def as_called(needs: list[Need], policy: Policy) -> list[Need]:
    """`needs` as whom the settings let them run, and with programs from where the settings look for them."""
    last = {d.name: d.value for d in policy.settings if d.sort in ("", ":", "@") and d.operator == "="}
    user, path = last.get("runas_default", "root"), last.get("secure_path", "")
    folders = tuple(one for one in path.split(":") if one.startswith("/")) or FOLDERS
    return [
        need._replace(user=need.user if need.named else user, folders=folders)
        for need in needs
    ]  # fmt: skip


def _environment(need: Need, grant: Grant, policy: Policy) -> Hazard | None:
    """Why sudo refuses the environment or the folder that a call asks for, although the command is allowed."""
    free = policy.may_set(grant)
    names = [name for name in need.names if not free and not policy.keeps(name, grant)]
    if "E" in need.switches and not free:
        names.append("-E")
    names += [f"-{one}" for one in "DR" if one in need.switches and not policy.elsewhere(one, grant)]
    if not names:
        return None
    said = msg(
        "{command:code} asks for what the rule does not allow: {names:list}",
        command=need.line,
        names=tuple(names),
    )
    return Hazard("PIN_MISMATCH", "medium", said)


def _unused(policy: Policy, needs: list[Need], now: str) -> Iterator[Finding]:
    for grant in policy.listing(surely=False).in_force(now):
        if grant.command != "list" and not any(uses(need, grant) for need in needs):
            yield _of(grant, Hazard("UNUSED_GRANT", "medium", msg("Nothing that is needed uses this rule.")))


def _assumed(sudoers: Sudoers, host: Host, policy: Policy) -> Iterator[Message]:
    for path in dict.fromkeys(sudoers.missing):
        yield msg("{path:code} is included and was not given: its rules are not in here.", path=path)
    if host.groups is None:
        yield msg("The groups of the account are not known: it may be in every one that a rule names.")
    if host.uid is None:
        yield msg("The number of the account is not known: rules with a number may be for it.")
    if host.name is None:
        yield msg("The name of the host is not known: every rule may be for it, and none surely is.")
    if "fs.protected_hardlinks" not in host.sysctl:
        yield msg("{setting:code} is not known: it may be off.", setting="fs.protected_hardlinks")
    yield msg(
        "Paths that are not known may be in the hands of the account, except those that Debian gives to root."
    )
