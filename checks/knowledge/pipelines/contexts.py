"""Required checks: which job of which workflow answers under a name on pull requests, and whether it does any work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from checks.knowledge.builds import fits
from checks.knowledge.pipelines.conditions import condition
from checks.knowledge.pipelines.evidence import unclear
from checks.knowledge.pipelines.fates import Fate, unread_file
from checks.knowledge.pipelines.files import Job, Odd, Trigger, workflow
from checks.knowledge.pipelines.reader import read
from checks.knowledge.pipelines.reading import Reading
from checks.knowledge.pipelines.versions import texts_of, unread_of
from checks.knowledge.told import told
from checks.model import Message, msg

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
) -> tuple[list[Answerer], list[Message]]:
    """The jobs that answer under `context` on a pull request to `branch`; and what could not be read, where others may."""
    found: list[Answerer] = []
    lost: list[Message] = []
    for one in workflows:
        if one["observation"] not in ("observed", "absent"):
            error = told(one["said"])
            lost.append(msg("{file:code} could not be read: {error}", file=one["path"], error=error))
            continue
        try:
            main = workflow(one["path"], dict(texts_of(one)).get(one["path"], ""))
        except Odd as error:
            lost.append(msg("{file:code} is no workflow: {error}", file=one["path"], error=told(str(error))))
            continue
        # Reading what all its steps do takes long, and most workflows start by something else.
        for event in EVENTS:
            if any(_starts(trigger, event, branch) for trigger in main.triggers):
                reading = read(one["path"], texts_of(one), "current", event, None, unread_of(one))
                found += _jobs(reading, context, event)
                lost += _hidden(reading, context)
    return list(dict.fromkeys(found)), lost


def undecided(one: Answerer) -> Message:
    """Why it is not known whether `one` works."""
    if lost := unread_file(Fate(None, one.why)):
        return msg("{file:code} could not be read: {error}", file=lost[0], error=told(lost[1]))
    return msg("unclear: {why:code}", why=one.why)


def _hidden(reading: Reading, context: str) -> Iterator[Message]:
    """The called workflows that could not be followed and whose jobs may answer under `context`."""
    for one in reading.unclear:
        shown = reading.shown(one.job)
        if not one.step and context.startswith(f"{shown} / "):
            yield unclear(reading, one.fate)


def _starts(trigger: Trigger, event: str, branch: str) -> bool:
    return trigger.event == event and (
        not trigger.branches or any(fnmatchcase(branch, one) for one in trigger.branches)
    )


def _jobs(reading: Reading, context: str, event: str) -> Iterator[Answerer]:
    for job in reading.jobs:
        shown = reading.shown(job.id)
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
    lost = next((u.fate.why for u in reading.unclear if u.job in ("", job.id)), "")
    if unsure or lost:
        return None, unsure or lost
    return False, ignored


def _is_work(argv: tuple[str, ...]) -> bool:
    if not argv:
        return False
    if argv[0] == "uses":
        return not argv[1].startswith(_PREPARING) and not argv[1].startswith("./")
    return argv[0].rpartition("/")[2] not in _IDLE
