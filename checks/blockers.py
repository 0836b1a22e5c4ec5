"""What holds something up, or is critical: with cause, impact, and since when. Pure."""

from __future__ import annotations

from checks.causes import followers
from checks.model import (
    Blocker,
    ComponentResult,
    HostFacts,
    Message,
    Observation,
    Result,
    SectionResult,
    Severity,
    Snapshot,
    Status,
    Verdict,
    listed,
    msg,
    nmsg,
    parted,
    text,
)
from checks.phrases import difference, sentences
from checks.spec.spec import Spec
from checks.unseen import builds_blockers

Sections = tuple[SectionResult, ...]
_CAUSES = 3
"""So many of the checks that failed are told; the others are counted."""


def blockers(spec: Spec, snapshot: Snapshot, sections: Sections) -> tuple[Blocker, ...]:
    """What holds something up or is critical: hosts that were not reached, then components, the worst first."""
    held: dict[str, list[str]] = {}
    for section in sections:
        for component in section.components:
            for result in component.results:
                for cause in result.because:
                    held.setdefault(cause, []).append(component.id)
    found = [_host_blocker(hosts, sections) for hosts in _lost(snapshot)]
    found += builds_blockers(spec, snapshot, sections)
    alike = _alike(sections)
    followed = {other.id for others in alike.values() for other in others}
    ranked: list[tuple[int, int, Blocker]] = []
    for section in sections:
        for component in section.components:
            if component.id in followed:
                continue
            also = alike.get(component.id, [])
            failed = _failed(component)
            all_ = [r for one in (component, *also) for r in _failed(one)]
            waiting = [*(one.id for one in also), *(b for r in all_ for b in held.get(r.id, ()))]
            blocks = tuple(dict.fromkeys(b for b in waiting if b != component.id))
            critical = any(r.severity is Severity.CRITICAL for r in all_)
            if failed and (blocks or critical):
                blocker = _component_blocker(component, section, failed, blocks, critical, spec)
                ranked.append((not critical, -len(blocks), blocker))
    return (*found, *(b for _, _, b in sorted(ranked, key=lambda item: item[:2])))


def _failed(component: ComponentResult) -> list[Result]:
    return [r for r in component.results if r.status is Status.FAIL]


def _alike(sections: Sections) -> dict[str, list[ComponentResult]]:
    """By the id of a component: the others that are not met for the same reason, and for no other."""
    components = [c for s in sections for c in s.components]
    same = followers(r for c in components for r in c.results)
    place = {r.id: c.id for c in components for r in c.results}
    found: dict[str, list[ComponentResult]] = {}
    for component in components:
        failed = _failed(component) or [r for r in component.results if r.status is Status.UNKNOWN]
        roots = dict.fromkeys(place[same[r.id]] for r in failed if r.id in same)
        if failed and all(r.id in same for r in failed) and component.id not in roots:
            for root in roots:
                found.setdefault(root, []).append(component)
    return found


def _component_blocker(
    component: ComponentResult,
    section: SectionResult,
    failed: list[Result],
    blocks: tuple[str, ...],
    critical: bool,
    spec: Spec,
) -> Blocker:
    worst_first = sorted(failed, key=lambda r: r.severity.rank)
    first = worst_first[0]
    # Where it is the only check of its component, that says what it is about.
    (only, *more) = first.aspects or (None,)
    alone = only.actual if only and not more and len(component.results) == 1 else None
    if only and only.verdict is Verdict.UNDETERMINED:
        alone = None
    title = alone or _seen(first)
    causes = [_cause(result) for result in worst_first[:_CAUSES]]
    if len(failed) > _CAUSES:
        causes.append(
            nmsg("{n} further check is not met.", "{n} further checks are not met.", n=len(failed) - _CAUSES)
        )
    impact = (
        nmsg(
            "{n} component proves nothing until this is repaired.",
            "{n} components prove nothing until this is repaired.",
            n=len(blocks),
        )
        if blocks
        else msg("This check is declared critical.")
    )
    if waiting := _not_ready(spec, component, blocks):
        impact = sentences([impact, msg("Not ready because of this: {names}.", names=listed(waiting))])
    return Blocker(
        id=component.id,
        title=msg("{component}: {cause}", component=component.name, cause=title),
        critical=critical,
        environment=section.environment,
        cause=sentences(causes),
        impact=impact,
        since=min((r.since for r in failed if r.since), default=None),
        blocks=blocks,
        remedy=component.remedy,
        owner=component.owner or spec.owner,
    )


def _not_ready(spec: Spec, component: ComponentResult, blocks: tuple[str, ...]) -> list[Message]:
    """What the spec wants to do and cannot while `component` fails and `blocks` wait for it."""
    held = {component.id, *blocks}
    return [
        text(one.name)
        for one in spec.readiness
        if any(id_.rsplit("/", 1)[0] in held for _, ids in one.needs for id_ in ids)
    ]


def _seen(result: Result) -> Message:
    return difference(result) or result.reason or msg("It does not conform.")


def _cause(result: Result) -> Message:
    """What was seen of a check that failed, with its name, and the reason where it says more."""
    cause = difference(result)
    if cause is None:  # the reason is a sentence of its own
        return msg("“{check}” is not met: {cause}", check=result.name, cause=_seen(result))
    named = result.aspects and result.aspects[0].name is None  # then the difference begins with its name
    about = cause if named else msg("“{check}” is not met: {cause}", check=result.name, cause=cause)
    if result.reason:
        return msg("{cause}. {reason}", cause=about, reason=result.reason)
    return msg("{cause}.", cause=about)


def _lost(snapshot: Snapshot) -> list[list[HostFacts]]:
    """The hosts that were not reached, those together that one cause holds back: the same address, whatever the
    account and the environment, or a way through the same place."""
    found: dict[str, list[HostFacts]] = {}
    for host in snapshot.hosts:
        if host.observation is Observation.OBSERVED:
            continue
        fact = parted(host.reason)[0] if host.reason else None
        place = fact.params.get("host") if fact else None
        key = f"{fact.id} {fact.params}" if fact and place else f"{host.address} {fact}"
        found.setdefault(key, []).append(host)
    return list(found.values())


def _host_blocker(hosts: list[HostFacts], sections: Sections) -> Blocker:
    lost = {(h.environment, h.host) for h in hosts}
    blocks = tuple(
        c.id
        for s in sections
        for c in s.components
        if any((r.environment, r.host) in lost for r in c.results)
    )
    first = hosts[0]
    addresses = tuple(dict.fromkeys(h.address for h in hosts))
    one = len(addresses) == 1
    cause, advice = parted(first.reason or msg("The host did not answer."))
    impact = msg("Nothing on this host was seen; nothing about it is green.")
    many = msg("Nothing on these hosts was seen; nothing about them is green.")
    return Blocker(
        id=f"host/{first.id}",
        title=msg("{host:code} was not reached", host=first.address)
        if one
        else msg("{hosts:list} were not reached", hosts=addresses),
        critical=False,
        environment=first.environment if len({h.environment for h in hosts}) == 1 else None,
        cause=cause,
        impact=impact if one else many,
        since=None,
        blocks=blocks,
        remedy=advice or msg("Make {host:code} reachable for docgen, then look again.", host=first.address),
        owner=None,
    )
