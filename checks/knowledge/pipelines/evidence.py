"""What the acts of a workflow file are worth, as aspects, and what could not be followed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from checks.kinds.interface import aspect
from checks.knowledge.pipelines.deeds import perhaps
from checks.knowledge.pipelines.fates import Fate, unread_file
from checks.knowledge.pipelines.program import LAST_TRY, UNHEEDED, UNPARSED
from checks.knowledge.pipelines.reading import Act, Reading, Unclear, part_of
from checks.knowledge.told import told
from checks.model import Aspect, Message, Verdict, code, msg


def where(reading: Reading, act: Act | Fate) -> str:
    """File and line, as people write it."""
    return f"{(act.file or reading.workflow.path).rpartition('/')[2]}:{act.line}"


def places(reading: Reading, one: Act, other: Act) -> tuple[Message, Message]:
    """Where `one` and `other` stand, to be compared: with their steps, where that is not the same file."""
    if (one.file or "") == (other.file or ""):
        return code(where(reading, one)), code(where(reading, other))
    first, second = (
        msg("step {step:code} ({place:code})", step=act.step, place=where(reading, act))
        for act in (one, other)
    )
    return first, second


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
    """What could not be followed: in the `steps` of `job` (and of what it calls), in all of it, or (without `job`)
    anywhere."""
    for one in sorted(reading.unclear, key=lambda one: not one.unread):
        if (not job or not one.job or part_of(one.job, job)) and (not steps or one.step in ("", *steps)):
            return unclear(reading, one.fate)
    return None


def uncalled(reading: Reading, job: str = "") -> Message | None:
    """A called workflow that could not be followed, anywhere or where `job` calls it: the jobs in it are not known."""
    lost = next((o for o in reading.unclear if not o.step and (not job or part_of(o.job, job))), None)
    return unclear(reading, lost.fate) if lost else None


def unread(reading: Reading, but: Callable[[Unclear], bool] = lambda one: False) -> Message | None:
    """What could not be read, anywhere but where `but` says: it may hold what is ruled out."""
    lost = next((one for one in reading.unclear if one.unread and not but(one)), None)
    return unclear(reading, lost.fate) if lost else None


def certain(reading: Reading, made: Aspect) -> Aspect:
    """`made`, which says that something is nowhere otherwise: that is not known where something could not be read."""
    lost = unread(reading) if made.verdict is Verdict.CONFORM else None
    return aspect(made.name, made.expected, None, None, note=lost) if lost else made


_WHY = {
    UNPARSED: msg("it cannot be parsed"),
    "no set -e": msg("no {code:code}", code="set -e"),
    "| without pipefail": msg("{one:code} without {two:code}", one="|", two="pipefail"),
    "in a loop without set -e": msg("in a loop without {code:code}", code="set -e"),
    UNHEEDED: msg("{code:code} does not count in a condition", code="set -e"),
    LAST_TRY: msg("after the last try it goes on"),
    "exit without a number": msg("{code:code} without a number", code="exit"),
}


def _why(fate: Fate) -> Message:
    return _WHY.get(fate.why) or code(fate.why)


def unclear(reading: Reading, fate: Fate) -> Message:
    if lost := unread_file(fate):
        return msg(
            "{file:code} could not be read: {error} ({place:code})",
            file=lost[0], error=told(lost[1]), place=where(reading, fate),
        )  # fmt: skip
    return msg("unclear: {why} ({place:code})", why=_why(fate), place=where(reading, fate))


_MINOR = ("reload", "cache", "permissions")
"""Acts whose failure is a nuisance if it is passed over, and not the end: that is a warning. So is a dump in a pipe: its
loss is seen by whoever looks at the dump."""


def wished(reading: Reading, job: str, wish: str, acts: Sequence[Act]) -> Aspect:
    """Whether `wish` is done by one of `acts`, in `job` (empty: anywhere), and whether a failure of it would be seen."""
    expected = msg("in the job") if job else msg("in it")
    if not acts:
        lost = unfollowed(reading, job)
        if lost is None and (guess := perhaps(reading, wish, job or None)):
            said = code(" ".join(guess.argv))
            lost = msg("unclear: {why} ({place:code})", why=said, place=where(reading, guess))
        missing = None if lost else msg("not in it")
        return aspect(code(wish), expected, missing, None if lost else False, note=lost)
    told = [(held(reading, act), act) for act in acts]
    (sure, why), act = next((one for one in told if one[0][0]), told[0])
    at = code(where(reading, act))
    runs = act.only is None or act.only.stops is True
    if sure is False and runs and (act.act in _MINOR or (act.act == "backup" and "pipe" in act.fails.why)):
        return aspect(code(wish), expected, why, True, near=True)
    return aspect(code(wish), expected, why or at, sure, note=None if sure is not None else why)
