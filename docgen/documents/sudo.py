"""The guide to better sudo rules: what is wrong, what to do without sudo, what to write, install, test, take back."""

from __future__ import annotations

from collections.abc import Iterator

from checks.kinds import sudo_rules
from checks.knowledge.sudo import dropin, observed
from checks.knowledge.sudo.called import Call, calls, undeclared
from checks.knowledge.sudo.dropin import DropIn
from checks.knowledge.sudo.findings import Finding
from checks.knowledge.sudo.judge import Judged, as_called, judge
from checks.knowledge.sudo.listing import parse
from checks.knowledge.sudo.needed import FromWorkflow, Needed, needed, on_host
from checks.knowledge.sudo.needs import Need
from checks.knowledge.sudo.policy import Policy
from checks.knowledge.sudo.rights import same_command
from checks.model import Fact, Judgement, Message, Status, code, msg, text
from docgen.documents import deployments
from docgen.documents.compose import Found, checks, fact, point, title_of
from docgen.documents.installing import install, roll_back, verify
from docgen.documents.interface import (
    Block,
    Cell,
    Code,
    Document,
    Kind,
    NotYet,
    Paragraph,
    Point,
    Points,
    Section,
    Source,
    Table,
)
from docgen.documents.sudoless import Place, place, said_of, without

SEVERITY = {
    "critical": msg("critical"),
    "high": msg("high"),
    "medium": msg("medium"),
    "low": msg("low"),
    "info": msg("note"),
}
CONTENT = msg("The whole content of {path:code}:").id
"""Behind it stands the file to install."""


def guide(
    user: str, judged: Judged, drop: DropIn | None, root: str | None = None
) -> tuple[Message, tuple[Section, ...]]:
    """Title and sections. `drop` None: it is not known what is needed. `root`: the folder of the application."""
    its = place(user, [*drop.granted, *(need for need, _ in drop.refused)] if drop else (), root)
    sections = [Section(msg("Verdict"), tuple(_verdict(user, judged, drop)))]
    if judged.findings:
        sections.append(Section(msg("What is wrong"), tuple(_findings(judged.findings, its))))
    sections.append(Section(msg("First, without sudo"), tuple(without(its))))
    if drop:
        sections.append(Section(msg("The rules"), tuple(_rules(drop))))
    if drop and drop.text:
        sections += [
            Section(msg("Install"), tuple(install(drop))),
            Section(msg("Verify"), tuple(verify(drop))),
            Section(msg("Roll back"), tuple(roll_back(drop))),
        ]
    sections.append(Section(msg("Justified deviations"), tuple(_deviations())))
    sections.append(Section(msg("What was assumed"), (_points(judged.assumed),)))
    return msg("Rights through sudo: {user:code}", user=user), tuple(sections)


def _points(texts: list[Message]) -> Points:
    return Points(tuple(Point(text) for text in texts))


def _verdict(user: str, judged: Judged, drop: DropIn | None) -> Iterator[Block]:
    if judged.grants_root:
        said = msg("The rules make {user:code} as good as root.", user=user)
    else:
        said = msg("No rule was found that makes {user:code} as good as root.", user=user)
    yield Paragraph(said)
    if drop is None:
        yield Paragraph(
            msg("What the account needs was not given: whether something is missing is not known.")
        )
    elif judged.missing:
        yield Paragraph(msg("Missing, or not to be had without a password:"))
        yield Code("\n".join(judged.missing))
    elif drop.granted or drop.refused:
        yield Paragraph(msg("Every command that is needed may be run without a password."))


def _findings(findings: list[Finding], its: Place) -> Iterator[Block]:
    for finding in findings:
        place = f"{finding.file}:{finding.line}" if finding.file else f"sudo -ll #{finding.line}"
        where = place if finding.line else finding.file or "–"
        yield Paragraph(
            msg(
                "{id:code} ({severity}), {where:code}: {message}",
                id=finding.id,
                severity=SEVERITY[finding.severity],
                where=where,
                message=finding.message,
            )
        )
        if finding.rule:
            yield Code(finding.rule)
        yield _points([msg("Instead: {fix}", fix=said_of(finding.fix, its))])
    yield Paragraph(
        msg(
            "A new file beside them does not change these rules: take them out where they stand, in the same session "
            "of root. To find them: {command:code}",
            command="grep -rn . /etc/sudoers /etc/sudoers.d",
        )
    )


