"""Links between documents: whether what they lead to is there, and the place in it. Nothing is ever fetched."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from checks.knowledge.documents import anchors
from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.markup import Link
from checks.knowledge.documents.names import ENDINGS
from checks.knowledge.documents.page import Page
from checks.knowledge.documents.world import World
from checks.model import Message, msg, nmsg

_PLACEHOLDER = re.compile(r"[{}<>$*|]|\.\.\.|…|%7[BD]|\bX{3,}\b")
_ROUTES = (
    "issues", "pulls", "pull", "releases", "wiki", "actions", "discussions", "compare", "commits", "tree", "blob",
)  # fmt: skip
_LANGUAGE = re.compile(r"(?<=/)[a-z]{2}(?:[-_][A-Za-z]{2,4})?(?=/)")
_PAGES = (".md", ".markdown", ".html", ".htm")
_GENERATORS = re.compile(
    r"mkdocs[\w.-]*\.ya?ml|conf\.py|_config\.ya?ml|docusaurus\.config\.\w+|hugo\.\w+|zensical\.toml|antora\.yml|book\.toml"
    r"|\.vitepress|\.vuepress|_quarto\.yml|astro\.config\.\w+"
)
_DOMAIN = re.compile(
    r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|de|co|app|ai|eu|gov|edu)(?:/.*)?$"
)
_LINES = re.compile(r"L(\d+)(?:C\d+)?(?:-L?(\d+)(?:C\d+)?)?$")
_GITHUB = re.compile(r"/([\w.-]+/[\w.-]+)/(?:blob|tree|raw|edit)/([^/]+)/(.*)$")

Gone = Callable[[str], Message | bool]
"""What became of a path that once was. True: it was there at the time of the document; False: it never was."""


def judged(
    page: Page,
    link: Link,
    world: World,
    pages: Callable[[str], Page | None],
    gone: Gone,
    *,
    past: bool = False,
) -> Iterator[Finding]:
    """What becomes of `link`; `pages` reads another document, `gone` says what became of a path; ``past``: the document is
    about the past, and other documents may have gone on."""
    for found in _judged(page, link, world, pages, gone):
        if past and found.sort in ("anchor", "lines") and found.actual is not None and link.target[:1] != "#":
            yield _not(page, link, msg("The document is about the past."))
        else:
            yield found


def _judged(
    page: Page, link: Link, world: World, pages: Callable[[str], Page | None], gone: Gone
) -> Iterator[Finding]:
    target = link.target.strip()
    try:
        parts = urlsplit(target)
    except ValueError:
        yield _not(page, link, msg("It is no address that can be read."))
        return
    if parts.scheme or parts.netloc:
        its = _own(parts.netloc + parts.path, world) if "github.com" in parts.netloc else None
        if its is None:
            yield _not(page, link, msg("It leads to another place, and nothing is fetched."))
            return
        yield from _file(page, link, its, unquote(parts.fragment), world, pages, gone)
        return
    if _PLACEHOLDER.search(target) or not target.strip("#/. "):
        yield _not(page, link, msg("It stands for something else."))
        return
    path, anchor = unquote(parts.path), unquote(parts.fragment)
    if not path and parts.query:
        yield _not(page, link, msg("It stands for something else."))
        return
    if not path:
        yield from _anchor(page, link, page, anchor)
        return
    found = next((one for one in _candidates(page.path, path, world) if world.exists(one)), None)
    if found is not None:
        yield holds(page.path, link.line, "link", target)
        yield from _inside(page, link, found, anchor, world, pages)
        return
    yield from _broken(page, link, path, world, gone)


def _not(page: Page, link: Link, why: Message) -> Finding:
    return unjudged(page.path, link.line, "link", link.target[:200], why)


def _own(address: str, world: World) -> str | None:
    """The path in `world` that a page of GitHub shows; None where it is about something else."""
    match = _GITHUB.search(f"/{address.partition('/')[2]}")
    if not match or not world.name or match[1].lower() != world.name.lower():
        return None
    return unquote(match[3]).rstrip("/") if match[2] in (world.branch, "HEAD") and world.branch else None


def _candidates(path: str, target: str, world: World) -> Iterator[str]:
    """The files that `target` in the document `path` may mean, as viewers and generators read it."""
    folder = posixpath.dirname(path)
    stem = posixpath.splitext(path)[0]
    if target.startswith("/"):
        ups = [folder]
        while ups[-1]:
            ups.append(posixpath.dirname(ups[-1]))
        bases = [
            "",
            *(f"{up}/{below}".strip("/") for up in ups for below in ("", "docs", "static", "public", "src")),
        ]
        target = target.lstrip("/")
    else:
        # What stands in .github is shown in other places, too.
        bases = [folder, stem, *([""] if folder.startswith(".github") else [])]
    tails = (
        "",
        ".md",
        ".markdown",
        "/index.md",
        "/README.md",
        "/_index.md",
        ".html",
        ".mdx",
        ".rst",
        ".ipynb",
    )
    for base in dict.fromkeys(bases):
        joined = posixpath.normpath(posixpath.join(base, target)).removeprefix("./")
        if joined.startswith(".."):
            continue
        for tail in tails:
            yield (joined + tail).removeprefix("./").removeprefix("/") if joined != "." else ""
        if joined.endswith((".html", ".htm")):
            name = posixpath.splitext(joined)[0]
            yield from (f"{name}{tail}" for tail in (".md", ".rst", ".adoc", ".mdx", ".ipynb"))
            if name.endswith("index"):
                yield posixpath.dirname(name)
        # A translation falls back to the page in the language that it was made from.
        match = _LANGUAGE.search(joined)
        if match:
            for tail in tails:
                yield f"{joined[: match.start()]}en{joined[match.end() :]}{tail}"


def _broken(page: Page, link: Link, path: str, world: World, gone: Gone) -> Iterator[Finding]:
    folder = "" if path.startswith("/") else posixpath.dirname(page.path)
    meant = posixpath.normpath(posixpath.join(folder, path.lstrip("/"))).removeprefix("./")
    if meant.startswith(".."):
        yield _not(page, link, msg("It leads out of the repository."))
        return
    # A folder that a generator makes anew may once have been committed.
    anew = "/" in meant and not world.is_folder(posixpath.dirname(meant)) and _generated(page.path, world)
    anew = anew or (path.startswith("/") and _generated(page.path, world))
    if not anew and (became := gone(meant)):
        yield _past(page, link, became)
        return
    if world.exists(meant) is None:
        yield _not(page, link, msg("It leads into what is not checked out."))
        return
    last = meant.rpartition("/")[2]
    ending = posixpath.splitext(last)[1].lower()
    made = (
        world.ignored(meant) or not re.fullmatch(r"\.[a-z][a-z0-9]{0,8}", ending) or bool(_DOMAIN.match(path))
    )
    made = made or (
        ending in (".html", ".htm", ".xml", ".pdf") and not page.path.lower().endswith((".html", ".htm"))
    )
    made = made or (_generated(page.path, world) and not _beside(world, meant))
    unsure = path.startswith("/") or page.generated or any(f"/{r}/" in f"/{meant}/" for r in _ROUTES)
    if made or (unsure and not _slip(world, meant)):
        yield _not(page, link, msg("A generator may make what it leads to."))
        return
    close = nearest(world, meant)
    said = msg("There is no {path:code}; there is {other:code}.", path=meant, other=close) if close else None
    yield drifted(
        page.path, link.line, "link", link.target, said or msg("There is no {path:code}.", path=meant)
    )


def _past(page: Page, link: Link, became: Message | bool) -> Finding:
    if isinstance(became, Message):
        return drifted(page.path, link.line, "link", link.target, became)
    return holds(page.path, link.line, "link", link.target)


def _generated(document: str, world: World) -> bool:
    """Whether a generator makes a site of `document`: then it, or its theme, may bring pages that are in no repository."""
    ups = [posixpath.dirname(document)]
    while ups[-1]:
        ups.append(posixpath.dirname(ups[-1]))
    # What stands beside mkdocs.yml is no page of its site.
    return any(
        _GENERATORS.fullmatch(name) and not (up == ups[0] and name.startswith("mkdocs"))
        for up in ups
        for name in world.names(up)
    )


def _beside(world: World, path: str) -> str:
    """A file beside `path` whose name is nearly the same."""
    from difflib import get_close_matches

    folder, _, name = path.rpartition("/")
    close = get_close_matches(name, world.names(folder), 1, 0.8)
    return f"{folder}/{close[0]}".lstrip("/") if close else ""


def _slip(world: World, path: str) -> bool:
    """Whether `path` is nearly what stands beside it, and not only another number: then nobody makes it."""
    beside = _beside(world, path)
    return bool(beside) and re.sub(r"\d+", "0", beside) != re.sub(r"\d+", "0", path)


def nearest(world: World, path: str) -> str | None:
    """The file that was probably meant by `path`, which is not there: of the same name elsewhere, or nearly so beside."""
    same = world.ending(path.rpartition("/")[2])
    return same[0] if len(same) == 1 else _beside(world, path) or None


def _file(
    page: Page, link: Link, path: str, anchor: str, world: World, pages: Callable[[str], Page | None], gone: Gone,
) -> Iterator[Finding]:  # fmt: skip
    if world.exists(path):
        yield holds(page.path, link.line, "link", link.target)
        yield from _inside(page, link, path, anchor, world, pages)
    elif became := gone(path):
        yield _past(page, link, became)
    elif world.exists(path) is False:
        yield drifted(page.path, link.line, "link", link.target, msg("There is no {path:code}.", path=path))


def _inside(
    page: Page, link: Link, path: str, anchor: str, world: World, pages: Callable[[str], Page | None]
) -> Iterator[Finding]:
    """Whether `anchor` is in the file `path`."""
    if not anchor or anchor.startswith((":~:", "!")):
        return
    if lines := _LINES.fullmatch(anchor):
        if (text := world.text(path)) is not None:
            from checks.knowledge.documents.mentions import Mention
            from checks.knowledge.documents.ranges import judged as range_judged

            first, last = int(lines[1][:9]), int((lines[2] or lines[1])[:9])
            meant = Mention(link.line, path, f"{path}#{anchor}", first, last, True, False, False, False)
            yield range_judged(page.path, meant, path, world, text)
        return
    if not path.lower().endswith(_PAGES):
        for name in ("index.md", "README.md", "readme.md"):
            if world.is_folder(path) and world.exists(f"{path}/{name}".lstrip("/")):
                path = f"{path}/{name}".lstrip("/")
                break
        else:
            return
    other = page if path == page.path else pages(path)
    if other is not None:
        yield from _anchor(page, link, other, anchor)


def _anchor(page: Page, link: Link, other: Page, anchor: str) -> Iterator[Finding]:
    from difflib import get_close_matches

    if not anchor or anchor in ("top", "#") or anchor.startswith((":~:", "!", "/")):
        return
    if anchors.there(anchor, other.ids) or re.match(r"fn(ref)?[:-]", anchor):
        yield holds(page.path, link.line, "anchor", link.target)
        return
    if other.generated or not other.path.lower().endswith(ENDINGS):
        yield unjudged(
            page.path, link.line, "anchor", link.target, msg("A generator may make what it leads to.")
        )
        return
    close = get_close_matches(anchor, sorted(other.ids), 1, 0.7)
    said = msg("{path:code} has no {anchor:code}.", path=other.path, anchor=f"#{anchor}")
    if close:
        said = msg(
            "{path:code} has no {anchor:code}; it has {other:code}.",
            path=other.path, anchor=f"#{anchor}", other=f"#{close[0]}",
        )  # fmt: skip
    yield drifted(page.path, link.line, "anchor", link.target, said)


def within(file: str, line: int, said: str, text: str, last: int) -> Finding:
    """Whether `text` has a line number `last`."""
    have = text.count("\n") + (not text.endswith("\n") and bool(text))
    if last <= have:
        return holds(file, line, "lines", said)
    return drifted(
        file, line, "lines", said, nmsg("The file has {n} line.", "The file has {n} lines.", n=have)
    )
