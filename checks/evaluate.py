"""Spec x Snapshot -> Report. Pure: no I/O, no clock, no language."""

from __future__ import annotations

from collections.abc import Mapping, Set

from checks.blockers import blockers
from checks.causes import with_causes
from checks.follow import coverage, covers, flows, next_steps, warnings
from checks.kinds import kind
from checks.kinds.interface import Around, Kind, undetermined
from checks.knowledge.grants import ACCOUNT
from checks.lights import environments, overall
from checks.model import (
    Assurance,
    ComponentResult,
    Disposition,
    Evidence,
    Fact,
    Judgement,
    Message,
    Observation,
    Report,
    Result,
    SectionResult,
    Severity,
    Snapshot,
    Status,
    Verdict,
    msg,
    phrase,
    text,
    worst,
)
from checks.phrases import declared
from checks.runs import with_runs
from checks.spec.spec import Check, Component, Spec, Waiver
from checks.views import gates, problems, readiness, standing


def evaluate(spec: Spec, snapshot: Snapshot) -> Report:
    """The report of `snapshot` against `spec`. The same two give the same report, anywhere and any time."""
    results = _results(spec, snapshot)
    sections = tuple(
        SectionResult(
            id=section.id,
            name=section.name,
            environment=section.environment,
            components=tuple(_component(component, results) for component in section.components),
        )
        for section in spec.sections
    )
    found_blockers = blockers(spec, snapshot, sections)
    lights = environments(spec, snapshot, sections, found_blockers)
    return Report(
        project=spec.project,
        language=spec.language,
        timezone=spec.timezone,
        owner=spec.owner,
        generated_at=snapshot.collected_at,
        valid_until=snapshot.valid_until,
        snapshot_sha256=snapshot.sha256,
        collected_at=snapshot.collected_at,
        finished_at=snapshot.finished_at,
        spec_file=spec.file.rsplit("/", 1)[-1],
        spec_sha256=spec.sha256,
        docgen=snapshot.docgen,
        overall=overall(lights, sections),
        environments=lights,
        sections=sections,
        blockers=found_blockers,
        next_steps=next_steps(spec, sections, found_blockers),
        flows=flows(spec, results),
        gates=gates(spec, results),
        readiness=readiness(spec, results),
        problems=problems(spec, results),
        coverage=coverage(list(results.values())),
        hosts=snapshot.hosts,
        warnings=warnings(spec, snapshot, results),
        standing=standing(sections),
        translations=spec.translations,
    )


def judge_facts(its: Kind, params: object, facts: Mapping[str, Fact], around: Around = ()) -> Judgement:
    """The judgement of one check, which stands among the facts `around`. What the kind does not handle itself, and an
    exception in it, is undetermined, with the reason."""
    seen = {Observation.OBSERVED, Observation.ABSENT} | its.handles
    for fact in facts.values():
        if fact.observation not in seen:
            return undetermined(
                fact.reason or msg("It was not observed."), fact.observation, remedy=grant(fact)
            )
    try:
        return its.around(params, facts, around) if its.around else its.judge(params, facts)
    except Exception as error:  # noqa: BLE001 - a judgement that breaks is one result with a reason
        reason = msg("The check itself failed: {error:code}", error=f"{type(error).__name__}: {error}")
        return undetermined(reason, Observation.MALFORMED)


def grant(fact: Fact) -> Message | None:
    """What would let the observer see, where permission was denied."""
    if fact.observation is not Observation.DENIED:
        return None
    return msg("Give the observing account the right to see this: {command:code}", command=fact.command)


def status_of(judgement: Judgement, severity: Severity) -> Status:
    """The status that people see, before needs and exceptions."""
    if judgement.verdict is Verdict.CONFORM:
        return Status.WARN if any(a.near for a in judgement.aspects) else Status.OK
    if judgement.verdict is Verdict.DEVIATES:
        return Status.WARN if severity is Severity.LOW else Status.FAIL
    if judgement.verdict is Verdict.UNDETERMINED:
        held = judgement.awaiting or (judgement.behind and not judgement.perhaps)
        return Status.PENDING if held else Status.UNKNOWN
    return Status.NOT_APPLICABLE


def _results(spec: Spec, snapshot: Snapshot) -> dict[str, Result]:
    checks = spec.checks()
    accounts = {host.id: host.account for host in snapshot.hosts}
    local = {host.id for host in snapshot.hosts if host.address == "local"}
    around = [(p, snapshot.facts[id_]) for id_, p in spec.probes().items() if id_ in snapshot.facts]
    own = {check.id: _result(spec, check, snapshot, accounts, local, around) for check in checks}
    final: dict[str, Result] = {}
    known, own = with_causes({check.id: check for check in checks}, own)
    own = with_runs(known, own, snapshot)
    for check in known.values():
        _settle(check, known, own, final)
    return {check.id: final[check.id] for check in checks}


def _settle(
    check: Check, known: Mapping[str, Check], own: Mapping[str, Result], final: dict[str, Result]
) -> None:
    """Puts the final result of `check` into `final`, after those of all it needs. The loader admits no cycle."""
    stack = [check]
    while stack:
        current = stack[-1]
        # A needed check of an environment that was not selected says nothing here.
        waiting = [known[i] for i in current.needs if i in known and i not in final]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        if current.id in final:
            continue
        roots: list[str] = []
        for needed in (final[i] for i in current.needs if i in final):
            if needed.status is Status.FAIL:
                roots.append(needed.id)
            elif needed.status is Status.PENDING:
                roots += needed.because or (needed.id,)  # a decision that is open holds up as well
        result = own[current.id]
        if roots:
            # What would repair it now may be wrong once its cause is gone.
            because = tuple(dict.fromkeys(roots))
            result = result._replace(status=Status.PENDING, because=because, remedy=None)
        final[current.id] = result


