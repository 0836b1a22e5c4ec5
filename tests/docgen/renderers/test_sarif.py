"""SARIF: what is open stands in it with its place, a rule and an id that stays."""

from __future__ import annotations

import json

from checks.model import Status, msg
from docgen.renderers import render

from . import sample


def test_what_is_open_is_a_result() -> None:
    report = sample.report("staging", "prod")
    whole = json.loads(render(report, "sarif", "en"))
    run = whole["runs"][0]
    open_ = [r for r in report.results() if r.status not in (Status.OK, Status.NOT_APPLICABLE)]
    assert [r["partialFingerprints"]["docgenCheck/v1"] for r in run["results"]] == [r.id for r in open_]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for told, its in zip(run["results"], open_, strict=True):
        assert rules[told["ruleIndex"]] == told["ruleId"] == its.kind
        assert (told["level"] == "error") is (its.status is Status.FAIL)
        assert ("suppressions" in told) is (its.status is Status.WAIVED)
    assert (whole["version"], run["invocations"][0]["startTimeUtc"]) == ("2.1.0", report.collected_at)


def test_the_place_in_the_spec() -> None:
    one = sample.result("staging/one/a", "a", Status.FAIL, sample.aspect("x", "y", sample.HOSTILE))
    results = [one._replace(origin=origin) for origin in ("my spec.yml:7:3", "/srv/docgen.yml:9", "")]
    waived = one._replace(status=Status.WAIVED, waived_reason=msg("{value}", value="until the move"))
    report = sample.report()
    component = sample.component("staging/one", "One", *results, waived)
    report = report._replace(sections=(report.sections[1]._replace(components=(component,)),))
    text = render(report, "sarif", "en")
    told = json.loads(text)["runs"][0]["results"]
    places = [one.get("locations", [{}])[0].get("physicalLocation") for one in told]
    assert places[0] == {
        "artifactLocation": {"uri": "my%20spec.yml"},
        "region": {"startLine": 7, "startColumn": 3},
    }
    assert places[1] == {"artifactLocation": {"uri": "file:///srv/docgen.yml"}, "region": {"startLine": 9}}
    assert places[2] is None and "\x1b" not in told[0]["message"]["text"]
    assert told[3]["suppressions"][0]["justification"] == "until the move"
