"""What the account may do through sudo: exact rights become checks, wider ones a remark with the reason."""

from __future__ import annotations

from checks.kinds import kind
from checks.knowledge.sudo.listing import parse
from checks.knowledge.wildcards import unescaped
from checks.model import Fact, Observation, Probe, Verdict
from docgen.adopt.candidate import Candidate, Declared, Part
from docgen.i18n import Translator


def question() -> Probe:
    """What to ask first."""
    return Probe.model_construct(at="", verb="sudo_list", args={}, deadline=15.0)


def part(fact: Fact) -> Part | None:
    """The component to propose from the answer to :func:`question`; None where there is nothing to say."""
    if fact.observation is not Observation.OBSERVED or fact.value["sudo"] is None:
        return None
    if fact.value["uid"] == 0:
        return Part(
            "Rights",
            (),
            remarks=("the account is root: it needs no sudo, and sees more than a deployment can do",),
        )
    forms = _exact(fact)
    candidates = tuple(Candidate("sudo", (form,)) for form in forms)
    if not candidates:
        candidates = (Candidate("sudo-nothing-wider", ({},)),)
    return Part(
        "Rights",
        candidates,
        "delivery",
        "what deployments need, and nothing more",
        tuple(_wider(fact, forms)),
    )


def _exact(fact: Fact) -> list[Declared]:
    listing = parse(fact.value["text"])
    found: dict[str, Declared] = {}
    if listing is None:
        return []
    for one in listing.in_force(fact.observed_at):
        words = one.text().split(" ") if one.text() else []
        if not one.is_exact or one.negated or listing.password(one) or not all(words) or one.digest:
            continue
        for user in one.users:
            form: dict[str, object] = {"may": [unescaped(one.command), *words]}
            if user not in ("root", "ALL"):
                form["as"] = user
            if _valid(form):
                found[str(form)] = form
    return list(found.values())


def _valid(form: dict[str, object]) -> bool:
    try:
        kind("sudo").params.model_validate(form)
    except ValueError:
        return False
    return True


def _wider(fact: Fact, forms: list[Declared]) -> list[str]:
    """What is granted beyond `forms`, in the words of the check that would find it."""
    its = kind("sudo-nothing-wider")
    judged = its.judge(its.params.model_validate({"declared": forms}), {"list": fact})
    t = Translator("en")
    if judged.verdict is Verdict.UNDETERMINED and judged.reason and forms:
        return [f"not seen whether there are wider rights: {t.plain(judged.reason)}"]
    wider = [a for a in judged.aspects if a.verdict is not Verdict.CONFORM and a.name and a.actual]
    return [f"not adopted: {t.plain(a.name)}: {t.plain(a.actual)}" for a in wider if a.name and a.actual]
