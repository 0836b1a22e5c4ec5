"""Required checks: which job of which workflow answers under a name on pull requests, and whether it does any work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from checks.knowledge.builds import fits
from checks.knowledge.pipelines.conditions import condition
from checks.knowledge.pipelines.files import Job, Odd, Trigger, workflow
from checks.knowledge.pipelines.reading import Reading, read

EVENTS = ("pull_request", "pull_request_target")
_IDLE = {
    "echo",
    "printf",
    "true",
    ":",
    "exit",
    "sleep",
    "date",
    "pwd",
    "ls",
    "env",
    "set",
    "export",
    "cat",
    "cd",
}
"""Commands that are no work, whatever they say."""
_PREPARING = ("actions/checkout", "actions/setup-", "actions/cache", "actions/download-artifact")


class Answerer(NamedTuple):
    """A job that answers under the name of a required check. ``works``: whether it does something that can fail; None:
    cannot be decided. ``why``: what decides it, as the file writes it (empty: the job has nothing but words)."""

    file: str
    line: int
    job: str
    works: bool | None
    why: str = ""


def answerers(
    context: str, workflows: Sequence[Mapping[str, Any]], branch: str
) -> tuple[list[Answerer], list[str]]:
    """The jobs that answer under `context` on a pull request to `branch`; and the files that could not be read."""
    found: list[Answerer] = []
    lost: list[str] = []
    for one in workflows:
        path, texts = one["path"], tuple((t["path"], t["text"]) for t in one["texts"])
        try:
            main = workflow(path, dict(texts)[path])
        except (KeyError, Odd):
            lost.append(path)
            continue
        # Reading what all its steps do takes long, and most workflows start by something else.
        for event in EVENTS:
            if any(_starts(trigger, event, branch) for trigger in main.triggers):
                found += _jobs(read(path, texts, "current", event, None), context, event)
    return list(dict.fromkeys(found)), lost


def _starts(trigger: Trigger, event: str, branch: str) -> bool:
    return trigger.event == event and (
        not trigger.branches or any(fnmatchcase(branch, one) for one in trigger.branches)
    )


def _jobs(reading: Reading, context: str, event: str) -> Iterator[Answerer]:
    for job in reading.jobs:
        shown = " / ".join([*job.id.split("/")[:-1], job.name])
        if fits(context, shown) or fits(context, job.name):
            works, why = _works(reading, job, event)
            yield Answerer(
                (job.file or reading.workflow.path).rpartition("/")[2], job.line, job.name, works, why
            )


def _works(reading: Reading, job: Job, event: str) -> tuple[bool | None, str]:
    known = {"github.event_name": event} | {f"needs.{need}.result": "success" for need in job.needs}
    its = condition(job.condition, known)
    # A job that is skipped counts as one that went well; so does one that waits for it.
    chain = [job, *(other for other in reading.jobs if other.id in reading.before[job.id])]
    for one in chain if not its.after_failure else chain[:1]:
        if condition(one.condition, known).runs is False:
            return False, f"if: {' '.join((one.condition or '').split())}"
    unsure = f"if: {' '.join((job.condition or '').split())}" if its.runs is None else ""
    ignored = ""
    for act in (a for a in reading.commands if a.job == job.id):
        if not _is_work(act.argv) or (act.only and act.only.stops is False):
            continue
        if act.fails.stops is False:
            ignored = ignored or act.fails.why
        elif act.fails.stops is None or (act.only and act.only.stops is None):
            unsure = unsure or act.fails.why or (act.only.why if act.only else "")
        elif not unsure:
            return True, ""
    unclear = next((u.fate.why for u in reading.unclear if u.job in ("", job.id)), "")
    if unsure or unclear:
        return None, unsure or unclear
    return False, ignored


def _is_work(argv: tuple[str, ...]) -> bool:
    if not argv:
        return False
    if argv[0] == "uses":
        return not argv[1].startswith(_PREPARING) and not argv[1].startswith("./")
    return argv[0].rpartition("/")[2] not in _IDLE
