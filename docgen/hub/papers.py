"""The PDFs of a hub: which there are, and made only where they are not there already."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from checks.model import Message, Report, msg
from docgen.documents.interface import Document
from docgen.hub.views import Paper
from docgen.i18n import LANGUAGES, Translator
from docgen.pdf.carried import Origin, code
from docgen.pdf.sign import Seal
from docgen.renderers import html as status_page
from docgen.renderers import pdf as status_pdf
from docgen.renderers.document import render
from docgen.translated import translated, translated_document


class Job(NamedTuple):
    """A PDF to be made: ``page`` is what it depends on, in a language, and ``make`` makes it, signed with ``seal``."""

    title: Callable[[str], Message]
    environment: str | None
    page: Callable[[str], bytes]
    make: Callable[[str], bytes]
    seal: Seal | None = None


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
                partial(_status, its, part),
                partial(status_pdf.render, its, origin=its_own, part=part, seal=seal),
                seal,
            )
    for name, one in documents.items():
        page = partial(render, one, report, "html")
        title = partial(_title, one, report)
        found[name] = Job(
            title, one.environment, page, partial(render, one, report, "pdf", origin=of, seal=seal), seal
        )
    return found


def _title(document: Document, report: Report, language: str) -> Message:
    return translated_document(document, report, language).title


def _status_title(report: Report, part: int, language: str) -> Message:
    title = msg(
        "Status report: {environment}", environment=translated(report, language).environments[0].title
    )
    return msg("{title}, part {n:int}", title=title, n=part) if part > 1 else title


def _status(report: Report, part: int, language: str) -> bytes:
    own = translated(report, language)
    page = status_page.render(own, Translator(language))
    return f"{page} {part}".encode("utf-8", "backslashreplace")


def papers(wanted: Mapping[str, Job], cache: Path, tell: Callable[[str], None]) -> dict[str, bytes]:
    """The PDF of each job in each language, made side by side; one that was made before from the very same page, by the
    same versions, comes from the folder `cache`, in which only what was asked for stays."""
    cache.mkdir(parents=True, exist_ok=True)
    each = {
        f"{language}/{name}.pdf": (job, language) for language in LANGUAGES for name, job in wanted.items()
    }
    keys = {path: _key(job.page(language), language, job.seal) for path, (job, language) in each.items()}
    made = {path: (cache / key).read_bytes() for path, key in keys.items() if (cache / key).is_file()}
    # Each is written in a process of its own anyway.
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        waiting = {
            path: pool.submit(job.make, language)
            for path, (job, language) in each.items()
            if path not in made
        }
        try:
            for path, future in waiting.items():
                made[path] = future.result()
                _keep(cache / keys[path], made[path])
                tell(path)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # the others are not waited for
            raise
    for old in cache.iterdir():
        if old.name not in keys.values():
            old.unlink()
    return made


def _key(page: bytes, language: str, seal: Seal | None) -> str:
    """What the PDF of `page` depends on: the page with its style, the versions that write it, and who signs it."""
    versions = " ".join(f"{name} {version(name)}" for name in ("weasyprint", "pydyf", "fonttools"))
    return f"{hashlib.sha256(f'{code(language)} {versions} {seal and seal[:2]} '.encode() + page).hexdigest()}.pdf"


def _keep(place: Path, data: bytes) -> None:
    half = place.with_suffix(".part")
    with half.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(place)


def listed(wanted: Mapping[str, Job], made: Mapping[str, bytes], language: str) -> list[Paper]:
    """What there is to read in `language`, with what is to be downloaded of each."""
    found = []
    for name, job in wanted.items():
        data = made.get(f"{language}/{name}.pdf", b"")
        digest = hashlib.sha256(data).hexdigest()
        found.append(Paper(f"{name}.pdf", job.title(language), job.environment, len(data), digest))
    return found
