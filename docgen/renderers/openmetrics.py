"""OpenMetrics: a report for Prometheus and others that read the same. Only gauges, so that the collector for text files,
which knows the older format alone, takes it as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from checks.model import Light, Observation, Report, Status
from docgen.i18n import Translator
from docgen.renderers.printable import one_line

Sample = tuple[dict[str, str], float]


def render(report: Report, translator: Translator) -> str:
    """`report` as metric families, and ``# EOF``. Nothing in it is translated: alerts match it."""
    families: tuple[tuple[str, str, list[Sample]], ...] = (
        (
            "docgen_report_info",
            "What the figures come from; always 1.",
            [({"project": report.project, "version": report.docgen, "snapshot": report.snapshot_sha256}, 1)],
        ),
        (
            "docgen_collected_timestamp_seconds",
            "When the servers were looked at, in seconds since 1970.",
            _moment(report.collected_at),
        ),
        (
            "docgen_valid_until_timestamp_seconds",
            "From then on the figures say nothing about today.",
            _moment(report.valid_until),
        ),
        ("docgen_light", "Which light is on (1), by environment and question.", list(_lights(report))),
        ("docgen_checks", "Checks of each status, zeros included.", list(_counts(report))),
        ("docgen_check_status", "The status of each check; always 1.", list(_checks(report))),
        ("docgen_blockers", "What blocks, by environment.", list(_blockers(report))),
        ("docgen_host_reached", "Whether a host was reached (1).", list(_hosts(report))),
    )
    return "".join(line for family in families for line in _family(*family)) + "# EOF\n"


def _family(name: str, help: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {help}\n# TYPE {name} gauge\n"
    if name.endswith("_seconds"):
        yield f"# UNIT {name} seconds\n"
    for labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{inner}}} {value:.15g}\n" if inner else f"{name} {value:.15g}\n"


def _escaped(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')


def _moment(said: str) -> list[Sample]:
    """Seconds since 1970; nothing where a snapshot from elsewhere says what is no time."""
    try:
        return [({}, datetime.fromisoformat(said).timestamp())]
    except ValueError:
        return []


def _lights(report: Report) -> Iterator[Sample]:
    for e in report.environments:
        asked = {"operation": e.operation, "delivery": e.delivery}
        lights = {"overall": e.overall} | {area.value: asked[area.value] for area in e.asked}
        for question, on in lights.items():
            for light in Light:
                labels = {"environment": e.name, "question": question, "light": light.value}
                yield labels, float(light is on)


def _counts(report: Report) -> Iterator[Sample]:
    names = dict.fromkeys(
        [*(e.name for e in report.environments), *(r.environment for r in report.results())]
    )
    for name in names:
        own = [r.status for r in report.results() if r.environment == name]
        for status in Status:
            yield {"environment": name or "", "status": status.value}, own.count(status)


def _checks(report: Report) -> Iterator[Sample]:
    for r in report.results():
        yield (
            {
                "check": r.id,
                "environment": r.environment or "",
                "host": r.host or "",
                "kind": r.kind,
                "severity": r.severity.value,
                "status": r.status.value,
            },
            1,
        )


def _blockers(report: Report) -> Iterator[Sample]:
    names = [*(e.name for e in report.environments), None]
    for name in names:
        own = [b for b in report.blockers if b.environment == name]
        for critical in (True, False):
            labels = {"environment": name or "", "critical": str(critical).lower()}
            yield labels, sum(b.critical is critical for b in own)


def _hosts(report: Report) -> Iterator[Sample]:
    for h in report.hosts:
        yield {"environment": h.environment, "host": h.host}, float(h.observation is Observation.OBSERVED)
