"""Runs and evidence are links, in HTML and in PDF; nothing else becomes one."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import pikepdf
import pytest

from checks.model import Status, text
from docgen.documents import composed
from docgen.documents.interface import Document, Facts, Link, Section
from docgen.renderers.document import render

from .demo import Demo

RUN = "https://github.com/acme/api-gateway/actions/runs/"


def addresses(page: str) -> list[str]:
    return [a for a in re.findall(r'<a href="([^"]*)" rel="noopener noreferrer"', page) if a[0] != "#"]


@pytest.mark.parametrize("name", ["deploy", "gates", "completion"])
def test_runs_and_what_was_asked_are_links(demo: Demo, name: str) -> None:
    source = demo.source("deployed")
    document = composed(name, source)
    found = addresses(render(document, source.report, "html", "en").decode())
    assert any(one.startswith(RUN) for one in found)
    if name == "completion":
        assert any(one.endswith("/health") for one in found)
        with pikepdf.open(io.BytesIO(render(document, source.report, "pdf", "en"))) as pdf:
            marks = [mark for page in pdf.pages for mark in page.get("/Annots", [])]
            uris = [str(mark.A.URI) for mark in marks if "/A" in mark and "/URI" in mark.A]
        assert any(one.startswith(RUN) for one in uris)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil", "https://a b", 'https://a"onx=1', "", "ftp://a/"],
)
@pytest.mark.parametrize("format_", ["html", "md"])
def test_only_addresses_of_the_web_are_links(demo: Demo, url: str, format_: str) -> None:
    report = demo.source("blocked").report
    facts = Facts(
        ((text("a"), Link(text("shown"), url)), (text("b"), Link(text("fine"), "https://a.test/?x=1&y=2")))
    )
    document = Document("x", text("x"), None, text("x"), Status.OK, (Section(text("x"), (facts,)),))
    page = render(document, report, format_, "en").decode()
    assert "shown" in page and "[shown]" not in page and ">shown</a>" not in page
    assert (
        'href="https://a.test/?x=1&amp;y=2"' if format_ == "html" else "[fine](<https://a.test/?x=1&y=2>)"
    ) in page


def test_the_name_of_a_host_is_not_broken_on_paper(demo: Demo, tmp_path: Path) -> None:
    source = demo.source("blocked")
    (tmp_path / "x.pdf").write_bytes(render(composed("deploy", source), source.report, "pdf", "en"))
    ran = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "x.pdf"), "-"], capture_output=True, text=True
    )
    lines = [line for line in ran.stdout.splitlines() if line.rstrip().endswith("deploy@www.example.com")]
    assert len(lines) >= 5, ran.stdout
