"""``docgen schema``: what is published of the report and the snapshot is what is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from docgen.commands.schema import schema
from docgen.i18n import Translator
from docgen.renderers.json import document

from ...world.client import Client

sys.path.insert(0, str(Path(__file__).parent.parent / "renderers"))
import sample

REPORTS = {
    "staging": sample.report("staging"),
    "both": sample.report(language="de"),
    "empty": sample.empty(),
}
SPEC = """\
project: Small
environments: {here: {host: local, root: /}, gone: {host: "nobody@127.0.0.1:1"}}
sections:
  - name: Files
    environments: [here, gone]
    components:
      - name: Host
        checks: [{file: /etc/passwd}, {file: /etc/none}, {symlink: /proc/self}, {http: "http://127.0.0.1:1/"}]
"""


def strict(node: Any) -> Any:
    """The schema `node`, which admits no field that it does not name."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: strict(value) for key, value in node.items()}
    return {**made, "additionalProperties": False} if "properties" in node and "required" in node else made


def errors(what: str, data: Any) -> Iterator[str]:
    validator = jsonschema.Draft202012Validator(strict(schema(what)))
    validator.check_schema(validator.schema)
    for error in validator.iter_errors(data):
        yield f"{error.json_path}: {error.message[:200]}"


@pytest.mark.parametrize("name", REPORTS)
def test_every_field_of_a_report_is_published(name: str) -> None:
    report = REPORTS[name]
    data = document(report, Translator(report.language))
    assert list(errors("report", json.loads(json.dumps(data)))) == []


def test_a_run_writes_what_is_published(client: Client) -> None:
    client.spec(SPEC)
    ran = client.status("--save", "s.json")
    assert ran.code == 1
    assert list(errors("report", ran.report)) == []
    assert list(errors("snapshot", json.loads((client.folder / "s.json").read_text()))) == []


def test_a_report_without_a_verdict_is_not_valid() -> None:
    data = document(REPORTS["staging"], Translator("en"))
    del data["environments"][0]["verdict"]
    data["overall"] = "blue"
    assert sorted(errors("report", data)) == [
        "$.environments[0]: 'verdict' is a required property",
        "$.overall: 'blue' is not one of ['green', 'yellow', 'red', 'grey']",
    ]


@pytest.mark.parametrize("what", ["spec", "report", "snapshot"])
def test_each_can_be_printed(client: Client, what: str) -> None:
    ran = client.docgen("schema", what)
    assert ran.code == 0
    assert json.loads(ran.stdout) == schema(what)
