"""PDF: the page of a document on paper, written by WeasyPrint in a process of its own.

The process sees no fonts but those in the page, fetches nothing, and ends when its time or memory is used up. The same
document gives the same bytes: its dates are those of the snapshot.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from checks.errors import DocgenError
from docgen.documents.interface import Document
from docgen.i18n import Translator
from docgen.renderers.document import html
from docgen.renderers.document.about import About

SECONDS = 120
BYTES = 2 * 1024**3
_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_TWO = re.compile(r"light-dark\(([^,()]+), [^()]+\)")
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><cachedir>{cache}</cachedir></fontconfig>
"""


def render(document: Document, about: About, translator: Translator, templates: str | None = None) -> bytes:
    """`document` as a tagged PDF (PDF/UA-1). Raises DocgenError where WeasyPrint or a library of its is missing, or it
    takes more than :data:`SECONDS` or :data:`BYTES`."""
    page = html.render(document, about, translator, templates).decode("utf-8")
    paper = _TWO.sub(r"\1", page)  # paper is light
    with tempfile.TemporaryDirectory(prefix="docgen-pdf-") as folder:
        conf = Path(folder) / "fonts.conf"
        conf.write_text(_FONTS.format(cache=folder), "utf-8")
        environment = {**os.environ, "FONTCONFIG_FILE": str(conf), "SOURCE_DATE_EPOCH": "0"}
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "docgen.renderers.document.weasy"],
                input=paper.encode(),
                capture_output=True,
                timeout=SECONDS,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DocgenError(
                f"The PDF was not finished within {SECONDS} s; choose a smaller document."
            ) from error
    if done.returncode == 0 and done.stdout.startswith(b"%PDF"):
        return done.stdout
    said = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode == 3:
        raise DocgenError(
            f"PDF needs WeasyPrint and its libraries ({said[-1] if said else 'not found'}). On Debian or Ubuntu: "
            f"apt-get install {_PACKAGES}"
        )
    raise DocgenError(f"The PDF could not be written: {said[-1] if said else f'exit code {done.returncode}'}")
