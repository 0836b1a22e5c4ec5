"""Reads a workflow file and the files of the repository that it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from checks.knowledge.pipelines.acts import ACTIONS, REMOTE_SCRIPTS, deeds
from checks.knowledge.pipelines.circumstances import (
    both_conditions,
    is_unknown,
    looked_at,
    of_matrix,
    only_if,
    passes_errors,
    reach,
    reads_script,
    starts_otherwise,
    stop_of,
    stops_at_first,
    stricter,
    with_values,
    works_elsewhere,
)
from checks.knowledge.pipelines.conditions import Condition, condition
from checks.knowledge.pipelines.fates import STOPS, Fate, Ran, unread
from checks.knowledge.pipelines.files import Job, Odd, Step, Workflow, action, workflow
from checks.knowledge.pipelines.mentions import action_files
from checks.knowledge.pipelines.program import Program
from checks.knowledge.pipelines.reading import Act, Reading, Unclear
from checks.knowledge.pipelines.shell import commands
from checks.knowledge.pipelines.workspace import Workspace

DEEPEST = 4


_BACK = re.compile(r"roll(?:ed)?[\s_-]*back|revert|zur(?:ü|ue?)ck", re.IGNORECASE)


def _aside(act: Act, acts: list[Act], back: set[str], before: Mapping[str, frozenset[str]]) -> Act:
    """`act` as one of a rescue, where a job that by its name goes `back` does over what one that it waits for did: whatever
    its ``if:`` says, it is no part of the way there."""
    over = act.job in back and any(
        one.act == act.act and one.job in before[act.job] - back and not one.rescue for one in acts
    )
    return act._replace(rescue=True) if over else act


@lru_cache(maxsize=64)
def read(
    path: str,
    texts: tuple[tuple[str, str], ...],
    link: str,
    event: str | None,
    branch: str | None,
    unread: tuple[tuple[str, str], ...] = (),
) -> Reading:
    """The workflow in `path`, whose text is one of `texts` (path, text) as are those of other files of the repository;
    `unread` are those that could not be read, each with why; `link` is the name of the link that makes a release live.
    Raises :class:`Odd`."""
    files = dict(texts)
    if path not in files:
        raise Odd("it is not there")
    main = workflow(path, files[path])
    return _Reader(main, files, dict(unread), link).reading(event, branch)


class _Reader:
    def __init__(self, main: Workflow, files: Mapping[str, str], lost: Mapping[str, str], link: str) -> None:
        self._main, self._files, self._unread, self._link = main, files, lost, link
        self._unclear: list[Unclear] = []
        self._callers: set[str] = set()
        self._matrix: Mapping[str, str] = {}
        self._context = {"github.event.workflow_run.conclusion": "success", "job.status": "success"}

    def reading(self, event: str | None, branch: str | None) -> Reading:
        if event:
            self._context["github.event_name"] = event
        if branch:
            self._context |= {"github.ref_name": branch, "github.ref": f"refs/heads/{branch}"}
        every = tuple(self._flat(self._main, "", (), 0))
        jobs = tuple(job for job in every if job.id not in self._callers)
        members: dict[str, list[str]] = {}
        for job in jobs:
            parts = job.id.split("/")
            for depth in range(1, len(parts) + 1):
                members.setdefault("/".join(parts[:depth]), []).append(job.id)
        every = tuple(
            job._replace(needs=tuple(m for need in job.needs for m in members.get(need, [need])))
            for job in every
        )
        jobs, callers = (
            tuple(job for job in every if (job.id in self._callers) is calls) for calls in (False, True)
        )
        needs = {job.id: job.needs for job in every}
        acts: list[Act] = []
        run: list[Act] = []
        for job in jobs:
            for made in self._job(job):
                (run if made.act == "run" else acts).append(made)
        before = {job.id: frozenset(reach(job.id, needs)) for job in every}
        back = {job.id for job in jobs if _BACK.search(f"{job.id} {job.name}")}
        done = tuple(_aside(act, acts, back, before) for act in acts)
        return Reading(self._main, jobs, before, done, tuple(run), tuple(self._unclear), callers)

    def _flat(self, of: Workflow, prefix: str, needs: tuple[str, ...], depth: int) -> Iterator[Job]:
        """The jobs of `of`; instead of one that calls a workflow of the repository, the jobs of that."""
        for job in of.jobs:
            job = job._replace(asked=(job.asked[0], of.path if prefix else ""))
            own = (*needs, *(prefix + need for need in job.needs))
            called = job.uses.removeprefix("./")
            if not job.uses:
                yield job._replace(id=prefix + job.id, needs=own, file=of.path if prefix else "")
            elif job.uses.startswith("./") and called in self._files and depth < DEEPEST:
                try:
                    inside = workflow(called, self._files[called])
                except Odd as error:
                    self._unclear.append(Unclear(Fate(None, f"{called}: {error}", job.line), prefix + job.id))
                    continue
                given = dict(inside.preset) | {
                    f"inputs.{k}": v for k, v in job.inputs.items() if "${{" not in v
                }
                self._callers.add(prefix + job.id)
                yield job._replace(id=prefix + job.id, needs=own, file=of.path if prefix else "")
                for part in self._flat(inside, f"{prefix}{job.id}/", own, depth + 1):
                    steps = tuple(step._replace(preset={**given, **step.preset}) for step in part.steps)
                    both = both_conditions(job.condition, part.condition)
                    yield part._replace(
                        condition=both, steps=steps, asked=(part if part.condition else job).asked
                    )
            else:
                fate = self._fate(f"uses: {job.uses}", (called,), job.line)
                self._unclear.append(Unclear(fate, prefix + job.id))
                yield job._replace(id=prefix + job.id, needs=own)

    def _job(self, job: Job) -> Iterator[Act]:
        found: dict[Act, None] = {}
        for self._matrix in (job.variants or ({},)) if of_matrix(job) else ({},):
            found |= dict.fromkeys(self._variant(job))
        yield from sorted(found, key=lambda act: act.at)

    def _variant(self, job: Job) -> Iterator[Act]:
        """What is done in one variant of `job`; each stands at the same place as in the others."""
        its = condition(job.condition, self._known(job))
        self._workspace = Workspace(*(({}, {}) if works_elsewhere(job) else (self._files, self._unread)))
        for number, step in enumerate(job.steps):
            serial = 0
            for part in self._expanded(step, job.id):
                for made in self._step(part, job, its):
                    yield made._replace(at=(number, serial))
                    serial += 1

    def _known(self, job: Job) -> dict[str, str]:
        """What conditions may refer to, where everything before went well."""
        known = dict(self._context)
        known |= {
            f"needs.{need}.result": "success"
            for need in [*job.needs, *(n.rpartition("/")[2] for n in job.needs)]
        }
        known |= {f"needs.{need.split('/')[0]}.result": "success" for need in job.needs}
        for step in job.steps:
            known |= {f"steps.{step.id}.outcome": "success", f"steps.{step.id}.conclusion": "success"}
        known |= {f"env.{name}": value for name, value in self._main.env.items() if "${{" not in value}
        return known

    def _expanded(self, step: Step, job: str, depth: int = 0) -> Iterator[Step]:
        """The step, or those of the action of the repository that it uses."""
        if not step.uses.startswith("./"):
            yield step
            return
        both = action_files(step.uses.removeprefix("./").rstrip("/"))
        path = next((p for p in both if p in self._files), None)
        if path is None or depth >= DEEPEST:
            self._lost(f"uses: {step.uses}", step, job, both)
            return
        try:
            for inside in action(path, self._files[path]):
                known = {**step.preset, **self._matrix}
                given = {f"inputs.{k}": with_values(v, known) for k, v in step.inputs.items()}
                part = inside._replace(
                    name=step.name, preset={**inside.preset, **given}, env={**step.env, **inside.env},
                    within=(*step.within, step),
                )  # fmt: skip
                yield from self._expanded(part, job, depth + 1)
        except Odd as error:
            self._lost(f"{path}: {error}", step, job)

    def _step(self, step: Step, job: Job, its: Condition) -> Iterator[Act]:
        file = step.file or job.file
        only = only_if(job.condition, its, *job.asked)
        stop, own = stop_of(job.ignored, job.ignored_line, job.file) or STOPS, Condition(True, False)
        for one in (*step.within, step):
            at = one.file or job.file
            given = {k: v for k, v in one.preset.items() if "%" not in v}
            known = condition(one.condition, {**self._known(job), **given})
            only = stricter(only, only_if(one.condition, known, one.lines.get("if", one.line), at))
            own = known if own.runs is True else own
            line = one.lines.get("continue-on-error", one.line)
            lost = stop_of(one.ignored, line, at)
            if lost and not one.file and looked_at(one, job):
                lost = lost._replace(stops=None)
            stop = stop if lost is None or stop.stops is False else lost
        both = (its, own)
        rescue = any(c.after_failure and c.runs is False for c in both)
        always = own.after_failure and own.runs is not False and not rescue
        base = Act(
            "run", "", True, job.id, step.name, (0, 0), step.line, file, "", stop, only, rescue, always,
            argv=("uses", step.uses) if step.uses else (),
        )  # fmt: skip
        action_name = step.uses.partition("@")[0]
        if step.uses:
            yield base
            if is_unknown(action_name):
                self._unclear.append(
                    Unclear(Fate(None, f"uses: {step.uses}", step.line, file), job.id, step.name, opaque=True)
                )
            if action_name in ACTIONS:
                yield base._replace(act=ACTIONS[action_name], what=step.inputs.get("name", ""))
        if not step.run or (step.uses and action_name not in REMOTE_SCRIPTS):
            return
        shell = step.shell or ("pwsh" if "windows" in job.runs_on and not step.uses else "")
        if shell and not reads_script(shell):
            self._lost(f"shell: {shell}", step, job.id)
            return
        for ran in self._script(step, job, stop, file, remote=bool(step.uses)):
            where = stricter(only, ran.only)
            made = base._replace(
                line=ran.line, file=ran.file, place=ran.place, only=where, fails=ran.fails, argv=ran.argv
            )
            if ran.argv[0] == "?":
                self._unclear.append(Unclear(ran.fails, job.id, step.name, opaque=len(ran.argv) > 1))
                continue
            if {"--generate-baseline", "-b"} & set(ran.argv) and "--level" in ran.argv:
                made = made._replace(fails=Fate(False, "--generate-baseline", ran.line, ran.file))
            yield made._replace(sudo=ran.sudo, typed=ran.typed)
            for deed in deeds(ran, self._link):
                if deed.act == "request" and passes_errors(ran):
                    made = made._replace(fails=Fate(False, "curl without --fail", ran.line, ran.file))
                yield made._replace(
                    act=deed.act, what=deed.what, atomic=deed.atomic, sudo=ran.sudo, folder=deed.folder
                )

    def _lost(self, why: str, step: Step, job: str, paths: Sequence[str] = ()) -> None:
        self._unclear.append(Unclear(self._fate(why, paths, step.line, step.file), job, step.name))

    def _fate(self, why: str, paths: Sequence[str], line: int, file: str = "") -> Fate:
        """That of what is in one of `paths`: it may be there and unread, or `why`."""
        lost = next((path for path in paths if path in self._unread), None)
        return unread(lost, self._unread[lost], line, file) if lost else Fate(None, why, line, file)

    def _script(self, step: Step, job: Job, stop: Fate, file: str, *, remote: bool) -> list[Ran]:
        env = {**self._main.env, **step.env}
        known = {f"env.{k}": v for k, v in env.items() if "${{" not in v} | self._context
        known |= {k: v for k, v in step.preset.items() if "%" not in v} | dict(self._matrix)
        host = step.inputs.get("host", "")
        host = with_values(host, known) if "matrix." in host else host
        flags = [word for word in step.shell.split() if re.fullmatch(r"-[a-zA-Z]*e[a-zA-Z]*", word)]
        strict = not remote and ("{0}" not in step.shell or bool(flags))
        pipefail = step.shell == "bash" or "pipefail" in step.shell
        program = Program(
            file=file, base=step.run_line, place=f"ssh {host}".strip() if remote else "",
            stop=stop, last=stop, errexit=strict or stops_at_first(step), pipefail=pipefail,
            folder=with_values(step.folder, known).removeprefix("./").rstrip("/"),
            known={k: (with_values(v, known),) for k, v in env.items()} if not remote else {},
            workspace=self._workspace,
        )  # fmt: skip
        program.doubt = self._workspace.doubt or starts_otherwise(env, step)
        return commands(with_values(step.run, known), program)
