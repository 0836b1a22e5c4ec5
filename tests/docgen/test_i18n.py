"""The German catalogue is complete and exact; ``python tests/docgen/test_i18n.py --write`` brings in new texts."""

from __future__ import annotations

import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from checks.kinds import KINDS, kind
from checks.model import Message, code, msg, nmsg, phrase
from docgen import i18n
from docgen.i18n import Segment, Translator

ROOT = Path(__file__).parents[2]
PO = ROOT / "docgen/locale/de/LC_MESSAGES/docgen.po"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"msg": None, "nmsg": (1, 2), "t": None}
FIELD = re.compile(r"\{[a-z_]+(?::[a-z]+)?\}")


def calls(file: BinaryIO, *_: Any, **__: Any) -> Iterator[tuple[int, str, Any, list[str]]]:
    """The calls of KEYWORDS in a Python file, also those within an f-string, which Babel sees only from
    Python 3.12 on."""
    for node in ast.walk(ast.parse(file.read())):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
        texts = [a.value if isinstance(a, ast.Constant) else None for a in node.args]
        if name in KEYWORDS and texts and isinstance(texts[0], str):
            yield node.lineno, name, tuple(texts) if name == "nmsg" else texts[0], []


def texts() -> Iterator[tuple[str | tuple[str, str], str]]:
    """Every text for readers in the code and the templates, and of the kinds the names, which stand before the
    subject of a check without a name of its own, and what ``docgen explain`` says of them; with the file that it is in."""
    for name, module in KINDS.items():
        for text in (name, kind(name).summary, kind(name).why):
            yield text, f"{module.replace('.', '/')}.py"
    methods: list[tuple[str, list[tuple[str, Any]]]] = [
        ("checks", [("**.py", calls)]),
        ("docgen", [("**.py", calls)]),
        ("templates", [("**.j2", "jinja2")]),
    ]
    for folder, how in methods:
        for name, _, id_, _, _ in extract_from_dir(ROOT / folder, how, keywords=KEYWORDS):
            yield id_, f"{folder}/{name}"


def extracted() -> Catalog:
    found = Catalog(fuzzy=False)
    for text, file in texts():
        found.add(text, locations=[(file, 1)])
    return found


def german() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="de")


def write() -> None:
    """Adds new texts to the catalogue and drops those that are gone."""
    known = {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in german()} if PO.exists() else {}
    made = Catalog(
        locale="de", project="docgen", fuzzy=False, charset="utf-8", header_comment="# German for docgen."
    )
    for message in sorted((m for m in extracted() if m.id), key=lambda m: str(m.id)):
        key = message.id if isinstance(message.id, str) else message.id[0]
        names = sorted({(name, 1) for name, _ in message.locations})
        made.add(message.id, known.get(key, ""), locations=names)
    buffer = io.BytesIO()
    write_po(buffer, made, width=110, omit_header=False, include_lineno=False, sort_output=True)
    text = re.sub(
        rb'(?m)^"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team|Report-Msgid).*\n',
        b"",
        buffer.getvalue(),
    )
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(text)


def test_every_text_has_its_german() -> None:
    known = {str(m.id): m for m in german() if m.id}
    wanted = {str(m.id) for m in extracted() if m.id}
    assert sorted(set(known) - wanted) == [], "texts that are gone; run with --write"
    empty = sorted((wanted - set(known)) | {id_ for id_, m in known.items() if not has_german(m)})
    if empty and not os.environ.get("DOCGEN_REQUIRE_ALL"):
        # Whoever adds a check need not know German; what is published must.
        pytest.skip(f"run `python tests/docgen/test_i18n.py --write` and translate: {empty}")
    assert empty == [], "run `python tests/docgen/test_i18n.py --write` and translate"


def test_no_text_is_both_one_and_one_of_several() -> None:
    """Before 3.11.4, Python's gettext finds the singular of a text with a plural only with a number."""
    alone = {text for text, _ in texts() if isinstance(text, str)}
    counted = {text[0] for text, _ in texts() if not isinstance(text, str)}
    assert sorted(alone & counted) == []


def has_german(message: Any) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def test_translations_keep_every_field() -> None:
    for message in filter(has_german, german()):
        ids = (message.id,) if isinstance(message.id, str) else message.id
        strings = (message.string,) if isinstance(message.string, str) else message.string or ()
        allowed = set(FIELD.findall(" ".join(ids)))
        for id_, string in zip(ids, strings, strict=True):
            missing = set(FIELD.findall(id_)) - set(FIELD.findall(string)) - {"{n}"}
            assert not missing, f"{id_!r} lost {missing}"
            assert set(FIELD.findall(string)) <= allowed, f"{id_!r}: {string!r} has fields of its own"


