"""What `docgen verify` finds: one changed byte, one changed verdict, one exchanged attachment; and says which."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner, Result

from checks import __version__
from checks import snapshot as snapshots
from checks.evaluate import evaluate
from docgen.cli import main_group
from docgen.documents import document
from docgen.documents.interface import Source
from docgen.pdf import press, verify
from docgen.pdf.carried import origin
from docgen.pdf.opened import opened
from docgen.renderers import pdf
from docgen.renderers.document import render


@pytest.fixture(scope="module")
def made(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    report, of = evaluate(small.spec, small.snapshot), origin(small.spec, small.snapshot, {})
    path = tmp_path_factory.mktemp("verify") / "status.pdf"
    path.write_bytes(pdf.render(report, "en", of))
    return path


@pytest.fixture
def quick(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing it again gives the same: what takes time is shown once, by the first test."""
    versions = opened(made).manifest
    assert versions is not None
    monkeypatch.setattr(press, "engine", lambda: versions.engine)
    monkeypatch.setattr(verify, "_again", lambda *_: made.read_bytes())


def run(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main_group, ["verify", str(path), *options])


def changed(made: Path, name: str, change: Callable[[bytes], bytes], *, named: bool = False) -> Path:
    """`made` with the attachment `name` changed; with `named`, the manifest goes along with it."""
    path = made.with_name("changed.pdf")
    with pikepdf.open(made) as document_:
        for file in [name, *(["manifest.json"] if named else [])]:
            stream = document_.attachments[file].obj["/EF"]["/F"]
            content = stream.read_bytes()
            if file == name:
                content = fresh = change(content)
            else:
                manifest = json.loads(content)
                manifest["files"][name]["sha256"] = hashlib.sha256(fresh).hexdigest()
                content = json.dumps(manifest).encode()
            stream.write(content)
        document_.save(path)
    return path


def test_what_was_written_is_verified(made: Path) -> None:
    ran = run(made)
    assert ran.exit_code == 0, ran.output
    assert "3 attachments, unaltered." in ran.output
    assert "5 verdicts, the same from snapshot and spec." in ran.output
    assert "the same to the byte" in ran.output and "not signed" in ran.output
    shown = run(made, "--lang", "de").output
    assert "nicht signiert" in shown and "5 Prüfergebnisse" in shown


def test_a_document_of_a_spec_whose_paths_are_relative_is_verified_elsewhere(
    small: Any, tmp_path: Path
) -> None:
    from checks.collect import collect
    from checks.spec import load

    (tmp_path / "docgen.yml").write_text(
        "project: X\nenvironments:\n  prod: {host: local, root: .}\nsections:\n  - name: {n}\n    environment: prod\n"
        "    components:\n      - {name: A, checks: [{file: docgen.yml}]}\n".replace("{n}", "'{where}'")
    )
    spec = load(tmp_path / "docgen.yml", variables={"where": "here"})
    snapshot = collect(spec)
    report, of = evaluate(spec, snapshot), origin(spec, snapshot, {"where": "here"})
    assert of.folder == str(tmp_path)
    one = document("summary").compose(Source(spec, snapshot, report, "prod"))
    (tmp_path / "x.pdf").write_bytes(render(one, report, "pdf", "de", origin=of))
    (tmp_path / "docgen.yml").unlink()
    assert run(tmp_path / "x.pdf").exit_code == 0


def test_one_changed_byte_is_found_wherever_it_is(made: Path, tmp_path: Path, quick: None) -> None:
    raw, path, seed = made.read_bytes(), tmp_path / "x.pdf", random.Random(7)
    places = [seed.randrange(len(raw)) for _ in range(40)] + [0, len(raw) - 2, raw.find(b"/W [")]
    for place in places:
        broken = bytearray(raw)
        broken[place] ^= 1 << seed.randrange(8)
        path.write_bytes(broken)
        found = verify.verify(opened(path))
        assert any(one.holds is False for one in found), (place, found)


def test_a_changed_byte_of_a_page_is_said_to_be_there(made: Path, tmp_path: Path, quick: None) -> None:
    raw = bytearray(made.read_bytes())
    with pikepdf.open(made) as document_:
        packed = document_.pages[1].Contents.read_raw_bytes()
    raw[raw.find(packed) + 20] ^= 1
    (tmp_path / "x.pdf").write_bytes(raw)
    ran = run(tmp_path / "x.pdf")
    assert ran.exit_code == 1 and "in the content of page 2" in ran.output and "Altered" in ran.output


