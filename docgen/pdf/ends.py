"""Where in a PDF what was written first ends, where each update behind it, and where the whole file."""

from __future__ import annotations

import re

_LAST = re.compile(rb"startxref\s+([0-9]{1,12})\s+%%EOF\s*\Z")
_END = re.compile(rb"startxref\s+([0-9]{1,12})\s+%%EOF\n?")
_BEFORE = re.compile(rb"/Prev ([0-9]{1,12})\b")
_UPDATE = re.compile(rb"\s*[0-9]{1,12} [0-9]{1,5} obj\b")
_HEAD = 8192
_MOST = 10
"""So many updates are told apart."""


def ends(raw: bytes) -> list[int]:
    """Where what was written first ends, and each update behind it; only the length of `raw` where there is none."""
    found = [len(raw)]
    while len(found) < _MOST:
        last = _LAST.search(raw, max(0, found[0] - 64), found[0])
        at = int(last[1]) if last else len(raw)
        before = _BEFORE.search(raw[at : min(at + _HEAD, found[0])].partition(b"stream")[0])
        if before is None:
            break
        earlier = re.compile(rb"startxref\s+" + before[1] + rb"\s+%%EOF\n").search(raw, 0, found[0] - 1)
        if earlier is None:
            break
        found.insert(0, earlier.end())
    return found


def end(raw: bytes) -> int:
    """Where the file ends: what stands behind that is no update of it, nor the beginning of one."""
    known, last = None, 0
    for match in _END.finditer(raw):
        at = int(match[1])
        head = raw[at : min(at + _HEAD, match.start())].partition(b"stream")[0]
        before = _BEFORE.search(head)
        first = known is None and before is None and (head.startswith(b"xref") or b"/XRef" in head)
        if first or (known is not None and before is not None and int(before[1]) == known):
            known, last = at, match.end()
    return last if last and not _UPDATE.match(raw, last) else len(raw)
