"""The process that :mod:`docgen.pdf.press` starts: an order as JSON on standard input, the PDF on standard output; without
an order, the versions of what would write it.

It is PDF/A-3a and PDF/UA-1 at once: WeasyPrint writes the first, and what the second asks for beyond it is its mark in
the metadata, with the description that PDF/A wants of any mark which is not its own.
"""

from __future__ import annotations

import gc
import io
import json
import platform
import re
import resource
import sys
import unicodedata
import zlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any, BinaryIO

from docgen.faces import ALIKE

MISSING = 3
"""The exit code where WeasyPrint or a library of its is missing."""
_ACCESSIBLE = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part>
</rdf:Description><rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


def main(most: int, seconds: int) -> int:
    """Writes the PDF, in at most `most` bytes of memory and `seconds` of computing; returns the exit code."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    # A fifth of the time went into looking for rubbish, of which there is none: memory is the same without.
    gc.disable()
    order = json.loads(sys.stdin.buffer.read() or b"{}")
    try:
        import weasyprint  # noqa: F401 - that it is there, and its libraries
    except (ImportError, OSError) as error:
        sys.stderr.write(str(error).splitlines()[0] + "\n")
        return MISSING
    if order:
        written(order, sys.stdout.buffer)
    else:
        sys.stdout.write(json.dumps(engine()))
    return 0


def written(order: dict[str, Any], to: BinaryIO) -> None:
    """Writes the PDF of `order`. Raises FatalURLFetchingError where the page asks for anything that is not in it."""
    from weasyprint import HTML, Attachment
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    from docgen.pdf.fitting import fitted
    from docgen.pdf.upright import upright

    class Nothing(URLFetcher):  # type: ignore[misc]
        """Refuses every address but the data in the page itself."""

        def fetch(self, url: str, headers: object = None) -> object:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            raise FatalURLFetchingError(f"the page asked for {url[:80]}")

    sealed = Nothing(allowed_protocols={"data"}, allow_redirects=False)
    at = datetime.fromisoformat(order["at"]).astimezone(UTC)
    attachments = [
        Attachment(
            url=f"data:{file['type']};base64,{file['data']}",
            url_fetcher=sealed,
            name=file["name"],
            description=file["description"],
            relationship=file["relationship"],
            created=at,
            modified=at,
        )
        for file in sorted([*order["files"], *_manifest(order)], key=lambda one: one["name"])
    ]
    options: dict[str, Any] = {"pdf_variant": "pdf/a-3a", "attachments": attachments}
    page = HTML(string=_shown(order["page"]), url_fetcher=sealed)
    upright(page.etree_element)
    fitted()
    document = page.render(**options)
    plain = document.metadata.generate_rdf_metadata
    document.metadata.generate_rdf_metadata = lambda *a: plain(*a).replace(
        b"</rdf:RDF>", _ACCESSIBLE + b"</rdf:RDF>"
    )
    # Metadata that anybody can read also tell a file of docgen that is too damaged to be opened.
    packed = document.metadata.include_in_pdf
    document.metadata.include_in_pdf = lambda *a: packed(*a[:-1], False)
    document.write_pdf(to, **options)


def engine() -> dict[str, str]:
    """The versions of everything on which the bytes of a PDF depend, besides docgen."""
    from importlib.metadata import version

    from weasyprint.text.ffi import pango

    names = ("weasyprint", "pydyf", "fonttools", "brotli", "tinycss2", "tinyhtml5")
    return {
        **{name: version(name) for name in names},
        "pango": str(pango.pango_version()),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def _manifest(order: dict[str, Any]) -> list[dict[str, str]]:
    """The manifest as a file, with what only this process knows."""
    if order["manifest"] is None:
        return []
    whole = {**order["manifest"], "engine": engine()}
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return [
        {
            "name": "manifest.json",
            "type": "application/json",
            "description": order["manifest"]["description"],
            "relationship": "Supplement",
            "data": b64encode(text.encode("utf-8", "backslashreplace")).decode(),
        }
    ]


_FACES = re.compile(r'font-family: "([^"]+)"; font-weight: (\d+);[^}]*?base64,([A-Za-z0-9+/=]+)')
_CODE = re.compile(r"(<(pre|code)[ >].*?</\2>)", re.DOTALL)
_DRAWING = re.compile(r'(?<=src="data:image/svg\+xml;base64,)[A-Za-z0-9+/=]+')
_FAMILY = re.compile(r"""font-family(\s*=\s*(["'])[^"']*\2|\s*:\s*[^;"']+)""")


def _shown(page: str) -> str:
    """`page` with every character spelled out that the fonts in it do not have: no other font may step in, and an empty
    box says nothing. A sign gets its name; code has a font of its own, which has more of them."""
    from fontTools.ttLib import TTFont

    known: dict[str, set[int]] = {}
    spaces: dict[str, int] = {}

    def read(face: re.Match[str]) -> str:
        family, data = face[1].rstrip(" 0123456789"), face[3]
        font = TTFont(io.BytesIO(b64decode(data)), lazy=True, recalcTimestamp=False)
        points = font.getBestCmap()
        known.setdefault(family, set()).update(points)
        if 0x20 in points:
            spaces[f"{family} {face[2]}"] = font["hmtx"][points[0x20]][0]
            return face[0]
        return face[0].replace(data, _with_space(font, spaces[f"{family} {face[2]}"]))

    if not page.isascii() or _DRAWING.search(page):
        page = _FACES.sub(read, page)
    if not known:
        return page
    shared = set.intersection(*known.values())
    code = known.get("docgen Mono", shared)
    page = _DRAWING.sub(lambda drawing: _drawing(drawing[0], shared), page)
    parts = _CODE.split(page)
    # Of three parts one is text, one code, and one the name of the element that it is in.
    parts = [_spelled(one, code if n % 3 else shared, n % 3 == 0) for n, one in enumerate(parts) if n % 3 < 2]
    return "".join(parts)


def _with_space(font: Any, width: int) -> str:
    """The file of `font`, which has no space, with one of `width`: between two words in it, Pango takes the space from it,
    too, and would draw an empty box."""
    from fontTools.ttLib.tables._g_l_y_f import Glyph

    font["glyf"]["space"] = Glyph()
    font["hmtx"]["space"] = (width, 0)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[0x20] = "space"
    font.flavor = None
    made = io.BytesIO()
    font.save(made)
    return b64encode(made.getvalue()).decode()


def _spelled(text: str, known: set[int], named: bool) -> str:
    if text.isascii():
        return text
    lacking = {ord(c) for c in set(text) if ord(c) > 0x7E and c not in "\xad"} - known
    return text.translate({c: ALIKE[c] if c in ALIKE else _spelling(c, named) for c in lacking})


def _spelling(point: int, named: bool) -> str:
    sign = named and unicodedata.category(chr(point)) in ("So", "Sk")
    name = unicodedata.name(chr(point), "") if sign else ""
    return f"[{name.lower()}]" if name else f"\\u{{{point:x}}}"


def _drawing(data: str, known: set[int]) -> str:
    """The picture `data` in the fonts of the page."""
    text = _FAMILY.sub("", b64decode(data).decode("utf-8", "replace"))
    text = re.sub(
        r"<svg\b",
        '<svg font-family="docgen Sans, docgen Sans 2, docgen Sans 3, docgen Sans 4"',
        text,
        count=1,
    )
    return b64encode(_spelled(text, known, True).encode()).decode()


if __name__ == "__main__":
    from docgen.pdf.press import BYTES, SECONDS

    sys.exit(main(BYTES, SECONDS))
