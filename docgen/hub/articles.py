"""The documents that people wrote, for the hub: what there is, rendered, and held against what is so. Files and git on this
machine are read; nobody is asked for anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checks.knowledge.documents.encoding import repaired
from checks.knowledge.documents.findings import Finding, count
from checks.knowledge.documents.judge import LARGEST, is_document
from checks.knowledge.documents.world import Commit
from checks.model import Message, Report, Snapshot, Status, Verdict, msg, nmsg
from checks.redact import Redactor
from docgen.documents.reality import Checked, status
from docgen.hub.places import document
from docgen.renderers.article import VERSION, Body, of_html, of_json, of_markdown

if TYPE_CHECKING:
    from checks.knowledge.documents.page import Page
    from checks.spec import Spec

CACHE = "documents.json"
FOLDER = "documents"
"""Of the pages, below that of the language."""


class Article(NamedTuple):
    """A document of the repository: ``path`` from its root, ``page`` its name in the hub, ``at`` when it was last changed
    (RFC 3339, UTC; empty: unknown) by ``commit`` (empty: not committed)."""

    path: str
    page: str
    body: Body
    at: str
    commit: str
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        return self.body.front.title

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def day(self) -> str:
        """Its own date, or that of its last change, for the order."""
        return self.at or self.body.front.date


class Articles(NamedTuple):
    """``missing`` is what was found out about documents that should be there and are not, ``unread`` the paths of those that
    are too large or no text. ``root`` is the folder at which the paths start."""

    every: tuple[Article, ...]
    missing: tuple[Finding, ...]
    unread: tuple[str, ...]
    checked: Checked
    root: Path

    def newest(self, n: int) -> list[Article]:
        """The `n` that were changed last."""
        return sorted(self.every, key=lambda one: (one.day, one.path), reverse=True)[:n]


def gathered(spec: Spec, snapshot: Snapshot, report: Report, cache: Path | None) -> Articles | None:
    """The documents that `spec` names, held against the `report`, which was made of the `snapshot`; None where it names
    none. ``cache`` is a folder for what was rendered before, if there is one. Raises :class:`~docgen.reality.NoDocument`."""
    from checks.sources.documents import place, within
    from checks.sources.secrets import resolve
    from docgen.reality import checked

    if spec.documents.folders is None and not spec.documents.expected:
        return None
    base = Path(spec.folder)
    declared = [base / one for one in spec.documents.folders or ()]
    its = place(base, declared[0] if declared and declared[0].exists() else base)
    root, world = its.root, its.world
    expected = [base / one.path for one in spec.documents.expected]
    paths = [one for one in sorted({*within(its, [*declared, *expected], declared=True)}) if is_document(one)]
    redactor = Redactor(tuple(resolve(spec).values()))
    shelf = _Shelf(cache)
    texts = {path: text for path in paths if (text := world.text(path)) is not None and len(text) <= LARGEST}
    pages: dict[str, Page] = {}
    bodies = {path: shelf.body(path, text, redactor, pages) for path, text in texts.items()}
    found = checked(spec, (), None, lambda: (snapshot, report), True, pages)
    latest = world.latest(frozenset(texts))
    made = []
    names = _names(texts)
    of: dict[str, list[Finding]] = {}
    for one in found.findings:
        of.setdefault(one.file, []).append(one)
    for path, text in texts.items():
        own = tuple(of.get(path, ()))
        lines = frozenset(one.line for one in own if one.verdict is Verdict.DEVIATES and one.line)
        body = shelf.body(path, text, redactor, pages, lines) if lines else bodies[path]
        last = latest.get(path)
        made.append(Article(path, names[path], body, _moment(last), last.id if last else "", own))
    shelf.keep()
    missing = tuple(
        one for one in found.findings if one.sort == "missing" and one.verdict is Verdict.DEVIATES
    )
    return Articles(
        tuple(made),
        missing,
        tuple(path for path in paths if path not in texts and world.exists(path)),
        found._replace(at=report.collected_at),
        root,
    )


def _moment(commit: Commit | None) -> str:
    return (
        datetime.fromtimestamp(commit.date, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if commit and commit.date
        else ""
    )


def _names(paths: Iterable[str]) -> dict[str, str]:
    """The page of each document, for good: where two would have the same, a digest of the path tells them apart."""
    names: dict[str, list[str]] = {}
    for path in paths:
        names.setdefault(document(path), []).append(path)
    found = {}
    for name, its in names.items():
        for path in its:
            mark = f"-{hashlib.sha256(path.encode()).hexdigest()[:8]}" if len(its) > 1 else ""
            found[path] = f"{FOLDER}/{name}{mark}"
    return found


class _Shelf:
    """What was rendered before, by everything that it depends on."""

    def __init__(self, folder: Path | None) -> None:
        self._place = folder / CACHE if folder else None
        self._known: dict[str, list[object]] = {}
        self._used: dict[str, list[object]] = {}
        if self._place is None:
            return
        try:
            data = json.loads(self._place.read_bytes())
            self._known = data["bodies"] if data["version"] == _version() else {}
        except (OSError, ValueError, KeyError, TypeError):
            self._known = {}

    def body(
        self,
        path: str,
        text: str,
        redactor: Redactor,
        pages: dict[str, Page],
        drifted: frozenset[int] = frozenset(),
    ) -> Body:
        """The document `path` with `text` as markup; where it had to be taken apart, its page is put into `pages`."""
        key = hashlib.sha256(
            f"{path}\0{sorted(drifted)}\0{text}".encode(errors="surrogateescape")
        ).hexdigest()
        if key in self._known:
            try:
                self._used[key] = self._known[key]
                return Body.load(self._known[key])
            except (TypeError, ValueError):
                del self._known[key]
        body = _made(path, text, redactor, pages, drifted)
        self._used[key] = body.dump()
        return body

    def keep(self) -> None:
        """Writes what was asked for; nothing else stays."""
        if self._place is None or self._used == self._known:
            return
        self._place.parent.mkdir(parents=True, exist_ok=True)
        half = self._place.with_suffix(".part")
        half.write_text(
            json.dumps({"version": _version(), "bodies": self._used}, ensure_ascii=False), "utf-8"
        )
        half.replace(self._place)


def _version() -> str:
    from importlib.metadata import version

    from docgen import __version__

    packages = ("markdown-it-py", "mdit-py-plugins", "nh3", "pygments")
    return " ".join([VERSION, __version__, *(version(one) for one in packages)])


def _made(path: str, text: str, redactor: Redactor, pages: dict[str, Page], drifted: frozenset[int]) -> Body:
    from checks.knowledge.documents.page import markdown, parsed

    whole = repaired(text)
    shown = redactor.text(whole.text if whole else text)
    lowered = path.lower()
    if lowered.endswith((".html", ".htm")):
        return of_html(path, shown)
    if lowered.endswith(".json"):
        return of_json(path, shown)
    given = parsed(shown)
    if shown == text and path not in pages:
        # One parse for both: what is judged is what is shown.
        pages[path] = markdown(path, text, given)
    return of_markdown(path, shown, drifted, given)


def stated(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """What counts as a statement of the document itself."""
    return tuple(one for one in findings if one.sort not in ("claim", "encoding"))


def claims(article: Article) -> Mapping[str, Finding]:
    """What became of the claims of `article`, by their names."""
    return {one.said: one for one in article.findings if one.sort in ("claim", "reference")}


def stands(article: Article) -> tuple[Status, Message]:
    """How `article` stands, for a list."""
    its = stated(article.findings)
    wrong = count(its, Verdict.DEVIATES)
    found = status(its)
    if wrong:
        return found, nmsg("{n} drifted", "{n} drifted", n=wrong)
    return found, msg("holds") if found is Status.OK else msg("nothing to judge")
