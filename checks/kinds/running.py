"""``running``: all who know what is live name the same commit."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, judgement
from checks.knowledge import layout, witnesses
from checks.knowledge.asking import Asking, HeaderName
from checks.knowledge.builds import OfWorkflow, WorkflowFile, newest_run
from checks.knowledge.expectations import JsonPath
from checks.knowledge.jsonpath import steps
from checks.knowledge.layout import Inside
from checks.knowledge.newest import split
from checks.knowledge.urls import Url
from checks.model import Judgement, Message, Observation, Probe, Verdict, msg, probe

MOST = 500


def _one_place(path: str) -> str:
    if None in steps(path):
        raise ValueError("expected one place, without [*]")
    return path


class Version(Asking):
    url: Url
    """An address that says what is live, or a path below the environment's `url`."""
    json_: Annotated[JsonPath, AfterValidator(_one_place)] | None = None
    """Where in its JSON it says so, such as `$.version`."""
    header: HeaderName | None = None
    """The header that says so."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.json_) is bool(self.header):
            raise ValueError("expected either `json` or `header`")
        return self


class Entries(Params):
    files: RemotePath
    """The entries, as in `ledger`."""
    environment: str | None = None
    """Only the deployments of this environment count. Default: all."""


class Run(OfWorkflow):
    file: WorkflowFile
    """The name of the workflow that deploys, in `.github/workflows`."""
    artifact: str | None = None
    """The name of an artifact whose digest is shown beside it; `*` stands for anything."""


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
    commit: Annotated[str, Field(pattern="^[0-9a-f]{7,40}$")] | None = None
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
    if it := p.http:
        args = it.arguments(it.url, json=[it.json_] if it.json_ else None)
        asked["answer"] = probe("http", here=it.from_ == "here", **args)
    if p.ledger:
        folder, name = split(p.ledger.files)
        asked["entries"] = probe("ledger", path=folder, name=name, keep=MOST, deadline=30)
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