WORDS = re.compile(r"[A-Za-z]{3}")


def untranslated(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """English that would reach readers as it is: words of the code's own as the prose parameter of a message, or as
    a text that is not translated."""
    for node in ast.walk(tree):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in ("msg", "nmsg", "text"):
            continue
        templates = " ".join(str(a.value) for a in node.args if isinstance(a, ast.Constant))
        prose = [k.value for k in node.keywords if f"{{{k.arg}}}" in templates and name != "text"]
        for value in [*prose, *(node.args if name == "text" else [])]:
            parts = value.values if isinstance(value, ast.JoinedStr) else [value]
            if isinstance(value, ast.IfExp | ast.BoolOp):
                parts = [value.body, value.orelse] if isinstance(value, ast.IfExp) else value.values
            for part in parts:
                if (
                    isinstance(part, ast.Constant)
                    and isinstance(part.value, str)
                    and WORDS.search(part.value)
                ):
                    yield node.lineno, part.value


def test_no_text_for_readers_is_left_in_english() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {words!r}"
        for folder in ("checks", "docgen")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, words in untranslated(ast.parse(path.read_text()))
    ]
    assert found == [], "compose them of messages: msg(...)"


@pytest.mark.parametrize(
    "source",
    [
        'msg("a: {why}", why="not there")',
        'msg("a: {why}", why=f"line {n}")',
        'msg("a: {why}", why=x or "not there")',
        'nmsg("{n} a {why}", "{n} b {why}", n=1, why="one" if x else y)',
        'text("not translated")',
    ],
)
def test_english_in_a_parameter_is_found(source: str) -> None:
    assert list(untranslated(ast.parse(source)))
    assert not list(untranslated(ast.parse('msg("a {path:code} {x}", path="/etc/hosts", x=msg("word"))')))


def test_messages_nest_and_mark_code() -> None:
    message = msg("{a} and {path:code}", a=code("x"), path="/srv")
    assert Translator("en").segments(message) == [Segment("x", True), Segment(" and "), Segment("/srv", True)]


@pytest.mark.parametrize(
    ("language", "message", "expected"),
    [
        ("en", msg("{s:size}", s=21_500_000), "20.5 MiB"),
        ("de", msg("{s:size}", s=21_500_000), "20,5 MiB"),
        ("en", msg("{d:seconds}", d=93_600), "26 h"),
        ("de", msg("{d:seconds}", d=0.35), "350 ms"),
        ("de", msg("{t:time}", t="2025-11-01T23:15:00Z"), "01.11.2025, 23:15 UTC"),
        ("en", msg("{t:time}", t="no time"), "no time"),
        ("en", nmsg("{n} check", "{n} checks", n=1), "1 check"),
        ("en", nmsg("{n} check", "{n} checks", n=0), "0 checks"),
        ("en", msg("{l:list}", l=("a", "b")), "a, b"),
    ],
)
def test_values_are_shown_as_readers_write_them(language: str, message: Message, expected: str) -> None:
    assert Translator(language).plain(message) == expected


if __name__ == "__main__" and "--write" in sys.argv:
    write()


def test_a_sentence_inside_another_leaves_its_full_stop_out() -> None:
    inner = msg("Run {number:code} ended with {result:code}.", number="7", result="failure")
    for outer, said in (
        (msg("{cause}.", cause=inner), "Run 7 ended with failure."),
        (msg("{cause}; more", cause=inner), "Run 7 ended with failure; more"),
        (
            msg("{name}: {actual} instead of {expected}", name="x", actual=inner, expected="y"),
            "x: Run 7 ended with failure instead of y",
        ),
        (msg("{cause} More.", cause=inner), "Run 7 ended with failure. More."),
        (msg("{cause}.", cause=msg("in {path:code}", path="a.")), "in a.."),
    ):
        translator = Translator("en")
        assert translator.plain(outer) == said
        assert "".join(piece.text for piece in translator.segments(outer)) == said


def test_what_is_not_translated_is_noted() -> None:
    t = Translator("de")
    with i18n.untranslated() as lacking:
        shown = [
            t.plain(phrase("Quite new: {n:int}", {"n": 1})),
            t("Documents"),
            t.plain(msg("{value}", value="from the spec")),
        ]
        t.plain(phrase("{a}; {b}!", {"a": 1, "b": 2}))
        Translator("en").plain(phrase("English only", {}))
        assert lacking() == ["Quite new: {n:int}"]
    assert shown == ["Quite new: 1", "Dokumente", "from the spec"]
    with i18n.untranslated() as lacking:
        assert lacking() == []
