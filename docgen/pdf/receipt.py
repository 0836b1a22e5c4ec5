"""What independent programs say of a PDF that was just made. Only what really ran is in it, with its version."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from checks.errors import DocgenError
from checks.model import msg
from docgen import __version__

SECONDS = 60
LOOKED = {
    "structure": msg("Structure of the file"),
    "attachments": msg("Attachments against their manifest"),
    "signature": msg("Signature, over the whole file"),
    "conformity": msg("Conformity with PDF/A-3a and PDF/UA-1"),
}
"""What is looked at, by its name in the receipts."""


class Receipt(NamedTuple):
    """``pages`` how many it has; ``checks`` are name and version of a program, what it looked at, and what it said."""

    pages: int
    checks: tuple[tuple[str, str, str], ...]


def looked(made: bytes, name: str) -> Receipt:
    """What can be said here of the PDF `made`, called `name`. Raises DocgenError where any program finds a fault."""
    import pikepdf

    from docgen.pdf.opened import read
    from docgen.pdf.verify import attached

    try:
        with pikepdf.open(io.BytesIO(made)) as document:
            pages = len(document.pages)
            faults = [str(one) for one in document.check_pdf_syntax()]
    except pikepdf.PdfError as error:
        raise DocgenError(f"{name} is not as it must be: {error}") from error
    checks = [(f"qpdf {pikepdf.__libqpdf_version__}", "structure", "; ".join(faults) or "no faults")]
    seen = read(made)
    same = seen.manifest is not None and all(one.holds for one in attached(seen, seen.manifest))
    checks.append((f"docgen {__version__}", "attachments", "the same" if same else "others"))
    program, version = _pdfsig()
    if program and seen.manifest and seen.manifest.signer:
        said = _signature(program, made)
        faults += [] if "Signature is Valid" in said and "Total document signed" in said else [said]
        checks.append((version, "signature", "valid, over the whole file"))
    if faults or not same:
        raise DocgenError(
            f"{name} is not as it must be: {'; '.join(faults)[:300] or 'its attachments differ'}"
        )
    return Receipt(pages, tuple(checks))


@cache
def _pdfsig() -> tuple[str, str]:
    """Where poppler's program for signatures is, and its name with its version; "" where it is not there."""
    program = shutil.which("pdfsig") or ""
    if not program:
        return "", ""
    said = _run(program, "-v")
    return (
        (program, f"pdfsig (poppler) {said.split('version')[1].split()[0]}")
        if "version" in said
        else ("", "")
    )


def _signature(program: str, made: bytes) -> str:
    with tempfile.TemporaryDirectory(prefix="docgen-pdf-") as folder:
        path = Path(folder) / "x.pdf"
        path.write_bytes(made)
        # The certificate is none of its business: there is no list of authorities here.
        return _run(program, "-nocert", str(path))


def _run(*command: str) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    return ran.stdout + ran.stderr


def dumped(receipt: Receipt) -> dict[str, Any]:
    """`receipt` as data."""
    return {
        "pages": receipt.pages,
        "checks": [{"by": by, "what": what, "result": said} for by, what, said in receipt.checks],
    }


def parsed(data: dict[str, Any]) -> Receipt:
    """The receipt that was :func:`dumped`."""
    return Receipt(data["pages"], tuple((one["by"], one["what"], one["result"]) for one in data["checks"]))
