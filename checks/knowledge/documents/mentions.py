"""Paths that a document names, each with the lines of the file that it names and with what is said around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from checks.knowledge.documents.cues import EXAMPLE, GONE, KEY, LABEL, LACKING, PLACEHOLDER, SOFT, URL
from checks.knowledge.documents.page import Page
from checks.knowledge.documents.tables import cells

_SUFFIX = (
    r"(?P<path>[^\s:#]+?)(?::(?P<first>\d{1,7})(?:\s*[-–]\s*(?P<last>\d{1,7}))?"
    r"|#L(?P<hfirst>\d{1,7})(?:-L?(?P<hlast>\d{1,7}))?)?"
)
_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)(?P<code>[^`\n]{1,300}?)\1(?!`)")
_BARE = re.compile(
    r"(?<![\w/.:@#~$%&=?`\[(<>*{}\\-])(?P<code>(?:\.{0,2}/)?(?:[\w.-]+/)+[\w.-]*\w\.[A-Za-z]\w{0,7}"
    r"(?::\d+(?:[-–]\d+)?)?)(?![\w/*{}$<>`@-])"
)
_NAMED = re.compile(
    r"(?<![\w/.:@#~$%&=?`\[(<>*{}\\-])(?P<code>[A-Za-z0-9]\w*[-_][\w-]*\.(?:md|html|ya?ml|sh|json)(?::\d+(?:[-–]\d+)?)?)"
    r"(?![\w/*{}$<>`@-])"
)
_ENDS = re.compile(r"\.(?:md|html|ya?ml|sh|json)")
_ROW = re.compile(r"[-*+]\s|\d+[.)]\s|\|")
_FILLED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\[[^\[\]]*\](?=\(|\[)")
_SHAPE = re.compile(rf"^{_SUFFIX}$")
_WORDS = re.compile(r"^\.{0,2}/?[\w.@+-]+(?:/[\w.@+-]+)*/?$")
_ENDING = re.compile(
    r"\.(?:md|markdown|html?|json5?|ya?ml|toml|ini|cfg|conf|env|sh|bash|zsh|py|php|js|jsx|mjs|cjs|ts|tsx|vue|css|scss|sql|rb|go"
    r"|rs|java|kt|cs|csproj|sln|c|h|cpp|hpp|xml|txt|csv|lock|gradle|tf|service|timer|cron|j2|tmpl|dist|ps1|cmd|bat|pdf|svg|png)$",
    re.IGNORECASE,
)
_NUMBERS = r"L?(\d{1,7})(?:\s*(?:-|–|—|bis|to|through|until|and)\s*L?(\d{1,7}))?"
_AFTER = re.compile(
    rf"^\W{{0,4}}(?:at |ab |in |on )?\W{{0,2}}(?:Zeilen?|Z\.|[Ll]ines?|LL?|ll?\.)\s*{_NUMBERS}(?!\w)"
)
_BEFORE = re.compile(
    rf"(?:Zeilen?|Z\.|[Ll]ines?)\s+{_NUMBERS}\s+(?:of|in|from|von|aus|der Datei|des)\s+"
    r"(?:the\s+|der\s+)?(?:file\s+|Datei\s+)?\W{0,3}$"
)

_COLUMN = re.compile(r"\W*(?:Zeilen?|[Ll]ines?)\W*$")
_ALONE = re.compile(rf"^[`*_]*{_NUMBERS}[`*_]*$")


class Mention(NamedTuple):
    """A path in a line. ``first`` and ``last`` are the lines of the file that are meant, 0 where none are; ``cued``: it is
    said to be a file of this repository; ``example``: it is said to be one; ``hedged``: that, or to be gone, or to come;
    ``soft``: it may be the reader's own."""

    line: int
    path: str
    said: str
    first: int
    last: int
    cued: bool
    example: bool
    hedged: bool
    soft: bool