def _rules(drop: DropIn) -> Iterator[Block]:
    if drop.text:
        yield Paragraph(msg("The whole content of {path:code}:", path=drop.path))
        yield Code(drop.text)
        yield Paragraph(
            msg("sudo compares text: a call has to be written exactly like the rule, with the whole path.")
        )
    else:
        yield Paragraph(msg("There is no rule to write."))
    for need, why in drop.refused:
        yield Paragraph(
            msg(
                "Not in it, because it would give root away or cannot be written: {line:code}", line=need.line
            )
        )
        yield _points(why)


def _deviations() -> Iterator[Block]:
    yield _points(
        [
            msg(
                "No password (CIS Debian 12, 5.2.4; STIG UBTU-22-432010, UBTU-24-300021): nobody is there to type one "
                "during a deployment. In return every command and every argument is fixed (ANSSI BP-028 R42, R43)."
            ),
            msg(
                "No {terminal:code} (ANSSI BP-028 R39): a deployment over SSH has no terminal. No {exec:code}: it breaks "
                "programs that are scripts, such as {service:code}.",
                terminal="requiretty",
                exec="noexec",
                service="service",
            ),
        ]
    )


def compose(source: Source) -> Document:
    """The guide for each host on which a check of kind ``sudo-rules`` looked. Raises :class:`NotYet` where none did."""
    found = [one for one in checks(source, "sudo-rules") if one.check.environment == source.environment]
    seen = [(one, its) for one in found if (its := fact(source, one, "list")) and its.value["uid"] != 0]
    if not seen or len(seen) < len(found):
        lacking = tuple(point(one) for one in found if one not in [each for each, _ in seen])
        none = Point(
            msg("The spec declares no check of kind {kind:code}.", kind="sudo-rules"),
            note=msg(
                "Declare one in a component of this environment: {example:code}. It asks sudo on the host as the account "
                "that deploys; root may do everything, so that nothing is to be learned from it.",
                example="- sudo-rules: {needs: [/usr/bin/systemctl reload nginx]}",
            ),
        )
        why = msg("What sudo grants in {environment} was not seen.", environment=title_of(source))
        raise NotYet(why, lacking or (none,))
    parts = [_host(source, one, its) for one, its in seen]
    sections = []
    for (one, _), (_, of) in zip(seen, parts, strict=True):
        for section in of:
            named = msg("{host:code}: {heading}", host=one.check.host, heading=section.heading)
            sections.append(section._replace(heading=named) if len(seen) > 1 else section)
    status = next(s for s in (Status.FAIL, Status.UNKNOWN, Status.OK) if any(s is its for its, _ in parts))
    verdict = {
        Status.FAIL: msg("The rights have to be changed: they give too much away, or something is missing."),
        Status.UNKNOWN: msg("Not everything that sudo grants could be seen."),
        Status.OK: msg("What is needed is granted, and no root given away."),
    }[status]
    return Document(
        kind="sudo",
        title=msg("Rights through sudo: {environment}", environment=title_of(source)),
        environment=source.environment,
        verdict=verdict,
        status=status,
        sections=tuple(sections),
    )


def _host(source: Source, one: Found, its: Fact) -> tuple[Status, tuple[Section, ...]]:
    """What the account of one check has and needs."""
    user, params = its.value["user"], one.check.params
    declared = sudo_rules.needs(params, user)
    called, unread = _called(source, one, user)
    open_ = [_placed(call, its) for call in undeclared(called, declared or [])]
    known = declared is not None or (bool(called) and unread is None)
    needs = [*(declared or []), *(call.need for call in open_ if call.need)] if known else None
    hidden = sudo_rules.unseen(its)
    host = observed.host(its.value)
    sudoers = observed.sudoers(its.value["text"])
    needs = as_called(needs, Policy(sudoers, host)) if needs is not None else None
    judged = judge(sudoers, host, needs, its.observed_at)
    if hidden:
        judged = judged._replace(missing=[])
    drop = dropin.write(user, needs, host) if needs is not None else None
    _, sections = guide(user, judged, drop, _root(source))
    needed = Section(msg("What is needed"), tuple(_needed(declared, called, open_, unread)))
    granted = Section(msg("What is granted"), tuple(_granted(its, hidden)))
    rest = sections[1:] if hidden and not judged.grants_root else sections
    grave = any(finding.severity in ("critical", "high") for finding in judged.findings)
    if judged.grants_root or judged.missing or grave:
        status = Status.FAIL
    else:
        unsure = hidden or unread or needs is None or any(call.need is None for call in open_)
        status = Status.UNKNOWN if unsure or observed.masked(its.value["text"]) else Status.OK
    return status, (needed, granted, *rest)


