"""The index for the search of the hub: made here, read by the pages of the hub alone. No server takes part in it.

Each language has an index of its own, so that words are reduced as that language does. What a group alone may read is not in
it: the guides for sudo, and documents whose front matter says ``search: false``.

What filters go by stands as words in what is looked through, which no reader types and no excerpt shows: the filters of the
program itself come out in another order each time, and a release has to be the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from checks.errors import DocgenError
from checks.model import Report, msg
from docgen.hub import places
from docgen.hub.articles import Article
from docgen.hub.manifest import Stored, stored
from docgen.i18n import LANGUAGES, Translator

FOLDER = "search"
DOCUMENTS = "documents"
"""Of the indexes that hold documents, and nothing of a run: they stay as they are while the documents do."""
PACKAGE = "pagefind"
SORTS = {"document": msg("Document"), "guide": msg("Report or guide"), "check": msg("Check")}
_SPAN = re.compile(r"</?span\b[^<>]*>")
_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
_PATIENCE = 300
_NEEDED = ("pagefind.js", "pagefind-entry.json")
_KEPT = (".pf_index", ".pf_fragment", ".pf_meta", ".pagefind")


class Record(NamedTuple):
    """Something to be found: ``place`` is its address below the folder of the language, ``markup`` what is looked through,
    ``words`` those of its filters."""

    place: str
    title: str
    markup: str
    words: tuple[str, ...]


class Choice(NamedTuple):
    """A filter: ``options`` are (word in the index, as readers call it)."""

    label: str
    options: list[tuple[str, str]]


def word(name: str, value: str) -> str:
    """What stands in the index for `value` of the filter `name`: letters alone, so that nothing cuts it."""
    return "zz" + hashlib.sha256(f"{name}\0{value}".encode()).hexdigest()[:10].translate(_LETTERS)


def choices(report: Report, t: Translator) -> list[Choice]:
    """The filters, for readers in the language of `t`."""
    from docgen.labels import SEVERITY, STATUS

    results = report.results()
    statuses = [one for one in STATUS if any(r.status is one for r in results)]
    severities = [one for one in SEVERITY if any(r.severity is one for r in results)]
    found = [
        Choice(t("Environment"), [(word("environment", e.name), e.title) for e in report.environments]),
        Choice(t("Status"), [(word("status", one), t.plain(STATUS[one])) for one in statuses]),
        Choice(t("Severity"), [(word("severity", one), t.plain(SEVERITY[one])) for one in severities]),
        Choice(t("Sort"), [(word("sort", one), t.plain(said)) for one, said in SORTS.items()]),
    ]
    return [one for one in found if len(one.options) > 1]


def article(one: Article) -> Record:
    """The document `one`."""
    # The colours of code are half of its markup, and nothing to look for.
    markup = _SPAN.sub("", "".join(one.body.parts))
    return Record(f"{one.page}.html", one.title, markup, (word("sort", "document"),))


def guide(name: str, title: str, page: bytes, environment: str | None) -> Record:
    """The page called `name`, with what stands in its main part."""
    text = page.decode()
    begin, end = text.find("<main"), text.rfind("</main>")
    main = text[text.find(">", begin) + 1 : end]
    words = [word("sort", "guide"), *([word("environment", environment)] if environment else [])]
    return Record(f"{name}.html", title, main, tuple(words))


def checks(report: Report, body: Mapping[str, Any]) -> Iterator[Record]:
    """Every check of `report`, which is `body` as JSON."""
    results = {one.id: one for one in report.results()}
    for section in body["sections"]:
        for component in section["components"]:
            for one in component["checks"]:
                result = results[one["id"]]
                said = [
                    component["name"],
                    section["name"],
                    one["soll"],
                    one["ist"],
                    one.get("message"),
                    one["id"],
                ]
                markup = "".join(f"<p>{escape(str(text))}</p>" for text in said if text)
                words = [
                    word("sort", "check"),
                    word("status", result.status),
                    word("severity", result.severity),
                ]
                environment = result.environment or section.get("environment")
                if environment:
                    words.append(word("environment", environment))
                title = f"{component['name']}: {one['soll']}" if one["soll"] else component["name"]
                yield Record(places.check(one["id"]), title, markup, tuple(words))


def program() -> str | None:
    """The program that makes the index; None where it is not installed."""
    for package in ("pagefind_bin_extended", "pagefind_bin"):
        try:
            module = __import__(package)
            return str(module.get_executable())
        except (ImportError, FileNotFoundError):
            continue
    return shutil.which("pagefind")


class NoIndex(DocgenError):
    """The program could not make the index; the text is its last word."""


def indexes(language: str, documents: bool) -> tuple[str, ...]:
    """The indexes that a reader of `language` searches: what is in it, and the documents of all languages."""
    return (language, *(f"{one}-{DOCUMENTS}" for one in LANGUAGES if documents))


def language_of(one: Article, otherwise: str) -> str:
    """The language whose index holds the document `one`."""
    return one.body.front.language if one.body.front.language in LANGUAGES else otherwise


def index(name: str, language: str, records: list[Record], with_: str, shelf: Path) -> dict[str, Stored]:
    """The files of the index `name` of the `records` in `language`, by their path in the hub, made by the program `with_`.
    They lie in a folder of `shelf`; what was made there before of the same is not made again. Raises :class:`NoIndex`."""
    pages = {f"{n:06}.html": _page(one, language) for n, one in enumerate(records)}
    pages = pages or {"000000.html": _page(Record("index.html", "", "", (word("none", ""),)), language)}
    folder, key = shelf / f"{FOLDER}-{name}", _key(pages, with_)
    made = _known(folder, key)
    if made is None:
        made = _indexed(pages, with_, folder)
        # Last, and beside it: an index without its key is none.
        sums = {file: one.sha256 for file, one in made.items()}
        _key_of(folder).write_text(json.dumps([key, sums]), "utf-8")
    return {f"{FOLDER}/{name}/{file}": one for file, one in made.items()}


def _page(one: Record, language: str) -> str:
    heading = "" if "<h1" in one.markup else f"<h1>{escape(one.title)}</h1>"
    return (
        f'<html lang="{language}"><body><main data-pagefind-body>'
        f'<i data-pagefind-meta="place[data-v]" data-v="{escape(one.place)}"></i>'
        f'<i data-pagefind-meta="title[data-v]" data-v="{escape(one.title)}"></i>'
        f"{heading}{one.markup}<p>{' '.join(one.words)}</p></main></body></html>"
    )


def _key(pages: Mapping[str, str], with_: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    digest = hashlib.sha256()
    for name, page in pages.items():
        digest.update(f"{name}\0{page}\0".encode(errors="surrogateescape"))
    try:
        made_by = version(PACKAGE)
    except PackageNotFoundError:
        made_by = str(Path(with_).stat().st_mtime_ns)
    return f"{digest.hexdigest()} {made_by}"


def _key_of(folder: Path) -> Path:
    return folder.with_suffix(".json")


def _known(folder: Path, key: str) -> dict[str, Stored] | None:
    """What is in `folder`, if that was made of `key` and nobody has altered it."""
    try:
        its, sums = json.loads(_key_of(folder).read_bytes())
        if its != key:
            return None
        made = {file: stored(folder / file) for file in sums}
    except (OSError, ValueError, TypeError):
        return None
    return made if {file: one.sha256 for file, one in made.items()} == sums else None


def _indexed(pages: Mapping[str, str], with_: str, folder: Path) -> dict[str, Stored]:
    """Has the program `with_` make an index of `pages`, which becomes the `folder`."""
    # It goes with all that a run made for itself, at its end: so soon after files went, ext4 is slow to make others.
    scratch = Path(tempfile.mkdtemp())
    site, out = scratch / "site", scratch / "out"
    site.mkdir()
    for name, page in pages.items():
        (site / name).write_text(page, "utf-8", errors="replace")
    command = [with_, "--site", str(site), "--output-path", str(out), "--silent"]
    try:
        ran = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False, cwd=scratch)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoIndex(str(error)) from error
    if ran.returncode or not (out / _NEEDED[0]).is_file():
        last = (ran.stderr or ran.stdout).decode("utf-8", "replace").strip().split("\n")[-1]
        raise NoIndex(last[:300] or f"exit code {ran.returncode}")
    _key_of(folder).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder)
    shutil.move(out, folder)
    wanted = [one for one in folder.rglob("*") if one.name in _NEEDED or one.suffix in _KEPT]
    return {one.relative_to(folder).as_posix(): stored(one) for one in sorted(wanted)}
