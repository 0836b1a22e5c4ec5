"""A page to PDF, in a process of its own: it sees no fonts but those in the page, fetches nothing, and ends when its time
or memory is used up. The same order gives the same bytes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Any, NamedTuple

from checks.errors import DocgenError
from docgen.faces import ALIKE, needed

SECONDS = 300
"""Of computing; where others want the machine, too, it may take longer, but not more than :data:`_PATIENCE` times."""
_PATIENCE = 4
BYTES = 3 * 1024**3
_LATE = f"The PDF was not finished within {SECONDS} s of computing; choose a smaller document."
_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_TWO = re.compile(r"light-dark\(([^,()]+), [^()]+\)")
_MORE = re.compile(
    r'@font-face \{ font-family: "(?P<family>docgen (?:Sans|Mono))"; font-weight: (?P<weight>\d+);[^}]*unicode-range'
)
_USED = re.compile(r'"(docgen (?:Sans|Mono))",')
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><cachedir>{cache}</cachedir></fontconfig>
"""


class File(NamedTuple):
    """A file that is attached. ``relationship`` is how PDF says what it is to the pages: Source, Data, Supplement."""

    name: str
    data: bytes
    type: str
    description: str
    relationship: str


def press(page: str, at: str, files: tuple[File, ...] = (), manifest: dict[str, Any] | None = None) -> bytes:
    """`page` as PDF/A-3a and PDF/UA-1, with `files` and the `manifest` attached, dated `at`. Raises DocgenError where
    WeasyPrint or a library of its is missing, or it takes more than :data:`SECONDS` or :data:`BYTES`."""
    order = {
        "page": on_paper(page),
        "at": at,
        "files": [{**one._asdict(), "data": b64encode(one.data).decode()} for one in files],
        "manifest": manifest,
    }
    made = _run(order)
    if not made.startswith(b"%PDF"):
        raise DocgenError("The PDF could not be written: nothing came out.")
    return made


def engine() -> dict[str, str]:
    """The versions of everything that writes a PDF here, besides docgen."""
    found: dict[str, str] = json.loads(_run({}))
    return found


def on_paper(page: str) -> str:
    """`page` as it is laid out: in its colours for light ground, with the fonts that it needs, and with a family of their
    own for those that hold but some characters: of two files of one family and weight, WeasyPrint draws the glyphs of the
    second with the outlines of the first."""
    known: dict[str, dict[str, None]] = {}

    def numbered(face: re.Match[str]) -> str:
        its, before = (
            known.setdefault(face["family"], {}),
            known.setdefault(f"{face['family']} {face['weight']}", {}),
        )
        own = f"{face['family']} {len(before) + 2}"
        its[own] = before[own] = None
        return face[0].replace(face["family"], own, 1)

    page = _MORE.sub(numbered, needed(_TWO.sub(r"\1", page), ALIKE))
    return _USED.sub(
        lambda one: ", ".join(f'"{name}"' for name in (one[1], *known.get(one[1], ()))) + ",", page
    )


def _run(order: dict[str, Any]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="docgen-pdf-") as folder:
        conf = Path(folder) / "fonts.conf"
        conf.write_text(_FONTS.format(cache=folder), "utf-8")
        environment = {**os.environ, "FONTCONFIG_FILE": str(conf), "SOURCE_DATE_EPOCH": "0", "TZ": "UTC"}
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "docgen.pdf.child"],
                input=json.dumps(order).encode() if order else b"",
                capture_output=True,
                timeout=_PATIENCE * SECONDS,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DocgenError(_LATE) from error
    if done.returncode == 0 and done.stdout:
        return done.stdout
    if done.returncode == -signal.SIGXCPU:
        raise DocgenError(_LATE)
    said = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode == 3:
        raise DocgenError(
            f"PDF needs WeasyPrint and its libraries ({said[-1] if said else 'not found'}). On Debian or Ubuntu: "
            f"apt-get install {_PACKAGES}"
        )
    raise DocgenError(f"The PDF could not be written: {said[-1] if said else f'exit code {done.returncode}'}")
