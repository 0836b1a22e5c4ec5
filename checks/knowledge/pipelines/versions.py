"""What a workflow file shows, as aspects: the version that the newest run had, and the one that the next would have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checks.kinds.interface import aspect, judgement, undetermined
from checks.knowledge.builds import State, awaited, keys, stop_said, stopped_at
from checks.knowledge.pipelines.files import FOLDER, Odd
from checks.knowledge.pipelines.progress import causes
from checks.knowledge.pipelines.reader import read
from checks.knowledge.pipelines.reading import Reading
from checks.knowledge.told import told
from checks.model import Aspect, Assurance, Judgement, Message, Observation, Verdict, code, msg

SHOWN = 3


class Version(NamedTuple):
    """A version of a workflow file: what it says, or why that cannot be told. ``commit`` None: what would run next."""

    commit: str | None
    reading: Reading | None
    observation: Observation
    lack: Message | None


def versions(value: Mapping[str, Any], workflow: str, link: str, p: Any) -> list[Version]:
    """The version that the newest run had, and the one that the next would have, where that is another."""
    return [
        _version(value[which], value, workflow, link, p) for which in ("file", "next") if value.get(which)
    ]


def _version(found: Mapping[str, Any], value: Mapping[str, Any], workflow: str, link: str, p: Any) -> Version:
    path, commit = f"{FOLDER}/{workflow}", found["commit"]
    if not found["texts"]:
        lack = msg("{file:code} could not be read: {error}", file=path, error=told(found["said"]))
        return Version(commit, None, Observation(found["observation"]), lack)
    run = value["run"] or {}
    about = p.event or run.get("event") or None, p.branch or run.get("branch") or None
    try:
        reading = read(path, texts_of(found), link, *about, unread_of(found))
    except Odd as error:
        lack = msg("{file:code} is no workflow: {error}", file=path, error=told(str(error)))
        return Version(commit, None, Observation.MALFORMED, lack)
    return Version(commit, reading, Observation.OBSERVED, None)


def texts_of(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The files of a version that are at hand, each with its text."""
    return tuple((one["path"], one["text"]) for one in found["texts"])


