"""``sudo-rules``: what sudo grants to the observing account is enough, gives no root away, and is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement, undetermined
from checks.kinds.sudo import why_unseen
from checks.knowledge.builds import newest_run
from checks.knowledge.sudo import observed
from checks.knowledge.sudo.findings import Finding
from checks.knowledge.sudo.judge import Judged
from checks.knowledge.sudo.judge import judge as judge_rules
from checks.knowledge.sudo.listing import parse, wants_password
from checks.knowledge.sudo.needed import FromWorkflow, Needed, needed, undetermined_calls
from checks.knowledge.sudo.needs import Need, read
from checks.model import Aspect, Fact, Judgement, Message, Observation, Probe, code, msg, nmsg, probe

SHOWN = 40


def _command(value: str) -> str:
    need = read(value, "account")
    if not need.argv[0].startswith("/") and need.argv[0] != "sudoedit":
        raise ValueError("expected a command with its whole path, such as /usr/bin/systemctl reload nginx")
    return value


Command = Annotated[str, AfterValidator(_command)]


class SudoRules(Params):
    needs: tuple[Command, ...] | FromWorkflow | None = None
    """What the account needs, as it is typed, with or without `sudo` and its options. Not given: it is not known,
    and nothing can be missing or superfluous. An empty list: nothing is needed. `{workflow: deploy.yml}`: what this
    workflow calls through sudo on the server."""


def probes(p: SudoRules) -> dict[str, Probe]:
    lines = p.needs if isinstance(p.needs, tuple) else ()
    words = [word for line in lines for word in read(line, "account").argv]
    asked = {"list": probe("sudo_list", paths=sorted({word for word in words if word.startswith("/")}))}
    if isinstance(p.needs, FromWorkflow):
        asked["run"] = newest_run(p.needs, p.needs.workflow)
    return asked


def soll(p: SudoRules) -> Message:
    if p.needs is None:
        return msg("sudo gives no root away")
    if isinstance(p.needs, FromWorkflow):
        return msg(
            "through sudo what {workflow:code} calls, and no root given away", workflow=p.needs.workflow
        )
    n = len(p.needs)
    return nmsg(
        "through sudo {n} command that is needed, and no root given away",
        "through sudo the {n} commands that are needed, and no root given away",
        n=n,
    )


def needs(p: SudoRules, user: str) -> list[Need] | None:
    """What `user` needs by the spec itself; None: not known."""
    return [read(line, user) for line in p.needs] if isinstance(p.needs, tuple) else None


def judge(p: SudoRules, facts: Facts) -> Judgement:
    fact = facts["list"]
    seen = fact.value
    if seen["uid"] == 0:
        root = aspect(
            None, msg("an account with few rights"), msg("the account is root and may do everything"), False
        )
        return judgement(root, remedy=msg("Observe with the account that deploys, not with root."))
    called = None
    if isinstance(p.needs, FromWorkflow):
        called = needed(p.needs, facts["run"].value, seen["user"])
    found = judged(p, fact, called)
    hidden = unseen(fact)
    aspects = list(_aspects(found, whole=hidden is None))
    aspects += [
        aspect(code(rule), msg("no finding"), None, None, note=msg("It holds a secret and was not judged."))
        for rule in observed.masked(seen["text"])
    ]
    aspects += undetermined_calls(called) if called else []
    if hidden is not None:
        grave = [one for one in aspects if one.verdict == "deviates"]
        return judgement(*grave, remedy=hidden.remedy) if grave else hidden
    if not aspects:
        aspects = [aspect(None, soll(p), msg("nothing was found against the rules"), True)]
    return judgement(*aspects)


def judged(p: SudoRules, fact: Fact, called: Needed | None = None) -> Judged:
    """The rules that `fact`, an answer of ``sudo_list``, shows, judged; `called` is what a workflow needs."""
    seen = fact.value
    wanted = called.needs if called else needs(p, seen["user"])
    found = judge_rules(observed.sudoers(seen["text"]), observed.host(seen), wanted, fact.observed_at)
    if called and (called.lack or any(call.need is None for call in called.calls)):
        # What is not known may be what a rule is for.
        used = [one for one in found.findings if one.id not in ("UNUSED_GRANT", "PIN_MISMATCH")]
        return found._replace(findings=used)
    return found


def unseen(fact: Fact) -> Judgement | None:
    """Why the rules were not seen; None where they were."""
    text = fact.value["text"]
    if wants_password(text) and not parse(text):
        reason = msg("sudo lists the rights of this account only with a password.")
        line = f"Defaults:{fact.value['user']} listpw=never"
        return undetermined(reason, Observation.DENIED, remedy=msg("Add to sudoers: {line:code}", line=line))
    return why_unseen(fact)


def _aspects(found: Judged, *, whole: bool) -> Iterator[Aspect]:
    """The findings, gravest first, and what is missing. Not `whole`: what is missing may only not have been seen."""
    for one in found.findings[:SHOWN]:
        yield _aspect(one)
    if len(found.findings) > SHOWN:
        more = nmsg("{n} more finding", "{n} more findings", n=len(found.findings) - SHOWN)
        yield aspect(msg("not shown here"), msg("no finding"), more, False)
    for line in found.missing if whole else ():
        yield aspect(
            code(line), msg("allowed without a password"), msg("not granted without a password"), False
        )


def _aspect(one: Finding) -> Aspect:
    slight = one.severity in ("low", "info")
    said = msg("{id:code}: {message}", id=one.id, message=one.message)
    name = code(one.rule) if one.rule else code(one.id)
    return aspect(name, msg("no finding"), said, slight, near=one.severity == "low", note=one.fix)


KIND = Kind(
    name="sudo-rules",
    summary="What sudo grants to the observing account is enough for a deployment, and gives no root away.",
    why="A rule that looks narrow can make its account root: a wildcard, no arguments, chmod in a folder of the "
    "account. Asked is `sudo -k -n -ll`, and whose the paths are that the rules name.",
    params=SudoRules,
    shorthand="needs",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Write the rules as {command:code} shows them.", command="docgen guide sudo"),
    example="sudo-rules: {needs: [/usr/bin/systemctl reload nginx]}",
)
