"""The PDFs of a hub: which there are, and made only where they are not there already."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from checks.errors import DocgenError
from checks.model import Message, Report, msg
from docgen.documents.interface import Document
from docgen.hub.views import Paper
from docgen.i18n import LANGUAGES
from docgen.pdf import conformity
from docgen.pdf.carried import Origin, code
from docgen.pdf.receipt import Receipt, dumped, looked, parsed
from docgen.pdf.sign import Seal
from docgen.renderers import pdf as status_pdf
from docgen.renderers.document import render
from docgen.translated import translated, translated_document

_LIBRARIES = ("weasyprint", "pydyf", "fonttools", "brotli", "tinycss2", "tinyhtml5")


class Job(NamedTuple):
    """A PDF to be made: ``basis`` is all that it depends on besides docgen and its libraries, and ``make`` makes it in a
    language, one of ``languages``. ``path`` is that of the hand-written document that it is of, empty for others."""

    title: Callable[[str], Message]
    environment: str | None
    basis: str
    make: Callable[[str], bytes]
    languages: tuple[str, ...] = LANGUAGES
    path: str = ""


class Made(NamedTuple):
    """A PDF, and what was said of it when it was made."""

    data: bytes
    receipt: Receipt


def jobs(
    documents: Mapping[str, Document],
    report: Report,
    own: Mapping[str, Report],
    of: Origin,
    seal: Seal | None = None,
) -> dict[str, Job]:
    """The PDFs of all `documents`, which were composed of `report`, and of the reports of the environments, `own`; they
    carry what they were made from, `of`, and are signed with `seal`."""
    found = {}
    for name, its in own.items():
        its_own = of._replace(spec=of.spec.select((name,)))
        for part in range(1, status_pdf.parts(its) + 1):
            found[f"status-{name}-part-{part}" if part > 1 else f"status-{name}"] = Job(
                partial(_status_title, its, part),
                name,
                basis(f"status {name} {part}", its, its_own, seal),
                partial(status_pdf.render, its, origin=its_own, part=part, seal=seal),
            )
    for name, one in documents.items():
        found[name] = Job(
            partial(_title, one, report),
            one.environment,
            basis(f"document {name}", report, of, seal),
            partial(render, one, report, "pdf", origin=of, seal=seal),
        )
    return found


def basis(what: str, report: Report, of: Origin, seal: Seal | None) -> str:
    """What a PDF is a function of: the snapshot and the spec, and what else stands on its first page."""
    parts = (
        what,
        report.snapshot_sha256,
        report.spec_file,
        report.spec_sha256,
        [environment.name for environment in of.spec.environments],
        sorted(of.variables.items()),
        of.commit,
        of.folder,
        hashlib.sha256(of.raw).hexdigest(),
        seal and seal.basis,
    )
    return repr(parts)


def _title(document: Document, report: Report, language: str) -> Message:
    return translated_document(document, report, language).title


def _status_title(report: Report, part: int, language: str) -> Message:
    title = msg(
        "Status report: {environment}", environment=translated(report, language).environments[0].title
    )
    return msg("{title}, part {n:int}", title=title, n=part) if part > 1 else title


def papers(
    wanted: Mapping[str, Job],
    cache: Path,
    tell: Callable[[str], None],
    spare: Callable[[str], None] = lambda said: None,
    weak: Callable[[bytes], bool] = lambda made: False,
) -> dict[str, Made]:
    """The PDF of each job in each language, by its path in the hub, made side by side; one that was made before from the
    very same, by the same versions, comes from the folder `cache`, in which only what was asked for stays, unless it is
    `weak`. A hand-written document of which no PDF can be made has none, and `spare` says why."""
    from concurrent.futures import ThreadPoolExecutor

    cache.mkdir(parents=True, exist_ok=True)
    each = {
        f"{language}/{name}.pdf": (job, language)
        for language in LANGUAGES
        for name, job in wanted.items()
        if language in job.languages
    }
    by = versions()
    keys = {path: _key(job, language, by) for path, (job, language) in each.items()}
    made = {path: one for path, key in keys.items() if (one := _kept(cache / key))}
    # Each is written in a process of its own anyway.
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        waiting = {
            path: pool.submit(_made, path, job, language, cache / keys[path], weak)
            for path, (job, language) in each.items()
            if path not in made
        }
        try:
            for path, future in waiting.items():
                try:
                    made[path] = future.result()
                except DocgenError as error:
                    if not each[path][0].path:
                        raise
                    spare(f"{each[path][0].path} has no PDF: {error}")
                tell(path)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # the others are not waited for
            raise
    _validated(made, keys, cache, tell)
    _tidy(cache, keys.values())
    return {path: made[path] for path in each if path in made}


def _validated(
    made: dict[str, Made],
    keys: Mapping[str, str],
    cache: Path,
    tell: Callable[[str], None],
) -> None:
    """Has veraPDF look at those of the PDFs `made` at which it did not look before, where it is installed."""
    launcher = conformity.program()
    new = {
        path: one.data
        for path, one in made.items()
        if not any(what == "conformity" for _, what, _ in one.receipt.checks)
    }
    if launcher is None or not new:
        return
    tell(conformity.BY)
    for path, check in conformity.looked(launcher, new).items():
        data, receipt = made[path]
        made[path] = Made(data, receipt._replace(checks=(*receipt.checks, check)))
        _remember(cache / keys[path], made[path])


def _made(path: str, job: Job, language: str, place: Path, weak: Callable[[bytes], bool]) -> Made:
    data = job.make(language)
    made = Made(data, looked(data, path))
    if not weak(data):
        _remember(place, made)
        _keep(place, data)
    return made


def _remember(place: Path, made: Made) -> None:
    said = {"sha256": hashlib.sha256(made.data).hexdigest(), **dumped(made.receipt)}
    _keep(place.with_suffix(".json"), json.dumps(said).encode())


def _kept(place: Path) -> Made | None:
    """What was made and looked at before; None where it is not there, or no longer what was looked at."""
    try:
        data, said = place.read_bytes(), json.loads(place.with_suffix(".json").read_bytes())
        return Made(data, parsed(said)) if said["sha256"] == hashlib.sha256(data).hexdigest() else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _tidy(cache: Path, keys: Iterable[str]) -> None:
    stems = {key.removesuffix(".pdf") for key in keys}
    for old in cache.iterdir():
        if old.stem not in stems and old.suffix in (".pdf", ".json", ".part"):
            old.unlink()


def versions() -> str:
    """Everything that makes a PDF look as it does: docgen, and its libraries."""
    import ctypes

    pango = ctypes.CDLL("libpango-1.0.so.0").pango_version()
    libraries = " ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    own = " ".join(code(language) for language in LANGUAGES)
    return f"{own} {libraries} pango {pango} python {platform.python_version()}"


def _key(job: Job, language: str, by: str) -> str:
    said = f"{by} {language} {job.basis}"
    return f"{hashlib.sha256(said.encode(errors='surrogateescape')).hexdigest()}.pdf"


def _keep(place: Path, data: bytes) -> None:
    half = place.with_name(f"{place.name}.part")
    with half.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(place)


def listed(wanted: Mapping[str, Job], made: Mapping[str, Made], language: str) -> list[Paper]:
    """What there is to read in `language`, with what is to be downloaded of each."""
    found = []
    for name, job in wanted.items():
        its_own = language if language in job.languages else job.languages[0]
        its = made.get(f"{its_own}/{name}.pdf")
        data, pages = (its.data, its.receipt.pages) if its else (b"", 0)
        digest = hashlib.sha256(data).hexdigest()
        file = f"{name}.pdf" if its_own == language else f"../{its_own}/{name}.pdf"
        found.append(
            Paper(file, job.title(language), job.environment, len(data), digest, pages, job.path, its_own)
        )
    return found