def unread_of(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The files that a version may run and that could not be read, each with why."""
    return tuple((one["path"], one["said"]) for one in found.get("unread") or ())


def judged(
    value: Mapping[str, Any],
    workflow: str,
    found: Sequence[Version],
    static: Callable[[Reading], list[Aspect]],
    states: Callable[[Reading], list[State]],
) -> Judgement:
    """The judgement of what the file says (`static`) and of how far the newest run got with it (`states`). Of the two
    versions of the file both count; the second is only shown where it says something else."""
    if not found:
        return undetermined(msg("The workflow file was not read."), Observation.NOT_ATTEMPTED)
    if found[0].reading is None:
        lack = found[0]
        if lack.observation is Observation.ABSENT:
            missing = aspect(code(f"{FOLDER}/{workflow}"), msg("present"), msg("missing"), False)
            return judgement(missing, observation=Observation.ABSENT)
        return undetermined(lack.lack or msg("It was not read."), lack.observation)
    aspects = static(found[0].reading)
    for later in found[1:]:
        aspects += _later(later, aspects, static)
    run = value["run"]
    went = states(found[0].reading) if run is not None and found[0].commit else []
    shown = [_went(state, _line(value, state)) for state in _telling(went)]
    aspects += shown
    made = judgement(*aspects)
    words = {state.word for state in went}
    proven = bool(went) and words <= {"done"}
    made = made._replace(assurance=Assurance.PROVEN if proven else Assurance.IMPLEMENTED)
    if made.verdict is Verdict.DEVIATES:
        failed = [state for state in went if state.word in ("failed", "undone")]
        places = tuple(f"{workflow}/{state.job}/{state.step}".rstrip("/") for state in failed)
        # What the file says is no fault of the run.
        only = not any(one.verdict is Verdict.DEVIATES for one in aspects[: len(aspects) - len(shown)])
        left = any(state.word in ("skipped", "missing") for state in went)
        why = keys(workflow, value, failed[0].job) if failed else ()
        if left and not failed:
            why = causes(workflow, value, found[0].reading)
        began = run["updated"] or None if places else None
        return made._replace(
            stands_for=places,
            behind=why if only else (),
            reason=_unsure(value) if "undone" in words else None,
            remedy=_look(run) if places else None,
            since=began,
        )
    if words & {"not reached", "unsure", "unknown"}:
        made = made._replace(
            verdict=Verdict.UNDETERMINED, behind=keys(workflow, value), reason=stop_said(value)
        )
        if words & {"unsure", "unknown"}:
            since = run["updated"] or None
            perhaps = "unknown" in words
            return made._replace(reason=_unsure(value), remedy=_look(run), since=since, perhaps=perhaps)
        return made
    if "running" in words and (who := awaited(value)):
        reason = msg("The run waits for an approval by {who:code}.", who=who)
        return made._replace(verdict=Verdict.UNDETERMINED, awaiting=who, reason=reason)
    return made


def _unsure(value: Mapping[str, Any]) -> Message:
    """That a step failed which does several things, and which of them it was is not known."""
    run, stop, line = value["run"], stopped_at(value["jobs"]), value["failed_line"]
    said = msg(
        "Run {number:code} stopped in {job:code}, step {step:code}, which does several things: "
        "how far it came is not known.",
        number=str(run["number"]), job=stop.job if stop else "–", step=stop.step if stop else "–",
    )  # fmt: skip
    return msg("{lead} Its last line: {line:code}", lead=said, line=line) if line else said


def _later(
    later: Version, before: Sequence[Aspect], static: Callable[[Reading], list[Aspect]]
) -> Iterator[Aspect]:
    """What the next run would do otherwise, where that is not as it should be, or the first was not."""
    if later.reading is None:
        yield aspect(msg("the next run"), msg("readable"), None, None, note=later.lack)
        return
    fine = [(a.name, a.expected) for a in before if a.verdict is Verdict.CONFORM]
    for one in static(later.reading):
        if one.verdict is not Verdict.CONFORM or (one.name, one.expected) not in fine:
            name = msg("the next run, {what}", what=one.name) if one.name else msg("the next run")
            yield one._replace(name=name)


def _telling(states: Sequence[State]) -> list[State]:
    """One for all that went well, and each that did not."""
    bad = [state for state in dict.fromkeys(states) if state.word not in ("done", "not reached")]
    return bad[:SHOWN] or list(
        states[:1]
        if {s.word for s in states} == {"done"}
        else [s for s in states if s.word == "not reached"][:1]
    )


_OPEN = ("running", "not reached", "unsure", "unknown")


def _went(state: State, line: str | None) -> Aspect:
    done = None if state.word in _OPEN else state.word == "done"
    said = msg("{lead}: {line:code}", lead=went(state), line=line) if line else went(state)
    return aspect(msg("newest run"), msg("done"), said, done)


def _line(value: Mapping[str, Any], state: State) -> str | None:
    """What the log says of a `state` that failed: it is that of the first job that did."""
    stop = stopped_at(value["jobs"])
    return value["failed_line"] if state.word == "failed" and stop and stop.job == state.job else None


def went(state: State) -> Message:
    """How far a job or a step got, in words."""
    words = {
        "done": msg("done"),
        "failed": msg("failed")
        if state.conclusion == "failure"
        else msg("failed: {conclusion:code}", conclusion=state.conclusion),
        "not reached": msg("not reached"),
        "skipped": msg("skipped"),
        "missing": msg("missing"),
        "running": msg("not ended"),
        "unsure": msg("not known"),
        "unknown": msg("not known"),
        "undone": msg("not done"),
    }
    said = words[state.word]
    return msg("{said}, step {step:code}", said=said, step=state.step) if state.step else said


def _look(run: Mapping[str, Any] | None) -> Message | None:
    return msg("Open the run: {url:code}", url=run["url"]) if run and run["url"] else None
