"""OpenMetrics, read by the parser of Prometheus' own client, and by the one of the older format."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
from prometheus_client.parser import text_string_to_metric_families as read_older

from checks.model import Report, Status
from docgen.renderers import render
from docgen.renderers.printable import one_line

sys.path.insert(0, str(Path(__file__).parent))
import sample


def samples(report: Report) -> dict[str, list[tuple[dict[str, str], float]]]:
    text = render(report, "openmetrics")
    families = {family.name: family for family in read(text)}
    assert {family.type for family in families.values()} == {"gauge"}
    assert all(family.documentation for family in families.values())
    older = [(s.name, s.labels, s.value) for family in read_older(text) for s in family.samples]
    assert older == [(s.name, s.labels, s.value) for family in families.values() for s in family.samples]
    return {name: [(s.labels, s.value) for s in family.samples] for name, family in families.items()}


@pytest.mark.parametrize("report", [sample.report("staging", "prod"), sample.empty(), sample.poisoned()])
def test_every_check_and_every_count(report: Report) -> None:
    found = samples(report)
    checks = {
        labels["check"]: labels["status"] for labels, value in found["docgen_check_status"] if value == 1
    }
    assert len(checks) == len(report.results()) and sorted(checks.values()) == sorted(
        r.status.value for r in report.results()
    )
    for status, n in report.counts().items():
        assert sum(v for labels, v in found["docgen_checks"] if labels["status"] == status) == n
    for e in report.environments:
        on = [
            labels["light"] for labels, value in found["docgen_light"]
            if value and (labels["environment"], labels["question"]) == (one_line(e.name), "overall")
        ]  # fmt: skip
        assert on == [e.overall.value]


def test_what_a_server_says_stays_within_its_label() -> None:
    report = sample.report()
    section = report.sections[0]
    result = section.components[0].results[0]._replace(id='a"} 1\nx{b="\\', status=Status.FAIL)
    component = section.components[0]._replace(results=(result,))
    found = samples(report._replace(sections=(section._replace(components=(component,)),)))
    (only,) = found["docgen_check_status"]
    assert only[0]["check"] == 'a"} 1\\nx{b="\\' and only[1] == 1
    assert found["docgen_collected_timestamp_seconds"] == [({}, 1762038900.0)]
