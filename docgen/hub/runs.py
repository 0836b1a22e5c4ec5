"""The page of a run, for as long as it is kept: how it stood, what changed, and whether its record is as it was."""

from __future__ import annotations

from checks.model import Status, msg
from docgen.hub import nights, places
from docgen.hub.nights import Link, sums
from docgen.hub.views import Seen, rendered
from docgen.i18n import Translator
from docgen.renderers.html import ORDER
from docgen.renderers.page import Frame

LINKS = {
    Link.FIRST: (Status.NOT_APPLICABLE, msg("the oldest record that is kept")),
    Link.FOLLOWS: (Status.OK, msg("names the record before it, which is there unaltered")),
    Link.UNLINKED: (Status.UNKNOWN, msg("names no record before it")),
    Link.BROKEN: (Status.FAIL, msg("names a record before it that is not there, or was altered since")),
}
"""How a record stands to the one before it, as a mark and in words."""
_MOST = 100
_CHANGES = 500


def run(page: str, seen: Seen, frame: Frame, t: Translator) -> bytes:
    """The page called `page`, which is that of a run that is kept."""
    past = seen.past
    number = next(n for n, night in enumerate(past.nights) if places.night(night.name) == page)
    night = past.nights[number]
    before = past.nights[number - 1] if number else None
    after = past.nights[number + 1] if number + 1 < len(past.nights) else None
    components = {c.id: (s, c) for s in seen.report.sections for c in s.components}
    names = {r.id: r.name for r in seen.report.results()}

    def named(id_: str) -> tuple[str, object]:
        """What a check is called today; where it is not declared today, its id is all there is."""
        place, name = components.get(places.component_of(id_)), names.get(id_)
        return (place[1].name, name) if place and name else (id_, "")

    counts = {status: list(night.statuses.values()).count(status) for status in Status}
    wrong = sorted(
        ((id_, status) for id_, status in night.statuses.items() if status not in nights.FINE),
        key=lambda one: one[1].rank,
    )
    return rendered(
        "run",
        frame,
        t,
        seen,
        night=night,
        before=before,
        after=after,
        newest=after is None,
        missed=nights.missed(before, night) if before else [],
        counts=[(status, counts[status]) for status in ORDER],
        changed=past.changed[night.name][:_CHANGES],
        further=max(0, len(past.changed[night.name]) - _CHANGES),
        sums=sums(past.changed[night.name]),
        wrong=wrong[:_MOST],
        left=max(0, len(wrong) - _MOST),
        named=named,
        link=LINKS[past.links[night.name]],
    )
