"""The page about exceptions and evidence: what is accepted until when and by whom, and where the evidence of all else is."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from checks.follow import covers
from checks.model import Disposition, Evidence, Message, Observation, Result, Status, msg
from checks.spec.spec import Waiver
from docgen.hub.views import Seen, rendered
from docgen.i18n import Translator
from docgen.renderers.page import Frame

_LAPSED = (Disposition.ATTESTED, Disposition.ATTESTATION_LAPSED)


class Accepted(NamedTuple):
    """An exception of the spec, with the checks that it names, and how it stands."""

    waiver: Waiver
    results: list[Result]
    status: Status
    word: Message


class Witness(NamedTuple):
    """What one source saw: how many pieces of evidence, how many of them say what was seen, and from when to when."""

    source: str
    host: str
    pieces: int
    observed: int
    first: str
    last: str


def exceptions(seen: Seen, frame: Frame, t: Translator) -> bytes:
    """Every exception that is declared, every attestation, and where the evidence is."""
    report = seen.report
    results = report.results()
    words = report.translations.get(t.language, {})
    own = [
        w._replace(reason=words.get(w.reason, w.reason), by=words.get(w.by, w.by)) for w in seen.spec.waivers
    ]
    waivers = [_accepted(one, results, report.collected_at) for one in own]
    return rendered(
        "exceptions", frame, t, seen,
        waivers=sorted(waivers, key=lambda one: one.waiver.until),
        attested=[r for r in results if r.disposition in _LAPSED],
        names={r.id: c for s in report.sections for c in s.components for r in c.results},
        witnesses=_witnesses(results), without=[r for r in results if not r.evidence],
        pieces=sum(len(r.evidence) for r in results),
    )  # fmt: skip


def _accepted(waiver: Waiver, results: list[Result], at: str) -> Accepted:
    mine = [r for r in results if covers(waiver, r.id)]
    if at >= waiver.until:
        return Accepted(waiver, mine, Status.FAIL, msg("ended"))
    if not mine:
        return Accepted(waiver, mine, Status.UNKNOWN, msg("names no check"))
    if any(r.disposition is Disposition.WAIVED for r in mine):
        return Accepted(waiver, mine, Status.WAIVED, msg("holds"))
    return Accepted(waiver, mine, Status.NOT_APPLICABLE, msg("not needed: nothing deviates"))


def _witnesses(results: list[Result]) -> list[Witness]:
    pieces: dict[tuple[str, str], list[Evidence]] = {}
    for result in results:
        for one in result.evidence:
            pieces.setdefault((one.source, one.host), []).append(one)
    found = []
    for (source, host), its in sorted(pieces.items()):
        times = sorted(one.observed_at for one in its if one.observed_at)
        seen = Counter(one.observation for one in its)
        observed = seen[Observation.OBSERVED] + seen[Observation.ABSENT]
        found.append(
            Witness(source, host, len(its), observed, *((times[0], times[-1]) if times else ("", "")))
        )
    return found
