"""The manifest of a hub: each of its files with its SHA-256 and size."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from checks.model import Report

FILE = "manifest.json"
_PART = 1024 * 1024


class Stored(NamedTuple):
    """A file that is on the disk already, with the SHA-256 and the size (bytes) that it has there: of an earlier release, or
    made by another program."""

    place: Path
    sha256: str
    size: int


def stored(place: Path) -> Stored:
    """The file at `place`. Raises :class:`OSError`."""
    handle = os.open(place, os.O_RDONLY)  # of thousands, half of the time would go into what buffers them
    try:
        parts = []
        while part := os.read(handle, _PART):
            parts.append(part)
    finally:
        os.close(handle)
    return Stored(place, *sums(b"".join(parts)))


def manifest(report: Report, files: Mapping[str, bytes | Stored]) -> bytes:
    """The manifest of `files`, by their path in the hub, which were made of the `report`."""
    head = {
        "schema": "docgen/hub/v1",
        "snapshot": report.snapshot_sha256,
        "collected_at": report.collected_at,
        "valid_until": report.valid_until,
        "docgen": report.docgen,
    }
    lines = [f" {_json(name)}: {_json(value)},\n" for name, value in head.items()]
    each = []
    for name, its in sorted(files.items()):
        sha256, size = sums(its)
        each.append(f'  {_json(name)}: {{"sha256": "{sha256}", "bytes": {size}}}')
    # One file, one line: json.dumps with an indent takes five times as long.
    return ("{\n" + "".join(lines) + ' "files": {\n' + ",\n".join(each) + "\n }\n}\n").encode()


def sums(its: bytes | Stored) -> tuple[str, int]:
    """The SHA-256 of a file and its size in bytes."""
    return its[1:] if isinstance(its, Stored) else (hashlib.sha256(its).hexdigest(), len(its))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
