"""The ledger entry of a preflight, and where it is written on this machine."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from checks.knowledge.entries import MARKUP
from checks.model import Status, code
from docgen.documents.preflight import next_steps
from docgen.i18n import Translator
from docgen.preflight.fingerprint import described
from docgen.preflight.outcome import Outcome
from docgen.renderers.printable import one_line

RESULT = {Status.OK: "success", Status.FAIL: "failed", Status.UNKNOWN: "unknown"}
VERDICT = {Status.OK: "go", Status.FAIL: "no-go", Status.UNKNOWN: "undetermined"}
_CHECK = {
    Status.OK: "pass",
    Status.WARN: "warn",
    Status.FAIL: "fail",
    Status.UNKNOWN: "unknown",
    Status.PENDING: "skipped",
    Status.WAIVED: "warn",
    Status.NOT_APPLICABLE: "skipped",
}


def entry(outcome: Outcome) -> dict[str, Any]:
    """The entry, in English: what a ledger's readers and `docgen`'s own checks of ledgers understand."""
    t = Translator("en")
    impact = outcome.impact
    return {
        "schema": "docgen/preflight/v1",
        "timestamp": outcome.finished,
        "started_at": outcome.started,
        "action": "preflight",
        "environment": outcome.environment,
        "host": outcome.address,
        "result": RESULT[outcome.status],
        "verdict": VERDICT[outcome.status],
        "bundle_info": outcome.bundle._asdict(),
        "preflight_checks": [
            {"name": item.name, "status": _CHECK[item.status], "detail": t.plain(item.said)}
            for item in outcome.items
        ],
        "blocking": [item.name for item in outcome.blocking],
        "decisions": [
            {"name": t.plain(one.name), "open": one in outcome.undecided} for one in outcome.decisions
        ],
        "changes_made": _changes(outcome),
        "production_impact": _impact(outcome),
        "differences": [t.plain(described(one)) for one in (impact.differences if impact else ())][:200],
        "next_steps": [t.plain(one) for one in next_steps(outcome, lambda item: code(item.name))],
        "spec_sha256": outcome.report.spec_sha256,
        "snapshot_sha256": outcome.report.snapshot_sha256,
        "docgen": outcome.report.docgen,
    }


def text(outcome: Outcome) -> str:
    """The entry as it is written. What a program printed may be in it: what is invisible or markup is spelled out."""
    return json.dumps(_spelled(entry(outcome)), ensure_ascii=False, indent=2) + "\n"


def _spelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {_spelled(key): _spelled(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(one) for one in value]
    if not isinstance(value, str):
        return value
    return MARKUP.sub(lambda m: m[0].replace("<", "\\x3c").replace(":", "\\x3a"), one_line(value))


def name(outcome: Outcome) -> str:
    """The name of its file."""
    stamp = re.sub(r"\D", "", outcome.finished.split(".")[0])
    return f"deployment_ledger_preflight_{stamp[:8]}_{stamp[8:14]}.json"


def write(folder: Path, outcome: Outcome) -> Path:
    """Writes the entry into `folder`, whole and under a name of its own: nothing is written over. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".preflight.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text(outcome))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o640)
        base = Path(name(outcome))
        for number in range(1, 100):
            path = folder / (base if number == 1 else f"{base.stem}_{number:02}.json")
            try:
                os.link(temporary, path)
                return path
            except FileExistsError:
                continue
        raise FileExistsError(17, "there are too many entries of the same second", str(folder))
    finally:
        Path(temporary).unlink()


def _changes(outcome: Outcome) -> list[str]:
    clean = outcome.impact.clean if outcome.impact else True  # none was made
    if clean:
        return []
    return [f"{outcome.folder}: " + ("still there" if clean is False else "not seen whether it is gone")]


def _impact(outcome: Outcome) -> str:
    impact = outcome.impact
    if impact is None:
        return "none: nothing was begun"
    if not impact.compared:
        return "unknown: nothing could be compared"
    real = [one for one in impact.differences if not one.usual]
    if real:
        return f"unclear: {len(real)} of the compared properties differ, by the preflight or by somebody else meanwhile"
    return f"none: {impact.compared} properties compared before and after"
