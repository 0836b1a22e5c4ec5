from __future__ import annotations

from typing import Any

import pytest

from checks.knowledge.jsonpath import MISSING, steps, values

DOCUMENT = {"a": {"b-c": [1, {"d": None}]}, "odd name.x": True, "": 0, "n": [[1, 2], [3]]}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", [DOCUMENT]),
        ("$.a.b-c[0]", [1]),
        ("a.b-c[1].d", [None]),
        ("$['odd name.x']", [True]),
        ('["odd name.x"]', [True]),
        ("$['']", [0]),
        ("$.n[-1][0]", [3]),
        ("$.n[*][0]", [1, 3]),
        ("$.n[*][1]", [2, MISSING]),
        ("$.n[*][*]", [1, 2, 3]),
        ("$.a[*][1].d", [None]),
        ("$.none", [MISSING]),
        ("$.none.deeper[3]", [MISSING]),
        ("$.a[0]", [MISSING]),
        ("$.n[2]", [MISSING]),
        ("$.n[-3]", [MISSING]),
        ("$.n.length", [MISSING]),
        ("$['odd name.x'][*]", [MISSING]),
    ],
)
def test_values(path: str, expected: list[Any]) -> None:
    assert values(DOCUMENT, path) == expected


@pytest.mark.parametrize(
    "path", ["", "$.", "$..a", "$.a[", "$[a]", "$.a b", "a.[0]", "$[?(@.x)]", "$[1:2]", "$x"]
)
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="expected a JSON path"):
        steps(path)
