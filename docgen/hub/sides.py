"""What two runs are compared by: the statuses of their checks, and the values that were seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from checks.errors import DocgenError
from checks.model import Report, Snapshot, Status
from checks.model.facts import SNAPSHOT_SCHEMA
from docgen.hub import nights

REPORT_SCHEMA = "docgen/report/v1"
MAX_BYTES = 256 * 1024 * 1024


class NoSide(DocgenError):
    """The file is nothing that can be compared."""


class Side(NamedTuple):
    """One of the two. ``seen`` holds the typed values behind the statuses; None where only statuses were kept."""

    collected_at: str
    snapshot: str
    statuses: Mapping[str, Status]
    seen: Mapping[str, Any] | None


def read(path: Path, judged: Callable[[Snapshot], Report]) -> Side:
    """The side in the file `path`: a snapshot, which is `judged`, a report as JSON, or the record of a night. Raises
    :class:`NoSide`, and what :func:`checks.snapshot.parse` raises."""
    if path.stat().st_size > MAX_BYTES:
        raise NoSide(f"{path} is larger than {MAX_BYTES >> 20} MiB; this is no file of docgen.")
    raw = path.read_bytes()
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NoSide(f"{path} is not JSON: {error}.") from error
    schema = body.get("schema") if isinstance(body, dict) else None
    if schema == SNAPSHOT_SCHEMA:
        from checks import snapshot as snapshots
        from docgen.i18n import Translator
        from docgen.renderers.json import document

        body = document(judged(snapshots.parse(raw, str(path))), Translator("en"))
    elif schema == nights.SCHEMA and (night := nights.parse(raw)):
        return Side(night.collected_at, night.snapshot, night.statuses, None)
    elif schema != REPORT_SCHEMA:
        raise NoSide(
            f"{path}: expected a snapshot, a report as JSON or a record of a night; found {schema!r}."
        )
    return _of_report(body, path)


def _of_report(body: Any, path: Path) -> Side:
    statuses, seen = {}, {}
    try:
        for section in body["sections"]:
            for component in section["components"]:
                for check in component["checks"]:
                    id_ = str(check["id"])
                    statuses[id_] = Status(check["status"])
                    seen[id_] = [one["actual"] for one in check["aspects"]]
        about = body["snapshot"]
        return Side(str(about["collected_at"]), str(about["sha256"]), statuses, seen)
    except (KeyError, TypeError, ValueError) as error:
        raise NoSide(f"{path} is no whole report: {type(error).__name__} at {error}.") from error


class Otherwise(NamedTuple):
    """A check whose status is the same, with what was seen ``before`` and ``after``."""

    id: str
    status: Status
    before: Any
    after: Any


def otherwise(old: Side, new: Side) -> list[Otherwise]:
    """The checks whose status is the same, and of which something else was seen; none where that was not kept."""
    if old.seen is None or new.seen is None:
        return []
    return [
        Otherwise(id_, status, old.seen[id_], new.seen[id_])
        for id_, status in new.statuses.items()
        if old.statuses.get(id_) is status and old.seen[id_] != new.seen[id_]
    ]
