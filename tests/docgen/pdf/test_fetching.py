"""The press fetches nothing, whatever a page asks for: no address on the network, no file of this machine. Each way was
shown to work where nothing is sealed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

XLINK = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CANARY = "canary-7f3a"


def data(text: str, type: str) -> str:
    return f"data:{type};base64,{b64encode(text.encode()).decode()}"


WAYS = {
    "image": '<img src="{url}" alt="x">',
    "style sheet": '<link rel="stylesheet" href="{url}">',
    "import": '<style>@import url("{url}");</style>',
    "background": '<p style="background: url({url})">x</p>',
    "list mark": '<ul style="list-style-image: url({url})"><li>x</li></ul>',
    "generated content": '<style>p::before {{ content: url("{url}") }}</style><p>x</p>',
    "font": '<style>@font-face {{ font-family: n; src: url("{url}") }} p {{ font-family: n }}</style><p>x</p>',
    "object": '<object data="{url}">x</object>',
    "embed": '<embed src="{url}">',
    "image in a drawing": f'<svg {XLINK} width="9" height="9"><image xlink:href="{{url}}" width="9" height="9"/></svg>',
    "use in a drawing": f'<svg {XLINK} width="9" height="9"><use href="{{url}}#x"/></svg>',
    "style in a drawing": f'<svg {XLINK} width="9" height="9"><style>@import "{{url}}";</style><rect width="9"/></svg>',
    "attachment of the page": '<link rel="attachment" href="{url}">',
    "attachment behind a link": '<p><a rel="attachment" href="{url}">x</a></p>',
    "base": '<base href="{url}"><img src="?b" alt="x">',
    "border": '<p style="border: 5px solid; border-image: url({url}) 1">x</p>',
    "mask": '<p style="mask: url({url}); mask-image: url({url})">x</p>',
    "footnote": '<style>@page {{ @top-left {{ content: url("{url}") }} }}</style><p>x</p>',
    "page": '<style>@page {{ background: url("{url}") }}</style><p>x</p>',
    "colour profile": '<style>@color-profile --x {{ src: url("{url}") }} p {{ color: color(--x 1) }}</style><p>x</p>',
    "frame": '<iframe src="{url}"></iframe><frameset><frame src="{url}"></frameset>',
    "refresh": '<meta http-equiv="refresh" content="0; url={url}"><p>x</p>',
    "cursor": '<p style="cursor: url({url}), auto">x</p>',
    "icon": '<link rel="icon" href="{url}"><link rel="preload" href="{url}" as="image"><p>x</p>',
    "script and film": '<script src="{url}"></script><video src="{url}" poster="{url}"></video><audio src="{url}">',
    "source": '<picture><source srcset="{url}"><img srcset="{url} 2x" alt="x"></picture><input type="image" src="{url}">',
}
INSIDE = {
    "drawing in the page": (
        "image/svg+xml",
        f'<svg {XLINK} width="9" height="9"><image href="{{url}}" width="9"/></svg>',
    ),
    "entity in a drawing": (
        "image/svg+xml",
        f'<!DOCTYPE svg [<!ENTITY e SYSTEM "{{url}}">]><svg {XLINK} width="9" height="9"><text>&e;</text></svg>',
    ),
    "sheet in the page": ("text/css", '@import url("{url}"); p {{ background: url("{url}") }}'),
}
"""What asks from within an address that holds its own content."""


def asking(name: str, url: str) -> str:
    """A page that asks for `url` in the way `name`."""
    if name not in INSIDE:
        return WAYS[name].format(url=url)
    type, text = INSIDE[name]
    inner = data(text.format(url=url), type)
    if type == "text/css":
        return f'<link rel="stylesheet" href="{inner}"><p>x</p>'
    return f'<img src="{inner}" alt="x">'


class Web(NamedTuple):
    """A server on loopback and what it was asked for."""

    url: str
    asked: list[str]


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302 if "redirect" in self.path else 200)
            self.send_header("Location", f"/behind{self.path.removeprefix('/redirect')}")
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(b64decode(PNG))

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Web(f"http://127.0.0.1:{server.server_port}", asked)
        server.shutdown()


# One process for all pages, as the press starts one for each: the same function, the same fetcher.
_SEALED = """
import base64, gc, io, json, logging, sys
from docgen.pdf.child import written
logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
from weasyprint.urls import FatalURLFetchingError
for name, page in json.load(sys.stdin).items():
    out = io.BytesIO()
    try:
        written({"page": page, "at": "2026-01-01T00:00:00Z", "files": [], "manifest": None}, out)
        told = base64.b64encode(out.getvalue()).decode()
    except (Exception, FatalURLFetchingError):  # then there is no PDF: the process of the press ends, and says why
        told = None
    print(json.dumps([name, told]), flush=True)