def _result(
    spec: Spec, check: Check, snapshot: Snapshot, accounts: Mapping[str, str], local: Set[str], around: Around
) -> Result:
    its = kind(check.kind)
    facts = {
        role: snapshot.facts.get(p.id) or _not_attempted(p.id, p.at, p.verb)
        for role, p in check.probes.items()
    }
    if check.fault:
        judgement = undetermined(
            msg("The check itself failed: {error:code}", error=check.fault), Observation.ERROR
        )
    elif check.probes:
        judgement = judge_facts(its, check.params, facts, around)
    else:
        judgement = undetermined(msg("It asks nothing, so nothing was seen."), Observation.NOT_ATTEMPTED)
    status = status_of(judgement, check.severity)
    disposition, waiver = _disposition(check, judgement, spec.waivers, snapshot.collected_at)
    if disposition is Disposition.WAIVED:
        status = Status.WAIVED
    fine = status in (Status.OK, Status.NOT_APPLICABLE)
    remedy = None if fine else check.remedy or judgement.remedy
    if not fine and remedy is None and judgement.verdict is not Verdict.UNDETERMINED:
        remedy = its.remedy(check.params)
    if remedy and (account := accounts.get(f"{check.environment}/{check.host}")):
        remedy = for_account(remedy, account)
    return Result(
        id=check.id,
        name=check.name,
        kind=check.kind,
        environment=check.environment,
        host=check.host,
        status=status,
        observation=judgement.observation,
        verdict=judgement.verdict,
        disposition=disposition,
        severity=check.severity,
        soll=check.soll
        if judgement.aspects
        else declared(check.soll, check.written, {its.shorthand, *its.subject}),
        aspects=judgement.aspects,
        reason=judgement.reason,
        remedy=remedy,
        because=(),
        assurance=None if judgement.verdict is Verdict.UNDETERMINED else judgement.assurance or its.assurance,
        waived_until=waiver.until if waiver else None,
        waived_day=waiver.written if waiver else None,
        waived_reason=phrase("{reason} ({by})", {"reason": waiver.reason, "by": waiver.by})
        if waiver
        else None,
        awaiting=judgement.awaiting,
        evidence=tuple(_evidence(f, f.at in local) for f in facts.values()),
        origin=check.origin,
        stands_for=judgement.stands_for,
        behind=judgement.behind,
        since=judgement.since,
        gate=judgement.gate,
    )


def _disposition(
    check: Check, judgement: Judgement, waivers: tuple[Waiver, ...], at: str
) -> tuple[Disposition, Waiver | None]:
    if judgement.verdict is not Verdict.DEVIATES:
        return Disposition.OPEN, None
    mine = [w for w in waivers if covers(w, check.id)]
    for waiver in mine:
        if at < waiver.until:
            return Disposition.WAIVED, waiver
    return (Disposition.WAIVER_EXPIRED, mine[0]) if mine else (Disposition.OPEN, None)


def for_account(remedy: Message, account: str) -> Message:
    """`remedy` with the name of the observing account where a kind left it open: a kind does not know the run."""
    params = {
        name: for_account(value, account)
        if isinstance(value, Message)
        else value.replace(ACCOUNT, account)
        if isinstance(value, str)
        else value
        for name, value in remedy.params.items()
    }
    return remedy.model_copy(update={"params": params})


def _not_attempted(probe: str, at: str | None, verb: str) -> Fact:
    return Fact(
        probe=probe,
        at=at,
        verb=verb,
        observation=Observation.NOT_ATTEMPTED,
        reason=msg("This snapshot does not hold the answer; collect again."),
    )


def _evidence(fact: Fact, local: bool) -> Evidence:
    over = {"http": "http", "tcp": "http", "certificate": "http", "github": "github"}
    source = over.get(fact.verb.partition("_")[0]) or ("local" if local else "ssh")
    return Evidence(
        source=source,
        host=fact.at.split("/", 1)[1] if fact.at else "",
        command=fact.command,
        exit_code=fact.exit_code,
        excerpt=fact.excerpt,
        sha256=fact.sha256,
        observed_at=fact.observed_at,
        observation=fact.observation,
        reason=fact.reason,
        truncated=fact.truncated,
    )


def _component(component: Component, results: Mapping[str, Result]) -> ComponentResult:
    own = tuple(results[check.id] for check in component.checks)
    open_ = [r for r in own if r.status not in (Status.OK, Status.NOT_APPLICABLE)]
    known = [r.assurance for r in own if r.assurance]
    order = list(Assurance)
    blamed = min(open_, key=lambda r: r.status.rank, default=None)
    severities = [r.severity for r in own]
    return ComponentResult(
        id=component.id,
        name=component.name,
        soll=component.soll,
        status=worst([r.status for r in own]) or Status.UNKNOWN,
        severity=component.severity or min(severities, key=lambda s: s.rank, default=Severity.HIGH),
        about=component.about,
        assurance=min(known, key=order.index) if known and len(known) == len(own) else None,
        because=tuple(dict.fromkeys(i for r in own for i in r.because)),
        remedy=(text(component.remedy) if component.remedy else blamed.remedy) if blamed else None,
        owner=component.owner,
        links=component.links,
        results=own,
    )
