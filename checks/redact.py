"""Redaction: what leaves here may be written to disk.

Two nets: the values of the spec's own secrets, also where they are encoded; and the shapes that secrets
commonly have. A fact is redacted before it is stored, so whatever is judged, shown or kept never held them.
"""

from __future__ import annotations

import base64
import re
import urllib.parse
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import Any

MASK = "‹redacted›"

_NAME = (
    r"(?:pass(?!ed\b|es\b|ing\b|ive|age|port)(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|app[-_]?key|access[-_]?key|private[-_]?key"
    r"|credential|auth(?!or))"
)


@cache
def _shapes() -> re.Pattern[str]:
    return re.compile(_SHAPES, re.DOTALL)


_SHAPES = (
    r"(?P<pem>-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|SECRET)[A-Z ]*-----.*?(?:-----END [A-Z0-9 ]*-----|\Z))"
    r"|(?P<url>(?<=://)[^\s/:@'\"]*:[^\s/@'\"]+(?=@))"
    r"|(?P<header>(?i:\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{6,})"
    r"|(?P<token>\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|npm_[A-Za-z0-9]{30,}))"
    r"|(?P<laravel>\bbase64:[A-Za-z0-9+/]{20,}={0,2})"
    r"|(?P<crypt>\$(?:2[aby]?|5|6|y|1|apr1|argon2id?)\$[./A-Za-z0-9$=,+-]{20,})"
    r"|(?P<flag>(?<![\w-])(?i:--?(?:[a-z]+[-_])*"
    + _NAME
    + r")(?:\\?[=:]|[ \t]+)(?!\"?\$(?:\(|\{\{|\{\w+\}))(?P<flagvalue>'[^']*'|\"[^\"]*\"|[^\s'\"-][^\s'\"]*))"
    r"|(?P<call>(?i:\b(?:define|env|getenv|putenv|config|setenv)\(\s*[\"'][A-Za-z0-9_.-]{0,40}"
    + _NAME
    + r"[A-Za-z0-9_.-]{0,40}[\"'])\s*,\s*(?P<callvalue>\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'))"
    r"|(?P<element>(?i:<[A-Za-z0-9_.:-]{0,40}"
    + _NAME
    + r"[A-Za-z0-9_.:-]{0,40}(?:\s[^<>]*)?>)(?P<elementvalue>[^<>\n]+)(?=</))"
    r"|(?P<login>(?<!\S)(?:-u|--user)[= ]?(?P<loginvalue>[\w.@+-]+:[^\s'\"]+))"
    r"|(?P<passwd>\b(?i:passwd|password)\s+(?P<passwdvalue>(?=[^\s]*[0-9!$%&#*+_-])[^\s'\"<>,;:=()]{6,}))"
    r"|(?P<mysql>\b(?:mysql|mysqldump|mariadb|mariadb-dump)\b[^\n]{0,400}?\s-p(?!\"?\$[({])(?P<mysqlvalue>[^\s]+))"
    r"|(?P<pair>(?i:[\"']?\b[A-Za-z0-9_.-]{0,40}" + _NAME + r"[A-Za-z0-9_.-]{0,40}[\"']?)"
    r"(?:\s*=>\s*|\s?\\?=\s?|\s?\\?:\s?(?i:(?:bearer|basic|token|digest)\s+)?)"
    # What follows a path in an error of the system is no secret.
    r"(?!Permission denied|No such file|Not a directory|Is a directory|Operation not permitted|Too many levels"
    r"|Symbolic link loop|[Ff]ile ?name too long|Input/output error)"
    # Nor is a reference to one: $(cat file), ${{ secrets.NAME }}, ${NAME}.
    r"(?!\"?\$(?:\(|\{\{|\{\w+\}))(?!(?:env|getenv|config)\()(?P<value>\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|(?<==)[^\s\"'>][^\s\"']*|(?<==\s)[^\s\"'>][^\s\"']*|[^\s\"',;&}\])]+))"
)
_SUSPECT = (
    *("pass", "pwd", "secret", "token", "key", "credential", "auth", "bearer", "basic", "://", "base64"),
    *(
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat",
        "glpat",
        "xox",
        "akia",
        "aiza",
        "k_live",
        "k_test",
    ),
    *("$2$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$1$", "$apr1$", "$argon2"),
    *("eyj", "npm_", "mysql", "mariadb", "-u"),
)
"""One of these stands, in small letters, in whatever the shapes match: a look that costs next to nothing."""
_HARMLESS = {"", "null", "none", "true", "false", "yes", "no", MASK, '""', "''", "{", "["}


