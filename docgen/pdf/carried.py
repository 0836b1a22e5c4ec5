"""What a PDF carries: the snapshot, the spec, the report, and a manifest that says how it was made from them."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from checks.errors import DocgenError
from checks.model import Report, Snapshot
from checks.spec.spec import Spec
from docgen.i18n import Translator, catalogue
from docgen.pdf.press import File

if TYPE_CHECKING:
    from docgen.pdf.sign import Seal
    from docgen.renderers.document.about import About

SCHEMA = "docgen/pdf/v1"
MANIFEST, REPORT, SNAPSHOT, SPEC = "manifest.json", "report.json", "snapshot.json", "spec.yml"
WRITTEN, TOLD = "written", "written.json"
"""The kind of the PDF of a hand-written document, and the attachment that holds what was found out about it."""


class Origin(NamedTuple):
    """What a PDF is made of. ``raw`` is the file of the spec, ``variables`` are those of the command line; ``commit`` is
    where the spec stands in its repository, "" where nobody knows; ``masked`` counts what looked like a secret in it."""

    spec: Spec
    snapshot: Snapshot
    raw: bytes
    variables: dict[str, str]
    commit: str = ""
    masked: int = 0
    folder: str = ""
    supersedes: str = ""
    version: int = 1


def origin(
    spec: Spec, snapshot: Snapshot, variables: dict[str, str], supersedes: str = "", version: int = 1
) -> Origin:
    """What a PDF about `spec` and `snapshot` is made of; reads the file of the spec again, and asks git where it stands."""
    from docgen.pdf.secrets import clean

    path = Path(spec.file)
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != spec.sha256:
        raise DocgenError(f"{spec.file} was changed while it was in use; run docgen again.")
    text, masked = clean(raw.decode("utf-8-sig"), spec)
    return Origin(
        spec,
        snapshot,
        text.encode() if masked else raw,
        variables,
        _commit(path, raw),
        masked,
        _folder(spec, raw, variables),
        supersedes,
        version,
    )


def _folder(spec: Spec, raw: bytes, variables: dict[str, str]) -> str:
    """The folder of the spec, if what is asked depends on it; else "": where it lay is nobody's business."""
    elsewhere = reread(raw, spec.file, spec.sha256, "/", variables)
    names = [environment.name for environment in spec.environments]
    same = elsewhere.select(names).probes().keys() == spec.probes().keys()
    return "" if same else spec.folder


def reread(raw: bytes, file: str, digest: str, folder: str, variables: dict[str, str]) -> Spec:
    """The spec that stands in `raw`, as if it were the file `file` in `folder`."""
    from checks.spec import yaml
    from checks.spec.load import build

    document = yaml.parse(raw.decode("utf-8-sig"), file.rsplit("/", 1)[-1])
    return build(document, digest, folder=folder or "/", variables=variables)


def _commit(path: Path, raw: bytes) -> str:
    """The commit that the file stands in as it is, with a `+` where it was changed since; "" where there is none."""
    from checks.sources.git import git
    from checks.sources.interface import NoAnswer

    # What git calls the content of a file: no filter of the repository runs for it.
    blob = hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()
    folder, name = str(path.resolve().parent), path.resolve().name
    try:
        commit = git(folder, ["rev-parse", "--verify", "-q", "HEAD"], 10).decode().strip()
        if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
            return ""
        kept = git(folder, ["rev-parse", "--verify", "-q", f"HEAD:./{name}"], 10).decode().strip()
    except NoAnswer:
        return ""
    return commit if kept == blob else f"{commit}+"


def manifest(
    origin: Origin | None,
    about: About,
    report: Report | None,
    language: str,
    files: tuple[File, ...],
    templates: str | None,
    seal: Seal | None,
    **more: Any,
) -> dict[str, Any]:
    """How the PDF `about` was made, so that it can be made again; without `origin` it cannot be. Who signs it, the
    `seal`, is part of it."""
    t = Translator(language)
    made: dict[str, Any] = {
        "schema": SCHEMA,
        "description": t("How this file was made, and the checksums of what is attached"),
        "id": about.id,
        "language": language,
        "docgen": about.docgen,
        "code": code(language),
        "templates": digest_of(templates) if templates else None,
        "signer": {"name": seal.name, "sha256": seal.sha256} if seal else None,
        "files": {
            one.name: {"bytes": len(one.data), "sha256": hashlib.sha256(one.data).hexdigest()}
            for one in files
        },
        **more,
    }
    if origin and report:
        made["spec"] = {
            "file": report.spec_file,
            "sha256": report.spec_sha256,
            "folder": origin.folder,
            "variables": origin.variables,
            "commit": origin.commit,
            "masked": origin.masked,
        }
        made["environments"] = [environment.name for environment in origin.spec.environments]
        made |= {"supersedes": origin.supersedes, "version": origin.version}
    return made


def files(origin: Origin | None, report: Report, language: str) -> tuple[File, ...]:
    """What is attached besides the manifest, by name."""
    from docgen.renderers import render

    t = Translator(language)
    data = render(report, "json", language).encode("utf-8", "backslashreplace")
    kept = [File(REPORT, data, "application/json", t("The report as data (docgen/report/v1)"), "Data")]
    if origin:
        from checks.snapshot import dump

        said = t("The snapshot: everything that was seen (docgen/snapshot/v1)")
        kept.append(File(SNAPSHOT, dump(origin.snapshot), "application/json", said, "Source"))
        said = t("The spec: what should be; secrets stand in it as references only")
        kept.append(File(SPEC, origin.raw, "application/yaml", said, "Source"))
    return tuple(kept)


@cache
def code(language: str) -> str:
    """A digest of everything of docgen that makes the pages."""
    from docgen.assets import asset_root

    root = Path(__file__).parents[1]
    folders = [
        (root, "*.py"),
        (root.parent / "checks", "*.py"),
        (asset_root() / "templates", "*"),
        (asset_root() / "site", "*"),
    ]
    digest = hashlib.sha256()
    for folder, pattern in folders:
        for path in sorted(p for p in folder.rglob(pattern) if p.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    # The head of a catalogue says when it was made, and nothing that a page would show.
    words = {id_: said for id_, said in getattr(catalogue(language), "_catalog", {}).items() if id_}
    digest.update(repr(sorted(map(repr, words.items()))).encode())
    return digest.hexdigest()


def digest_of(folder: str) -> str:
    """A digest of the templates and style sheets in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(p for p in Path(folder).iterdir() if p.is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
