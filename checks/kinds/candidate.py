"""``candidate``: what would be deployed next is on the release branch, and not older than what is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import model_validator

from checks.kinds.interface import Facts, Kind, aspect, judgement
from checks.knowledge.builds import OfWorkflow, Text, WorkflowFile
from checks.knowledge.comparisons import between, on_branch, short
from checks.knowledge.deployed import Deployed, Source, heard, of_run
from checks.knowledge.witnesses import Said
from checks.model import (
    Judgement,
    Message,
    Observation,
    Probe,
    Verdict,
    msg,
    probe,
)


class Candidate(OfWorkflow):
    workflow: WorkflowFile | None = None
    """The candidate is the commit of the newest run of this workflow that ended well, such as `build-artifacts.yml`."""
    ref: Text | None = None
    """The candidate is this branch, tag or commit."""
    release_branch: Text
    """The branch that the candidate must be on."""
    deployed: Deployed
    """Who says what is deployed: one of `path`, `ledger`, `http`, `workflow`, `ref`."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.workflow is None) == (self.ref is None):
            raise ValueError("expected either `workflow` or `ref`")
        return self

    def sources(self) -> dict[str, Source]:
        its = of_run(self, self.workflow) if self.workflow else Source(None, {"ref": self.ref})
        return {"base": self.deployed.asked(), "head": its}


def probes(p: Candidate) -> dict[str, Probe]:
    sources = p.sources()
    asked = {name: one.probe for name, one in sources.items() if one.probe}
    follows = {n: {**one.taken, **({"probe": n} if one.probe else {})} for n, one in sources.items()}
    compared = probe(
        "github_compare", here=True, deadline=60, source=p.source, follows=follows, branch=p.release_branch
    )
    return {**asked, "compared": compared}


def soll(p: Candidate) -> Message:
    return msg("candidate on {branch:code}, not older than what is deployed", branch=p.release_branch)


def judge(p: Candidate, facts: Facts) -> Judgement:
    said = {name: heard(one.taken, facts.get(name)) for name, one in p.sources().items()}
    compared = facts["compared"]
    if compared.value is None:
        return judgement(
            aspect(None, msg("ahead of what is deployed"), None, None), observation=compared.observation,
            reason=compared.reason,
        )  # fmt: skip
    seen = compared.value
    made = judgement(between(seen, said["head"].note), on_branch(p.release_branch, seen))
    if made.verdict is not Verdict.UNDETERMINED:
        unseen = _why(said, seen)
        aspects = [a._replace(note=unseen) if a.verdict is Verdict.UNDETERMINED else a for a in made.aspects]
        return made._replace(aspects=tuple(aspects), remedy=_way_on(p.release_branch, seen))
    lost = next((one for name, one in said.items() if seen[name] is None), None)
    lacks = [seen[key] for key in ("lack", "branch_lack") if seen[key]]
    observation = lost.observation if lost else Observation(lacks[0]["observation"])
    return made._replace(observation=observation, reason=_why(said, seen), remedy=_grant(lost, lacks))


def _way_on(branch: str, seen: Mapping[str, Any]) -> Message | None:
    """What to do about a candidate that is not ahead of what is deployed, or not on `branch`."""
    stands = seen["between"]["status"] if seen["between"] else ""
    on_it = not seen["on_branch"] or seen["on_branch"]["status"] in ("identical", "behind")
    words = {"branch": branch, "base": short(seen["base"] or "–")}
    if not on_it and stands in ("behind", "diverged"):
        return msg("Deploy a commit that is on {branch:code} and follows {base:code}.", **words)
    if not on_it:
        return msg("Deploy a commit that is on {branch:code}.", branch=branch)
    if stands == "behind":
        return msg(
            "Build a commit that follows {base:code}; to go back is no deployment, but a rollback.",
            base=words["base"],
        )
    if stands == "diverged":
        return msg("Bring {base:code} into {branch:code}, and build again.", **words)
    return None


def _why(said: Mapping[str, Said], seen: Mapping[str, Any]) -> Message | None:
    for name, one in said.items():
        if seen[name] is None:
            reason = one.unheard or one.missing or msg("it names no commit")
            return msg("{witness} was not heard: {reason}", witness=one.witness, reason=reason)
    lack = seen["lack"] or seen["branch_lack"]
    return msg("The comparison failed: {error:code}", error=lack["said"]) if lack else None


def _grant(lost: Said | None, lacks: list[Mapping[str, Any]]) -> Message | None:
    if lost:
        return lost.remedy
    denied = any(lack["observation"] == "denied" for lack in lacks)
    return msg("Give the token the permission {needed:code}.", needed="contents=read") if denied else None


KIND = Kind(
    name="candidate",
    summary="What would be deployed next is on the release branch, and not older than what is deployed.",
    why="A candidate from another branch brings what nobody released; one that is older than what runs takes away what "
    "was delivered, silently.",
    params=Candidate,
    subject=("workflow", "ref"),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Deploy a commit that is on {branch:code}.", branch=p.release_branch),
    on_host=lambda p: bool(
        p.deployed.path or p.deployed.ledger or (p.deployed.http and p.deployed.http.from_ == "host")
    ),
    handles=frozenset(Observation),
    example="candidate: {workflow: build-artifacts.yml, event: push, release-branch: main, deployed: {path: .}}",
)
