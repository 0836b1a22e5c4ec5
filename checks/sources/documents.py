"""``documents`` (folders, expected): what documents beside the spec say, against the repository that they are in.

Value: ``{"commit" (what is checked out, or empty), "documents": how many were looked into, "held", "open": how many
statements hold and could not be judged, "drifted": [{"file", "line" (0: all of it), "sort", "said", "actual": the message
that says what is true}], "lacking": [what of ``expected`` is not there]}``. Paths start at the root of the checkout.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from checks.clock import now
from checks.knowledge.documents.findings import count
from checks.knowledge.documents.judge import Pages, is_document, is_meant, judged
from checks.model import Fact, Observation, Probe, Verdict, msg
from checks.sources.interface import Answer, fact
from checks.sources.network import Dial
from checks.sources.worktree import Worktree, root_of

MOST = 200
"""Statements that drifted which are told."""


def describe(probe: Probe) -> str:
    folders = ", ".join(probe.args["folders"])
    return f"read the documents in {folders} beside docgen.yml, and git's history of what they name"


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    base = Path(probe.args.get("base") or ".").resolve()
    places = [base / folder for folder in probe.args["folders"]]
    gone = next((place for place in places if not place.exists()), None)
    if gone is not None:
        reason = msg("{path:code} does not exist.", path=str(gone))
        return fact(probe, None, describe(probe), Observation.ABSENT, reason=reason)
    top = root_of(base)
    root = (top or base).resolve()
    world = Worktree(root, known=top is not None, seconds=probe.deadline)
    documents: list[str] = []
    for place in places:
        name = place.resolve().relative_to(root).as_posix() if place.resolve().is_relative_to(root) else ""
        if place.is_dir():
            inside = world.below("" if name == "." else name)
            documents += [one for one in inside if is_document(one) and is_meant(one, name)]
        elif name:
            documents.append(name)
    found = judged(list(dict.fromkeys(documents)), world, Pages(world))
    wrong = [one for one in found if one.verdict is Verdict.DEVIATES and one.actual is not None]
    value: dict[str, Any] = {
        "commit": world.head,
        "documents": len(set(documents)),
        "held": count(found, Verdict.CONFORM),
        "open": count(found, Verdict.UNDETERMINED),
        "drifted": [
            {
                "file": one.file,
                "line": one.line,
                "sort": one.sort,
                "said": one.said,
                "actual": one.actual.model_dump() if one.actual else None,
            }
            for one in wrong[:MOST]
        ],
        "lacking": [path for path in probe.args["expected"] if not (base / path).is_file()],
    }
    raw = json.dumps({key: value[key] for key in ("commit", "documents", "held", "open")}).encode()
    answer = Answer(raw, b"", None, observed_at=now(), duration=0.0)
    return fact(probe, answer, describe(probe), value=value, raw=raw)
