"""A report in the words that its spec has for another language."""

from __future__ import annotations

from checks.model import Report, code, msg, text
from docgen.documents.interface import NotYet
from docgen.hub.build import _side
from docgen.i18n import Translator
from docgen.renderers import FORMATS, render
from docgen.translated import translated

from .renderers.sample import report

WORDS = {"Permissions Fix": "Rechte setzen", "Platform team": "Plattform-Team", "Staging": "Vorstufe"}


def sample() -> Report:
    return report("staging", "prod")._replace(translations={"de": WORDS})


def test_every_format_speaks_in_the_words_of_the_language() -> None:
    # The labels of a measurement are ids, in every language the same.
    for name in FORMATS.keys() - {"openmetrics"}:
        german, english = (render(sample(), name, language) for language in ("de", "en"))
        assert "Permissions Fix" in english, name
        assert "Rechte setzen" in german, name
        assert "Rechte setzen" not in english, name


def test_names_owners_and_prose_are_translated_and_ids_are_not() -> None:
    before, after = sample(), translated(sample(), "de")
    names = [c.name for s in after.sections for c in s.components]
    assert "Rechte setzen" in names
    assert "Permissions Fix" not in names
    assert after.owner == "Plattform-Team"
    assert after.environments[0].title == "Vorstufe"
    assert [r.id for r in after.results()] == [r.id for r in before.results()]
    assert translated(before, "en") is before


def test_what_was_seen_is_never_translated() -> None:
    made = sample()
    warnings = (code("Staging"), text("Staging"), msg("{a}: {b:code}", a="Staging", b="Staging"))
    shown = translated(made._replace(warnings=warnings), "de").warnings
    assert [one.params for one in shown] == [
        {"value": "Staging"}, {"value": "Vorstufe"}, {"a": "Vorstufe", "b": "Staging"},
    ]  # fmt: skip


def test_why_a_document_is_not_there_is_said_in_the_words_of_the_language_in_the_hub_too() -> None:
    refused = {
        "sudo-staging": NotYet(msg("What sudo grants in {environment} was not seen.", environment="Staging"))
    }
    (lacking,) = _side(sample(), "de", refused, documents=False, indexer=None).lacking
    assert Translator("de").plain(lacking[1].why) == "Was sudo in Vorstufe erlaubt, war nicht zu sehen."
