"""PDFs of hand-written documents: what stands in them, what they carry, what `docgen verify` makes of them, and which
documents get one."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner

from checks.errors import DocgenError
from checks.model import text
from checks.spec.documents import Sign
from docgen.cli import main_group
from docgen.hub import build as building
from docgen.hub.articles import Article
from docgen.hub.papers import Job, listed, papers
from docgen.hub.printed import chosen
from docgen.pdf.finding import Finding
from docgen.pdf.opened import read
from docgen.pdf.sign import Seal, seal
from docgen.pdf.verify import verify
from docgen.renderers.article import Body, Front

GUIDE, WAY = "documents/docs-haertung", "documents/docs-weg"


def words(made: bytes, tmp_path: Path, *more: str) -> str:
    (tmp_path / "x.pdf").write_bytes(made)
    command = ["pdftotext", *more, str(tmp_path / "x.pdf"), "-"]
    return " ".join(subprocess.run(command, capture_output=True, text=True).stdout.split())


def carried(made: bytes) -> dict[str, bytes]:
    with pikepdf.open(io.BytesIO(made)) as document:
        return {name: its.get_file().read_bytes() for name, its in document.attachments.items()}


def altered(made: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """`made` with another attachment `name`, and a manifest that fits it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(made)) as document:
        files = {one: its.get_file().read_bytes() for one, its in document.attachments.items()}
        files[name] = change(files[name])
        manifest = json.loads(files["manifest.json"])
        manifest["files"][name]["sha256"] = hashlib.sha256(files[name]).hexdigest()
        files["manifest.json"] = json.dumps(manifest).encode()
        for one in (name, "manifest.json"):
            del document.attachments[one]
            document.attachments[one] = pikepdf.AttachedFileSpec(document, files[one], filename=one)
        document.save(out)
    return out.getvalue()


def said(found: list[Finding]) -> str:
    from docgen.i18n import Translator

    return "\n".join(f"{one.holds} {Translator('en').plain(one.said)}" for one in found)


def test_the_first_page(handbook: Any, tmp_path: Path) -> None:
    first = words(handbook.made[GUIDE], tmp_path, "-l", "1")
    source = hashlib.sha256((handbook.folder / "docs/haertung.md").read_bytes()).hexdigest()
    for one in (
        "Example Ltd · Handbook · Handgeschriebenes Dokument · Intern", "Härtung & Betrieb", "stimmt nicht",
        "docs-haertung-2", "2026-01-02", "2.1; ersetzt Fassung 2.0", "M. Weber", "Betrieb, Prüfer", "docs/haertung.md",
        f"sha256 {source}", "switch.sh lines 40-41", "Die Datei hat 1 Zeile.", "scripts.hostname: erfüllt",
        "docgen verify FILE.pdf", "keine Aussage zur Konformität", "Nicht signiert",
    ):  # fmt: skip
        assert one in first, one
    other = words(handbook.made[WAY], tmp_path, "-l", "1")
    assert "Hand-written document · Internal" in other and "Deviations: none." in other
    assert "Snapshot" not in other, "nothing of it was held against one"


def test_the_text(handbook: Any, tmp_path: Path) -> None:
    shown = words(handbook.made[GUIDE], tmp_path)
    for one in (
        "Weg (docs/weg.md)", "Skript (switch.sh)", "Handbuch mit Code (https://www.example.com/handbuch)", "Warnung",
        "[x] gesichert", "7. sieben", "├── current \\u{1f525}", "Build → Test", "✓ → ✓ [fire] \\u{6f22}",
        "Bild: Fremd", "von dort wird nichts geladen", "1. Um zwei Uhr", "[1] The script",
    ):  # fmt: skip
        assert one in shown, one
    with pikepdf.open(io.BytesIO(handbook.made[GUIDE])) as document:
        assert document.Root.Lang == "de"
        with document.open_outline() as outline:
            assert outline.root[0].title == "Härtung & Betrieb" and "Größe" in str(outline.root[0].children)
        figures = [str(o.get("/Alt")) for o in document.objects if str(getattr(o, "S", "")) == "/Figure"]
    assert sorted(figures) == [
        "Aufbau", "Bild ohne Beschreibung: foto.png", "CMYK", "Diagramm; dasselbe steht darunter in Worten", "Verweis",
    ]  # fmt: skip
    fonts = subprocess.run(["pdffonts", str(tmp_path / "x.pdf")], capture_output=True, text=True).stdout
    assert all("docgen" in line for line in fonts.splitlines()[2:]), fonts


def test_what_they_carry(handbook: Any) -> None:
    files = carried(handbook.made[GUIDE])
    assert {one for one in files if not one.startswith("picture-")} == {
        "manifest.json", "report.json", "snapshot.json", "source.md", "spec.yml", "written.json",
    }  # fmt: skip
    assert files["source.md"] == (handbook.folder / "docs/haertung.md").read_bytes()
    assert [one.split(".", 1)[1] for one in sorted(files) if one.startswith("picture-")] == [
        "svg",
        "png",
        "jpg",
    ]
    # What makes no claim carries nothing of the run, however large that is.
    assert sorted(carried(handbook.made[WAY])) == ["manifest.json", "source.md", "written.json"]


