"""What holds several components back because it was not told about builds: one blocker for each reason. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.model import (
    Blocker,
    Message,
    Observation,
    Probe,
    Result,
    SectionResult,
    Snapshot,
    Status,
    Verdict,
    code,
    listed,
    msg,
    nmsg,
    parted,
)
from checks.spec.spec import Check, Spec

Sections = tuple[SectionResult, ...]
_NO_ANSWER = {
    Observation.UNREACHABLE,
    Observation.TIMEOUT,
    Observation.NOT_ATTEMPTED,
    Observation.ERROR,
    Observation.DENIED,
    Observation.MALFORMED,
}
_SHOWN = 3
_VARIES = ("limit", "wait")
"""How long one waited differs from request to request; the reason does not."""


class _Group:
    """What one reason holds back."""

    def __init__(self, reason: Message, observation: Observation) -> None:
        self.reason, self.observation = reason, observation
        self.blocks: dict[str, None] = {}
        self.places: set[str | None] = set()
        self.about: dict[str, Message] = {}


def builds_blockers(spec: Spec, snapshot: Snapshot, sections: Sections) -> list[Blocker]:
    """One for each reason for which the CI service did not answer, or for which what it answered says nothing, where several
    components are not known because of it."""
    checks = {check.id: check for check in spec.checks()}
    facts = [fact for fact in snapshot.facts.values() if fact.verb.startswith("github")]
    lost = {f.probe: f for f in facts if f.observation in _NO_ANSWER and f.reason is not None}
    refused: dict[str, _Group] = {}
    unread: dict[str, _Group] = {}
    for section in sections:
        for component in section.components:
            for result in component.results:
                if result.status is not Status.UNKNOWN or result.id not in checks:
                    continue
                asked = list(_asked(checks[result.id]))
                mine = [probe for probe in asked if probe.id in lost]
                for probe in mine:
                    fact = lost[probe.id]
                    reason = parted(fact.reason)[0] if fact.reason else msg("It was not observed.")
                    key = "slow" if fact.observation is Observation.TIMEOUT else reason.id
                    group = refused.setdefault(key, _Group(reason, fact.observation))
                    group.about.setdefault(str(about := _about(probe)), about)
                    _add(group, component.id, section.environment)
                if asked and not mine and (why := _why(result)) is not None:
                    _add(
                        unread.setdefault(_key(why), _Group(why, result.observation)),
                        component.id,
                        section.environment,
                    )
    whole = len(lost) == len(facts)
    found = [_refused(group, whole=whole) for group in refused.values() if len(group.blocks) > 1]
    found += [_unread(group) for group in unread.values() if len(group.blocks) > 1]
    return [one._replace(id=f"builds/{number}") for number, one in enumerate(found, 1)]


def _asked(check: Check) -> Iterator[Probe]:
    return (probe for probe in check.probes.values() if probe.verb.startswith("github"))


def _add(group: _Group, component: str, environment: str | None) -> None:
    group.blocks[component] = None
    group.places.add(environment)


def _why(result: Result) -> Message | None:
    """Why nothing is known: the reason, or what stands beside the first property that could not be told."""
    notes = (a.note for a in result.aspects if a.verdict is Verdict.UNDETERMINED and a.note)
    return result.reason or next(notes, None)


def _key(message: Message) -> str:
    """What two messages of the same reason have in common."""
    params = {
        name: _key(value) if isinstance(value, Message) else "" if name in _VARIES else repr(value)
        for name, value in message.params.items()
    }
    return f"{message.id} {params}"


def _about(probe: Probe) -> Message:
    """What `probe` asks about."""
    args: Mapping[str, str] = probe.args
    match probe.verb:
        case "github":
            return msg("the newest run of {workflow:code}", workflow=args["workflow"])
        case "github_artifact":
            artifact, workflow = args["artifact"], args["workflow"]
            return msg(
                "the artifact {artifact:code} of {workflow:code}", artifact=artifact, workflow=workflow
            )
        case "github_rules":
            return msg("the rules of the branch {branch:code}", branch=args["branch"])
        case "github_environment":
            return msg("the environment {name:code}", name=args["name"])
        case "github_compare":
            return msg("what lies between two commits")
    return code(probe.verb)


def _refused(group: _Group, *, whole: bool) -> Blocker:
    about = list(group.about.values())
    what = listed(about[:_SHOWN])
    if len(about) > _SHOWN:
        rest = nmsg("and {n} more", "and {n} more", n=len(about) - _SHOWN)
        what = msg("{lead} {rest}", lead=what, rest=rest)
    if whole:
        title = msg("The builds could not be asked about")
        impact = msg("Nothing is known of them; nothing about them is green.")
    else:
        title = msg("No answer about {what}", what=what)
        impact = msg("What depends on that is not known, and not green.")
    remedy = msg("Look whether the service answers and what the token may, then look again.")
    return _blocker(group, title, impact, remedy)


def _unread(group: _Group) -> Blocker:
    file = group.reason.params.get("file")
    remedy = msg("Look whether the service answers and what the token may, then look again.")
    if group.observation is Observation.MALFORMED and isinstance(file, str):
        remedy = msg("Correct {file:code}, then look again.", file=file)
    n = len(group.blocks)
    cause = nmsg(
        "{n} component could not be judged because of it.",
        "{n} components could not be judged because of it.",
        n=n,
    )
    impact = msg("What depends on that is not known, and not green.")
    return _blocker(group, group.reason, impact, remedy)._replace(cause=cause)


def _blocker(group: _Group, title: Message, impact: Message, remedy: Message) -> Blocker:
    return Blocker(
        id="",
        title=title,
        critical=False,
        environment=next(iter(group.places)) if len(group.places) == 1 else None,
        cause=group.reason,
        impact=impact,
        since=None,
        blocks=tuple(group.blocks),
        remedy=remedy,
        owner=None,
    )
