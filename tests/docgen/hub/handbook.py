"""Documents as people write them, for PDFs: one that holds all that Markdown knows and some that nobody should write, and
one in which nothing of a run is said."""

from __future__ import annotations

import subprocess
from base64 import b64decode
from pathlib import Path
from typing import NamedTuple

from checks import snapshot as snapshots
from checks.collect import collect
from checks.evaluate import evaluate
from checks.model import Report, Snapshot
from checks.spec import load
from checks.spec.spec import Spec
from docgen.hub.articles import gathered, where
from docgen.hub.papers import Job
from docgen.hub.printed import Press, jobs
from docgen.hub.shelf import Shelf
from docgen.pdf.carried import origin
from docgen.pdf.sign import Seal

SPEC = """\
project: Handbook
language: de
owner: Platform team
documents: {folders: docs, organisation: Example Ltd, classification: Internal}
environments: {prod: {host: local, root: .}}
sections:
  - name: Files
    environment: prod
    components:
      - name: Scripts
        checks: [{file: /etc/hostname}]
translations:
  de: {Internal: Intern}
"""
GUIDE = """\
---
title: Härtung & Betrieb
lang: de
date: 2026-01-02
audience: [Betrieb, Prüfer]
author: M. Weber
version: "2.1"
supersedes: Fassung 2.0
---
# Härtung & Betrieb

Überprüfungen laufen nachts[^1]. Siehe [Weg](weg.md#back), [Skript](../switch.sh), [fort](fort.md#x), [oben](#groesse) und
[**Handbuch** mit `Code`](https://www.example.com/handbuch). Stand: {{ claim: scripts.hostname }} ✅ → ✓ 🔥 漢

#### Übersprungen

## Größe

| Host | Port |
|---|--:|
| web1 | 8001 |

<table><caption>T</caption><tr><th>a</th><td>b</td></tr><tr><td colspan="9">c</td></tr>
<thead><tr><th>x</th></tr></thead></table>
<li>verirrt</li><ul><p>kein Punkt</p><li>einer</li></ul><dl><dt>n</dt><dd>w</dd></dl><dd>weit</dd>
<figure><figcaption>Unterschrift</figcaption></figure>

!!! warning
    Erst **sichern**.

> [!NOTE]
> Nur nachts.

- [x] gesichert
- [ ] geprüft
  1. eins

     zwei

7. sieben

```text
├── current 🔥
│   └── releases
```

```bash
for one in web1; do echo "$one"; done  # Kommentar
```

```dot
digraph { Build -> Test; Test -> Build [label="neu"] }
```

![Aufbau](bild.svg) ![](foto.png) [![Verweis](foto.png)](https://www.example.com) ![CMYK](cmyk.jpg) ![Fremd](https://e.example/x.png)

The script `switch.sh` lines 40-41.

[^1]: Um zwei Uhr.
"""
WAY = (
    "---\nlang: en\ndate: 2026-02-03\n---\n## Back\n\nTo the [beginning](haertung.md#groesse).\n\n"
    "Done ✅ ✅ by Łukasz Łaski: `✅ ✅`\n"
)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><text y="20" style="font-family:Arial">Größe 漢</text>'
    '<image href="http://127.0.0.1:9/x.png" width="9" height="9"/></svg>'
)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Handbook(NamedTuple):
    folder: Path
    spec: Spec
    snapshot: Snapshot
    report: Report
    made: dict[str, bytes]
    """The PDFs, by their names."""

    def jobs(self, seal: Seal | None = None, address: str | None = None) -> dict[str, Job]:
        """The PDFs of the documents; `address` is that of the hub."""
        published = self.spec.publish.model_copy(update={"address": address})
        spec = self.spec._replace(publish=published)
        there = where(spec)
        assert there
        shelf = Shelf(gathered(spec, there, self.snapshot, self.report, None))
        return jobs(shelf, Press(spec, self.report, origin(spec, self.snapshot, {}), seal))


def written_down(folder: Path) -> Handbook:
    """The documents in `folder`, committed."""
    from PIL import Image

    docs = folder / "docs"
    docs.mkdir()
    (folder / "docgen.yml").write_text(SPEC, "utf-8")
    (folder / "switch.sh").write_text("ln -s\n")
    (docs / "haertung.md").write_text(GUIDE, "utf-8")
    (docs / "weg.md").write_text(WAY, "utf-8")
    (docs / "bild.svg").write_text(SVG, "utf-8")
    (docs / "foto.png").write_bytes(b64decode(PNG))
    Image.new("CMYK", (8, 8), (9, 99, 9, 9)).save(docs / "cmyk.jpg")
    for words in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "x"),
    ):
        subprocess.run(["git", "-C", str(folder), *words], check=True)
    spec = load(folder / "docgen.yml")
    snapshot = collect(spec)
    (folder / "s.json").write_bytes(snapshots.dump(snapshot))
    its = Handbook(folder, spec, snapshot, evaluate(spec, snapshot), {})
    its.made.update({name: job.make(job.languages[0]) for name, job in its.jobs().items()})
    return its
