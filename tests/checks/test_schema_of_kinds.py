"""What a kind accepts, its JSON schema accepts: an editor marks nothing that runs."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from checks.kinds import kind
from checks.testing import validated

WRITTEN: list[tuple[str, dict[str, Any]]] = [
    ("absent", {"path": "*.sql"}),
    ("absent", {"below": "public", "name": "*.sql", "max-depth": 2}),
    ("absent", {"below": "public", "name": ["*.sql", ".git"]}),
    ("branch-rules", {"branch": "main", "reviews": 2, "checks": ["a"], "bypass": [], "self-approval": True}),
    (
        "candidate",
        {"ref": "v2", "release-branch": "main", "deployed": {"http": {"url": "/x", "header": "x-commit"}}},
    ),
    (
        "protected-environment",
        {"environment": "p", "workflow": "x.yml", "job": "j", "branches": ["main"], "self-review": True},
    ),
    ("checksum", {"path": "a", "sha256": "0" * 64}),
    ("command", {"run": ["php", "-m"], "exit": 0, "stdout": {"contains": "json"}}),
    ("command", {"run": ["false"], "exit": [0, 1]}),
    ("command", {"run": ["head", "-n", 5, "/x"]}),
    ("content", {"path": "a", "contains": "x", "not-matches": ["y", "z"]}),
    ("disk", {"path": "/", "min-free": "5%", "max-used": 85, "warn": {"min-free": "10G", "max-used": "80%"}}),
    ("migrations", {"path": "a", "candidate": "b", "runs-application-code": True}),
    ("permissions", {"path": "a", "mode": "0640"}),
    ("permissions", {"path": "a", "max-mode": 2775, "below": {"owner": "deploy", "max-mode": "0o750"}}),
    ("php", {"version": 8.3, "extensions": "json"}),
    (
        "php",
        {
            "version": ">=8.2",
            "extensions": ["json"],
            "path": "a",
            "artisan": 11,
            "runs-application-code": True,
        },
    ),
    ("rollback", {"path": "a", "requires": ["b"], "backup": "c/*.gz", "before": "2h"}),
    ("running", {"path": "a", "revision": True, "commit": "4144baac"}),
    (
        "running",
        {
            "http": {"url": "/x", "json": "$.v", "from": "host"},
            "ledger": {"files": "l/*.json"},
            "workflow": {"file": "x.yml"},
        },
    ),
    ("symlink", {"path": "a", "into": "b", "leads-to": "directory", "absolute": False}),
]


@pytest.mark.parametrize(("name", "declared"), WRITTEN)
def test_the_schema_accepts_what_the_kind_accepts(name: str, declared: dict[str, Any]) -> None:
    validated(name, declared, url="https://example.com")
    jsonschema.validate(declared, kind(name).params.model_json_schema(by_alias=True))
