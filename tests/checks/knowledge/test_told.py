from __future__ import annotations

import ast
from pathlib import Path

import pytest

import checks
from checks.knowledge.told import told
from docgen.i18n import Translator


@pytest.mark.parametrize(
    ("said", "german"),
    [
        ("it has no jobs", "sie hat keine Jobs"),
        ("line 12: GitHub knows no merge keys", "Zeile 12: GitHub kennt keine Merge-Keys"),
        ("line 3: mapping values are not allowed here", "Zeile 3: mapping values are not allowed here"),
        ("larger than 256 KiB", "größer als 256 KiB"),
        ("the key 'a\nb' stands twice", "der Schlüssel 'a\nb' steht zweimal da"),
        ("x.tar.gz is damaged", "x.tar.gz ist beschädigt"),
        ("NaN is not JSON", "NaN ist kein JSON"),
        ("a.tgz has 2048 bytes", "a.tgz ist 2,0 KiB groß"),
        ("The token lacks a permission: contents=read", "Dem Token fehlt ein Recht: contents=read"),
        ("More than 20 files are not read.", "Mehr als 20 Dateien werden nicht gelesen."),
        (
            "It is larger than 524288, and was not read.",
            "Es ist größer als 524288 und wurde nicht gelesen.",
        ),
        ("Expecting value, column 3", "Expecting value, column 3"),
        ("", "–"),
    ],
)
def test_own_words_are_translated_and_those_of_others_quoted(said: str, german: str) -> None:
    assert Translator("de").plain(told(said)) == german


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("sources/verbs/ledger.py", "_entry"),
        ("sources/github_artifact.py", "_TooLarge"),
        ("sources/github_artifact.py", "ReadError"),
        ("knowledge/pipelines/files.py", "Odd"),
        ("knowledge/pipelines/reader.py", "Odd"),
    ],
)
def test_every_text_of_the_sources_is_known(file: str, name: str) -> None:
    tree = ast.parse((Path(checks.__file__).parent / file).read_text())
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and name in ast.unparse(n.func)]
    given = [a for call in calls for a in [*call.args, *(k.value for k in call.keywords if k.arg == "error")]]
    texts = [
        a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str) and a.value != "?"
    ]
    assert texts
    for text in texts:
        assert Translator("de").plain(told(text)) != text
