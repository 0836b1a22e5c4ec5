"""Bodies of HTTP answers: from hostile bytes to text, values and fingerprints."""

from __future__ import annotations

import hashlib
import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from checks.knowledge.jsonpath import MISSING, values
from checks.redact import MASK, names_secret
from checks.sources.interface import decode

MOST_VALUES = 50
LONGEST_VALUE = 500
_CHARSET = re.compile(
    r"charset=[\"']?(iso-8859-\d{1,2}|latin-?1|windows-125\d|us-ascii|utf-16(?:le|be)?)\b", re.IGNORECASE
)
_CHANGING = re.compile(r"[A-Za-z0-9+/_=-]{16,}|\w{0,15}\d\w{0,15}")


def decoded(raw: bytes, headers: Mapping[str, str], most: int) -> tuple[bytes, bool, str | None]:
    """The body without its content encoding; whether that is all of it; an encoding that is not understood."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", "") or not raw:
        return raw, True, None
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return raw, True, encoding[:50]
    try:
        machine = zlib.decompressobj(47)
        plain = machine.decompress(raw, most)
    except zlib.error:
        return raw, True, encoding
    return plain, machine.eof, None


def text_of(raw: bytes, content_type: str) -> str:
    """`raw` as text in the declared character set, UTF-8 by default; what is not becomes ``\\xff``."""
    match = _CHARSET.search(content_type)
    return raw.decode(match[1], "backslashreplace") if match else decode(raw)


def without_cookie(text: str) -> str:
    """A ``Set-Cookie`` line without the value of the cookie; its attributes stay."""
    return re.sub(r"^([^=;]*=)[^;]*", r"\1…", text)


def json_values(text: str, paths: Sequence[str]) -> dict[str, Any]:
    """``{"json": [...]}`` for `paths`; ``{"json": None, "json_error"}`` where `text` is no JSON."""
    try:
        document = json.loads(text, parse_constant=_refused)
        return {"json": [_known(path, _distinct(values(document, path))) for path in paths]}
    except (ValueError, RecursionError) as error:
        return {"json": None, "json_error": decode(str(error).encode("utf-8", "backslashreplace"))[:200]}


def fingerprint(text: str, path: str) -> str:
    """A digest of `text` without what differs between two requests for what is the same page: the path that
    was asked for, tokens, numbers."""
    for part in (path, path.lstrip("/"), path.rpartition("/")[2]):
        if part:
            text = text.replace(part, "")
    return hashlib.sha256(_CHANGING.sub("", text).encode("utf-8", "backslashreplace")).hexdigest()


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _known(path: str, found: list[dict[str, Any] | None]) -> list[dict[str, Any] | None]:
    """`found` at `path`, masked where its name says that it is a secret."""
    if not names_secret(path):
        return found
    return [{"value": MASK} if one and isinstance(one["value"], str | int | float) else one for one in found]


def _distinct(found: list[Any]) -> list[dict[str, Any] | None]:
    made: dict[str, dict[str, Any] | None] = {}
    for value in found:
        one = None if value is MISSING else {"value": _plain(value)}
        made.setdefault(json.dumps(one, sort_keys=True), one)
        if len(made) >= MOST_VALUES:
            break
    return list(made.values())


def _plain(value: Any) -> Any:
    """`value` if it is a scalar of ordinary size; else what it is, in short."""
    if isinstance(value, str):
        return decode(value.encode("utf-8", "backslashreplace"))[:LONGEST_VALUE]
    if isinstance(value, dict | list):
        return decode(json.dumps(value)[:LONGEST_VALUE].encode("utf-8", "backslashreplace"))
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
