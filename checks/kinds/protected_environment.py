"""``protected-environment``: the job that deploys waits for a person, by a rule of its environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.kinds.interface import Facts, Kind, aspect, judgement, undetermined
from checks.knowledge.builds import OfWorkflow, Text, WorkflowFile, newest_run
from checks.knowledge.pipelines.evidence import unfollowed
from checks.knowledge.pipelines.reading import Reading
from checks.knowledge.pipelines.versions import judged, versions
from checks.model import (
    Aspect,
    Assurance,
    Judgement,
    Message,
    Observation,
    Probe,
    Verdict,
    code,
    listed,
    msg,
    probe,
)


class ProtectedEnvironment(OfWorkflow):
    environment: Text
    """The name of the environment at GitHub, such as `production`."""
    workflow: WorkflowFile
    """The file of the workflow that deploys, in `.github/workflows`."""
    job: Text
    """The job that deploys, by id or name: it must name the environment, else nobody is asked."""
    reviewers: list[Text] = []
    """Who may approve, at most: logins, or the short names of teams. Default: anybody, but somebody must."""
    self_review: bool = False
    """`true`: who started the deployment may approve it."""
    branches: list[Text] | None = None
    """From which branches may be deployed, at most, as the environment lists them. Default: any list that is not all of
    them, or the protected branches."""


def probes(p: ProtectedEnvironment) -> dict[str, Probe]:
    rules = probe("github_environment", here=True, deadline=60, source=p.source, name=p.environment)
    return {"rules": rules, "run": newest_run(p, p.workflow)}


def soll(p: ProtectedEnvironment) -> Message:
    return msg("approval for {environment:code}", environment=p.environment)


def judge(p: ProtectedEnvironment, facts: Facts) -> Judgement:
    if hidden := next((fact for fact in facts.values() if fact.value is None), None):
        remedy = msg("Give the token the permission {needed:code}.", needed="actions=read")
        return undetermined(hidden.reason or msg("Access was denied."), hidden.observation, remedy=remedy)
    value = facts["run"].value
    named = judged(
        value, p.workflow, versions(value, p.workflow, "current", p), lambda r: [_names(p, r)], lambda r: []
    )
    aspects = [*_protection(p, facts["rules"].value["environment"]), *named.aspects]
    if not named.aspects:
        aspects.append(aspect(_job(p), code(p.environment), None, None, note=named.reason))
    lost = next((a for a in aspects if a.verdict is Verdict.UNDETERMINED), None)
    observation = named.observation if not named.aspects else Observation.OBSERVED
    made = judgement(*aspects, observation=observation, reason=lost.note if lost else None)
    return made._replace(assurance=Assurance.IMPLEMENTED)


def _protection(p: ProtectedEnvironment, its: Mapping[str, Any] | None) -> Iterator[Aspect]:
    if its is None:
        made = msg("The first job that names it makes it, without any protection.")
        yield aspect(msg("environment"), msg("present"), msg("missing"), False, note=made)
        return
    may = its["reviewers"] or []
    wanted = listed([code(one) for one in p.reviewers]) if p.reviewers else msg("somebody")
    known = {one.lower() for one in p.reviewers}
    right = bool(may) and (not known or {one.lower() for one in may} <= known)
    shown = listed([code(one) for one in may]) if may else msg("nobody has to approve")
    note = msg("Administrators may pass by it.") if its["admins"] else None
    yield aspect(msg("approved by"), wanted, shown, right, note=note)
    if not p.self_review and may:
        words = msg("who started it may approve") if its["self_review"] else msg("ruled out")
        yield aspect(msg("approval of one's own"), msg("ruled out"), words, not its["self_review"])
    yield _branches(p, its)


def _branches(p: ProtectedEnvironment, its: Mapping[str, Any]) -> Aspect:
    name = msg("deployed from")
    expected = listed([code(one) for one in p.branches]) if p.branches else msg("some branches only")
    match its["branches"]:
        case "any":
            return aspect(name, expected, msg("any branch"), False)
        case "protected":
            return aspect(name, expected, msg("protected branches"), True if p.branches is None else None,
                          note=msg("Which they are is not listed here.") if p.branches else None)  # fmt: skip
    if its["listed"] is None:
        lack = its["listed_lack"]["said"]
        note = msg("The branches could not be seen: {error:code}", error=lack)
        return aspect(
            name,
            expected,
            None if p.branches else msg("some branches only"),
            None if p.branches else True,
            note=note,
        )
    seen = its["listed"]
    right = set(seen) <= set(p.branches) if p.branches is not None else not {"*", "**", "**/*"} & set(seen)
    return aspect(name, expected, listed([code(one) for one in seen]) if seen else msg("no branch"), right)


def _job(p: ProtectedEnvironment) -> Message:
    return msg("environment of the job {name:code}", name=p.job)


def _names(p: ProtectedEnvironment, reading: Reading) -> Aspect:
    its, expected = reading.job(p.job), code(p.environment)
    if its is None:
        unclear = unfollowed(reading)
        missing = None if unclear else msg("there is no such job")
        return aspect(_job(p), expected, missing, None if unclear else False, note=unclear)
    if its.uses and (lost := unfollowed(reading, its.id)):
        return aspect(_job(p), expected, None, None, note=lost)
    if its in reading.callers:  # then it is one of those in there that names it
        inside = [one for one in reading.inside(its.id) if one.environment]
        wanted = [one for one in inside if one.environment.lower() == p.environment.lower()]
        its = next(iter(wanted or inside), its)
    at = f"{(its.file or reading.workflow.path).rpartition('/')[2]}:{its.line}"
    if "${{" in its.environment:
        note = msg("unclear: {why:code}", why=f"{at}: environment: {its.environment}")
        return aspect(_job(p), expected, None, None, note=note)
    shown = msg("{name:code}, {at:code}", name=its.environment, at=at)
    right = its.environment.lower() == p.environment.lower()
    return aspect(_job(p), expected, shown if its.environment else msg("names none, {at:code}", at=at), right)


KIND = Kind(
    name="protected-environment",
    summary="The job that deploys waits for a person, by a rule of its environment.",
    why="An environment that asks for an approval protects nothing if the job does not name it, if who started the "
    "deployment may approve it, or if any branch may be deployed.",
    params=ProtectedEnvironment,
    subject=("environment",),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "Protect the environment {environment:code} in the settings of the repository, and name it in the job.",
        environment=p.environment,
    ),
    on_host=lambda p: False,
    handles=frozenset({Observation.DENIED}),
    example="protected-environment: {environment: production, workflow: deploy.yml, job: deploy, reviewers: [m-weber]}",
)
