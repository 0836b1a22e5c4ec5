"""What a PDF carries, and what stands on its first page."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner

from checks import snapshot as snapshots
from checks.evaluate import evaluate
from checks.model import Report, SectionResult, Status, msg
from docgen.cli import main_group
from docgen.documents import document as document_of
from docgen.documents.interface import Source
from docgen.i18n import Translator
from docgen.pdf.carried import Origin, origin
from docgen.pdf.press import press
from docgen.renderers import paper, pdf
from docgen.renderers.cover import Stated, cover
from docgen.renderers.document import render
from docgen.renderers.document.about import identified

from ..renderers import sample
from ..renderers.sample import aspect, component, result


@pytest.fixture(scope="module")
def made_of(small: Any) -> tuple[Report, Origin]:
    return evaluate(small.spec, small.snapshot), origin(small.spec, small.snapshot, {})


@pytest.fixture(scope="module")
def status(made_of: tuple[Report, Origin]) -> bytes:
    return pdf.render(made_of[0], "de", made_of[1])


def words(made: bytes, tmp_path: Path, *options: str) -> str:
    (tmp_path / "x.pdf").write_bytes(made)
    call = ["pdftotext", "-layout", *options, str(tmp_path / "x.pdf"), "-"]
    return subprocess.run(call, capture_output=True, check=True, text=True).stdout


def carried(made: bytes, tmp_path: Path) -> dict[str, bytes]:
    (tmp_path / "x.pdf").write_bytes(made)
    with pikepdf.open(tmp_path / "x.pdf") as document:
        return {name: file.get_file().read_bytes() for name, file in document.attachments.items()}


def test_the_first_page_says_what_it_is_and_how_it_stands(small: Any, status: bytes, tmp_path: Path) -> None:
    first = words(status, tmp_path, "-f", "1", "-l", "1")
    for said in (
        "Example Ltd · Shop · Statusbericht · Intern", "Plattform-Team", "Zeitpunkt", "UTC", "MEZ", "Gültig bis",
        "docgen 0.1.0", "Commit nicht bekannt", "ersetzt: nicht angegeben", "5 Prüfungen festgelegt, 5 ausgewiesen",
        "2+0+1+1+0+1+0=5", "Release, Rehearsal; 3 Komponenten", "missing.txt", "Web team",
        "not needed (M. Weber)", "bis 01.01.2126", "Automatisch und nur lesend", "Nicht signiert",
        "docgen verify FILE.pdf", "Momentaufnahme; keine Aussage zur Konformität mit einer Norm.", "Seite 1 von",
    ):  # fmt: skip
        assert said in " ".join(first.split()), said
    assert small.snapshot.sha256[:32] in first and small.spec.sha256 in first


def test_the_first_page_is_one_page_however_much_is_wrong(tmp_path: Path) -> None:
    long = " ".join(["a rather long sentence about what was seen"] * 9)
    wrong = [
        result(f"a/b/{n}", f"check {n} of many", Status.FAIL, aspect(None, "this", long), environment="prod")
        for n in range(30)
    ]
    excused = [
        result(f"a/c/{n}", f"other check {n}", Status.WAIVED, environment="prod", waived_until="2126-01-01T00:00:00Z",
               waived_reason=long)
        for n in range(9)
    ]  # fmt: skip
    parts = (component("a/b", "A component with a long name", *wrong), component("a/c", "C", *excused))
    sections = (SectionResult("a", "Section", "prod", parts),)
    report = sample.report()._replace(sections=sections, owner="A platform team with a long name")
    about = identified("status", None, report, "de")
    first = cover(report, None, msg("Status report"), None, Stated(), Translator("de"))
    assert first.further == 32 and sum(n for _, n in first.counts) == first.declared == 39
    made = press(paper.render(report, about, first, Translator("de")), about.at)
    shown = words(made, tmp_path, "-f", "1", "-l", "1")
    assert "docgen verify" in shown and "und 32 weitere" in shown


@pytest.mark.parametrize("made", [sample.poisoned, sample.empty])
def test_a_hostile_and_an_empty_report_are_written_too(made: Any, tmp_path: Path) -> None:
    report = made()
    about = identified("status", None, report, "en")
    first = cover(report, None, msg("Status report"), None, Stated(), Translator("en"))
    made_of = press(paper.render(report, about, first, Translator("en")), "2026-01-01T00:00:00Z")
    shown = words(made_of, tmp_path)
    assert "no statement of conformity" in shown
    assert made is sample.empty or ("<script>" in shown and "\\u202e" in shown)


def test_every_check_is_in_it_and_every_page_says_of_what_it_is(status: bytes, tmp_path: Path) -> None:
    shown = words(status, tmp_path)
    for name in ("there.txt", "missing.txt", "gone.txt", "after.txt"):
        assert name in shown
    pages = shown.rstrip("\f").split("\f")
    assert all(f"Seite {n} von {len(pages)}" in page for n, page in enumerate(pages, 1))
    assert all("status-2" in page and "Momentaufnahme" in page for page in pages)


def test_it_carries_what_it_was_made_from(small: Any, status: bytes, tmp_path: Path) -> None:
    files = carried(status, tmp_path)
    assert sorted(files) == ["manifest.json", "report.json", "snapshot.json", "spec.yml"]
    assert snapshots.parse(files["snapshot.json"]) == small.snapshot
    assert files["spec.yml"] == (small.folder / "docgen.yml").read_bytes()
    assert json.loads(files["report.json"])["language"] == "de"
    manifest = json.loads(files["manifest.json"])
    assert manifest["schema"] == "docgen/pdf/v1" and manifest["spec"]["folder"] == ""
    assert manifest["engine"]["weasyprint"] and manifest["environments"] == ["prod", "staging"]
    for name, told in manifest["files"].items():
        assert told == {"bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}


def test_it_is_the_same_every_time(made_of: tuple[Report, Origin], status: bytes) -> None:
    assert pdf.render(made_of[0], "de", made_of[1]) == status


def test_its_structure(status: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(status)
    with pikepdf.open(tmp_path / "x.pdf") as document:
        meta = document.open_metadata()
        assert meta.pdfa_status == "3A" and meta["pdfuaid:part"] == "1"
        assert document.Root.Lang == "de" and document.Root.MarkInfo.Marked
        assert document.Root.ViewerPreferences.DisplayDocTitle
        with document.open_outline() as outline:
            assert [item.title for item in outline.root], "bookmarks"
        sorts = {str(o["/S"]) for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/S" in o}
        assert {"/Table", "/TH", "/TD", "/H1", "/H2"} <= sorts and "/Figure" not in sorts
        named = {str(f.obj["/AFRelationship"]) for f in document.attachments.values()}
        assert named == {"/Source", "/Data", "/Supplement"}


def test_a_document_carries_the_same(small: Any, made_of: tuple[Report, Origin], tmp_path: Path) -> None:
    report, of = made_of
    document = document_of("summary").compose(Source(small.spec, small.snapshot, report, "prod"))
    made = render(document, report, "pdf", "en", origin=of)
    files = carried(made, tmp_path)
    assert snapshots.parse(files["snapshot.json"]) == small.snapshot
    assert json.loads(files["manifest.json"])["kind"] == "summary"
    first = words(made, tmp_path, "-f", "1", "-l", "1")
    assert "4 checks declared, 4 shown" in first and "not selected: staging" in first


def test_the_commit_of_the_spec_stands_on_it(small: Any, tmp_path: Path) -> None:
    from docgen.pdf.carried import _commit

    file = tmp_path / "docgen.yml"
    file.write_bytes(b"project: x\n")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for words_ in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words_], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    assert _commit(file, b"project: x\n") == head
    assert _commit(file, b"project: y\n") == f"{head}+"
    assert _commit(Path("/proc/docgen.yml"), b"") == ""


def test_a_long_report_is_an_overview_and_parts(
    small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "MOST", 3)
    call = ["status", "-c", small.config, "--from", small.saved, "-f", "pdf"]
    ran = CliRunner().invoke(main_group, call)
    assert ran.exit_code == 2 and "takes 2 files" in ran.output
    ran = CliRunner().invoke(main_group, [*call, "-o", str(tmp_path / "s.pdf")])
    assert ran.exit_code == 1, ran.output
    first, second = ((tmp_path / name).read_bytes() for name in ("s.pdf", "s-part-2.pdf"))
    whole, rest = words(first, tmp_path), words(second, tmp_path)
    assert "Part 1 of 2: overview" in whole and "Next steps" in whole and "missing.txt" in whole
    assert "Part 2 of 2: further rows" in rest and "Next steps" not in rest and "Met: 2 checks" in rest
    assert json.loads(carried(second, tmp_path)["manifest.json"])["part"] == 2
    assert CliRunner().invoke(main_group, ["verify", str(tmp_path / "s-part-2.pdf")]).exit_code == 0
