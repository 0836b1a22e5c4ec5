"""A matrix, written out where the file says it literally."""

from __future__ import annotations

from typing import Any

import pytest

from checks.knowledge.pipelines.matrices import MOST, variants
from checks.model import Verdict
from checks.testing import judge, observed

from ...github import value

GOOD, BAD, UNSURE = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED


def named(*rows: dict[str, str]) -> tuple[dict[str, str], ...]:
    return tuple({f"matrix.{key}": value for key, value in row.items()} for row in rows)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ({"a": ["1", "2"]}, named({"a": "1"}, {"a": "2"})),
        ({"a": ["1", "2"], "b": ["x", "y"]},
         named({"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "x"}, {"a": "2", "b": "y"})),
        ({"a": ["1", "2"], "b": ["x", "y"], "exclude": [{"a": "1", "b": "x"}, {"a": "2"}]},
         named({"a": "1", "b": "y"})),
        ({"a": ["1", "2"], "include": [{"a": "1", "c": "z"}, {"a": "3"}]},
         named({"a": "1", "c": "z"}, {"a": "2"}, {"a": "3"})),
        ({"a": ["1", "2"], "include": [{"c": "z"}]}, named({"a": "1", "c": "z"}, {"a": "2", "c": "z"})),
        ({"include": [{"a": "1"}, {"a": "2", "b": "x"}]}, named({"a": "1"}, {"a": "2", "b": "x"})),
        ({"to": [{"host": "h", "path": "/x"}]}, named({"to.host": "h", "to.path": "/x"})),
        ({"a": ["${{ inputs.a }}"], "b": ["x"]}, named({"b": "x"})),
        ({"a": "${{ fromJSON(inputs.a) }}"}, ()),
        ({"a": ["1"], "include": "${{ fromJSON(inputs.a) }}"}, ()),
        ("${{ fromJSON(inputs.a) }}", ()),
        ({"a": [str(n) for n in range(MOST + 1)]}, ()),
        ({}, ()),
    ],
)  # fmt: skip
def test_a_matrix(matrix: Any, expected: tuple[dict[str, str], ...]) -> None:
    assert variants({"matrix": matrix}) == expected


def flow(matrix: str, step: str) -> str:
    return f"on: push\njobs:\n  smoke:\n    strategy:\n      matrix: {matrix}\n    steps:\n      {step}\n"


PROBE = '- run: curl -fsS "https://s.example.com${{ matrix.path }}"'
PATHS = "{path: [/health, /build/manifest.json]}"


@pytest.mark.parametrize(
    ("text", "wish", "verdict"),
    [
        (flow(PATHS, PROBE), "request /health", GOOD),
        (flow(PATHS, PROBE), "request /build/manifest.json", GOOD),
        (flow(PATHS, PROBE), "request /other", BAD),
        (flow("{path: [/health], exclude: [{path: /health}]}", PROBE), "request /other", UNSURE),
        (flow("{include: [{path: /health}, {path: /up}]}", PROBE), "request /up", GOOD),
        (flow("{path: '${{ fromJSON(vars.PATHS) }}'}", PROBE), "request /health", UNSURE),
        (flow(PATHS, PROBE.replace(" /", " ") + " || true"), "request /health", BAD),
        (flow(PATHS, "- env: {U: 'https://s.example.com${{ matrix.path }}'}\n        run: curl -f $U"),
         "request /health", GOOD),
        (flow("{app: [php-fpm, nginx]}", "- run: sudo systemctl reload ${{ matrix.app }}"), "reload nginx", GOOD),
        (flow("'${{ fromJSON(vars.M) }}'", "- run: sudo systemctl reload ${{ matrix.app }}"), "reload nginx", UNSURE),
        (flow("{h: [a, b]}", "- uses: appleboy/ssh-action@v1\n        with: {host: '${{ matrix.h }}', script: 'curl -f "
              "http://${{ matrix.h }}/health'}"), "request /health", GOOD),
        (flow("{a: [b]}", "- run: curl -f $BASE/health"), "request /api/health", BAD),
        (flow("{a: [b]}", "- run: curl -f https://$HOST/health"), "request /api/health", BAD),
        (flow("{a: [b]}", "- run: curl -f $HEALTH_URL"), "request /health", UNSURE),
    ],
)  # fmt: skip
def test_what_a_job_does_in_its_variants(text: str, wish: str, verdict: Verdict) -> None:
    for kind, job in (("job", {"job": "smoke"}), ("pipeline", {})):
        declared = {"workflow": "deploy.yml", "does": [wish], **job}
        made = judge(kind, declared, run=observed(value(text)))
        assert made.verdict is verdict, made.aspects


def test_each_variant_has_its_own_order() -> None:
    steps = (
        "- run: ssh ${{ matrix.h }} 'tar -xzf b.tgz -C /srv/new && test -f /srv/new/artisan || exit 1'\n"
        "      - run: ssh ${{ matrix.h }} 'ln -sfn /srv/new /srv/current'"
    )
    declared = {"workflow": "deploy.yml", "order": ["gate", "switch"]}
    assert judge("pipeline", declared, run=observed(value(flow("{h: [a, b]}", steps)))).verdict is GOOD
