"""Documents as a team writes them, as many as are wanted, in a repository of their own: for measuring.

``python tests/docgen/hub/thousand.py DIR [COUNT]`` writes ``DIR/docs``, ``DIR/docgen.yml`` and ``DIR/mkdocs.yml``, and
commits the documents. The same count gives the same documents."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

_SYSTEMS = (
    "gateway", "billing", "ledger", "mail", "search", "reports", "identity", "archive", "queue", "storage",
)  # fmt: skip
_THINGS = {
    "en": ("the service", "the release", "the backup", "the health check", "the certificate", "the queue worker",
           "the migration", "the storage link", "the deployment", "the rollback", "the dump", "the cron job"),
    "de": ("der Dienst", "das Release", "die Sicherung", "der Health Check", "das Zertifikat", "der Queue-Worker",
           "die Migration", "der Storage-Link", "das Deployment", "der Rollback", "der Datenbank-Dump", "die Härtung"),
}  # fmt: skip
_DOES = {
    "en": ("is checked before each switch", "must not be older than a day", "writes one line for each request",
           "reads its settings from the shared folder", "was moved to the new host last winter",
           "answers within two hundred milliseconds", "needs the account of the deployment and nothing more"),
    "de": ("wird vor jedem Umschalten geprüft", "darf nicht älter als ein Tag sein", "schreibt je Anfrage eine Zeile",
           "liest seine Einstellungen aus dem gemeinsamen Ordner", "zog im vergangenen Winter auf den neuen Host um",
           "antwortet innerhalb von zweihundert Millisekunden", "braucht das Konto des Deployments und sonst nichts"),
}  # fmt: skip
_HEADINGS = {
    "en": ("Overview", "Before you start", "How it works", "Procedure", "Verification", "Way back", "Known problems"),
    "de": ("Überblick", "Voraussetzungen", "Wie es funktioniert", "Vorgehen", "Prüfung", "Rückweg", "Bekannte Probleme"),
}  # fmt: skip
_CODE = (
    ("bash", "set -euo pipefail\nfor host in web1 web2; do\n  ssh \"$host\" 'readlink -f current' || exit 1\ndone\n"),
    ("yaml", "server:\n  listen: 443\n  hosts: [web1, web2]\n  timeout: 30s  # of the proxy, too\n"),
    ("php", "<?php\n$health = Cache::get('health', fn () => ['ok' => true]);\nreturn response()->json($health);\n"),
    ("sql", "SELECT id, created_at FROM deployments\nWHERE status = 'failed' AND created_at > NOW() - INTERVAL 1 DAY;\n"),
    ("python", "def newest(folder):\n    found = sorted(folder.glob('*.gz'))\n    return found[-1] if found else None\n"),
    ("ini", "[Unit]\nDescription=Queue worker\n[Service]\nExecStart=/usr/bin/php artisan queue:work\nRestart=always\n"),
)  # fmt: skip


def _sentence(chance: random.Random, language: str) -> str:
    thing, does = chance.choice(_THINGS[language]), chance.choice(_DOES[language])
    return f"{thing[0].upper()}{thing[1:]} {does}."


def _paragraph(chance: random.Random, language: str) -> str:
    said = [_sentence(chance, language) for _ in range(chance.randint(3, 6))]
    said.insert(
        1, f"`systemctl status {chance.choice(_SYSTEMS)}` · **{chance.randint(2, 90)}** · _{language}_."
    )
    return " ".join(said)


def document(number: int, count: int) -> tuple[str, str]:
    """The path and the text of document `number` of `count`."""
    chance = random.Random(number)
    language = "de" if number % 3 else "en"
    system = _SYSTEMS[number // 20 % len(_SYSTEMS)]
    path = f"docs/{system}-{number // 200}/{number // 20 % 100:02}-runbook/guide-{number:04}.md"
    title = f"{'Anleitung' if language == 'de' else 'Guide'} {number}: {system}"
    lines = [
        "---", f"title: {title}", f"lang: {language}", f"date: 2026-{1 + number % 9:02}-{1 + number % 28:02}",
        "audience: operations", "---", "", f"# {title}", "", _paragraph(chance, language), "",
    ]  # fmt: skip
    near = number // 20 * 20 + (number + 1) % 20
    for place, heading in enumerate(_HEADINGS[language]):
        lines += [f"## {heading}", "", _paragraph(chance, language), ""]
        info, code = _CODE[(number + place) % len(_CODE)]
        if place in (2, 3, 5):
            lines += [f"```{info}", code.rstrip("\n"), "```", ""]
        if place == 0:
            target = f"guide-{near:04}.md" if near < count else "guide-0000.md"
            lines += [
                f"[{_HEADINGS[language][3]}]({target})" if near < count else _sentence(chance, language),
                "",
            ]
        if place == 1:
            lines += [f"- [{'x' if n % 2 else ' '}] {_sentence(chance, language)}" for n in range(4)] + [""]
        if place == 3:
            lines += [f"{n}. {_sentence(chance, language)}" for n in range(1, 7)] + [""]
        if place == 4:
            lines += ["| Host | Port | Soll | Ist |", "|---|---:|---|---|"]
            lines += [f"| web{n} | {8000 + n} | `{chance.randrange(16**8):08x}` | ok |" for n in range(6)] + [
                ""
            ]
        if place == 5:
            lines += ["!!! warning", f"    {_sentence(chance, language)}", ""]
        if place == 6:
            lines += [f"{_sentence(chance, language)}[^1]", "", f"[^1]: {_sentence(chance, language)}", ""]
    return path, "\n".join(lines)


SPEC = """\
project: Handbook
language: de
documents: {folders: docs}
environments: {handbook: {}}
"""
MKDOCS = """\
site_name: Handbook
theme: {name: %s}
markdown_extensions: [admonition, footnotes, tables, fenced_code, codehilite, toc]
plugins: [search]
"""


def write(folder: Path, count: int) -> None:
    """Writes `count` documents into `folder`, and commits them."""
    for number in range(count):
        path, text = document(number, count)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    (folder / "docgen.yml").write_text(SPEC, "utf-8")
    for theme in ("mkdocs", "material"):
        (folder / f"{theme}.yml").write_text(MKDOCS % theme, "utf-8")
    who = ("-c", "user.name=Team", "-c", "user.email=team@example.com")
    for words in (("init", "-q", "-b", "main"), ("add", "docs"), (*who, "commit", "-q", "-m", "Documents")):
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
