"""``migrations``: the database has what the live release needs, and nothing that a failed deployment left in it."""

from __future__ import annotations

import shlex
from typing import Annotated

from pydantic import Field, model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement
from checks.knowledge.layout import Inside
from checks.knowledge.migrations import KEEP, SUSPECT, Status, going_back, status
from checks.model import Aspect, Fact, Judgement, Message, Observation, Probe, Verdict, msg, nmsg, probe


class Migrations(Params):
    path: RemotePath
    """The folder of the live release, such as `current`."""
    candidate: RemotePath | None = None
    """The folder of a release that was unpacked but is not live: whether its deployment has migrated already."""
    folder: Inside = "database/migrations"
    """Where in a release its migrations are."""
    binary: Annotated[str, Field(pattern=r"^(/[\w./+-]+/)?php[\w.-]*$")] = "php"
    """Which PHP runs `artisan`: a name such as `php8.3`, or a path."""
    runs_application_code: bool = False
    """`true`, and without it nothing is asked: `artisan migrate:status` runs the application's code on the server, which
    may write its caches, and connects to its database."""

    @model_validator(mode="after")
    def _asked_for(self) -> Migrations:
        if not self.runs_application_code:
            raise ValueError("`migrations` runs application code: expected `runs-application-code: true`")
        return self


def probes(p: Migrations) -> dict[str, Probe]:
    # Laravel fits its lines into the width of the terminal; a name that is cut is another name.
    argv = ["env", "COLUMNS=250", p.binary, "artisan", "migrate:status", "--no-ansi", "--no-interaction"]
    asked = {}
    for role, path in (("live", p.path), ("candidate", p.candidate)):
        if path:
            # PHP does not say why it cannot open its first file; this does.
            asked[f"{role}_entry"] = probe("read", path=f"{path}/artisan")
            asked[role] = probe("run", argv=argv, cwd=path, application=True, keep=KEEP, deadline=60)
    if p.candidate:
        grep = ["grep", "-rniE", SUSPECT, "."]
        asked["files"] = probe("run", argv=grep, cwd=f"{p.candidate}/{p.folder}", keep=KEEP, deadline=30)
    return asked


def soll(p: Migrations) -> Message:
    return msg("the database fits the release {path:code}", path=p.path)


def judge(p: Migrations, facts: Facts) -> Judgement:
    live = status(p.path, p.binary, facts["live_entry"], facts["live"])
    nothing = msg("nothing pending")
    what = msg("live release")
    if live.observation is Observation.ABSENT:
        aspects = [aspect(what, nothing, live.reason, False)]
    elif live.ran is None:
        aspects = [aspect(what, nothing, None, None, note=live.reason)]
    else:
        pending = tuple(name for name, ran in live.ran.items() if not ran)
        seen = nmsg("{n} pending: {names:list}", "{n} pending: {names:list}", n=len(pending), names=pending)
        aspects = [aspect(what, nothing, seen if pending else nothing, not pending)]
    remedy, observation = live.remedy, live.observation
    if p.candidate:
        candidate = status(p.candidate, p.binary, facts["candidate_entry"], facts["candidate"])
        made, grant = _candidate(p, live, candidate, facts["files"])
        aspects += made
        remedy = remedy or candidate.remedy or grant
        if live.ran is not None:
            observation = facts["files"].observation if candidate.ran else candidate.observation
    reason = next((a.note for a in aspects if a.verdict is Verdict.UNDETERMINED and a.note), None)
    aspects = [a._replace(note=None) if reason and a.note == reason else a for a in aspects]
    verdict = judgement(*aspects, reason=reason)
    if verdict.verdict is Verdict.UNDETERMINED:
        return verdict._replace(observation=observation, remedy=remedy)
    return verdict._replace(observation=live.observation) if live.ran is None else verdict


def _candidate(
    p: Migrations, live: Status, candidate: Status, files: Fact
) -> tuple[list[Aspect], Message | None]:
    """Whether the deployment of the candidate has migrated, and whether the live release can do with that."""
    what, level = msg("schema"), msg("not ahead of the live release")
    if live.ran is None or candidate.ran is None:
        return [aspect(what, level, None, None, note=candidate.reason or live.reason)], None
    ahead = tuple(sorted(name for name, ran in candidate.ran.items() if ran and name not in live.ran))
    waiting = sum(not ran for ran in candidate.ran.values())
    still = nmsg("{n} of the candidate is pending.", "{n} of the candidate are pending.", n=waiting)
    note = still if waiting else None
    if not ahead:
        return [aspect(what, level, level, True, note=note)], None
    actual = nmsg(
        "ahead of the live release by {n}: {names:list}",
        "ahead of the live release by {n}: {names:list}",
        n=len(ahead),
        names=ahead,
    )
    back, grant = going_back(ahead, f"{p.candidate}/{p.folder}", files)
    return [aspect(what, level, actual, False, note=note), back], grant


def remedy(p: Migrations) -> Message:
    return msg(
        "Finish the deployment, or undo what it migrated before anything else is deployed; see both: {command:code}",
        command=f"cd {shlex.quote(p.candidate or p.path)} && {p.binary} artisan migrate:status",
    )


KIND = Kind(
    name="migrations",
    summary="Nothing waits to be migrated in the live release (Laravel), and no failed deployment has migrated already.",
    why="A deployment that stops after its migrations leaves the old code with new tables; whether that goes well depends "
    "on whether anything was dropped or renamed.",
    params=Migrations,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset(Observation),
    example="migrations: {path: current, runs-application-code: true}",
)
