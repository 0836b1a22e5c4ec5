"""What hand-written documents say against what is: as lines for a terminal or an editor, as JSON, as Markdown."""

from __future__ import annotations

import json
import re
from typing import Any

from checks.knowledge.documents.findings import Finding, count, told
from checks.model import Verdict, msg
from docgen.documents.reality import TITLE, Checked, place, sections, status, verdict
from docgen.i18n import Translator
from docgen.renderers.printable import one_line

SCHEMA = "docgen/docs/v1"


def text(checked: Checked, t: Translator, *, verbose: bool = False) -> str:
    """A line ``FILE:LINE: says … / is: …`` for everything that drifted, then a line for each document. `verbose`: also
    what holds and what was not judged."""
    lines = []
    for one in checked.findings:
        if one.verdict is Verdict.DEVIATES and one.actual is not None:
            lines.append(f"{place(one)}: {t.plain(told(one))} / {t('is')}: {t.plain(one.actual)}")
        elif verbose and one.verdict is Verdict.CONFORM:
            lines.append(f"{place(one)}: {t.plain(told(one))} / {t('holds')}{_more(one, t)}")
        elif verbose and one.actual is not None:
            lines.append(f"{place(one)}: {t.plain(told(one))} / {t('not judged')}: {t.plain(one.actual)}")
    lines += [""] if lines else []
    for document in checked.documents:
        its = checked.of(document)
        if its and (verbose or len(checked.documents) <= 40 or count(its, Verdict.DEVIATES)):
            lines.append(f"{document}: {t.plain(verdict(its, checked.at))}")
    if len(checked.documents) != 1:
        n = len(checked.documents)
        lines.append(f"{t('{n:int} documents', n=n)}: {t.plain(verdict(checked.findings, checked.at))}")
    return "\n".join(map(one_line, lines)) + "\n"


def page(checked: Checked, t: Translator, format_: str, project: str) -> bytes:
    """The same as a page of HTML or as PDF, as any document of docgen looks."""
    from importlib import import_module

    from docgen import __version__
    from docgen.documents.interface import Document
    from docgen.renderers.document import FORMATS
    from docgen.renderers.document.about import About

    stamp = re.sub(r"[^0-9TZ]", "", checked.at.split(".")[0] + "Z")
    about = About(
        id="-".join(filter(None, ("docs", stamp, checked.commit[:8]))),
        project=project,
        environment="",
        at=checked.at,
        until="",
        local="",
        snapshot="",
        spec="",
        docgen=__version__,
    )
    method = msg("Held against the repository and its past; nothing was changed.")
    document = Document(
        kind="docs",
        title=TITLE,
        environment=None,
        verdict=verdict(checked.findings, checked.at),
        status=status(checked.findings),
        sections=sections(checked),
        method=method,
    )
    made: bytes = import_module(FORMATS[format_]).render(document, about, t)
    return made


def _more(finding: Finding, t: Translator) -> str:
    return f": {t.plain(finding.actual)}" if finding.actual is not None else ""


def markdown(checked: Checked, t: Translator) -> str:
    """The sections of :mod:`docgen.documents.reality` as Markdown."""
    from docgen.renderers.document.markdown import plain

    return plain(TITLE, sections(checked), t)


def data(checked: Checked, t: Translator) -> str:
    """``docgen/docs/v1``: every document with every statement."""
    documents: list[dict[str, Any]] = []
    for document in checked.documents:
        its = checked.of(document)
        documents.append(
            {
                "path": document,
                "holds": count(its, Verdict.CONFORM),
                "drifted": count(its, Verdict.DEVIATES),
                "not_judged": count(its, Verdict.UNDETERMINED),
                "statements": [
                    {
                        "line": one.line or None,
                        "sort": one.sort,
                        "verdict": one.verdict.value,
                        "says": one.said,
                        "is": t.plain(one.actual) if one.actual is not None else None,
                    }
                    for one in its
                ],
            }
        )
    made = {
        "schema": SCHEMA,
        "language": t.language,
        "checked_at": checked.at,
        "commit": checked.commit or None,
        "holds": count(checked.findings, Verdict.CONFORM),
        "drifted": count(checked.findings, Verdict.DEVIATES),
        "not_judged": count(checked.findings, Verdict.UNDETERMINED),
        "documents": documents,
    }
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"