def test_a_changed_verdict_is_named(made: Path, quick: None) -> None:
    def better(report: bytes) -> bytes:
        return report.replace(b'"verdict": "deviates"', b'"verdict": "conform"', 1)

    ran = run(changed(made, "report.json", better))
    assert ran.exit_code == 1 and "report.json is not the one that the manifest names" in ran.output
    ran = run(changed(made, "report.json", better, named=True))
    assert ran.exit_code == 1
    assert "release/files/file-missing-txt@local: the report says verdict conform" in ran.output
    assert "give deviates" in ran.output


def test_an_exchanged_attachment_is_named(small: Any, made: Path, quick: None) -> None:
    other = snapshots.dump(snapshots.freeze(small.snapshot.model_copy(update={"project": "Other"})))
    ran = run(changed(made, "snapshot.json", lambda _: other))
    assert ran.exit_code == 1 and "snapshot.json is not the one that the manifest names" in ran.output
    ran = run(changed(made, "snapshot.json", lambda _: other, named=True))
    assert ran.exit_code == 1, ran.output
    ran = run(changed(made, "snapshot.json", lambda s: s.replace(b"root", b"toor", 1), named=True))
    assert ran.exit_code == 1 and "its own checksum does not fit" in ran.output
    ran = run(changed(made, "snapshot.json", lambda _: b"[" * 100_000, named=True))
    assert ran.exit_code == 3 and "The snapshot cannot be read" in ran.output, ran.output
    ran = run(changed(made, "spec.yml", lambda s: s + b"# x\n", named=True))
    assert ran.exit_code == 1 and "The spec is not the one that the pages name" in ran.output


def test_an_attachment_that_was_added_or_taken_away_is_named(made: Path, tmp_path: Path, quick: None) -> None:
    with pikepdf.open(made) as document_:
        document_.attachments["more.txt"] = b"x"
        del document_.attachments["spec.yml"]
        document_.save(tmp_path / "x.pdf")
    ran = run(tmp_path / "x.pdf")
    assert ran.exit_code == 1
    assert "spec.yml is missing" in ran.output and "more.txt was added" in ran.output


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("code", "0" * 64, f"made with docgen {__version__}+00000000 ({__version__}+"),
        ("engine", {"weasyprint": "1.0"}, "weasyprint 1.0 ("),
        ("templates", "0" * 64, "templates of somebody's own"),
    ],
)
def test_what_cannot_be_compared_here_is_not_called_right(
    made: Path, quick: None, key: str, value: Any, said: str
) -> None:
    def other(manifest: bytes) -> bytes:
        return json.dumps({**json.loads(manifest), key: value}).encode()

    ran = run(changed(made, "manifest.json", other))
    assert ran.exit_code == 3 and said in ran.output and "It cannot be told" in ran.output


def test_all_that_is_different_here_is_named(made: Path, quick: None) -> None:
    def other(**more: Any) -> Callable[[bytes], bytes]:
        return lambda manifest: json.dumps({**json.loads(manifest), **more}).encode()

    engine = {**json.loads(attachment(made, "manifest.json"))["engine"], "weasyprint": "69.0"}
    for code in ({"code": "0" * 64}, {}):
        ran = run(changed(made, "manifest.json", other(docgen="9.9", engine=engine, **code)))
        assert ran.exit_code == 3, ran.output
        assert f"made with docgen 9.9 ({__version__}), weasyprint 69.0 (" in ran.output
    # What made it is what is here, so that is no reason not to look.
    ran = run(changed(made, "manifest.json", other(docgen="9.9")))
    assert ran.exit_code == 1 and "The file is not what its attachments give" in ran.output, ran.output


def test_another_language_in_the_manifest_is_not_taken_for_another_version(made: Path, quick: None) -> None:
    ran = run(
        changed(made, "manifest.json", lambda one: one.replace(b'"language": "en"', b'"language": "de"')),
        "--lang",
        "en",
    )
    assert ran.exit_code == 1, ran.output
    assert "names another language than the one that the pages were made in" in ran.output
    assert "version" not in ran.output and "Altered" in ran.output


def attachment(of: Path, name: str) -> bytes:
    with pikepdf.open(of) as document_:
        return document_.attachments[name].obj["/EF"]["/F"].read_bytes()


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\n%%EOF\n", b"\x00" * 4096])
def test_what_docgen_never_wrote_cannot_be_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(content)
    assert run(tmp_path / "x.pdf").exit_code == 3
    assert run(tmp_path / "none.pdf").exit_code == 2


