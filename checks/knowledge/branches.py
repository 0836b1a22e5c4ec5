"""What protects a branch: rulesets and the classic protection together, each only as far as it can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checks.kinds.interface import aspect
from checks.knowledge.pipelines.contexts import Answerer, answerers, undecided
from checks.model import Aspect, Message, code, listed, msg, nmsg, phrase

ACTIONS_APP = 15368
"""The number of the app that reports the jobs of GitHub Actions."""
SHOWN = 3
_ROLES = {2: "maintain", 4: "write", 5: "admin"}


class Shield(NamedTuple):
    """``certain``: whether all that holds could be seen: what is not there then is really not there."""

    rules: Mapping[str, list[Mapping[str, Any]]]
    classic: Mapping[str, Any] | None
    certain: bool
    seen: Mapping[str, Any]

    def parameters(self, rule: str) -> list[Mapping[str, Any]]:
        return self.rules.get(rule, [])


def shield(seen: Mapping[str, Any]) -> Shield:
    """All that protects the branch, of the value of ``github_rules``."""
    rules: dict[str, list[Mapping[str, Any]]] = {}
    for rule in seen["rules"] or ():
        rules.setdefault(rule["type"], []).append(rule["parameters"])
    return Shield(rules, seen["protection"], seen["rules"] is not None and not _hidden(seen), seen)


def _hidden(seen: Mapping[str, Any]) -> bool:
    """Whether there may be a classic protection that is not visible."""
    lack = seen["protection_lack"]
    return lack is not None and lack["observation"] != "absent" and seen["protected"] is not False


def _settled(s: Shield, name: Message, expected: Message, right: bool, good: Message, bad: Message) -> Aspect:
    """One that holds where anything visible demands it; that nothing does is only sure where all could be seen."""
    if right:
        return aspect(name, expected, good, True)
    return aspect(name, expected, bad if s.certain else None, False if s.certain else None)


def pull_request(s: Shield) -> Aspect:
    right = "pull_request" in s.rules or bool(s.classic and s.classic["reviews"] is not None)
    yes, no = msg("required"), msg("not required")
    return _settled(s, msg("pull request"), yes, right, yes, no)


def reviews(s: Shield, least: int) -> Aspect:
    counts = [p.get("required_approving_review_count") for p in s.parameters("pull_request")]
    counts += [s.classic["reviews"]] if s.classic else []
    most = max((n for n in counts if isinstance(n, int)), default=0)
    expected = msg("at least {n:int}", n=least)
    return _settled(s, msg("reviews"), expected, most >= least, code(most), code(most))


def last_push(s: Shield) -> Aspect:
    """Whether somebody else than who pushed last must approve: else one can approve one's own change."""
    right = any(p.get("require_last_push_approval") is True for p in s.parameters("pull_request"))
    right = right or bool(s.classic and s.classic["last_push"])
    own = msg("who pushed last may approve")
    return _settled(s, msg("approval of one's own push"), msg("ruled out"), right, msg("ruled out"), own)


def code_owners(s: Shield) -> Aspect:
    right = any(p.get("require_code_owner_review") is True for p in s.parameters("pull_request"))
    right = right or bool(s.classic and s.classic["code_owners"])
    yes, no = msg("required"), msg("not required")
    return _settled(s, msg("review by code owners"), yes, right, yes, no)


def force_pushes(s: Shield) -> Aspect:
    right = "non_fast_forward" in s.rules or bool(s.classic and not s.classic["force_pushes"])
    no, yes = msg("ruled out"), msg("allowed")
    return _settled(s, msg("force pushes"), no, right, no, yes)


def contexts(s: Shield) -> list[tuple[str, int]]:
    """The names of the required checks, each with the number of the app that must report it (0: any)."""
    found = [
        (str(one.get("context"))[:200], one.get("integration_id") or 0)
        for p in s.parameters("required_status_checks")
        for one in p.get("required_status_checks") or ()
        if isinstance(one, dict)
    ]
    found += [(one["context"], max(0, one["app"])) for one in (s.classic["checks"] if s.classic else ())]
    return list(dict.fromkeys(found))


def demanded(s: Shield, names: list[str]) -> Iterator[Aspect]:
    """Whether each of `names` is a required check."""
    known = {name for name, _ in contexts(s)}
    for name in names:
        yes, no = msg("required"), msg("not required")
        yield _settled(s, msg("check {name:code}", name=name), yes, name in known, yes, no)


