"""``documents`` (folders, only, expected, source): the documents beside the spec, and what the repository that they are in
says to everything that they speak of. It judges nothing.

``folders`` and ``only`` are paths from the folder of the spec; ``folders`` null: the usual places. ``expected`` are the
documents that should be there, as the kind ``documents`` has them. ``source``: where the builds are, if anywhere.

Value: ``{"commit" (what is checked out, or empty), "documents": [path from the root of the
checkout], "places": where the paths of ``expected`` are, from that root, "world": every question with its answer, as
:class:`checks.knowledge.documents.record.Recorder` keeps them, "full": whether some texts found no room, "runs": the runs
that are known, as :mod:`checks.knowledge.documents.seen` keeps them}``. Texts are redacted before anything is asked of them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.clock import now
from checks.knowledge.documents import seen
from checks.knowledge.documents.expected import expected
from checks.knowledge.documents.judge import Beside, Pages, judged
from checks.knowledge.documents.record import Recorder
from checks.knowledge.documents.runs import NOTHING, named
from checks.model import Fact, Observation, Probe, msg
from checks.redact import Redactor
from checks.sources import github_runs
from checks.sources.checkouts import around, from_root, place, usual, within
from checks.sources.interface import Answer, fact
from checks.sources.network import Dial


def describe(probe: Probe) -> str:
    folders = ", ".join(probe.args["only"] or probe.args["folders"] or ("the usual places",))
    said = f"read the documents in {folders} beside docgen.yml, and git's history of what they name"
    source = probe.args["source"]
    if source and not source["answers"]:
        said += f"; GET {source['api']}/repos/{source['repository']}/actions/runs/{{id}} for the runs that they name"
        said += f" (at most {github_runs.MOST})"
    return said


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    args, began = probe.args, time.monotonic()
    base = Path(args.get("base") or ".").resolve()
    source: Mapping[str, Any] = args["source"] or {}
    places = [base / one for one in args["folders"] or ()]
    for one in (*places, *(base / only for only in args["only"])):
        if not one.exists():
            reason = msg("{path:code} does not exist.", path=str(one))
            return fact(probe, None, describe(probe), Observation.ABSENT, reason=reason)
    its = place(base, places[0] if places else base, source.get("repository") or "", probe.deadline)
    for one in places:
        if not one.resolve().is_relative_to(its.root):
            reason = msg(
                "{path:code} is not in the checkout {root:code}, as the others are.",
                path=str(one),
                root=str(its.root),
            )
            return fact(probe, None, describe(probe), Observation.ERROR, reason=reason)
    documents = within(its, places, declared=True) if args["folders"] is not None else usual(its)
    paths = from_root(its, args["expected"])
    wanted = [expected(one, paths) for one in args["expected"]]
    documents = list(dict.fromkeys([*documents, *(one.path for one in wanted)]))
    if args["only"]:
        tops = [base / only for only in args["only"]]
        documents = [one for one in documents if any((its.root / one).is_relative_to(top) for top in tops)]
    held = around(its, source.get("checkout"), documents)
    world = Recorder(held, Redactor(list(secrets.values())).text)
    pages = Pages(world)
    judged(documents, world, pages, Beside(past={one.path: one.past for one in wanted}, expected=wanted))
    ids = [id_ for path in documents if (page := pages(path)) is not None for _, id_, _ in named(page)]
    left = args.get("left", github_runs.SECONDS) - (time.monotonic() - began)
    runs = github_runs.seen(source, ids, secrets, "", left) if ids and source else NOTHING
    value = {
        "commit": held.head,
        "places": paths,
        "documents": documents,
        "world": world.answers(),
        "full": world.full,
        "runs": seen.kept(runs),
    }
    raw = json.dumps({key: value[key] for key in ("commit", "documents")}).encode()
    answer = Answer(raw, b"", None, truncated=world.full, observed_at=now(), duration=0.0)
    return fact(probe, answer, describe(probe), value=value, raw=raw)
