"""Who can be asked what is deployed; and the commit that an answer names, for whoever asks further."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from checks.kinds.interface import Params, RemotePath
from checks.knowledge import layout, witnesses
from checks.knowledge.asking import Asking, HeaderName
from checks.knowledge.builds import OfWorkflow, Text, WorkflowFile, newest_run
from checks.knowledge.expectations import JsonPath
from checks.knowledge.jsonpath import steps
from checks.knowledge.layout import Inside
from checks.knowledge.newest import split
from checks.knowledge.urls import Url
from checks.model import Fact, Probe, msg, probe

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

    def asked(self) -> Probe:
        args = self.arguments(self.url, json=[self.json_] if self.json_ else None)
        return probe("http", here=self.from_ == "here", **args)


class Entries(Params):
    files: RemotePath
    """The entries, as in `ledger`."""
    environment: str | None = None
    """Only the deployments of this environment count. Default: all."""

    def asked(self) -> Probe:
        folder, name = split(self.files)
        return probe("ledger", path=folder, name=name, keep=MOST, deadline=30)


class Run(OfWorkflow):
    file: WorkflowFile
    """The name of the workflow that deploys, in `.github/workflows`."""
    artifact: str | None = None
    """The name of an artifact whose digest is shown beside it; `*` stands for anything."""


Commit = Annotated[str, Field(pattern="^[0-9a-f]{7,40}$")]


class Deployed(Params):
    """Exactly one source."""

    path: RemotePath | None = None
    """The folder that holds `releases` and `current`: the first line of REVISION in the live release."""
    current: Inside = "current"
    """The link to the live release."""
    http: Version | None = None
    """What the application itself answers."""
    ledger: Entries | None = None
    """The newest deployment in the ledger that ended well."""
    workflow: Run | None = None
    """The newest run that ended well of the workflow that deploys."""
    ref: Text | None = None
    """A commit, a tag or a branch that stands for what is deployed."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.path, self.http, self.ledger, self.workflow, self.ref)) != 1:
            raise ValueError("expected exactly one of path, http, ledger, workflow, ref")
        return self

    def asked(self) -> Source:
        """What asks it."""
        if self.path:
            return Source(layout.folder(self.path, current=self.current), {"as": "revision"})
        if self.http:
            its: dict[str, str | None] = {
                "url": self.http.url,
                "place": self.http.header or self.http.json_ or "",
            }
            return Source(self.http.asked(), {"as": "answer", **its, "header": bool(self.http.header)})
        if self.ledger:
            its = {"files": self.ledger.files, "environment": self.ledger.environment}
            return Source(self.ledger.asked(), {"as": "ledger", **its})
        if self.workflow:
            return of_run(self.workflow, self.workflow.file)
        return Source(None, {"ref": self.ref})


class Source(NamedTuple):
    """A probe (None: nothing is asked), and how its answer is to be taken: see :func:`heard`."""

    probe: Probe | None
    taken: dict[str, Any]


def of_run(p: OfWorkflow, workflow: str) -> Source:
    """The newest run of `workflow` that ended well."""
    return Source(newest_run(p, workflow), {"as": "run", "workflow": workflow})


def heard(taken: Mapping[str, Any], fact: Fact | None) -> witnesses.Said:
    """What a source says, from the fact of its probe."""
    if "ref" in taken:
        return witnesses.Said(msg("the spec"), taken["ref"])
    if fact is None:
        return witnesses.Said(msg("the source"), unheard=msg("It was not observed."))
    match taken["as"]:
        case "revision":
            return witnesses.revision(fact)
        case "answer":
            return witnesses.answer(fact, taken["url"], taken["place"], taken["header"])
        case "ledger":
            return witnesses.ledger(fact, taken["files"], taken["environment"])
    return witnesses.run(fact, taken["workflow"], None)


def followed(follows: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Fact]) -> dict[str, str | None]:
    """The commit of each of `follows`, as the facts (by the id of their probe) name it; None: they name none."""
    found = {}
    for name, taken in follows.items():
        text = heard(taken, facts.get(taken.get("probe", ""))).text
        found[name] = text if "ref" in taken else witnesses.commit_of(text) if text else None
    return found