def test_a_foreign_pdf_and_a_manifest_of_somebody_are_not_trusted(tmp_path: Path) -> None:
    with pikepdf.new() as document_:
        document_.add_blank_page()
        document_.save(tmp_path / "a.pdf")
        for wrong in (b"[]", b"{", b'{"schema": "docgen/pdf/v1", "kind": 7}', b"[" * 100_000):
            document_.attachments["manifest.json"] = wrong
            document_.save(tmp_path / "b.pdf")
            assert run(tmp_path / "b.pdf").exit_code == 3
    ran = run(tmp_path / "a.pdf")
    assert ran.exit_code == 3 and "no PDF of docgen" in ran.output


def test_what_is_no_file_is_not_waited_for(small: Any, made: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    docgen = [sys.executable, "-m", "docgen"]
    new = [
        "status",
        "-c",
        small.config,
        "--from",
        small.saved,
        "-o",
        str(tmp_path / "new.pdf"),
        "--supersedes",
    ]
    for call in (["verify"], ["verify", str(made), "--trust"], new):
        ran = subprocess.run([*docgen, *call, str(pipe)], capture_output=True, text=True, timeout=60)
        assert ran.returncode == 2 and f"{pipe} is no regular file" in ran.stderr, ran.stderr
    (tmp_path / "link.pdf").symlink_to(made)
    assert run(tmp_path / "link.pdf").exit_code != 2


def test_what_is_encrypted_cannot_be_told(small: Any, made: Path, tmp_path: Path, quick: None) -> None:
    locked = tmp_path / "locked.pdf"
    for metadata in (True, False):
        with pikepdf.open(made) as document_:
            document_.save(locked, encryption=pikepdf.Encryption(owner="o", user="u", metadata=metadata))
        ran = run(locked)
        assert ran.exit_code == 3 and "? The file: it is encrypted with a password." in ran.output, ran.output
    call = ["status", "-c", small.config, "--from", small.saved, "-o", str(tmp_path / "new.pdf")]
    ran = CliRunner().invoke(main_group, [*call, "--supersedes", str(locked)])
    assert ran.exit_code == 2 and "it is encrypted with a password" in ran.output, ran.output
    with pikepdf.open(made) as document_:  # one that only must not be changed
        document_.save(locked, encryption=pikepdf.Encryption(owner="o"))
    assert run(locked).exit_code == 1


def test_what_takes_the_place_of_another_says_so_and_counts_on(
    small: Any, made: Path, tmp_path: Path
) -> None:
    new, call = str(tmp_path / "new.pdf"), ["status", "-c", small.config, "--from", small.saved]
    ran = CliRunner().invoke(main_group, [*call, "-o", new, "--supersedes", str(made)])
    assert ran.exit_code == 1, ran.output
    before, manifest = opened(made).manifest, opened(Path(new)).manifest
    assert before and manifest and (manifest.supersedes, manifest.version) == (before.id, 2)
    assert run(Path(new)).exit_code == 0
    (tmp_path / "x.pdf").write_bytes(b"x")
    ran = CliRunner().invoke(main_group, [*call, "-o", new, "--supersedes", str(tmp_path / "x.pdf")])
    assert ran.exit_code == 2 and "is no PDF of docgen" in ran.output
    other = tmp_path / "other.yml"
    other.write_text(Path(small.config).read_text().replace("project: Shop", "project: Mill"))
    for call_, said in (
        (
            ["status", "-c", str(other), "--from", small.saved],
            "`status` of Shop; what is made here is `status` of Mill",
        ),
        (
            ["guide", "summary", "-c", small.config, "--from", small.saved],
            "`status` of Shop; what is made here is `summary` of Shop",
        ),
        # Nothing is asked for it before.
        (["status", "-c", str(other)], "of Shop; what is made here"),
    ):
        Path(new).unlink(missing_ok=True)
        ran = CliRunner().invoke(main_group, [*call_, "-o", new, "--supersedes", str(made)])
        assert ran.exit_code == 2 and not Path(new).exists(), ran.output
        assert str(made) in ran.output and said in " ".join(ran.output.split()), ran.output
    ran = CliRunner().invoke(main_group, [*call, "-f", "md", "--supersedes", str(made)])
    assert ran.exit_code == 2 and "is for PDF" in ran.output
