"""The answers of our own GitHub are those that its published description allows.

The description is too large for this repository. Whoever has it (``api.github.com.json`` of the package @octokit/openapi)
names it, and these tests run: ``DOCGEN_GITHUB_OPENAPI=api.github.com.json ./run test tests/checks/test_openapi.py``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema

from .github import BASE, REPOSITORY, GitHub, artifact, changed, job, run

DESCRIPTION = os.environ.get("DOCGEN_GITHUB_OPENAPI")
WAITING = {
    "environment": {"name": "production"},
    "reviewers": [{"type": "User", "reviewer": {"login": "m-weber"}}],
}
ANSWERS: dict[str, Any] = {
    **GitHub().answers,
    f"{BASE}/runs/7": run(status="waiting", conclusion=None),
    f"{BASE}/runs/7/jobs": {
        "total_count": 1,
        "jobs": [job("deploy", "failure", ("Fix", "failure"), ("Switch", "skipped"))],
    },
    f"{BASE}/runs/7/artifacts": {"total_count": 1, "artifacts": [artifact("bundle")]},
    f"{BASE}/runs/7/pending_deployments": [WAITING],
    f"/repos/{REPOSITORY}/commits/main": changed(),
}


def _lenient(schema: Any) -> Any:
    """`schema` of OpenAPI 3.0 as JSON Schema. What it requires is often not there in GitHub's own examples."""
    if isinstance(schema, list):
        return [_lenient(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        k: _lenient(v) for k, v in schema.items() if k not in ("required", "nullable", "example", "examples")
    }
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


def _described(description: dict[str, Any], path: str) -> Any:
    """The schema of the answer to GET `path`, or None where the description (or our part of it) has none."""
    for template, methods in description["paths"].items():
        # The name of a file has slashes.
        pattern = "/".join(
            ".+" if part == "{path}" else "[^/]+" if part.startswith("{") else re.escape(part)
            for part in template.split("/")
        )
        if re.fullmatch(pattern, path) and "get" in methods:
            return methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return None


if DESCRIPTION:

    def test_every_answer_is_as_described() -> None:
        description = _lenient(json.loads(Path(DESCRIPTION).read_text("utf-8")))
        checked = []
        for path, answer in ANSWERS.items():
            schema = _described(description, path)
            if schema is not None:
                data = answer if isinstance(answer, list) else {"total_count": 1, **answer}
                jsonschema.validate(data, {**schema, "components": description["components"]})
                checked.append(path)
        assert len(checked) >= 6, checked

    def test_every_field_that_is_read_is_described() -> None:
        schemas = json.loads(Path(DESCRIPTION).read_text("utf-8"))["components"]["schemas"]
        read = {
            "workflow-run": "id run_number run_attempt display_title event head_branch head_sha status conclusion "
            "created_at updated_at html_url",
            "job": "id name status conclusion steps",
            "artifact": "id name size_in_bytes digest expired created_at expires_at",
            "pending-deployment": "environment reviewers",
            "content-file": "content encoding type",
            "commit": "sha commit",
        }
        for name, fields in read.items():
            assert set(fields.split()) <= set(schemas[name]["properties"]), name
        steps = schemas["job"]["properties"]["steps"]["items"]["properties"]
        assert {"number", "name", "status", "conclusion"} <= set(steps)