"""
_OPEN = """
import io, json, logging, sys
from weasyprint import HTML
logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
for name, page in json.load(sys.stdin).items():
    try:
        HTML(string=page).write_pdf(io.BytesIO(), pdf_variant="pdf/a-3a")
    except Exception:
        pass
"""


def run(code: str, pages: dict[str, str]) -> dict[str, bytes | None]:
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code],
        input=json.dumps(pages),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr
    told = dict(json.loads(line) for line in ran.stdout.splitlines())
    return {name: b64decode(made) if made else None for name, made in told.items()}


def everything(made: bytes) -> bytes:
    """Every stream of a PDF, unpacked, and all that is between them; an image or a file in it says so."""
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(made)) as document:
        parts = [made]
        for one in document.objects:
            if isinstance(one, pikepdf.Stream):
                parts.append(one.read_bytes())
                parts.append(b"PICTURE" if one.get("/Subtype") == "/Image" else b"")
        return b"\n".join([*parts, b"ATTACHED" if len(document.attachments) else b""])


@pytest.fixture(scope="module")
def targets(web: Web, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is asked for, by its sort."""
    folder = tmp_path_factory.mktemp("canary")
    (folder / "x.txt").write_text(f"p::before {{ content: '{CANARY}' }}")
    (folder / "x.png").write_bytes(b64decode(PNG))
    there = web.url.removeprefix("http:")
    return {
        "http": f"{web.url}/plain",
        "redirect": f"{web.url}/redirect",
        "no scheme": f"{there}/plain",
        "ftp": f"{web.url.replace('http', 'ftp')}/plain",
        "text": f"file://{folder}/x.txt",
        "image": f"file://{folder}/x.png",
        "path": f"{folder}/x.png",
    }


NAMES = [*WAYS, *INSIDE]


def test_the_ways_lead_somewhere_where_nothing_is_sealed(web: Web) -> None:
    web.asked.clear()
    run(_OPEN, {name: asking(name, f"{web.url}/{n}/") for n, name in enumerate(NAMES)})
    live = {NAMES[int(path.split("/")[1])] for path in web.asked}
    assert len(live) >= 12, live
    assert {"image", "style sheet", "import", "background", "font", "attachment of the page"} <= live, live


def test_none_of_them_leads_anywhere_in_the_press(web: Web, targets: dict[str, str]) -> None:
    web.asked.clear()
    pages = {
        f"{name}, {sort}": f'<html lang="en"><title>x</title>{asking(name, url)}'
        for name in NAMES
        for sort, url in targets.items()
        if sort in ("http", "text", "image") or name in ("image", "style sheet", "import", "base")
    }
    told = run(_SEALED, pages)
    assert told.keys() == pages.keys()
    assert web.asked == []
    for name, made in told.items():
        if made is not None:
            content = everything(made)
            assert not any(one in content for one in (CANARY.encode(), b"PICTURE", b"ATTACHED")), name
    refused = {name.split(",")[0] for name, made in told.items() if made is None}
    assert {"image", "style sheet", "import", "background", "font", "attachment of the page"} <= refused


def test_what_stands_in_the_page_itself_is_seen() -> None:
    """So that what is looked for would be found."""
    pages = {"x": f'<html lang="en"><title>x</title><img alt="x" src="data:image/png;base64,{PNG}">'}
    made = run(_SEALED, pages)["x"]
    assert made is not None and b"PICTURE" in everything(made)


def test_the_press_says_what_was_asked_for(web: Web) -> None:
    from checks.errors import DocgenError
    from docgen.pdf.press import press

    with pytest.raises(DocgenError, match="the page asked for http://127"):
        press(f'<html lang="en"><title>x</title><img src="{web.url}/x.png" alt="x">', "2026-01-01T00:00:00Z")
