"""Anchors: the ids that the common generators give to headings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

_SIGN = re.compile(r":[a-z0-9_+-]+:")
_TAG = re.compile(r"<[^<>]*>")


def slugs(headings: Sequence[str]) -> set[str]:
    """Every id under which one of `headings`, in their order, may be found: GitHub's, that of Python-Markdown and those of
    the usual variants; each with the number that a repeated one gets."""
    found: set[str] = set()
    for style in _STYLES:
        counts: dict[str, int] = {}
        for heading in headings:
            variants = {heading}
            if ":" in heading:
                variants.add(_SIGN.sub("", heading))
            if "<" in heading:
                variants.add(_TAG.sub("", heading))
            for said in variants:
                slug = style(said.strip())
                found.add(slug)
                number = counts.get(slug, 0)
                if number:
                    found |= {f"{slug}-{number}", f"{slug}_{number}"}
            own = style(heading)
            counts[own] = counts.get(own, 0) + 1
    return found - {""}


def there(anchor: str, ids: Iterable[str]) -> bool:
    """Whether `anchor` leads to one of `ids`; capital letters count for some viewers only."""
    known = ids if isinstance(ids, frozenset) else frozenset(ids)
    tried = {anchor, anchor.removeprefix("user-content-"), unicodedata.normalize("NFC", anchor)}
    if tried & known:
        return True
    folded = {one.casefold() for one in known}
    if any(one.casefold() in folded for one in tried):
        return True
    plain = {*map(loose, known)} - {""}
    return any(loose(one) in plain for one in tried)


def loose(anchor: str) -> str:
    """`anchor` without what generators disagree about: dashes, case and accents."""
    plain = unicodedata.normalize("NFKD", anchor.casefold())
    return "".join(c for c in plain if c.isalnum())


def _github(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def _plain(text: str) -> str:
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_).strip().lower())


def _unicode(text: str) -> str:
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFC", text)).strip().lower())


def _spaced(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")


_STYLES = tuple(lru_cache(4096)(style) for style in (_github, _plain, _unicode, _spaced))
"""Many documents have the same headings."""
