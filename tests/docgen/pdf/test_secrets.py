"""The spec that is attached holds references only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from docgen.pdf.secrets import clean

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("x: ghp_abcdefghijklmnopqrstuvwxyz0123", "ghp_"),
        ("password: hunter2222", "hunter"),
        ("headers: {Authorization: Bearer abcdefghijkl}", "abcdefghijkl"),
        ("url: https://bob:geheim99@example.com/x", "geheim"),
        ("z: 1 # the token=hunter2222", "hunter"),
        ("run: 'mysql -u x -pgeheim99 y'", "geheim"),
        ("remedy: use postgres://bob:geheim99@db/x", "geheim"),
        ("any: the value of the environment, geheimnis77, itself", "geheimnis77"),
    ],
)
def test_what_looks_like_a_secret_is_masked(
    line: str, hidden: str, small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGEN_TEST_HUB", "geheimnis77")
    made, places = clean(f"a: 1\n{line}\nb: 2\n", small.spec)
    assert hidden not in made and places == 1
    assert made.startswith("a: 1\n") and made.endswith("b: 2\n")


@pytest.mark.parametrize(
    "text",
    [
        'token: "{secret.github}" # token: "{secret.github}"\n',
        "secrets: {hub: {env: HUB_PASSWORD}, key: {file: /run/key}, github: {credential: github-token}}\n",
        "remedy: 'Give the password: export HUB_PASSWORD=… (it is: demo)'\n",
        "translations: {de: {behind a password: Hinter einem Passwort}}\n",
    ],
)
def test_references_and_sentences_stay(text: str, small: Any) -> None:
    assert clean(text, small.spec) == (text, 0)


def test_the_example_of_the_demo_holds_nothing_that_looks_like_a_secret(small: Any) -> None:
    text = re.sub(r"@[A-Z_]+@", "1", (ROOT / "docgen/demo/docgen.yml").read_text("utf-8"))
    assert clean(text, small.spec) == (text, 0)
