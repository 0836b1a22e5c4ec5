"""Hand-written documents in the hub: what readers see, what stays out, and the search, as ``docgen serve`` gives them to a
browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from docgen.hub import htpasswd, passwords
from docgen.hub.accounts import Account
from docgen.i18n import LANGUAGES

from ...world.client import Client
from .. import axe
from .test_serve import Running

READER = ("reader", "a long password")
SPEC = """\
project: Handbook
language: de
documents:
  folders: docs
  expected:
    - {path: docs/ROLLBACK.md, name: Rollback, guide: rollback}
environments: {prod: {host: local, root: .}}
sections:
  - name: Files
    environment: prod
    components:
      - name: Scripts
        checks:
          - file: /etc/hostname
"""
GUIDE = """\
---
title: Härtung der Server
lang: de
date: 2026-01-02
audience: [Betrieb, Prüfer]
---
# Härtung & `sudo`

Überprüfungen laufen nachts[^1]. Siehe [Rückweg](weg.md#rueckweg), [Skript](../switch.sh), [fort](fort.md) und
[Handbuch](https://www.example.com/handbuch). Stand: {{ claim: scripts.hostname }}

## Größe
## Größe

| Host | Port |
|---|--:|
| web1 | 8001 |

!!! warning
    Erst **sichern**.

> [!NOTE]
> Nur nachts.

- [x] gesichert
- [ ] geprüft

```php
<?php echo "<b>";
```

```dot
digraph { Build -> Test -> Deploy; Deploy -> Build [label="neu"] }
```

```mermaid
sequenceDiagram
  A->>B: hallo
```

![Aufbau](bild.svg) ![Foto](foto.png) ![Fremd](https://www.example.com/x.png)

### Skript

The script `switch.sh` lines 40-41.

[^1]: Um zwei Uhr.
"""
WAY = "# Weg zurück\n\nVollstÃ¤ndig und GeprÃ¼ft.\n\n## Rückweg {#rueckweg}\n\nZum [Anfang](haertung.md).\n"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="x()"><script>x()</script>'
    '<rect width="9" height="9"/></svg>'
)
HOSTILE = """\
---
title: "</title><script>alert(1)</script>"
lang: '"><b>'
tags: !!python/object/apply:os.system ["touch /tmp/pwned"]
---
# <img src=x onerror=alert(1)> Böse

<script>alert(1)</script><style>*{display:none}</style><iframe src="//e"></iframe><form action=/x><input name=a></form>
<p id="_main" class="hub" style="position:fixed" onclick="alert(1)">P</p><p id="_age">Q</p>
<a href="javascript:alert(1)">J</a>
[k](javascript:alert(1)) [l](data:text/html,x) [m](//evil.example/x) <svg onload=alert(1)></svg> <base href=//e>
\ue00099\ue001 <a href="../../../../etc/passwd">r</a> ![s](../../../../../etc/passwd) <object data=x></object>
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A repository with documents, published."""
    client = Client(tmp_path_factory.mktemp("articles"))
    docs = client.folder / "docs"
    docs.mkdir()
    (client.folder / "docgen.yml").write_text(SPEC, "utf-8")
    (client.folder / "switch.sh").write_text("ln -s\n")
    (docs / "haertung.md").write_text(GUIDE, "utf-8")
    (docs / "weg.md").write_text(WAY, "utf-8")
    (docs / "böse.md").write_text(HOSTILE, "utf-8")
    (docs / "bild.svg").write_text(SVG)
    (docs / "foto.png").write_text("no picture")
    (docs / "alt.html").write_text(
        "<html lang=en><title>Old guide</title><body onload=x><h1>Old</h1><p>Restart the gateway."
    )
    (docs / "daten.json").write_text('{"title": "Daten", "port": 8001}')
    (docs / "geheim.md").write_text("---\nsearch: false\n---\n# Geheimnis\n\nKolibri.\n", "utf-8")
    for words in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "x"),
    ):
        subprocess.run(["git", "-C", str(client.folder), *words], check=True)
    assert client.docgen("status", "--save", "s.json").code == 0
    ran = client.docgen("publish", "--from", "s.json", "--no-pdf", "--to", "hub")
    assert (ran.code, ran.stderr) == (0, ""), ran.everything
    return client


def page(client: Client, name: str, language: str = "de") -> str:
    return (client.folder / f"hub/current/{language}/{name}.html").read_text("utf-8")


def test_what_readers_see_of_a_document(client: Client) -> None:
    made = page(client, "documents/docs-haertung")
    for said in (
        '<h1 id="haertung-sudo">Härtung &amp; <code>sudo</code></h1>',
        'id="groesse"', 'id="groesse-2"', 'href="docs-weg.html#rueckweg"',
        'href="https://www.example.com/handbuch" class="out" rel="noopener noreferrer"',
        '(<code translate="no">switch.sh</code>)', '(<code translate="no">docs/fort.md</code>)',
        '<td class="ar">8001</td>', '<p class="admonition-title">Warnung</p>', '<p class="admonition-title">Hinweis</p>',
        '<span class="k">echo</span>', "<li>Deploy → Build: neu</li>", "sequenceDiagram",
        "Dieses Diagramm wird hier nicht gezeichnet", "vom 2026-01-02", "für Betrieb, Prüfer",
        "Es ist nicht, was sein Name sagt.", "Es liegt anderswo, und von dort wird nichts geladen.",
    ):  # fmt: skip
        assert said in made, said
    assert re.search(r'<img src="\.\./\.\./pictures/bild\.[0-9a-f]{16}\.svg" alt="Aufbau"', made)
    (drawing,) = (client.folder / "hub/current/pictures").iterdir()
    assert "script" not in drawing.read_text() and "onload" not in drawing.read_text()


def test_what_no_longer_holds_stands_at_the_top_and_at_its_place(client: Client) -> None:
    for language, said in (("de", "von"), ("en", "of")):
        made = page(client, "documents/docs-haertung", language)
        assert re.search(rf"<b>\d+ {said} \d+ ", made) and "switch.sh lines 40-41" in made
        assert 'class="drift" id="_line-45"' in made and 'href="#_line-45"' in made
    assert "Die Datei hat 1 Zeile." in page(client, "documents/docs-haertung")


def test_a_claim_has_its_verdict_and_leads_to_the_evidence(client: Client) -> None:
    made = page(client, "documents/docs-haertung", "en")
    found = re.search(
        r'<a href="\.\./status-prod\.html#([^"]+)"><code translate="no">scripts.hostname</code></a>: met, seen',
        made,
    )
    assert found and f'id="{found[1]}"' in page(client, "status-prod", "en")


def test_double_encoding_is_undone_for_readers(client: Client) -> None:
    made = page(client, "documents/docs-weg")
    assert "Vollständig und Geprüft." in made and "Ã" not in made
    assert "VollstÃ¤ndig" in (client.folder / "docs/weg.md").read_text("utf-8")


def test_the_frame_is_in_the_language_of_the_reader(client: Client) -> None:
    made = page(client, "documents/docs-haertung", "en")
    assert '<html lang="en">' in made and '<div class="article" lang="de">' in made
    assert '<a href="docs-haertung.html" aria-current="page" lang="de">Härtung der Server</a>' in made
    assert 'href="../../de/documents/docs-haertung.html"' in made


def test_hostile_documents_bring_nothing_of_their_own(client: Client) -> None:
    made = page(client, "documents/docs-boese")
    own = made[made.index('<div class="article"') :]
    own = own[: own.index("</main>")]
    for tag in re.findall(r"<[a-z][^>]*>", own):
        assert not re.search(
            r"\son\w+=|\sstyle=|javascript:|data:|<(?:script|style|iframe|form|input|object|base)", tag
        ), tag
    assert "//evil" not in re.sub(r">[^<]*<", "><", own) and "passwd" not in re.sub(r">[^<]*<", "><", own)
    assert 'id="main" ' not in own or 'class="hub"' not in own
    assert made.count('id="_main"') == 1 and re.search("<title> ?Böse · Handbook</title>", made)
    assert not Path("/tmp/pwned").exists()


def test_the_index_names_state_and_what_is_missing(client: Client) -> None:
    made = page(client, "documents")
    assert "6 Dokumente" in made and "docs/ROLLBACK.md fehlt" in re.sub(r"<[^>]*>", "", made)
    assert "docgen guide rollback" in made and "1 stimmt nicht" in made
    assert '<a href="documents/docs-haertung.html" lang="de">Härtung der Server</a>' in made
    assert "Härtung der Server" in page(client, "index")


def everything(client: Client) -> dict[str, bytes]:
    """What is published, but for how the run went."""
    top = client.folder / "hub/current"
    files = {str(one.relative_to(top)): one.read_bytes() for one in top.rglob("*") if one.is_file()}
    return {name: content for name, content in files.items() if not name.startswith("run.")}


def test_the_same_again_is_the_same(client: Client) -> None:
    before = everything(client)
    for cold in (False, True):
        if cold:
            shutil.rmtree(client.folder / "hub/cache")
        assert client.docgen("publish", "--from", "s.json", "--no-pdf", "--to", "hub", "-q").code == 0
        now = everything(client)
        assert [name for name in before.keys() | now.keys() if before.get(name) != now.get(name)] == []


def test_without_the_program_there_is_no_field_and_it_is_said(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = client.folder / "hidden/pagefind_bin"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError\n")
    env = {"PYTHONPATH": str(hidden.parent), "PATH": "/usr/bin:/bin"}
    ran = client.docgen("publish", "--from", "s.json", "--no-pdf", "--to", "other", env=env)
    assert ran.code == 0 and "docgen[search]" in ran.stderr
    assert "_find" not in (client.folder / "other/current/de/index.html").read_text("utf-8")
    assert not (client.folder / "other/current/search").exists()


def test_a_thousand_documents_that_did_not_change_are_not_made_again(tmp_path: Path) -> None:
    """The same with fewer; tests/README.md says how to measure."""
    from .thousand import write

    client = Client(tmp_path)
    write(tmp_path, 60)
    # The account's own folder, with what docgen keeps there, is no part of the checkout.
    (tmp_path / ".git/info/exclude").write_text("home/\n")
    assert client.docgen("status", "--save", "s.json").code == 3
    run = ("publish", "--from", "s.json", "--no-pdf", "--to", "hub", "-q")
    assert client.docgen(*run).code == 3
    current = tmp_path / "hub/current"
    sorts = ("*/documents/*.html", "search/*-documents/fragment/*")
    before = {
        str(one.relative_to(current)): one.stat().st_ino for sort in sorts for one in current.glob(sort)
    }
    assert sum(name.endswith(".html") for name in before) == 120 and len(before) >= 180
    assert client.docgen(*run).code == 3
    assert before == {name: (current / name).stat().st_ino for name in before}
    # What somebody altered is no longer what was made, also where what is kept for the next run is the same file.
    found = next(current.glob("search/de-documents/fragment/*")).relative_to(current)
    whole = (current / found).read_bytes()
    (current / found).write_bytes(b"altered")
    assert client.docgen(*run).code == 3
    assert (current / found).read_bytes() == whole
    changed = next((tmp_path / "docs").rglob("guide-0007.md"))
    changed.write_text(changed.read_text("utf-8").replace("# Anleitung 7", "# Neue Anleitung 7"), "utf-8")
    assert client.docgen(*run).code == 3
    (page,) = current.glob("en/documents/*-guide-0007.html")
    assert "Neue Anleitung 7" in page.read_text("utf-8") and "not committed" in page.read_text("utf-8")


# In a browser, over docgen serve with a login


@pytest.fixture(scope="module")
def running(client: Client) -> Iterator[Running]:
    accounts = [Account(READER[0], passwords.hashed(READER[1], 8), "Team")]
    htpasswd.update(client.folder / "htpasswd", lambda _: accounts)
    running = Running(client.folder, "--htpasswd", str(client.folder / "htpasswd"))
    yield running
    running.stop()


@pytest.fixture
def show(browser: Browser, running: Running) -> Iterator[Any]:
    """``show(path)``: a page of the hub, behind its login. Whatever the browser complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def show(path: str, **options: Any) -> Page:
        login = {"username": READER[0], "password": READER[1]}
        context = browser.new_context(http_credentials=login, **options)
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda message: complaints.append(message.text))
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        shown.goto(f"http://127.0.0.1:{running.port}/{path}")
        return shown

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


def found(shown: Page, text: str, sort: str | None = None) -> list[str]:
    """What the search shows for `text`; with a `sort`, when that has been chosen, too."""
    said = "document.querySelector('#_find [role=status]').textContent"
    shown.evaluate(f"{said} = ''")
    if sort is None:
        shown.locator("#_find input").fill(text)
    else:
        shown.locator("#_find select").last.select_option(sort)
    # Playwright's own way to wait evaluates a string in the page, which the policy of the page forbids.
    until = time.monotonic() + 300
    while not shown.evaluate(said):
        assert time.monotonic() < until, text
        shown.wait_for_timeout(50)
    return shown.locator("#_find ol a").all_inner_texts()


@pytest.mark.parametrize(
    ("start", "language"), [("de/index.html", "de"), ("en/documents/docs-weg.html", "en")]
)
def test_search_and_follow(show: Any, start: str, language: str) -> None:
    shown = show(start)
    shown.keyboard.press("/")
    for text in ("Härtung", "haertung", "hartung"):
        assert any("Härtung der Server" in one for one in found(shown, text)), text
    assert any("Old guide" in one for one in found(shown, "restart"))
    assert any("Scripts" in one for one in found(shown, "hostname"))
    assert found(shown, "Kolibri") == []
    assert any("Härtung der Server" in one for one in found(shown, "Überprüfung"))
    shown.keyboard.press("ArrowDown")
    shown.keyboard.press("Enter")
    shown.wait_for_url(f"**/{language}/documents/docs-haertung.html*")
    assert shown.locator("h1").inner_text() == "Härtung & sudo"


def test_filters(show: Any) -> None:
    shown = show("de/index.html")
    assert any("Scripts" in one for one in found(shown, "Scripts"))
    sorts = shown.locator("#_find select").last
    assert sorts.locator("option").all_inner_texts() == [
        "alle",
        "Dokument",
        "Bericht oder Anleitung",
        "Prüfung",
    ]
    assert not any("Scripts" in one for one in found(shown, "Scripts", "Dokument"))
    shown.keyboard.press("Escape")
    assert shown.locator("#_find .found").is_hidden()


def test_without_script_there_is_no_field(show: Any) -> None:
    shown = show("de/documents/docs-haertung.html", java_script_enabled=False)
    assert shown.locator("#_find").is_hidden()
    assert shown.locator(".toc a").count() >= 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["documents/docs-haertung", "documents/docs-daten", "documents"])
def test_axe_finds_nothing_in_any_mode(show: Any, name: str, language: str) -> None:
    shown = show(f"{language}/{name}.html")
    found(shown, "Server")
    shown.evaluate(axe.UNFOLD)
    # What is dark or printed has the same colours in every language.
    assert list(axe.violations(shown, *(axe.MODES if language == "de" else ("light", "narrow")))) == []