def mentions(page: Page) -> list[Mention]:
    """The paths that are named in the text of `page`, outside of blocks of code."""
    made: list[Mention] = []
    title = ""
    heads = {heading.line: heading.text for heading in page.headings}
    label = ""
    linked: dict[int, list[str]] = {}
    for link in page.links:
        linked.setdefault(link.line, []).append(link.target)
    columns = {cell.line: cell.text for cell in cells(page) if _COLUMN.match(cell.head)}
    for number, line in page.spoken:
        title = heads.get(number, title)
        stripped = line.strip()
        if _ROW.match(stripped) is None:
            label = stripped.strip("*_ ") if stripped.rstrip("*_ ").endswith(":") else ""
        for begin, end, code in _tokens(_plain(line)):
            found = _SHAPE.match(code)
            if not found or not _is_path(found["path"]):
                continue
            if line[begin - 1 : begin] == "(" and any(found["path"] in one for one in linked.get(number, ())):
                continue
            first, last = found["first"] or found["hfirst"], found["last"] or found["hlast"]
            said = code
            if not first:
                after, before = _AFTER.match(line[end:]), _BEFORE.search(line[:begin])
                if lines := after or before:
                    first, last = lines[1], lines[2]
                    said = " ".join((code, lines[0].strip(" (,:"))) if after else f"{lines[0].strip()} {code}"
            if not first and (lines := _ALONE.match(columns.get(number, ""))):
                first, last = lines[1], lines[2]
                said = f"{code} {lines[0].strip()}"
            leading = line[:begin]
            listed = bool(label) and re.match(r"\s*(?:[-*+]|\d+[.)])\s+[*_]*`?$", leading) is not None
            cued = bool(LABEL.search(leading) or KEY.search(leading)) or (
                listed and bool(LABEL.search(f" {label}"))
            )
            around = URL.sub("", f"{line[:begin]} {line[end:]}")
            around = f"{label} {around}" if listed else around
            example = bool(EXAMPLE.search(around))
            hedged = example or bool(GONE.search(around)) or bool(LACKING.search(title))
            made.append(
                Mention(
                    number, found["path"], said.strip("`"), int(first or 0), int(last or first or 0), cued, example, hedged,
                    bool(SOFT.search(around)),
                )
            )  # fmt: skip
    return made


def _plain(line: str) -> str:
    """`line` with blanks for what a generator fills in, and for what is the text of a link: its target is judged."""
    if line.startswith("[//]:"):
        return ""
    return _FILLED.sub(lambda match: " " * len(match[0]), line) if "{" in line or "[" in line else line


def _tokens(line: str) -> Iterator[tuple[int, int, str]]:
    covered: list[tuple[int, int]] = []
    for match in _CODE.finditer(line) if "`" in line else ():
        covered.append(match.span())
        yield match.start(), match.end(), match["code"].strip()
    bare = _BARE.finditer(line) if "/" in line else ()
    for match in (*bare, *(_NAMED.finditer(line) if _ENDS.search(line) else ())):
        if (
            not any(a <= match.start() < b for a, b in covered)
            and "://" not in line[max(0, match.start() - 80) : match.end()]
        ):
            yield match.start("code"), match.end("code"), match["code"]


def _is_path(text: str) -> bool:
    """Whether `text` looks like the path of a file or folder within a repository."""
    if not _WORDS.match(text) or len(text) > 200 or PLACEHOLDER.search(text):
        return False
    if text.startswith(("/", "@", "-")) or re.fullmatch(r"[\d./-]+", text):
        return False
    last = text.rstrip("/").rpartition("/")[2]
    if "/" in text.rstrip("/").removeprefix("./"):
        head = text.split("/", 1)[0]
        if "." in head.lstrip(".") and not head.startswith("."):
            return False
        return text.endswith("/") or bool(re.search(r"\.[A-Za-z][A-Za-z0-9]{0,9}$", last))
    return bool(_ENDING.search(last)) and not text.endswith("/") and not text.startswith("..")
