"""Pictures in documents: which of them may be shown, and sanitised drawings."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from checks.model import Message, msg

LARGEST = 8 * 1024 * 1024
"""Bytes of a picture."""
FOLDER = "pictures"
_HEADS = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
}
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset((
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc",
    "defs", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "marker", "pattern", "symbol", "use",
))  # fmt: skip
_UNWANTED = re.compile(rb"<!DOCTYPE|<!ENTITY|<\?xml-stylesheet", re.IGNORECASE)
_ELSEWHERE = re.compile(r"url\(\s*[\"']?(?!#)|@import|expression|javascript:|\\", re.IGNORECASE)


class Picture(NamedTuple):
    """``name`` is that of the file in the hub, which changes with what is in it."""

    name: str
    content: bytes


def picture(file: Path) -> Picture | Message:
    """The picture in `file`, or why it is not shown."""
    ending = file.suffix.lower()
    if ending != ".svg" and ending not in _HEADS:
        return msg("Only PNG, JPEG, GIF, WebP and SVG are shown.")
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError:
        return msg("It could not be read.")
    if len(content) > LARGEST:
        return msg("It is larger than {size:size}.", size=LARGEST)
    if ending == ".svg":
        safe = sanitised(content)
        if safe is None:
            return msg("It is no drawing that can be made safe.")
        content = safe
    elif not content.startswith(_HEADS[ending]) or (ending == ".webp" and content[8:12] != b"WEBP"):
        return msg("It is not what its name says.")
    digest = hashlib.sha256(content).hexdigest()[:16]
    stem = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:40]
    return Picture(f"{FOLDER}/{stem or 'picture'}.{digest}{ending}", content)


def sanitised(content: bytes) -> bytes | None:
    """The drawing in `content` without whatever could run, load or lead elsewhere; None where it is no drawing."""
    if _UNWANTED.search(content):
        return None
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - without a DOCTYPE there are no entities
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    if root.tag != f"{_SVG}svg":
        return None
    _prune(root, 0)
    ElementTree.register_namespace("", _SVG[1:-1])
    return bytes(ElementTree.tostring(root, encoding="utf-8"))


def _prune(element: ElementTree.Element, depth: int) -> None:
    for name, value in list(element.attrib.items()):
        local = name.rpartition("}")[2].lower()
        leads = local in ("href", "src") and not value.startswith("#")
        if (
            local.startswith("on")
            or leads
            or (name.startswith("{http") and local != "href")
            or _ELSEWHERE.search(value)
        ):
            del element.attrib[name]
    for child in list(element):
        known = (
            isinstance(child.tag, str) and child.tag.startswith(_SVG) and child.tag[len(_SVG) :] in _ELEMENTS
        )
        if not known or depth > 60:
            element.remove(child)
        else:
            _prune(child, depth + 1)
