"""``rollback``: how to go back to the release before the live one, with the release that is really there."""

from __future__ import annotations

import shlex

from checks.model import Message, Status, code, msg
from docgen.documents import deployments
from docgen.documents.compose import Found, aspects, checks, decides, said, title_of
from docgen.documents.interface import (
    Block,
    Cell,
    Document,
    Facts,
    Kind,
    Mark,
    NotYet,
    Paragraph,
    Section,
    Source,
    Step,
    Steps,
)
from docgen.documents.restoring import restore


def compose(source: Source) -> Document:
    """Whether it is possible, with what, the steps, and how to see that it worked. Raises :class:`NotYet` where the spec
    declares no check of kind ``rollback``."""
    one = deployments.rollback_check(source)
    if one is None:
        raise NotYet(
            msg(
                "No check of kind {kind:code} is declared for {environment}: what there is to go back to is not known. "
                "Declare one: {example:code}.",
                kind="rollback", environment=title_of(source),
                example="rollback: {path: ., gate: GATE, backup: backups/db-*.sql.gz}",
            )
        )  # fmt: skip
    release, live = deployments.candidate(source, one), deployments.live(source, one)
    possible = one.result.status in (Status.OK, Status.WARN)
    verdict: Message = msg("Not possible as things stand: {why}", why=said(one.result))
    if possible and release:
        verdict = msg("Possible: back to {release:code}.", release=release)
    facts: list[tuple[Message, Cell]] = [
        (msg("Live now"), code(live) if live else msg("not seen")),
        (msg("Back to"), code(release) if release else msg("nothing")),
        (
            msg("State"),
            Mark(one.result.status, one.result.aspects[0].actual or said(one.result), one.result.id),
        ),
    ]
    if live and deployments.migrated(source, live):
        warning = msg("The deployment of the live release migrated the database, as its ledger entry says.")
        facts.append((msg("Database"), Mark(Status.WARN, warning)))
    blocks: list[Block] = [Facts(tuple(facts)), aspects(one.result)]
    blocks += [aspects(other.result) for other in checks(source, "migrations") if other.result.aspects]
    sections = [Section(msg("What there is"), tuple(blocks))]
    if release:
        sections.append(Section(msg("Steps"), (Steps(tuple(_steps(source, one, release, live))),)))
        sections.append(
            Section(msg("How to see that it worked"), (Steps(tuple(_after(source, one, release))),))
        )
    sections.append(Section(msg("What a rollback does not undo"), (Paragraph(_limits()),)))
    return Document(
        kind="rollback",
        title=msg("Rollback guide: {environment}", environment=title_of(source)),
        environment=source.environment,
        verdict=verdict,
        status=one.result.status,
        sections=tuple(sections),
    )


def _steps(source: Source, one: Found, release: str, live: str | None) -> list[Step]:
    p = one.check.params
    base = p.path.rstrip("/")
    link, target = shlex.quote(f"{base}/{p.current}"), shlex.quote(f"{p.releases}/{release}")
    fresh = shlex.quote(f"{base}/{p.current}.new")
    steps = [
        Step(
            msg("Decide whether to go back. What was written to the database since the deployment is kept only if its "
                "structure still fits the older release."),
            decision=decides(source, one.component.owner),
        ),
        Step(
            msg("Look at what is live, and at what is gone back to."),
            (f"readlink {link}", f"ls -la -- {shlex.quote(f'{base}/{p.releases}/{release}')}"),
            expected=msg("a path that ends with {release:code}", release=live) if live else None,
        ),
        *restore(source, one),
        Step(
            msg("Switch. The link is made beside the old one and put into its place, so that there is no moment without a "
                "release."),
            (f"ln -sfn -- {target} {fresh} &&", f"mv -Tf -- {fresh} {link}"),
        ),
    ]  # fmt: skip
    if units := deployments.services(source):
        reload = tuple(f"sudo -n systemctl reload {shlex.quote(unit)}" for unit in units)
        steps.append(Step(msg("Reload the services, so that they see the older code."), reload))
    if live:
        marked = shlex.quote(f"{base}/{p.releases}/{live}/BAD_RELEASE")
        steps.append(
            Step(
                msg("Mark the release that was left, so that nobody goes back to it."),
                (f"date -u +%FT%TZ > {marked}",),
            )
        )
    steps.append(
        Step(msg("Write an entry into the ledger: when, who, from which release to which, and why."))
    )
    return steps


def _after(source: Source, one: Found, release: str) -> list[Step]:
    p = one.check.params
    link = shlex.quote(f"{p.path.rstrip('/')}/{p.current}")
    first = Step(
        msg("The link names the older release."), (f"readlink {link}",), code(f"{p.releases}/{release}")
    )
    command = f"docgen status --env {shlex.quote(source.environment or '')}"
    last = Step(msg("The status says so as well."), (command,))
    smoke = deployments.smoke_tests(source, deployments.revision(source, one, release))
    return [first, *smoke, last]


def _limits() -> Message:
    return msg(
        "Migrations of the database, jobs that have run, mails that were sent, and files in the shared folder. A backup of "
        "the database brings back the state from before the deployment, and loses everything that was written since."
    )


DOCUMENT = Kind(compose)
