"""``branch-rules``: what comes onto a branch was reviewed and tested, and nobody passes by that."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from checks.kinds.interface import Facts, Kind, judgement
from checks.knowledge import branches
from checks.knowledge.builds import OfGitHub, Text
from checks.model import Judgement, Message, Observation, Probe, Verdict, msg, probe


class BranchRules(OfGitHub):
    branch: Text
    """The branch, such as `main`."""
    pull_request: bool = True
    """`false`: commits may also be pushed."""
    reviews: Annotated[int, Field(ge=0)] = 1
    """How many approving reviews are required at least."""
    self_approval: bool = False
    """`true`: who pushed last may approve."""
    code_owners: bool = False
    """`true`: a review by code owners is required."""
    checks: list[Text] = []
    """Status checks that must be required, by the names that GitHub shows. Of all that are required it is judged
    whether a job stands behind them that does any work on pull requests."""
    force_pushes: bool = False
    """`true`: history may be rewritten."""
    bypass: list[Text] | None = None
    """Who may pass by the rules, at most: `admin`, `maintain`, `OrganizationAdmin`, `DeployKey`, `Team 7`, a login; `[]`
    is nobody. Default: it is said and not judged, because only a token that may change the rules sees it."""

    @field_validator("branch")
    @classmethod
    def _one_branch(cls, value: str) -> str:
        if any(sign in value for sign in "*?[") or ".." in value or value.startswith("/"):
            raise ValueError("expected the name of one branch")
        return value


def probes(p: BranchRules) -> dict[str, Probe]:
    return {"rules": probe("github_rules", here=True, deadline=60, source=p.source, branch=p.branch)}


def soll(p: BranchRules) -> Message:
    return msg("rules for {branch:code}", branch=p.branch)


def judge(p: BranchRules, facts: Facts) -> Judgement:
    seen: Any = facts["rules"].value
    s = branches.shield(seen)
    aspects = [
        *([branches.pull_request(s)] if p.pull_request else []),
        *([branches.reviews(s, p.reviews)] if p.reviews else []),
        *([] if p.self_approval or not p.reviews else [branches.last_push(s)]),
        *([branches.code_owners(s)] if p.code_owners else []),
        *branches.demanded(s, p.checks),
        *branches.real(s, p.branch),
        *([] if p.force_pushes else [branches.force_pushes(s)]),
        branches.bypass(s, p.bypass),
    ]
    made = judgement(*aspects)
    if made.verdict is not Verdict.UNDETERMINED:
        return made
    reason, remedy = branches.unseen(s)
    reason = reason or next((a.note for a in aspects if a.verdict is Verdict.UNDETERMINED and a.note), None)
    return made._replace(
        observation=Observation.DENIED if remedy else made.observation, reason=reason, remedy=remedy
    )


KIND = Kind(
    name="branch-rules",
    summary="What comes onto a branch was reviewed and tested, and nobody passes by that.",
    why="A required check that an empty job answers, an approval by who pushed last, rules that do not hold for "
    "administrators: each looks green and lets everything through.",
    params=BranchRules,
    shorthand="branch",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "Change the rules of {branch:code} in the settings of the repository.", branch=p.branch
    ),
    on_host=lambda p: False,
    example="branch-rules: {branch: main, reviews: 1, checks: [run-tests], bypass: [admin]}",
)
