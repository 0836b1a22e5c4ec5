"""What a workflow file shows, as aspects: the version that the newest run had, and the one that the next would have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checks.kinds.interface import aspect, judgement, undetermined
from checks.knowledge.builds import (
    State,
    awaited,
    fits,
    job_state,
    keys,
    step_state,
    stop_said,
    worked,
)
from checks.knowledge.pipelines.fates import Fate
from checks.knowledge.pipelines.files import FOLDER, Odd
from checks.knowledge.pipelines.program import UNPARSED
from checks.knowledge.pipelines.reading import Act, Reading, read
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
    texts = tuple((one["path"], one["text"]) for one in found["texts"])
    run = value["run"] or {}
    try:
        reading = read(
            path, texts, link, p.event or run.get("event") or None, p.branch or run.get("branch") or None
        )
    except Odd as error:
        lack = msg("{file:code} is no workflow: {error}", file=path, error=told(str(error)))
        return Version(commit, None, Observation.MALFORMED, lack)
    return Version(commit, reading, Observation.OBSERVED, None)


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
    aspects += [_went(state) for state in _telling(went)]
    made = judgement(*aspects)
    words = {state.word for state in went}
    proven = bool(went) and words <= {"done"}
    made = made._replace(assurance=Assurance.PROVEN if proven else Assurance.IMPLEMENTED)
    if made.verdict is Verdict.DEVIATES:
        names = tuple(
            f"{workflow}/{state.job}/{state.step}".rstrip("/") for state in went if state.word == "failed"
        )
        began = run["updated"] or None if names else None
        return made._replace(stands_for=names, remedy=_look(run) if names else None, since=began)
    if "not reached" in words:
        return made._replace(
            verdict=Verdict.UNDETERMINED, behind=keys(workflow, value), reason=stop_said(value)
        )
    if "running" in words and (who := awaited(value)):
        reason = msg("The run waits for an approval by {who:code}.", who=who)
        return made._replace(verdict=Verdict.UNDETERMINED, awaiting=who, reason=reason)
    return made


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


def _went(state: State) -> Aspect:
    done = {"done": True, "failed": False, "skipped": False, "missing": False}.get(state.word)
    return aspect(msg("newest run"), msg("done"), went(state), done)


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
    }
    said = words[state.word]
    return msg("{said}, step {step:code}", said=said, step=state.step) if state.step else said


def _look(run: Mapping[str, Any] | None) -> Message | None:
    return msg("Open the run: {url:code}", url=run["url"]) if run and run["url"] else None


def state_of(value: Mapping[str, Any], reading: Reading, act: Act) -> State:
    """How far the newest run got with the step of `act`."""
    return step_state(value, names(reading, act.job), act.step)


def names(reading: Reading, job: str) -> list[str]:
    """What the job with the id `job` may be called in a run."""
    its = reading.job(job)
    return [job.rpartition("/")[2], *([its.name] if its else [])]


_TALK = ("echo", "printf", "true", ":", "exit", "set")


def did_nothing(jobs: Sequence[Mapping[str, Any]], reading: Reading | None) -> Message | None:
    """Why a run that went well did no work for all that; None: it did some, or that cannot be told."""
    began = [job for job in jobs if job["conclusion"] not in ("skipped", "") and job["steps"]]
    if not began:
        return msg("success, but every job was skipped")
    ran = [job for job in began if worked(job["steps"])]
    if not ran:
        return msg("success, but every step was skipped")
    if reading and all(_only_talks(reading, job["name"]) for job in ran):
        return msg("success, but what ran only prints a text")
    return None


def _only_talks(reading: Reading, shown: str) -> bool:
    """Whether the job that a run shows as `shown` does nothing but print a text: what stands in for a job that was left
    out; False where that cannot be told."""
    its = next((job for job in reading.jobs if fits(shown, job.name) or fits(shown, job.id)), None)
    if its is None or not its.steps or any(one.job in ("", its.id) for one in reading.unclear):
        return False
    mine = [act for act in reading.commands if act.job == its.id]
    return all(act.argv[0] in _TALK or (act.argv[0] == "uses" and "checkout" in act.argv[1]) for act in mine)


def job_of(value: Mapping[str, Any], reading: Reading, job: str) -> State:
    """How far the newest run got with the job with the id `job`."""
    return job_state(value, names(reading, job))


def where(reading: Reading, act: Act | Fate) -> str:
    """File and line, as people write it."""
    return f"{(act.file or reading.workflow.path).rpartition('/')[2]}:{act.line}"


def held(reading: Reading, act: Act) -> tuple[bool | None, Message | None]:
    """Whether a failure of `act` stops the run, and if not for sure, why."""
    doubts = [fate for fate in (act.only, act.fails) if fate is not None and fate.stops is not True]
    for fate in doubts:
        if fate.stops is False:
            at = where(reading, fate) if fate.line else where(reading, act)
            skipped = fate is act.only
            said = (
                msg("it does not run: {why} ({place:code})", why=_why(fate), place=at)
                if skipped
                else msg("its failure is passed over: {why} ({place:code})", why=_why(fate), place=at)
            )
            return False, said
    for fate in doubts:
        return None, unclear(reading, fate)
    return True, None


def effective(reading: Reading, acts: Sequence[Act], ran: Callable[[Act], bool]) -> Aspect:
    """Whether a failure of each of `acts` stops the run. Where an ``if:`` cannot be decided from the file, and `ran` tells
    that the step really ran, it conforms, and what might skip it is said."""
    stops, doubt, may_skip = msg("stops the run"), None, None
    for act in acts:
        skips = act.only is not None and act.only.stops is None and act.only.why.startswith("if: ")
        # That a step went well says nothing of one inside its action.
        skips = skips and not (act.only and act.only.file.endswith(("action.yml", "action.yaml")))
        settled = skips and ran(act)
        sure, why = held(reading, act._replace(only=None) if settled else act)
        if sure is False:
            return aspect(msg("a failure"), stops, why, False)
        if sure is None:
            doubt = why
        elif settled and act.only:
            may_skip = msg(
                "unless it is skipped: {why} ({place:code})",
                why=_why(act.only),
                place=where(reading, act.only),
            )
    if doubt:
        return aspect(msg("a failure"), stops, None, None, note=doubt)
    return aspect(msg("a failure"), stops, stops, True, near=may_skip is not None, note=may_skip)


def unfollowed(reading: Reading, job: str = "", steps: Collection[str] = ()) -> Message | None:
    """What could not be followed: in the `steps` of `job`, in all of it, or (without `job`) anywhere."""
    for one in reading.unclear:
        if (not job or one.job in ("", job)) and (not steps or one.step in ("", *steps)):
            return unclear(reading, one.fate)
    return None


_WHY = {
    UNPARSED: msg("it cannot be parsed"),
    "no set -e": msg("no {code:code}", code="set -e"),
    "| without pipefail": msg("{one:code} without {two:code}", one="|", two="pipefail"),
    "in a loop without set -e": msg("in a loop without {code:code}", code="set -e"),
    "exit without a number": msg("{code:code} without a number", code="exit"),
}


def _why(fate: Fate) -> Message:
    return _WHY.get(fate.why) or code(fate.why)


def unclear(reading: Reading, fate: Fate) -> Message:
    return msg("unclear: {why} ({place:code})", why=_why(fate), place=where(reading, fate))


_MINOR = ("reload", "cache", "permissions")
"""Acts whose failure is a nuisance if it is passed over, and not the end: that is a warning. So is a dump in a pipe: its
loss is seen by whoever looks at the dump."""


def wished(reading: Reading, job: str, wish: str, acts: Sequence[Act]) -> Aspect:
    """Whether `wish` is done by one of `acts`, in `job` (empty: anywhere), and whether a failure of it would be seen."""
    expected = msg("in the job") if job else msg("in it")
    if not acts:
        unclear = unfollowed(reading, job)
        missing = msg("not in it")
        return aspect(
            code(wish), expected, None if unclear else missing, None if unclear else False, note=unclear
        )
    told = [(held(reading, act), act) for act in acts]
    (sure, why), act = next((one for one in told if one[0][0]), told[0])
    at = code(where(reading, act))
    runs = act.only is None or act.only.stops is True
    if sure is False and runs and (act.act in _MINOR or (act.act == "backup" and "pipe" in act.fails.why)):
        return aspect(code(wish), expected, why, True, near=True)
    return aspect(code(wish), expected, why or at, sure, note=None if sure is not None else why)
