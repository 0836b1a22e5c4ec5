"""The first page of a PDF."""

from __future__ import annotations

from docgen.renderers.cover import short


def test_what_is_cut_short_ends_with_a_whole_word() -> None:
    assert (
        short("Das Geheimnis hub ist nicht zu haben: die Umgebungsvariable", 40)
        == "Das Geheimnis hub ist nicht zu haben …"
    )
    assert short("x" * 50, 40) == "x" * 38 + " …"
    assert short("as it is", 40) == "as it is"
