"""What a renderer is: a module with a function ``render(report, translator, **options) -> str``.

A renderer shows the report. It never judges, never reads a clock, a file of the user or the network; the
same report gives the same bytes. Register a format with one line in :data:`docgen.renderers.FORMATS`.
"""

from __future__ import annotations

from typing import Protocol

from checks.model import Report
from docgen.i18n import Translator


class Renderer(Protocol):
    def render(self, report: Report, translator: Translator) -> str: ...
