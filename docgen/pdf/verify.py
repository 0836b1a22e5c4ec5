"""A PDF against what it carries: is every attachment as the manifest says, do snapshot and spec give the same verdicts
again, and the same pages to the byte? Offline: nothing but the file is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from checks import __version__
from checks.errors import DocgenError
from checks.model import Message, Report, msg, nmsg
from docgen.i18n import LANGUAGES
from docgen.pdf.carried import (
    MANIFEST,
    REPORT,
    SNAPSHOT,
    SPEC,
    TOLD,
    WRITTEN,
    Origin,
    code,
    digest_of,
    reread,
)
from docgen.pdf.ends import ends
from docgen.pdf.finding import Finding
from docgen.pdf.opened import Manifest, Opened
from docgen.pdf.sign import Seal
from docgen.pdf.signed import signature

if TYPE_CHECKING:
    from docgen.renderers.article.told import Told

SHOWN = 5


class Judged(NamedTuple):
    report: Report
    origin: Origin


def verify(seen: Opened, templates: str | None = None, roots: tuple[bytes, ...] = ()) -> list[Finding]:
    """What is to be said of the file `seen`; `templates` is the folder that it was made with, if with any; `roots` are the
    certificates, as PEM, of the authorities that are trusted."""
    whole = not seen.raw.startswith(b"%PDF-") or seen.raw.rstrip().endswith(b"%%EOF")
    cut = (
        []
        if whole
        else [Finding(False, msg("The file does not end as a PDF ends: a part of it is missing."))]
    )
    if seen.more and seen.manifest is not None:
        said = msg(
            "Something was added to the file behind its end, from byte {at:int} on. All else is about what stands before.",
            at=len(seen.raw),
        )
        cut = [Finding(False, said)]
    if seen.manifest is None or seen.broken:
        return [*cut, *_broken(seen)]
    return [*cut, *_carried(seen, seen.manifest, templates), *signature(seen, seen.manifest, roots)]


def _carried(seen: Opened, manifest: Manifest, templates: str | None) -> list[Finding]:
    findings = attached(seen, manifest)
    if any(finding.holds is False for finding in findings):
        return findings
    if manifest.code in (code(one) for one in LANGUAGES if one != manifest.language):
        said = msg("The manifest names another language than the one that the pages were made in.")
        return [*findings, Finding(False, said)]
    if manifest.kind == WRITTEN:
        return [*findings, *_written(seen, manifest)]
    if manifest.spec is None:
        said = msg(
            "What happened cannot be evaluated again: there is no snapshot in this PDF, only the report."
        )
        return [*findings, Finding(None, said)]
    judged, more = _judged(seen, manifest)
    findings += more
    if judged is None or any(finding.holds is False for finding in findings):
        return findings

    def again(seal: Seal | None) -> bytes | None:
        return _again(manifest, judged, seal, templates if manifest.templates else None)

    return [*findings, *_pages(seen, manifest, again, templates)]


def _broken(seen: Opened) -> list[Finding]:
    # A file that docgen never wrote was not altered; one that it wrote can be read.
    holds = False if seen.ours else None
    findings = [
        Finding(holds, msg("The attachment {name:code}: {why}.", name=name, why=why))
        for name, why in seen.broken.items()
        if name
    ]
    if "" in seen.broken:
        findings.append(Finding(holds, msg("The file: {why}.", why=seen.broken[""])))
    if not findings:
        said = msg(
            "There is no {name:code} in it: this is no PDF of docgen, or not a whole one.", name=MANIFEST
        )
        findings.append(Finding(holds, said))
    return findings


def attached(seen: Opened, manifest: Manifest) -> list[Finding]:
    """Whether the attachments of `seen` are those that its `manifest` names."""
    findings = []
    for name, told in sorted(manifest.files.items()):
        if name not in seen.files:
            findings.append(Finding(False, msg("The attachment {name:code} is missing.", name=name)))
        elif hashlib.sha256(seen.files[name]).hexdigest() != told.sha256:
            said = msg("The attachment {name:code} is not the one that the manifest names.", name=name)
            findings.append(Finding(False, said))
    for name in sorted(set(seen.files) - set(manifest.files) - {MANIFEST}):
        findings.append(Finding(False, msg("The attachment {name:code} was added.", name=name)))
    wanted = {TOLD} if manifest.kind == WRITTEN else {REPORT}
    wanted |= {REPORT, SNAPSHOT, SPEC} if manifest.spec else set()
    for name in sorted(wanted - set(manifest.files)):
        findings.append(Finding(False, msg("The manifest does not name {name:code}.", name=name)))
    if not findings:
        n = len(manifest.files)
        said = nmsg("{n} attachment, unaltered.", "{n} attachments, unaltered.", n=n)
        findings.append(Finding(True, said))
    return findings


def _written(seen: Opened, manifest: Manifest) -> list[Finding]:
    """What is to be said of a hand-written document: what its text was made of, whether what was held against the snapshot
    still comes out so, and whether the pages are those of the text."""
    from docgen.renderers.article.told import Told

    try:
        told = Told.load(seen.files[TOLD])
    except ValueError:
        return [Finding(None, msg("The attachment {name:code} cannot be read.", name=TOLD))]
    if told.source not in manifest.files:
        return [Finding(False, msg("The manifest does not name {name:code}.", name=told.source))]
    source = seen.files[told.source]
    if not told.masked and hashlib.sha256(source).hexdigest() != told.sha256:
        return [Finding(False, msg("The source is not the one that the pages name."))]
    said = msg(
        "The text was made from {path:code}, sha256 {sha256:code}.", path=told.path, sha256=told.sha256
    )
    if told.commit:
        said = msg(
            "The text was made from {path:code} of commit {commit:code}, sha256 {sha256:code}.",
            path=told.path, commit=told.commit, sha256=told.sha256,
        )  # fmt: skip
    findings = [Finding(True, said)]
    judged = None
    if manifest.spec is not None:
        judged, more = _judged(seen, manifest)
        findings += [*more, *(_claims(told, source, judged.report) if judged else [])]
        if judged is None or any(finding.holds is False for finding in findings):
            return findings

    def again(seal: Seal | None) -> bytes:
        from docgen.renderers.article import pdf

        pictures = {
            name: seen.files[name]
            for name in dict.fromkeys(one for one in told.pictures.values() if isinstance(one, str))
            if name in manifest.files
        }
        return pdf.render(told, source, pictures, (judged.report, judged.origin) if judged else None, seal)

    return [*findings, *_pages(seen, manifest, again, None)]


def _claims(told: Told, source: bytes, report: Report) -> list[Finding]:
    """Whether the claims in the text come out of the `report` as the pages say."""
    from checks.knowledge.documents.claims import judged
    from checks.knowledge.documents.page import markdown
    from checks.knowledge.documents.parsed import parsed

    if told.source != "source.md":
        return []
    wanted = [one for one in told.found if one.sort in ("claim", "reference")]
    text = source.decode("utf-8", "replace")
    own = list(judged(markdown(told.path, text, parsed(text)), report))
    for one, its in zip(wanted, own, strict=False):
        if one != its:
            said = msg("The claim {name:code} comes out otherwise from snapshot and spec.", name=one.said)
            return [Finding(False, said)]
    if len(wanted) != len(own):
        return [Finding(False, msg("The pages speak of other claims than the source."))]
    n = len(own)
    said = nmsg(
        "{n} claim, the same from snapshot and spec.", "{n} claims, the same from snapshot and spec.", n=n
    )
    return [Finding(True, said)] if own else []


def _judged(seen: Opened, manifest: Manifest) -> tuple[Judged | None, list[Finding]]:
    from checks import snapshot as snapshots
    from checks.evaluate import evaluate
    from docgen.renderers import render

    made = manifest.spec
    assert made is not None
    try:
        snapshot = snapshots.parse(seen.files[SNAPSHOT], SNAPSHOT)
    except snapshots.Altered:
        return None, [Finding(False, msg("The snapshot was altered: its own checksum does not fit."))]
    except snapshots.NotASnapshot as error:
        return None, [Finding(None, msg("The snapshot cannot be read: {error}", error=str(error)))]
    raw = seen.files[SPEC]
    if not made.masked and hashlib.sha256(raw).hexdigest() != made.sha256:
        return None, [Finding(False, msg("The spec is not the one that the pages name."))]
    try:
        spec = reread(raw, made.file, made.sha256, made.folder, made.variables).select(manifest.environments)
    except (DocgenError, KeyError, UnicodeDecodeError) as error:
        return None, [Finding(None, msg("The spec cannot be read: {error}", error=str(error)[:200]))]
    report = evaluate(spec, snapshot)
    again = render(report, "json", manifest.language).encode("utf-8", "backslashreplace")
    of = Origin(
        spec,
        snapshot,
        raw,
        made.variables,
        made.commit,
        made.masked,
        made.folder,
        manifest.supersedes,
        manifest.version,
    )
    if again == seen.files[REPORT]:
        n = len(report.results())
        said = nmsg(
            "{n} verdict, the same from snapshot and spec.",
            "{n} verdicts, the same from snapshot and spec.",
            n=n,
        )
        return Judged(report, of), [Finding(True, said)]
    told = _differing(seen.files[REPORT], again)
    if made.masked or manifest.code != code(manifest.language):
        why = (
            msg("the attached spec is masked in places")
            if made.masked
            else msg("another version made this PDF (docgen {version})", version=_versions(manifest)[0])
        )
        said = msg("The report comes out otherwise here, but {why}: {first}", why=why, first=told[0])
        return None, [Finding(None, said)]
    return None, [Finding(False, one) for one in told]


def _differing(attached: bytes, again: bytes) -> list[Message]:
    """In which checks the `attached` report says something else than the one made `again`."""
    try:
        one, other = _checks(json.loads(attached)), _checks(json.loads(again))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [msg("The attached report cannot be read.")]
    told = []
    for id in sorted(one.keys() | other.keys()):
        a, b = one.get(id), other.get(id)
        if a is None or b is None:
            where = msg("missing in the report") if a is None else msg("not in the spec")
            told.append(msg("{id:code}: {where}.", id=id, where=where))
            continue
        for field in ("verdict", "status", "disposition", "ist", "soll"):
            if a.get(field) != b.get(field):
                said, found = str(a.get(field))[:120], str(b.get(field))[:120]
                told.append(
                    msg(
                        "{id:code}: the report says {field} {said:code}, snapshot and spec give {found:code}.",
                        id=id, field=field, said=said, found=found,
                    )
                )  # fmt: skip
                break
    if len(told) > SHOWN:
        told = [*told[:SHOWN], msg("and {n:int} more checks.", n=len(told) - SHOWN)]
    return told or [msg("The attached report says something else beside its verdicts.")]


def _checks(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    parts = (c for s in report["sections"] for c in s["components"])
    return {check["id"]: check for part in parts for check in part["checks"]}


def _pages(
    seen: Opened, manifest: Manifest, again_made: Callable[[Seal | None], bytes | None], templates: str | None
) -> list[Finding]:
    """Whether the pages are those that come out again, to the byte."""
    from docgen.pdf.press import engine

    try:
        here = engine()
    except DocgenError as error:
        return [Finding(None, msg("The pages were not compared: {error}", error=str(error)))]
    if here != manifest.engine or manifest.code != code(manifest.language):
        made, own = _versions(manifest)
        other = [] if made == own else [f"docgen {made} ({own})"]
        other += [
            f"{name} {manifest.engine.get(name, '–')} ({here.get(name, '–')})"
            for name in sorted(here.keys() | manifest.engine.keys())
            if here.get(name) != manifest.engine.get(name)
        ]
        said = msg(
            "The pages were not compared: they were made with {other:list}, and would come out otherwise here.",
            other=tuple(other),
        )
        return [Finding(None, said)]
    if manifest.templates is not None and (templates is None or digest_of(templates) != manifest.templates):
        said = msg("The pages were not compared: they were made with templates of somebody's own.")
        return [Finding(None, said)]
    try:
        signer = manifest.signer
        again = again_made(Seal(signer.name, signer.sha256) if signer else None)
    except DocgenError as error:
        return [Finding(None, msg("The pages were not compared: {error}", error=str(error)))]
    if again is None:
        return [Finding(None, msg("The pages were not compared: this document cannot be written again."))]
    # A signature stands behind what was written, and cannot be made again without its key.
    raw = seen.raw[: ends(seen.raw)[0]] if manifest.signer else seen.raw
    if again == raw:
        said = msg("The file is the same to the byte when it is written again.")
        if manifest.signer:
            said = msg(
                "Up to the signature behind it, the file is the same to the byte when it is written again."
            )
        return [Finding(True, said)]
    at = next(
        (i for i, (a, b) in enumerate(zip(raw, again, strict=False)) if a != b), min(len(raw), len(again))
    )
    said = msg(
        "The file is not what its attachments give: it differs from byte {at:int} on, in {place}.",
        at=at, place=seen.place(at),
    )  # fmt: skip
    return [Finding(False, said)]


def _versions(manifest: Manifest) -> tuple[str, str]:
    """By which docgen the PDF was made, and which this is; where both have one number, with what tells them apart."""
    made, its, here = manifest.docgen, manifest.code, code(manifest.language)
    alike = made == __version__ and its != here
    return (f"{made}+{its[:8]}", f"{__version__}+{here[:8]}") if alike else (made, __version__)


def _again(manifest: Manifest, judged: Judged, seal: Seal | None, templates: str | None) -> bytes | None:
    from docgen.documents import DOCUMENTS
    from docgen.documents import document as kind_of
    from docgen.documents.interface import NotYet, Source
    from docgen.renderers import document, pdf

    report, of = judged
    if manifest.kind == pdf.KIND:
        known = 1 <= manifest.part <= pdf.parts(report)
        return pdf.render(report, manifest.language, of, manifest.part, seal) if known else None
    if manifest.kind not in DOCUMENTS:
        return None
    try:
        made = kind_of(manifest.kind).compose(Source(of.spec, of.snapshot, report, manifest.environment))
    except NotYet:
        return None
    return document.render(made, report, "pdf", manifest.language, templates, origin=of, seal=seal)
