"""Updates behind the bytes of a PDF, which stay as they are."""

from __future__ import annotations

import io
from typing import Any

from checks.errors import DocgenError


def update(made: bytes) -> Any:
    """A writer of pyHanko that adds to `made` what it is told to, and nothing else. The metadata stay those that were
    written, and so does the version: PDF/A-3 is PDF 1.7, also where the key is on a curve that only PDF 2.0 speaks of."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Behind(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            pass

        def ensure_output_version(self, version: tuple[int, int]) -> None:
            pass

        def register_extension(self, ext: Any) -> None:
            if ext.prefix_name == "/ESIC":
                super().register_extension(ext)

    return Behind(io.BytesIO(made))


def behind(made: bytes, written: Any) -> bytes:
    """What was `written` with :func:`update`, which must begin with what was `made`."""
    whole = bytes(written.getbuffer())
    if not whole.startswith(made):
        raise DocgenError("The signature changed what it was put behind; nothing was written.")
    return whole
