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
from checks.knowledge.documents.names import LARGEST, is_document
from checks.knowledge.documents.world import Commit
from checks.model import Message, Report, Snapshot, Status, Verdict, msg, nmsg
from checks.redact import Redactor
from docgen.hub.places import document
from docgen.renderers.article import VERSION, Body, of

if TYPE_CHECKING:
    from checks.knowledge.documents.page import Page
    from checks.sources.checkouts import Place
    from checks.spec import Spec

CACHE = "documents.json"
FOLDER = "documents"
"""Of the pages, below that of the language."""


class Article(NamedTuple):
    """A document of the repository: ``path`` from its root, ``page`` its name in the hub, ``at`` when it was last changed
    (RFC 3339, UTC; empty: unknown) by ``commit`` (empty: not committed); ``held`` and ``wrong``: how many of its statements
    hold or do not."""

    path: str
    page: str
    body: Body
    at: str
    commit: str
    held: int
    wrong: int
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
    are too large or no text. ``at`` and ``commit``: when and against what they were held; ``root`` is the folder at which
    the paths start."""

    every: tuple[Article, ...]
    missing: tuple[Finding, ...]
    unread: tuple[str, ...]
    at: str
    commit: str
    root: Path
    unpublished: int = 0
    """Links that lead to files which are not in the hub."""

    def newest(self, n: int) -> list[Article]:
        """The `n` that were changed last."""
        return sorted(self.every, key=lambda one: (one.day, one.path), reverse=True)[:n]


class Where(NamedTuple):
    """The documents that a spec names: ``paths`` from the root of the checkout `its`."""

    its: Place
    paths: tuple[str, ...]


def where(spec: Spec) -> Where | None:
    """The documents that `spec` names; None where it names none."""
    from checks.sources.checkouts import place, within

    if spec.documents.folders is None and not spec.documents.expected:
        return None
    base = Path(spec.folder)
    declared = [base / one for one in spec.documents.folders or ()]
    its = place(base, declared[0] if declared and declared[0].exists() else base, spec.repository)
    expected = [base / one.path for one in spec.documents.expected]
    found = sorted({*within(its, [*declared, *expected], declared=True)})
    return Where(its, tuple(one for one in found if is_document(one)))


def gathered(spec: Spec, there: Where, snapshot: Snapshot, report: Report, cache: Path | None) -> Articles:
    """The documents that are `there`, held against the `report`, which was made of the `snapshot`. ``cache`` is a folder for
    what was rendered before, if there is one. Raises :class:`~docgen.reality.NoDocument`."""
    from checks.sources.secrets import resolve
    from docgen.reality import checked

    root, world = there.its.root, there.its.world
    redactor = Redactor(tuple(resolve(spec).values()))
    rendered = _Rendered(cache, report.language)
    texts = {
        path: text for path in there.paths if (text := world.text(path)) is not None and len(text) <= LARGEST
    }
    pages: dict[str, Page] = {}
    bodies = {path: rendered.body(path, text, redactor, pages) for path, text in texts.items()}
    found = checked(spec, (), None, lambda: (snapshot, report), True, pages, there.its)
    latest = world.latest(frozenset(texts))
    made = []
    names = _names(texts)
    of: dict[str, list[Finding]] = {}
    for one in found.findings:
        of.setdefault(one.file, []).append(one)
    for path, text in texts.items():
        own = tuple(of.get(path, ()))
        lines = frozenset(one.line for one in own if one.verdict is Verdict.DEVIATES and one.line)
        body = rendered.body(path, text, redactor, pages, lines) if lines else bodies[path]
        last = latest.get(path)
        held, wrong = (count(stated(own), one) for one in (Verdict.CONFORM, Verdict.DEVIATES))
        made.append(
            Article(path, names[path], body, _moment(last), last.id if last else "", held, wrong, own)
        )
    rendered.keep()
    missing = tuple(
        one for one in found.findings if one.sort == "missing" and one.verdict is Verdict.DEVIATES
    )
    unread = tuple(path for path in there.paths if path not in texts and world.exists(path))
    return Articles(tuple(made), missing, unread, report.collected_at, found.commit, root)


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


class _Rendered:
    """What was rendered before, by everything that it depends on; `language` is that of the project."""

    def __init__(self, folder: Path | None, language: str) -> None:
        self._language = language
        self._place = folder / CACHE if folder else None
        self._known: dict[str, list[object]] = {}
        self._used: dict[str, list[object]] = {}
        if self._place is None:
            return
        try:
            data = json.loads(self._place.read_bytes())
            self._known = data["bodies"] if data["version"] == version_of_markup() else {}
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
            f"{path}\0{self._language}\0{sorted(drifted)}\0{text}".encode(errors="surrogateescape")
        ).hexdigest()
        if key in self._known:
            try:
                self._used[key] = self._known[key]
                return Body.load(self._known[key])
            except (TypeError, ValueError):
                del self._known[key]
        body = _made(path, text, redactor, pages, drifted, self._language)
        self._used[key] = body.dump()
        return body

    def keep(self) -> None:
        """Writes what was asked for; nothing else stays."""
        if self._place is None or self._used == self._known:
            return
        self._place.parent.mkdir(parents=True, exist_ok=True)
        half = self._place.with_suffix(".part")
        half.write_text(
            json.dumps({"version": version_of_markup(), "bodies": self._used}, ensure_ascii=False), "utf-8"
        )
        half.replace(self._place)


def version_of_markup() -> str:
    from importlib.metadata import version

    from docgen import __version__

    packages = ("pyromark", "nh3", "pygments")
    return " ".join([VERSION, __version__, *(version(one) for one in packages)])


def readable(text: str, redactor: Redactor) -> str:
    """`text` as readers get it: redacted, and without double-encoded UTF-8."""
    whole = repaired(text)
    return redactor.text(whole.text if whole else text)


def _made(
    path: str, text: str, redactor: Redactor, pages: dict[str, Page], drifted: frozenset[int], language: str
) -> Body:
    from checks.knowledge.documents.page import markdown
    from checks.knowledge.documents.parsed import parsed

    shown = readable(text, redactor)
    if path.lower().endswith((".html", ".htm", ".json")):
        return of(path, shown)
    given = parsed(shown)
    if shown == text and path not in pages:
        # One parse for both: what is judged is what is shown.
        pages[path] = markdown(path, text, given)
    return of(path, shown, drifted, given, language)


def stated(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """What counts as a statement of the document itself."""
    return tuple(one for one in findings if one.sort not in ("claim", "encoding"))


def claims(article: Article) -> Mapping[str, Finding]:
    """What became of the claims of `article`, by their names."""
    return {one.said: one for one in article.findings if one.sort in ("claim", "reference")}


def stands(article: Article) -> tuple[Status, Message]:
    """How `article` stands, for a list."""
    if article.wrong:
        return Status.FAIL, nmsg("{n} drifted", "{n} drifted", n=article.wrong)
    return (Status.OK, msg("holds")) if article.held else (Status.UNKNOWN, msg("nothing to judge"))
