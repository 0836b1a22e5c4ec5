"""``running``: all who know what is live name the same commit."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, judgement
from checks.knowledge import layout, witnesses
from checks.knowledge.builds import newest_run
from checks.knowledge.deployed import Commit, Entries, Run, Version
from checks.knowledge.layout import Inside
from checks.model import Judgement, Message, Observation, Probe, Verdict, msg


class Running(Params):
    path: RemotePath | None = None
    """The folder that holds `releases` and `current`: what the link names is a witness."""
    current: Inside = "current"
    """The link to the live release."""
    link: bool = True
    """`false`: the names of the releases hold no commit, so the link is no witness."""
    revision: bool = False
    """`true`: the first line of REVISION in the live release is a witness."""
    http: Version | None = None
    """What the application itself answers is a witness."""
    ledger: Entries | None = None
    """The commit, or else the release, of the newest deployment that ended well is a witness."""
    workflow: Run | None = None
    """The commit of the newest run that ended well of the workflow that deploys is a witness."""
    commit: Commit | None = None
    """The beginning of the commit that must be live. Default: what more than half of the witnesses say."""

    @model_validator(mode="after")
    def _something_to_compare(self) -> Self:
        if self.revision and not self.path:
            raise ValueError("`revision` is read in the live release: expected `path`")
        told = [self.path and self.link, self.revision, self.http, self.ledger, self.workflow, self.commit]
        if sum(map(bool, told)) < 2 or not any(told[:-1]):
            raise ValueError("expected at least two witnesses, or one and `commit`")
        return self


def probes(p: Running) -> dict[str, Probe]:
    asked = {}
    if p.path:
        asked["folder"] = layout.folder(p.path, current=p.current)
    if p.http:
        asked["answer"] = p.http.asked()
    if p.ledger:
        asked["entries"] = p.ledger.asked()
    if w := p.workflow:
        asked["run"] = newest_run(w, w.file)
    return asked


def soll(p: Running) -> Message:
    if p.commit:
        return msg("{commit:code} is live", commit=p.commit[: witnesses.SHORT])
    return msg("all witnesses name the same commit as live")


def judge(p: Running, facts: Facts) -> Judgement:
    said = []
    if p.path and p.link:
        said.append(witnesses.link(facts["folder"], p.current))
    if p.revision:
        said.append(witnesses.revision(facts["folder"]))
    if it := p.http:
        said.append(witnesses.answer(facts["answer"], it.url, it.header or it.json_ or "", bool(it.header)))
    if p.ledger:
        said.append(witnesses.ledger(facts["entries"], p.ledger.files, p.ledger.environment))
    if p.workflow:
        said.append(witnesses.run(facts["run"], p.workflow.file, p.workflow.artifact))
    aspects, reason = witnesses.compared(said, p.commit)
    made = judgement(*aspects, reason=reason)
    lost = next((one for one in said if one.unheard), None)
    if made.verdict is Verdict.UNDETERMINED and lost:
        return made._replace(observation=lost.observation, remedy=lost.remedy)
    return made


KIND = Kind(
    name="running",
    summary="All who know what is live name the same commit: the link, the release, the application, the ledger, "
    "the workflow.",
    why="A deployment that stopped half way, a cache that was not emptied or an entry that was not written leaves two "
    "truths; which one is looked at first is chance.",
    params=Running,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Find out why one of them says something else before anything is deployed."),
    on_host=lambda p: bool(p.path or p.ledger or (p.http and p.http.from_ == "host")),
    handles=frozenset(Observation),
    example="running: {path: ., revision: true, ledger: {files: ledger/deployment_*.json, environment: prod}}",
)