def _root(source: Source) -> str | None:
    return next((e.root for e in source.spec.environments if e.name == source.environment), None)


def _called(source: Source, one: Found, user: str) -> tuple[list[Call], Message | None]:
    """The calls of the workflow that deploys on the host of `one`; and why they are not known."""
    declared = one.check.params.needs
    if isinstance(declared, FromWorkflow):
        run = fact(source, one, "run")
        found = (
            needed(declared, run.value, user) if run else Needed([], msg("The workflow file was not read."))
        )
    else:
        its, lack = deployments.reading(source)
        found = Needed(calls(its, user) if its else [], lack)
    ours, others = _names(source, one)
    kept = [call for call in found.calls if on_host(call.place, ours) or not on_host(call.place, others)]
    return kept, found.lack


def _names(source: Source, one: Found) -> tuple[frozenset[str], frozenset[str]]:
    """What the host of a check is called, in the spec, by ssh, and by itself; and what the others are called."""
    its, mine = fact(source, one, "list"), (one.check.environment, one.check.host)
    said = (its.value.get("host") if its else None) or ""
    names: dict[bool, list[str]] = {True: [said, said.partition(".")[0]], False: []}
    for host in (host for each in source.spec.environments for host in each.hosts):
        own = one.check.host == host.id or mine == (host.environment, host.name)
        names[own] += [host.name, host.ssh.rpartition("@")[2].rsplit(":", 1)[0].strip("[]")]
    ours = frozenset(filter(None, names[True]))
    return ours, frozenset(filter(None, names[False])) - ours


def _placed(call: Call, its: Fact) -> Call:
    """`call` with the whole path of its program, where a rule that allows it names that."""
    listing = parse(its.value["text"])
    if listing and call.need and not call.need.argv[0].startswith("/"):
        for right in call.need.rights():
            granted, by = listing.decide(right, its.observed_at)
            if granted and by and same_command(by.command, right.argv[0]):
                return call._replace(need=call.need._replace(argv=(by.command, *right.argv[1:])))
    return call


def _needed(
    declared: list[Need] | None, called: list[Call], open_: list[Call], unread: Message | None
) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = [(code(one.line), msg("declared in the spec")) for one in declared or ()]
    rows += [(code(one.line), msg("{where:code} on {place:code}", where=one.where, place=one.place or "self-hosted"))
             for one in called]  # fmt: skip
    if rows:
        yield Table((msg("Command"), msg("Where from")), tuple(rows))
    elif declared is not None and unread is None:
        yield Paragraph(msg("Nothing: the account needs no sudo."))
    if unread:
        yield Paragraph(unread)
    unknown = [one for one in open_ if one.need is None]
    bare = [one for one in open_ if one.need and not one.need.argv[0].startswith("/")]
    if unknown or bare:
        yield Paragraph(
            msg(
                "These calls are not exact. Nothing is guessed for them: declare under {key:code} of the check what "
                "exactly is run, with its whole path.",
                key="needs",
            )
        )
        points = [Point(code(one.line), note=one.why) for one in unknown]
        path = msg("The whole path of the program is not known.")
        yield Points(tuple(points + [Point(code(one.line), note=path) for one in bare]))


def _granted(its: Fact, hidden: Judgement | None) -> Iterator[Block]:
    listing = parse(its.value["text"])
    if hidden:
        yield Paragraph(hidden.reason or msg("What sudo grants could not be seen."))
        if hidden.remedy is not None:
            yield Paragraph(hidden.remedy)
    elif listing is None or not listing.grants:
        yield Paragraph(msg("Nothing: the account may not use sudo."))
    else:
        rows: list[tuple[Cell, ...]] = [
            (
                code(grant.listed),
                text(", ".join(grant.users) + (f" : {', '.join(grant.groups)}" if grant.groups else "")),
                msg("yes") if listing.password(grant) else msg("no"),
            )
            for grant in listing.grants
        ]
        yield Table((msg("Rule"), msg("As"), msg("Password")), tuple(rows))


DOCUMENT = Kind(compose)