def test_links_lead_to_the_hub_where_that_has_an_address(handbook: Any) -> None:
    made = handbook.jobs(address="https://docs.example.com")[WAY].make("en")
    assert b"(https://docs.example.com/de/documents" not in handbook.made[WAY]
    with pikepdf.open(io.BytesIO(made)) as document:
        leads = [
            str(o.A.URI) for o in document.objects if str(getattr(o, "Subtype", "")) == "/Link" and "/A" in o
        ]
    assert leads == ["https://docs.example.com/en/documents/docs-haertung.html#groesse"]


def test_verify_makes_them_again_and_says_of_what(handbook: Any, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(handbook.made[GUIDE])
    ran = CliRunner().invoke(main_group, ["verify", str(tmp_path / "x.pdf"), "--lang", "en"])
    assert ran.exit_code == 0, ran.output
    for one in (
        "The text was made from docs/haertung.md of commit",
        "1 claim, the same",
        "same to the byte",
        "show the attached",
    ):
        assert one in ran.output


def test_verify_says_what_was_changed(handbook: Any) -> None:
    def verified(change: Callable[[bytes], bytes], name: str) -> str:
        return said(verify(read(altered(handbook.made[GUIDE], name, change))))

    assert "False The source is not the one" in verified(lambda data: data + b"x", "source.md")
    met = verified(
        lambda data: data.replace(b'"said": "scripts.hostname"', b'"said": "scripts.other"'), "written.json"
    )
    assert "False The claim scripts.other comes out otherwise" in met.replace("`", ""), met
    assert "None The attachment written.json cannot be read" in verified(
        lambda _: b"[]", "written.json"
    ).replace("`", "")
    way = altered(
        handbook.made[WAY], "written.json", lambda data: data.replace(b"Example Ltd", b"Example Inc")
    )
    assert "False The file is not what its attachments give" in said(verify(read(way)))


def test_which_documents_get_one() -> None:
    def article(pdf: bool | None) -> Article:
        return Article("x.md", "x", Body((), (), Front(pdf=pdf), (), ()), "", "", 0, 0, ())

    every = [article(None), article(True), article(False)]
    assert chosen(every, 3) == every[:2]
    assert chosen(every, 2) == [every[1]] and chosen(every[::2], 0) == []


def test_they_are_made_once_and_stand_where_one_looks_for_them(
    handbook: Any, keys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "jobs", lambda *_: {})
    monkeypatch.setattr(building.search, "program", lambda: None)
    made: list[str] = []
    shelf, before = tmp_path / "cache/documents", tmp_path / "release"

    def build(its: Seal | None = None) -> Any:
        return building.build(
            handbook.spec, handbook.snapshot, [], {}, tmp_path / "cache", made.append, its, shelf, before
        )

    silent = Sign(certificate="own.pem", key="own.key", timestamp="http://127.0.0.1:9/")
    less = seal(silent, str(keys.folder))
    assert f"de/{GUIDE}.pdf" in build(less).files
    kept = {one.name for one in (tmp_path / "cache").rglob("*") if one.suffix in (".pdf", ".json")}
    assert kept == {"documents.json"}, "what was signed with less than is wanted is signed again"
    made.clear()
    files = build().files
    for language in ("de", "en"):
        for name, of, its in (("haertung", GUIDE, "de"), ("weg", WAY, "en")):
            page = files[f"{language}/documents/docs-{name}.html"].decode()
            place = (
                f"../documents/docs-{name}.pdf"
                if its == language
                else f"../../{its}/documents/docs-{name}.pdf"
            )
            data = files[f"{its}/{of}.pdf"]
            assert f'<a href="{place}">PDF</a>' in page and hashlib.sha256(data).hexdigest() in page
            listed = files[f"{language}/auditors.html"].decode()
            assert hashlib.sha256(data).hexdigest() in listed and f"docs/{name}.md" in listed
    assert files[f"de/{GUIDE}.pdf"] == handbook.made[GUIDE], (
        "the same bytes in another process, in another place"
    )
    for name, content in files.items():
        (before / name).parent.mkdir(parents=True, exist_ok=True)
        (before / name).write_bytes(content)
    pressed = [one for one in made if one.endswith(".pdf")]
    again = build()
    assert again.files["en/auditors.html"] == files["en/auditors.html"]
    assert "Härtung &amp; Betrieb</a>" in files["en/auditors.html"].decode()
    assert f"de/{GUIDE}.html" in again.kept and again.files[f"de/{GUIDE}.pdf"] == files[f"de/{GUIDE}.pdf"]
    assert [one for one in made if one.endswith(".pdf")] == pressed and len(pressed) == 2
    few = handbook.spec.documents.model_copy(update={"pdf_limit": 1})
    left = building.build(
        handbook.spec._replace(documents=few), handbook.snapshot, [], {}, tmp_path / "cache"
    )
    assert "2 hand-written documents are more than documents.pdf-limit (1): 0 have a PDF" in left.said[0]
    assert not [one for one in left.files if one.endswith(".pdf")]


def test_a_document_of_which_no_pdf_can_be_made_has_none(tmp_path: Path) -> None:
    def fails(language: str) -> bytes:
        raise DocgenError("it took too long")

    lines: list[str] = []
    job = Job(lambda _: text("x"), None, "x", fails, ("en",), "docs/x.md")
    made = papers({"documents/x": job}, tmp_path, lines.append, lines.append)
    assert made == {} and "docs/x.md has no PDF: it took too long" in lines
    (paper,) = listed({"documents/x": job}, made, "de")
    assert (paper.size, paper.file) == (0, "../en/documents/x.pdf")
    with pytest.raises(DocgenError, match="it took too long"):
        papers({"status": job._replace(path="")}, tmp_path, lines.append, lines.append)