def real(s: Shield, branch: str) -> Iterator[Aspect]:
    """Whether each required check is answered by jobs that do work on pull requests, and by no dummy."""
    for name, app in contexts(s):
        if app not in (0, ACTIONS_APP):
            continue
        what, expected = msg("behind the check {name:code}", name=name), msg("work that can fail")
        if s.seen["workflows"] is None:
            lack = msg(
                "The workflow files could not be read: {error:code}", error=s.seen["workflows_lack"]["said"]
            )
            yield aspect(what, expected, None, None, note=lack)
            continue
        found, lost = answerers(name, s.seen["workflows"], branch)
        idle = [one for one in found if one.works is False]
        unsure = [one for one in found if one.works is None]
        if idle:
            yield aspect(what, expected, listed([_said(one) for one in idle[:SHOWN]]), False)
        elif unsure or lost:
            yield aspect(what, expected, None, None, note=undecided(unsure[0]) if unsure else lost[0])
        elif found:
            where = listed([code(f"{one.file}:{one.line}") for one in found[:SHOWN]])
            yield aspect(what, expected, where, True)
        else:
            note = msg("No workflow answers under this name on pull requests; anybody with a token may.")
            yield aspect(what, expected, None, None, note=note)


def _said(one: Answerer) -> Message:
    at = f"{one.file}:{one.line}"
    if one.why:
        return msg("{at:code} does nothing that can fail: {why:code}", at=at, why=one.why)
    return msg("{at:code} does nothing that can fail", at=at)


def bypass(s: Shield, allowed: list[str] | None) -> Aspect:
    """Who may pass by the rules, against those who are `allowed` to (None: said, not judged)."""
    may, hidden = _passers(s)
    name = msg("may pass by the rules")
    expected = (
        msg("said") if allowed is None else listed([code(a) for a in allowed]) if allowed else msg("nobody")
    )
    wrong = [who for who in may if allowed is not None and who not in allowed]
    shown = listed([code(who) for who in may]) if may else msg("nobody")
    note = None
    if hidden:
        note = listed(hidden)
        shown = phrase("{first}; {second}", {"first": shown, "second": note}) if may else note
    if wrong or allowed is None or not hidden:
        return aspect(name, expected, shown, not wrong)
    return aspect(name, expected, None, None, note=note)


def _passers(s: Shield) -> tuple[list[str], list[Message]]:
    """Those who may, by the name under which a spec allows them; and what could not be seen."""
    may: list[str] = []
    hidden: list[Message] = []
    for one in s.seen["rulesets"]:
        if one["bypass"] is None:
            hidden.append(msg("the ruleset {name:code} does not show who", name=one["name"]))
        may += [_actor(actor) for actor in one["bypass"] or ()]
    if s.classic:
        may += [] if s.classic["admins"] else ["admin"]
        may += s.classic["bypass"]
    elif _hidden(s.seen):
        hidden.append(msg("the classic protection is not visible"))
    if s.seen["rules"] is None:
        hidden.append(msg("the rules are not visible"))
    return list(dict.fromkeys(may)), hidden


def _actor(actor: Mapping[str, Any]) -> str:
    role = _ROLES.get(actor["id"]) if actor["type"] == "RepositoryRole" else None
    name = role or (
        actor["type"]
        if actor["type"] in ("OrganizationAdmin", "DeployKey")
        else f"{actor['type']} {actor['id']}"
    )
    return name if actor["mode"] in ("always", "") else f"{name} ({actor['mode']})"


def unseen(s: Shield) -> tuple[Message | None, Message | None]:
    """What the token may not see and why, and the permission that would settle it."""
    for key in ("rules_lack", "protection_lack"):
        if s.seen[key] and (key == "rules_lack" or _hidden(s.seen)):
            needed = "metadata=read" if key == "rules_lack" else "administration=read"
            what = msg("the rules") if key == "rules_lack" else msg("the classic protection")
            said = msg("{what} could not be seen: {error:code}", what=what, error=s.seen[key]["said"])
            return said, msg("Give the token the permission {needed:code}.", needed=needed)
    if any(one["bypass"] is None for one in s.seen["rulesets"]):
        n = sum(one["bypass"] is None for one in s.seen["rulesets"])
        said = nmsg(
            "{n} ruleset does not show who may pass by it.",
            "{n} rulesets do not show who may pass by them.",
            n=n,
        )
        return said, msg("Give the token the permission {needed:code}.", needed="administration=write")
    if s.seen["workflows_lack"]:
        return None, msg("Give the token the permission {needed:code}.", needed="contents=read")
    return None, None
