"""What holds for whoever serves a hub: the same for nginx and for ``docgen serve``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from docgen.hub.accounts import GROUP, NoAccount

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
"""What a page of the hub may do: everything comes from the hub, and nothing stands in the page."""

HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
"""Of every answer, refusals included."""
HSTS = {"Strict-Transport-Security": "max-age=31536000"}
CACHE = "private, no-cache"
CACHE_ASSETS = "private, max-age=604800, immutable"
"""Each request costs a hash, and the names of what every page loads change with what is in them."""
ASSETS = "/assets/"

TYPES = {
    "text/html": ("html", "htm"),
    "text/css": ("css",),
    "text/javascript": ("js", "mjs"),
    "text/plain": ("txt", "md", "yml", "yaml", "log", "sha256"),
    "text/csv": ("csv",),
    "application/json": ("json", "map"),
    "application/xml": ("xml",),
    "application/atom+xml": ("atom",),
    "application/pdf": ("pdf",),
    "application/wasm": ("wasm",),
    "application/zip": ("zip",),
    "application/gzip": ("gz", "tgz"),
    "application/zstd": ("zst",),
    "image/svg+xml": ("svg",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/webp": ("webp",),
    "image/x-icon": ("ico",),
    "font/woff2": ("woff2",),
    "font/woff": ("woff",),
}
OTHER_TYPE = "application/octet-stream"
WITH_CHARSET = ("text/", "application/json", "application/xml", "application/atom+xml")
DOWNLOADS = (
    "pdf",
    "json",
    "csv",
    "xml",
    "atom",
    "zip",
    "gz",
    "tgz",
    "zst",
    "md",
    "txt",
    "yml",
    "yaml",
    "log",
)
"""Endings of what is taken away rather than read in the browser."""

_PATH = re.compile(r"/[A-Za-z0-9._~@+/*-]*")


@dataclass(frozen=True)
class Restriction:
    """All of the hub whose path begins with `prefix`, in which ``*`` is anything, is for the accounts in `group` only."""

    prefix: str
    group: str

    @property
    def pattern(self) -> str:
        """`prefix` as a regular expression that nginx and Python read alike."""
        return ".*".join(map(re.escape, self.prefix.split("*")))


def restrictions(declared: Iterable[str]) -> tuple[Restriction, ...]:
    """The restrictions in `declared`, each PATH=GROUP; the longest path first, since it decides."""
    found: dict[str, str] = {}
    for one in declared:
        prefix, equals, group = one.partition("=")
        if not equals or not _PATH.fullmatch(prefix) or "//" in prefix or "/." in prefix:
            raise NoAccount(f"{one!r}: expected PATH=GROUP, such as /guides/sudo=sudo.")
        if not GROUP.fullmatch(group):
            raise NoAccount(f"{group!r}: expected a group of small letters, digits and dashes, at most 32.")
        if found.setdefault(prefix, group) != group:
            raise NoAccount(f"{prefix}: restricted to two groups, {found[prefix]} and {group}.")
    return tuple(Restriction(p, found[p]) for p in sorted(found, key=lambda p: (-len(p), p)))


def group_of(path: str, restricted: Iterable[Restriction]) -> str | None:
    """The group that alone may read `path`; None where every account may."""
    return next((one.group for one in restricted if re.match(one.pattern, path)), None)


def type_of(path: str) -> str:
    """The media type of the file at `path`, by its ending."""
    ending = path.rpartition("/")[2].rpartition(".")[2].lower()
    found = next((name for name, endings in TYPES.items() if ending in endings), OTHER_TYPE)
    return f"{found}; charset=utf-8" if found.startswith(WITH_CHARSET) else found
