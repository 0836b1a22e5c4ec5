"""``rollback``: there is a release to go back to, and a backup from before the live one was deployed."""

from __future__ import annotations

import shlex

from pydantic import field_validator

from checks.kinds.interface import Facts, Kind, RemotePath, aspect, judgement, undetermined
from checks.knowledge import layout, rollbacks
from checks.knowledge.expectations import Pattern
from checks.knowledge.grants import look_into
from checks.knowledge.layout import Inside
from checks.knowledge.newest import base, listing, series_of
from checks.knowledge.pipelines.gates import GateName, OfGate
from checks.model import Aspect, Judgement, Message, Observation, Probe, Verdict, msg, probe
from checks.units import Duration


class Rollback(OfGate):
    path: RemotePath
    """The folder that holds `releases`, `current` and `shared`."""
    requires: tuple[Inside, ...] = ()
    """What a complete release holds, from its root: files or folders."""
    gate: GateName | None = None
    """A key of `gates`: its files and directories must be in it, too."""
    shared: tuple[Inside, ...] = ()
    """What a release links to in the shared folder, under the same name, such as `storage` and `.env`."""
    names: Pattern | None = None
    """A regular expression that the whole name of a release matches; what does not is none to go back to."""
    backup: RemotePath | None = None
    """The backups of the database, all in one folder: `backups/db-*.sql.gz`. What counts is the newest from before the
    deployment of the live release: before the link to it, or the first of its own `shared` links, was made."""
    before: Duration = 7200.0
    """How long before the deployment that backup may have been made at most."""
    checksum: bool = True
    """`false`: there need be no file with the SHA-256 beside it, called as the backup with `.sha256` at the end."""
    readable: bool = True
    """`false`: it is not read to its end, for one that is encrypted."""
    current: Inside = "current"
    """The link to the live release."""
    releases: Inside = "releases"
    """The folder of the releases."""
    shared_folder: Inside = "shared"
    """The folder of what all releases share."""

    @field_validator("backup")
    @classmethod
    def _a_pattern(cls, value: str | None) -> str | None:
        return None if value is None else series_of(value)


def probes(p: Rollback) -> dict[str, Probe]:
    asked = {
        "folder": layout.folder(
            p.path,
            current=p.current,
            releases=p.releases,
            shared=p.shared_folder,
            requires=(*p.requires, *p.paths),
            links=p.shared,
        )
    }
    if p.backup:
        folder, name = base(p.backup)
        link = f"{p.path.rstrip('/')}/{p.current}"
        before = [link, *(f"{link}/{one}" for one in p.shared)]
        asked["found"] = listing(p.backup)
        asked["backup"] = probe("archive", path=folder, name=name, contains=[], before=before, deadline=600)
    return asked


def soll(p: Rollback) -> Message:
    return msg("a rollback in {path:code} is possible", path=p.path)


def judge(p: Rollback, facts: Facts) -> Judgement:
    folder = facts["folder"]
    if folder.value is None:
        return undetermined(folder.reason or msg("It was not observed."), folder.observation)
    seen = folder.value
    if seen["base"] == "missing":
        return judgement(aspect(None, msg("yes"), msg("missing"), False), observation=Observation.ABSENT)
    live = layout.current(seen, p.current)
    if seen["base"] == "denied" or live.verdict is Verdict.UNDETERMINED:
        remedy = look_into(seen["closed"] or p.path)
        return undetermined(msg("Access was denied."), Observation.DENIED, remedy=remedy)
    if live.verdict is Verdict.DEVIATES:
        none = aspect(None, msg("yes"), msg("no: no release is live"), False)
        return judgement(none, live, observation=Observation.ABSENT)
    needs = [*rollbacks.release(seen, p.names)]
    release = needs[0].its.actual
    answer = msg("yes: to {release}, without a look at backups", release=release)
    if p.backup:
        both = facts["found"], facts["backup"]
        needs += rollbacks.backup(p.backup, p.before, *both, checksum=p.checksum, readable=p.readable)
        if file := (both[1].value or {}).get("name"):
            answer = msg("yes: to {release} with {file:code}", release=release, file=file)
    aspects = [need.its for need in needs]
    verdict = judgement(*aspects).verdict
    blamed = [need for need in needs if need.its.verdict is verdict]
    if verdict is Verdict.CONFORM:
        return judgement(aspect(None, msg("yes"), answer, True), live, *aspects)
    whys: list[Message] = []
    for need in blamed:
        whys += [need.why] if need.why and need.why not in whys else []
    why = whys[0]
    for rest in whys[1:]:
        why = msg("{lead}; {rest}", lead=why, rest=rest)
    if verdict is Verdict.DEVIATES:
        none = aspect(None, msg("yes"), msg("no: {why}", why=why), False)
        aspects = [need.its if need.its.verdict is verdict else _noted(need) for need in needs]
        return judgement(none, live, *aspects, observation=blamed[0].observation)
    unknown = aspect(None, msg("yes"), msg("not known"), None)
    aspects = [one._replace(note=None) if one.note in whys else one for one in aspects]
    seen_ = blamed[0].observation
    grant = next((need.remedy for need in blamed if need.remedy), None)
    return judgement(unknown, live, *aspects, observation=seen_, reason=why, remedy=grant)


def _noted(need: rollbacks.Need) -> Aspect:
    return need.its._replace(note=need.its.note or need.why) if need.its.actual is None else need.its


KIND = Kind(
    name="rollback",
    summary="There is a release to go back to, complete and linked, and a backup of the database from before the live "
    "one was deployed. Whether the old release works with the present tables is not looked at.",
    why="That there is no way back is found out at night, when it is needed.",
    params=Rollback,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "Keep the release before the live one whole, and make a backup before each deployment; see what is there: "
        "{command:code}",
        command=f"ls -la -- {shlex.quote(f'{p.path}/{p.releases}')}"
        + (f" {shlex.quote(base(p.backup)[0])}" if p.backup else ""),
    ),
    handles=frozenset(Observation),
    example="rollback: {path: ., gate: release-structure, shared: [storage, .env], "
    "backup: backups/db-*.sql.gz}",
)
