"""What stands on the first page of a PDF: who, what, when, how it stands, what was looked at and how, and how to verify it.
Counts add up to what is declared; what was not looked at is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from checks.model import (
    Blocker,
    ComponentResult,
    Disposition,
    EnvironmentResult,
    HostFacts,
    Message,
    Observation,
    Report,
    Result,
    SectionResult,
    Severity,
    Status,
    msg,
    nmsg,
    text,
)
from checks.phrases import headline, ist
from checks.spec.spec import Spec
from docgen import labels
from docgen.documents.interface import Tried
from docgen.i18n import Translator

ORDER = (
    Status.OK,
    Status.WARN,
    Status.FAIL,
    Status.PENDING,
    Status.UNKNOWN,
    Status.WAIVED,
    Status.NOT_APPLICABLE,
)
MOST, FEW = 5, 2
"""So many deviations, and so many exceptions, have room on the first page."""
_GRAVE = (Severity.CRITICAL, Severity.HIGH)


class Deviation(NamedTuple):
    """``owner`` answers for it; ``date`` is since when it is known, or until when an exception holds."""

    status: Status
    label: Message
    component: str
    said: str
    owner: str
    date: Message


class Cover(NamedTuple):
    """``times`` are label, time in UTC and the same in the zone of the spec, "" where that adds nothing. ``scope`` are
    label and sentences. ``further`` counts the deviations for which there is no room."""

    organisation: str
    classification: str
    kind: Message
    version: str
    supersedes: str
    commit: str
    signer: tuple[str, str] | None
    owner: str
    times: tuple[tuple[Message, str, str], ...]
    lights: tuple[tuple[Message, Status, Message], ...]
    counts: tuple[tuple[Status, int], ...]
    declared: int
    scope: tuple[tuple[Message, tuple[Message, ...]], ...]
    deviations: tuple[Deviation, ...]
    exceptions: tuple[Deviation, ...]
    further: int
    method: tuple[Message, ...]
    masked: int
    whole: bool
    tried: bool


class Stated(NamedTuple):
    """What only the caller knows. ``supersedes`` and ``version`` "" and "1" where nothing was said;
    ``whole``: the snapshot and the spec are attached, too. ``signer``: the name in the certificate of who signs, and
    the fingerprint of it."""

    commit: str = ""
    supersedes: str = ""
    version: str = "1"
    masked: int = 0
    whole: bool = False
    signer: tuple[str, str] | None = None


def cover(
    report: Report,
    spec: Spec | None,
    kind: Message,
    environment: str | None,
    stated: Stated,
    t: Translator,
    tried: tuple[Tried, ...] = (),
    also: tuple[str, ...] = (),
) -> Cover:
    """The first page of the document of `kind` about `environment`, or all, made of `report`; where it counts what was
    `tried`, that stands in the place of results. The results with the ids `also` count, whatever their environment."""
    words = report.translations.get(t.language, {})
    its = [s for s in report.sections if environment is None or s.environment in (environment, None)]
    more = _apart(report, its, also)
    shown = [(s, c, r) for s in (*its, *more) for c in s.components for r in c.results]
    counts = dict.fromkeys(ORDER, 0)
    for status in [one.status for one in tried] or [result.status for _, _, result in shown]:
        counts[status] += 1
    lights = [e for e in report.environments if environment in (None, e.name)]
    wrong = sorted((row for row in shown if _is_material(row[2])), key=_gravity)
    settled = [row for row in shown if _is_exception(row[2])]
    since = {i: b for b in report.blockers for i in (b.id, *b.blocks)}
    if tried:
        lights, wrong, settled = [], [], []
    own = spec.documents if spec else None
    organisation, classification = (own.organisation, own.classification) if own else (None, None)
    return Cover(
        organisation=words.get(organisation or "", organisation or ""),
        classification=words.get(classification or "", classification or ""),
        kind=kind,
        version=stated.version,
        supersedes=stated.supersedes,
        commit=stated.commit,
        signer=stated.signer,
        owner=report.owner or "",
        times=tuple(
            (label, moment, t.local(moment, report.timezone))
            for label, moment in (
                (msg("Point in time"), report.collected_at),
                (msg("Valid until"), report.valid_until),
            )
        ),
        lights=tuple(_lights(lights)),
        counts=tuple(counts.items()),
        declared=len(tried) or len(shown),
        scope=tuple(_scope(report, spec, its, environment, more, report.translations.get(t.language, {}))),
        deviations=(
            *_failed(tried, report, t)[:MOST],
            *(_deviation(row, report, since, t) for row in wrong[:MOST]),
        ),
        exceptions=tuple(_exception(row, report, t) for row in settled[:FEW]),
        further=max(0, len(wrong) + len(_failed(tried, report, t)) - MOST) + max(0, len(settled) - FEW),
        method=tuple(_method(report, spec, environment)),
        masked=stated.masked,
        whole=stated.whole,
        tried=bool(tried),
    )


def _apart(report: Report, its: list[SectionResult], also: tuple[str, ...]) -> list[SectionResult]:
    """The sections of `report` that are not among `its`, with only the results that have one of the ids `also`."""
    found = []
    for section in report.sections:
        own = [
            c._replace(results=results)
            for c in section.components
            if (results := tuple(r for r in c.results if r.id in also))
        ]
        if own and section not in its:
            found.append(section._replace(components=tuple(own)))
    return found


_NAMED = 6


def short(words: str, most: int = 95) -> str:
    """`words` in one line of at most `most` characters, no word broken but one that is longer than half of it; the rows
    have all of it."""
    words = " ".join(words.split())
    if len(words) <= most:
        return words
    cut = words[: most - 1]
    whole = cut.rpartition(" ")[0]
    return (whole if len(whole) > most // 2 else cut[:-1]).rstrip(" ,;:") + " …"


Row = tuple[SectionResult, ComponentResult, Result]


def _is_material(result: Result) -> bool:
    return result.status is Status.FAIL or (result.status is Status.UNKNOWN and result.severity in _GRAVE)


def _is_exception(result: Result) -> bool:
    return result.status is Status.WAIVED or result.disposition is Disposition.WAIVER_EXPIRED


def _gravity(row: Row) -> tuple[bool, int]:
    return row[2].status is not Status.FAIL, list(Severity).index(row[2].severity)


def _said(result: Result, said: Message, t: Translator) -> str:
    """What is to be said of a check, with its name where it is not said anyway."""
    name, words = t.plain(result.name), t.plain(said)
    return words if words.startswith(name) else f"{name}: {words}"


def _deviation(row: Row, report: Report, since: dict[str, Blocker], t: Translator) -> Deviation:
    _, component, result = row
    blocker = since.get(result.id)
    moment = result.since or (blocker.since if blocker else None)
    seen = max((e.observed_at for e in result.evidence if e.observed_at), default=report.collected_at)
    return Deviation(
        result.status,
        labels.status_label(result),
        component.name,
        _said(result, headline(result) or ist(result), t),
        component.owner or report.owner or "",
        msg("since {moment:time}", moment=moment) if moment else msg("seen {moment:time}", moment=seen),
    )


def _failed(tried: tuple[Tried, ...], report: Report, t: Translator) -> list[Deviation]:
    moment = msg("seen {moment:time}", moment=report.collected_at)
    return [
        Deviation(
            one.status,
            labels.STATUS[one.status],
            t.plain(one.title),
            t.plain(one.said),
            report.owner or "",
            moment,
        )
        for status in (Status.FAIL, Status.UNKNOWN)
        for one in tried
        if one.status is status
    ]


def _exception(row: Row, report: Report, t: Translator) -> Deviation:
    _, component, result = row
    over = result.disposition is Disposition.WAIVER_EXPIRED
    until = msg("until {until:time}", until=result.waived_until)
    return Deviation(
        result.status,
        labels.status_label(result),
        component.name,
        _said(result, result.waived_reason or text("–"), t),
        component.owner or report.owner or "",
        msg("ended on {until:time}", until=result.waived_until) if over else until,
    )


def _lights(environments: list[EnvironmentResult]) -> Iterator[tuple[Message, Status, Message]]:
    for e in environments:
        for area, name, light in (
            ("operation", msg("Operation"), e.operation),
            ("delivery", msg("Delivery"), e.delivery),
        ):
            if area in e.asked:
                label = (
                    name
                    if len(environments) == 1
                    else msg("{title}, {question}", title=e.title, question=name)
                )
                yield label, labels.LIGHT_STATUS[light], labels.LIGHT[light]


def _scope(
    report: Report,
    spec: Spec | None,
    sections: list[SectionResult],
    environment: str | None,
    more: list[SectionResult],
    words: Mapping[str, str],
) -> Iterator[tuple[Message, tuple[Message, ...]]]:
    components = sum(len(s.components) for s in sections)
    every = list(dict.fromkeys(s.name for s in sections))
    names = ", ".join(every[:_NAMED] + ["…"] * (len(every) > _NAMED)) or "–"
    size = nmsg("{n} component", "{n} components", n=components)
    checked = [msg("{names}; {size}", names=names, size=size)]
    checked += [
        msg(
            "of {section} only what this waits for: {names}",
            section=s.name,
            names=", ".join(c.name for c in s.components),
        )
        for s in more
    ]
    yield msg("Checked"), tuple(checked)
    sections = [*sections, *more]
    left = [words.get(title, title) for title in (spec.unselected if spec else ())]
    partly = {s.environment for s in more}
    others = [e for e in report.environments if environment and e.name != environment]
    left += [e.title for e in others if e.name not in partly]
    undetermined = sum(r.status is Status.UNKNOWN for s in sections for c in s.components for r in c.results)
    held = sum(r.status is Status.PENDING for s in sections for c in s.components for r in c.results)
    parts = []
    if left:
        parts.append(msg("not selected: {names}", names=", ".join(left)))
    for e in others:
        if e.name in partly:
            parts.append(msg("not selected: everything else of {name}", name=e.title))
    if undetermined:
        parts.append(
            nmsg("{n} check could not be determined", "{n} checks could not be determined", n=undetermined)
        )
    if held:
        parts.append(
            nmsg("{n} check not reached or not approved", "{n} checks not reached or not approved", n=held)
        )
    yield msg("Not checked"), tuple(parts) or (msg("nothing of what is declared was left out"),)
    hosts = [h for h in report.hosts if environment in (None, h.environment)]
    lost = [h for h in hosts if h.observation is not Observation.OBSERVED]
    reached = ", ".join(dict.fromkeys(_address(h) for h in hosts if h not in lost))
    told = [msg("reached: {hosts:code}", hosts=reached)] if reached else []
    told += [msg("not reached: {host:code} ({why})", host=_address(h), why=_why(h)) for h in lost[:_NAMED]]
    if len(lost) > _NAMED:
        told.append(nmsg("and {n} more not reached", "and {n} more not reached", n=len(lost) - _NAMED))
    if not hosts:
        told = [msg("none; everything was read on this machine or over the web")]
    elif not lost:
        told.append(msg("none was out of reach"))
    yield msg("Hosts"), tuple(told)


def _address(host: HostFacts) -> str:
    return host.address.rpartition("@")[2]


def _why(host: HostFacts) -> Message:
    return host.reason or labels.OBSERVATION[host.observation]


def _method(report: Report, spec: Spec | None, environment: str | None) -> Iterator[Message]:
    hosts = [h for h in report.hosts if environment in (None, h.environment)]
    local = any(h.address == "local" for h in hosts)
    far = [
        h.address if "@" in h.address else f"{h.account}@{h.address}" for h in hosts if h.address != "local"
    ]
    if far:
        accounts = ", ".join(dict.fromkeys(far))
        yield msg("Observing account: {accounts:code}, over SSH with pinned host keys.", accounts=accounts)
    if local:
        who = ", ".join(dict.fromkeys(h.account for h in hosts if h.address == "local" and h.account)) or "–"
        yield msg("Observing account on this machine: {accounts:code}.", accounts=who)
    if spec and spec.github:
        yield msg("Builds and workflows were read over the API of GitHub.")