class Redactor:
    """Knows the secret values of one run."""

    def __init__(self, secrets: list[str] | tuple[str, ...] = ()) -> None:
        forms: set[str] = set()
        for secret in secrets:
            if len(secret) >= 4:
                forms |= _encodings(secret)
        ordered = sorted(forms, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """`text` without secrets."""
        if self._values:
            text = self._values.sub(MASK, text)
        if not _is_suspect(text):
            return text
        if "\n" not in text:
            return _shapes().sub(_mask, text)
        return "\n".join(_shapes().sub(_mask, one) if suspect else one for one, suspect in _stretches(text))

    def surely(self, text: str) -> bool:
        """Whether a secret stands in `text` beyond doubt: one of this run, or of a shape that no sentence has."""
        if self._values and self._values.search(text):
            return True
        return any(match[name] for match in _shapes().finditer(text) for name in _UNMISTAKABLE)

    def is_harmless(self, text: str) -> bool:
        """Whether there is nothing in `text` that could need redaction: a quick look at much text at once."""
        return self._values is None and not _is_suspect(text)

    def value(self, value: Any) -> Any:
        """Any JSON value, with every text in it redacted (also the names of keys)."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(k)): self._pair(str(k), v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(v) for v in value]
        return value

    def _pair(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and value.lower() not in _HARMLESS and names_secret(key):
            return MASK
        return self.value(value)


_UNMISTAKABLE = ("pem", "url", "token", "laravel", "crypt")
_INNER = ("value", "flagvalue", "mysqlvalue", "callvalue", "elementvalue", "loginvalue", "passwdvalue")


def names_secret(name: str) -> bool:
    """Whether what is called `name` is a secret, going by its name: ``db_password``, ``$.auth.token``."""
    return re.search(rf"(?i){_NAME}[\"'\])]*\Z", name) is not None


def _is_suspect(text: str) -> bool:
    small = text.lower()
    return any(word in small for word in _SUSPECT)


def _suspects(text: str) -> set[int]:
    """The lines of `text`, counted from 0, that could hold a secret."""
    small = text.lower()
    ends = list(accumulate(len(line) + 1 for line in small.split("\n")))
    found = set()
    for word in _SUSPECT:
        at = small.find(word)
        while at >= 0:
            line = bisect_right(ends, at)
            found.add(line)
            at = small.find(word, ends[line])
    return found


def _stretches(text: str) -> Iterator[tuple[str, bool]]:
    """`text` cut between lines into what could hold a secret and what could not: looking for shapes is dear."""
    lines = text.split("\n")
    suspect = _suspects(text)
    begin = n = 0
    while n < len(lines):
        if n not in suspect:
            n += 1
            continue
        first = n
        above = next((m for m in range(n - 1, begin - 1, -1) if lines[m].strip()), n)
        # The name of a function, and what it is called with.
        if lines[above].rstrip().endswith("("):
            first = above
        if begin < first:
            yield "\n".join(lines[begin:first]), False
        left = _BEHIND
        while n < len(lines) and left >= 0:
            line = lines[n]
            if n in suspect and _goes_on(line):
                n = len(lines)
                break
            if n in suspect:
                left = _BEHIND
            elif line.strip() and not line.endswith("\\"):
                left -= 1
            n += left >= 0
        yield "\n".join(lines[first:n]), True
        begin = n
    if begin < len(lines):
        yield "\n".join(lines[begin:]), False


_BEHIND = 2
"""Lines that say something in which the value of what is named above them may stand: after ``=>``, or a comma."""


def _goes_on(line: str) -> bool:
    """Whether a secret that begins in `line` may end anywhere: a key, a quotation or an element that is still open."""
    return (
        "-----BEGIN" in line
        or line.rfind("<") > line.rfind(">")
        or (_QUOTED.search(line) is not None and any(line.count(quote) % 2 for quote in "'\""))
    )


_QUOTED = re.compile(r"[=:\s]['\"]")


def _mask(match: re.Match[str]) -> str:
    for group in _INNER:
        inner = match.group(group)
        if inner is not None:
            # What is this short protects nothing, and is more often a counter.
            if inner.strip("\"'").lower() in _HARMLESS or len(inner.strip("\"'")) < 3:
                return match[0]
            start, end = match.span(group)
            # What a script does about a failure is no part of a secret.
            end -= len((re.search(r"\|\|(?:true|:)\Z", inner) or [""])[0])
            quote = inner[0] if inner[0] in "\"'" else ""
            return match[0][: start - match.start()] + quote + MASK + quote + match[0][end - match.start() :]
    if match["header"]:
        return match["header"].split(None, 1)[0] + " " + MASK
    # What stands in line 12 still does.
    return MASK + "\n" * match[0].count("\n")


_WIDTHS = (76, 64)
"""Where the programs that write base64 begin a new line: each line must go by itself."""
_BEFORE = (b"", b"x-access-token:")
"""What stands before a token in base64: nothing, or the name under which git uses it. Both end with a whole group."""


def _encodings(secret: str) -> set[str]:
    raw = secret.encode()
    quoted = {urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)}
    forms = {secret, raw.hex(), raw.hex().upper(), *quoted}
    forms |= {re.sub("%..", lambda m: m[0].lower(), form) for form in quoted}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for lead in range(3):
            # inside a longer text, base64 shows one of three alignments; the first and last group may differ
            encoded = encode(b"\0" * lead + raw).decode().rstrip("=")
            cut = encoded[(0, 2, 3)[lead] : len(encoded) - (1 if (lead + len(raw)) % 3 else 0)]
            if len(cut) >= 6:
                forms.add(cut)
    for before in _BEFORE:
        # What follows shows in the last sign of a group that is not full.
        encoded = base64.b64encode(before + raw).decode().rstrip("=")
        encoded = encoded[: len(encoded) - (1 if len(raw) % 3 else 0)]
        begin = len(before) * 4 // 3
        for width in _WIDTHS if len(encoded) > min(_WIDTHS) else ():
            parts = (encoded[max(at, begin) : at + width] for at in range(0, len(encoded), width))
            forms |= {part for part in parts if len(part) >= 8}
    forms.add(secret.replace("\\", "\\\\").replace('"', '\\"'))
    forms.add("".join(reversed(secret)))
    return {form for form in forms if len(form) >= 4}
