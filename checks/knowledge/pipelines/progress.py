"""How far a run got with what a workflow file says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from checks.knowledge.builds import State, job_state, keys, step_state
from checks.knowledge.pipelines.idleness import TALK, did_nothing
from checks.knowledge.pipelines.reading import Act, Reading

_BESIDE = (*TALK, "uses", "cd", "export", "umask", "mkdir", "ls", "ssh", "sshpass", "sleep", "source", ".")
"""Commands beside which another is still what a step is for."""


def state_of(value: Mapping[str, Any], reading: Reading, act: Act) -> State:
    """How far the newest run got with the step of `act`."""
    return step_state(value, names(reading, act.job), act.step)


def states_of(value: Mapping[str, Any], reading: Reading, acts: Sequence[Act]) -> list[State]:
    """How far the newest run got with each of `acts`; those of one step that got as far are one. Of a step that failed
    and does other things as well it is only known by the last line of its log which of them it was, if by that. Where
    several may have printed it, the word for them and what lies behind is ``unsure``; where none is known to, it is
    ``unknown`` for all but the last: that is ``undone``, whether it failed or was not reached."""
    steps: dict[tuple[str, str], list[Act]] = {}
    for act in acts:
        steps.setdefault((act.job, act.step), []).append(act)
    found: list[State] = []
    for mine in steps.values():
        state = state_of(value, reading, mine[0])
        words = _words(value, reading, mine) if state.word == "failed" else [state.word]
        found += [state._replace(word=word) for word in dict.fromkeys(words)]
    return found


def left_out(value: Mapping[str, Any], reading: Reading, acts: Sequence[Act]) -> list[State]:
    """The steps of `acts` that the newest run skipped, whatever became of their job."""
    return [state for state in states_of(value, reading, acts) if state.word == "skipped"]


def _words(value: Mapping[str, Any], reading: Reading, mine: Sequence[Act]) -> list[str]:
    """What became of each of the acts `mine` of one step that failed."""
    place = mine[0].job, mine[0].step
    commands = [c for c in reading.commands if (c.job, c.step) == place]
    own = {_command(act) for act in mine}
    other = any((a.job, a.step) == place and _command(a) not in own for a in reading.acts)
    if not other and not any((one.job, one.step) == place for one in reading.unclear):
        return ["failed"]
    suspects = _suspects(value["failed_line"] or "", commands)
    if not suspects:
        last = max((c.at for c in commands if c.argv[0] not in _BESIDE), default=(0, 0))
        return ["undone" if act.at >= last and act.fails.stops else "unknown" for act in mine]
    guilty = [_command(c) in own for c in suspects]
    if all(guilty):
        return ["failed"]
    first, behind = suspects[0].at, suspects[-1].at
    return [
        "done"
        if act.at < first and act.fails.stops and act.only is None
        else "not reached"
        if act.at > behind and not any(guilty) and all(one.fails.stops for one in suspects)
        else "unsure"
        for act in mine
    ]


def _command(act: Act) -> tuple[str, int, tuple[str, ...]]:
    return act.file, act.line, act.argv


_LEAD = re.compile(r"^(?:(?:err|out|error): *|\W*(?:ba|da|z)?sh: (?:line )?\d+: )+", re.IGNORECASE)
"""What a shell, or an action that runs a script elsewhere, puts before what a program says."""


def _suspects(line: str, commands: Sequence[Act]) -> list[Act]:
    """The `commands`, in their order, of which one may have printed `line` when it failed: the program that it names
    (``sudo: a password is required``), or what stands before an ``echo`` of it."""
    said = _LEAD.sub("", line.strip())
    if named := re.match(r"([a-z][\w.+-]*)(?:\[\d+\])?: ", said):
        its = [c for c in commands if (c.sudo if named[1] == "sudo" else _program(c) == named[1])]
        if its:
            return its
    found, before = list[Act](), None
    for command in commands:
        if command.argv[0] in ("echo", "printf") and before is not None and _prints(command, said):
            found.append(before)
        elif command.argv[0] not in _BESIDE:
            before = command
    return found


def _program(command: Act) -> str:
    return command.argv[0].rpartition("/")[2]


def _prints(command: Act, line: str) -> bool:
    """Whether `line` is what `command` prints; what its variables stand for may be anything."""
    words = " ".join(word for word in command.argv[1:] if word not in ("-e", "-n")).removesuffix(r"\n")
    parts = re.split(r"\$\{?\w+\}?|%s", words)
    if not re.search(r"\w{3}", "".join(parts)):
        return False
    return bool(re.fullmatch(".*".join(re.escape(part) for part in parts), line))


def names(reading: Reading, job: str) -> list[str]:
    """What the job with the id `job` may be called in a run."""
    its = reading.job(job)
    return [job.rpartition("/")[2], *([its.name] if its else [])]


def job_of(value: Mapping[str, Any], reading: Reading, job: str) -> State:
    """How far the newest run got with the job with the id `job`."""
    return job_state(value, names(reading, job))


def idle(workflow: str) -> str:
    """The name of the cause that a run of `workflow` did nothing."""
    return f"{workflow}: nothing was done"


def skipped(workflow: str) -> str:
    """The name of the cause that a run of `workflow` went well, and left something out."""
    return f"{workflow}: something was skipped"


def causes(workflow: str, value: Mapping[str, Any], reading: Reading | None) -> tuple[str, ...]:
    """The names of what may be the reason that something was not made in the newest run: where it stopped, or that it
    did nothing at all. Empty where it went well."""
    run = value["run"]
    if run is None or run["status"] != "completed":
        return ()
    if run["conclusion"] != "success":
        return keys(workflow, value)
    return (*((idle(workflow),) if did_nothing(value["jobs"], reading) else ()), skipped(workflow))
