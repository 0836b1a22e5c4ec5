"""Badges: how an environment stands, as a small picture with a shape, a word and a title; for a page elsewhere."""

from __future__ import annotations

from markupsafe import escape

from checks.model import EnvironmentResult, Light, Report
from docgen.i18n import Translator
from docgen.labels import LIGHT, LIGHT_STATUS
from docgen.renderers.page import paper_colours, shell
from docgen.renderers.printable import one_line

_HEIGHT = 24
_NARROW, _WIDE = frozenset("fijlrtI.,:;|!'()[] -"), frozenset("mwMWÄÖÜGOQ@%&—")
_LONGEST = 60


def badge(report: Report, environment: EnvironmentResult, t: Translator) -> bytes:
    """The badge of `environment` as SVG; its colours are those of light ground, on which it says more than by them."""
    word = t.plain(LIGHT[environment.overall])
    name = _short(environment.title)
    left, right = _width(name) + 16, _width(word) + 36
    mark = shell("page").symbols[LIGHT_STATUS[environment.overall].value]
    colour = _colour(environment.overall)
    title = t(
        "{environment}: {light}, as of {at:time}",
        environment=f"{report.project}, {environment.title}",
        light=word,
        at=report.collected_at,
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img"'
        f' aria-labelledby="t" viewBox="0 0 {left + right} {_HEIGHT}"><title id="t">{_xml(title)}</title>'
        f'<rect width="{left}" height="{_HEIGHT}" fill="#f5f6f8"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{colour}"/>'
        '<g font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="8" y="16" fill="#14181f" textLength="{left - 16}">{_xml(name)}</text>'
        f'<text x="{left + 28}" y="16" fill="#ffffff" textLength="{right - 36}">{_xml(word)}</text></g>'
        f'<svg x="{left + 8}" y="4" width="16" height="16" color="#ffffff"{mark[0]}>{mark[1]}</svg></svg>\n'
    ).encode()


def _xml(text: str) -> str:
    return str(escape(one_line(text)))


def _short(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _width(text: str) -> int:
    """About how many pixels `text` takes; the picture says so, and whoever draws it keeps to that."""
    return round(sum(4.4 if c in _NARROW else 9.6 if c in _WIDE else 7.0 for c in text))


def _colour(light: Light) -> str:
    return paper_colours(shell("document").style)[LIGHT_STATUS[light].value]
