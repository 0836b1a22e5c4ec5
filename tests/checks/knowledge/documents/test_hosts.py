"""Paths of hosts in documents, against what a snapshot saw of them."""

from __future__ import annotations

from typing import Any

import pytest

from checks.knowledge.documents.hosts import Hosts, judged, seen
from checks.knowledge.documents.page import read
from checks.model import Fact, Observation, Probe, Verdict

ROOTS = {"prod": "/var/www/shop", "staging": "/var/www/shop-staging"}
NGINX = {"type": "file", "mode": 0o644, "user": "root", "group": "root", "resolved": None}
DOTENV = {"type": "file", "mode": 0o640, "user": "deploy", "group": "www-data", "resolved": None}


RELEASES = Fact(
    probe="r", at="prod/web", verb="releases", observation=Observation.OBSERVED, observed_at="2026-01-04T02:00:00Z",
    value={"base": "there", "listing": "there", "count": 1, "releases": [{"name": "20260101"}]},
)  # fmt: skip


def fact(at: str, verb: str, path: str, value: Any = None, **args: Any) -> tuple[Probe, Fact]:
    probe = Probe(at=at, verb=verb, args={"path": path, **args})
    how = Observation.ABSENT if value is None else Observation.OBSERVED
    return probe, Fact(
        probe=probe.id, at=at, verb=verb, observation=how, value=value, observed_at="2026-01-04T02:00:00.000Z"
    )


def hosts() -> Hosts:
    entries = [{"name": "db-1.sql.gz", "type": "file", "mode": 0o600, "user": "root", "group": "root"}]
    facts = [
        fact("prod/web", "stat", "/etc/nginx/nginx.conf", NGINX),
        fact("prod/web", "stat", "/var/www/shop/shared/.env", DOTENV),
        fact("prod/web", "stat", "/var/www/shop/shared/old"),
        fact("prod/web", "list", "/var/www/shop/backups", {"entries": entries, "count": 1, "truncated": False}),
        fact("staging/web", "stat", "/etc/nginx/nginx.conf"),
        fact("staging/web", "stat", "/etc/shop.conf"),
        fact("prod/web", "stat", "/etc/php/8.3/fpm/pool.d/shop.conf"),
        fact("staging/web", "stat", "/etc/php/8.3/fpm/pool.d/shop.conf"),
        (Probe(at="prod/web", verb="releases", args={"base": "/var/www/shop", "releases": "releases"}), RELEASES),
    ]  # fmt: skip
    return seen(facts, ROOTS)


HOLDS, DRIFTED, OPEN = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The server is set up in `/etc/nginx/nginx.conf`.", [HOLDS]),
        ("Backups: /var/www/shop/backups/", [HOLDS]),
        ("- `/var/www/shop/backups/db-1.sql.gz`", [HOLDS]),
        ("- `/var/www/shop/backups/db-2.sql.gz`", [DRIFTED]),
        ("Path: `/var/www/shop/releases/20260101`", [HOLDS]),
        ("Path: `/var/www/shop/releases/20251101_225026-4144baac`", [DRIFTED]),
        ("Path: `/var/www/shop/releases/20251101/artisan`", [DRIFTED]),
        ("Pfad: `/var/www/shop/releases/20251101` (aufgeräumt)", [OPEN]),
        ("`/var/www/shop/shared/old/x.log` is what we look into", [DRIFTED]),
        ("Not on every host that it may be on: `/etc/shop.conf`", [OPEN]),
        ("`/etc/php/8.3/fpm/pool.d/shop.conf` holds the pool.", [DRIFTED]),
        ("You should write `/etc/php/8.3/fpm/pool.d/shop.conf`.", [OPEN]),
        ("`/var/www/shop-staging/shared/.env` was not asked for", [OPEN]),
        ("`/var/www/shop/shared/.env` (0640, deploy:www-data)", [HOLDS, HOLDS, HOLDS]),
        ("`/var/www/shop/shared/.env` (mode 600, `deploy:deploy`)", [HOLDS, DRIFTED, DRIFTED]),
        ("| `/var/www/shop/shared/.env` | 0640 | www-data:www-data |", [HOLDS, HOLDS, DRIFTED]),
        ("`/var/www/shop/shared/.env` hat die Rechte 0644.", [HOLDS, DRIFTED]),
        ("`/var/www/shop/shared/.env` (2025) on host:port", [HOLDS]),
        (
            "`/health`, `/api/v1/users`, https://example.com/etc/passwd, /etc/nginx/<site>.conf, `/var/www/*/x`",
            [],
        ),
        ("```\ncd /var/www/shop/nowhere\n```", []),
    ],
)
def test_paths_of_hosts(text: str, expected: list[Verdict]) -> None:
    found = list(judged(read("docs/A.md", f"# A\n\n{text}\n"), hosts(), past=False))
    assert [one.verdict for one in found] == expected, found
    if DRIFTED in expected:
        past = judged(read("docs/A.md", f"# A\n\n{text}\n"), hosts(), past=True)
        assert DRIFTED not in [one.verdict for one in past]


def test_what_is_told_of_a_path_that_is_gone() -> None:
    page = read("docs/A.md", "`/etc/php/8.3/fpm/pool.d/shop.conf` and `/var/www/shop/shared/.env` (0600)\n")
    gone, _, rights = judged(page, hosts(), past=False)
    assert gone.actual and gone.actual.params["hosts"] == ("prod/web", "staging/web")
    assert rights.actual and (rights.actual.params["host"], rights.actual.params["what"]) == (
        "prod/web",
        "0640",
    )


def test_without_a_snapshot_no_host_was_asked() -> None:
    (found,) = judged(read("docs/A.md", "`/etc/nginx/nginx.conf`\n"), Hosts(), past=False)
    assert found.verdict is OPEN
