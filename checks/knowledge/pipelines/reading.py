"""A workflow file and the files of the repository that it runs, as a whole: what is done where, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from checks.knowledge.pipelines.fates import Fate, unread_file
from checks.knowledge.pipelines.files import Job, Workflow


class Act(NamedTuple):
    """One thing that is done. ``act`` and ``what`` as in :class:`checks.knowledge.pipelines.acts.Deed`; ``at`` is its
    place in its job. ``fails``: what becomes of the run if it fails; ``only``: the condition under which alone it is
    done. ``rescue``: done only where something failed before, or by a job that goes back; ``always``: done even then.
    ``typed``: the words of a command with all prefixes, where ``sudo``."""

    act: str
    what: str
    atomic: bool
    job: str
    step: str
    at: tuple[int, int]
    line: int
    file: str
    place: str
    fails: Fate
    only: Fate | None
    rescue: bool
    always: bool
    argv: tuple[str, ...] = ()
    sudo: bool = False
    folder: str | None = None
    typed: tuple[str, ...] = ()


class Unclear(NamedTuple):
    """Something that could not be followed; ``job`` and ``step`` are empty where it is about the whole file. ``opaque``:
    a program like any other: it may do what is looked for, and hardly undoes what is found."""

    fate: Fate
    job: str = ""
    step: str = ""
    opaque: bool = False

    @property
    def unread(self) -> bool:
        """Whether it is a file of the repository that could not be had: it may hold anything that is looked for."""
        return unread_file(self.fate) is not None


class Reading(NamedTuple):
    """``jobs`` with those of called workflows in their place; ``before`` the jobs that each waits for, near and far;
    ``acts`` what is done, ``commands`` everything that is run (``act`` is ``run``); ``unclear`` what could not be
    followed; ``callers`` the jobs that call a workflow, whose jobs are among ``jobs``."""

    workflow: Workflow
    jobs: tuple[Job, ...]
    before: Mapping[str, frozenset[str]]
    acts: tuple[Act, ...]
    commands: tuple[Act, ...]
    unclear: tuple[Unclear, ...]
    callers: tuple[Job, ...] = ()

    def job(self, name: str) -> Job | None:
        """The job with the id or the name `name`, also as a called workflow has it, or that calls one."""
        every = (*self.jobs, *self.callers)
        found = [j for j in every if j.id == name] or [j for j in every if j.name == name]
        return next(iter(found or [j for j in every if j.id.endswith(f"/{name}")]), None)

    def inside(self, job: str) -> list[Job]:
        """The job with the id `job`; those of the workflow that it calls, if it calls one."""
        return [j for j in self.jobs if part_of(j.id, job)]

    def shown(self, job: str) -> str:
        """What a run calls the job with the id `job`: behind the names of those that call it."""
        names = {j.id: j.name for j in (*self.jobs, *self.callers)}
        parts = job.split("/")
        paths = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        return " / ".join(names.get(path, path.rpartition("/")[2]) for path in paths)

    def awaits(self, other: Job, its: Job) -> bool:
        """Whether all of the job `other` waits for all of `its`."""
        return all(m.id in self.before[o.id] for o in self.inside(other.id) for m in self.inside(its.id))


def part_of(job: str, of: str) -> bool:
    """Whether the job with the id `job` is that with the id `of`, or one of the workflow that this calls."""
    return job == of or job.startswith(f"{of}/")


def precedes(reading: Reading, one: Act, other: Act) -> bool | None:
    """Whether `one` is always done before `other`; None: they may run at the same time."""
    if one.job == other.job:
        return one.at < other.at
    if one.job in reading.before[other.job]:
        return True
    return False if other.job in reading.before[one.job] else None
