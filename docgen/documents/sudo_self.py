"""The rights that docgen itself needs on the hosts of a spec: ideally none."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from checks.knowledge.pipelines.remote import without_prefixes
from checks.model import Message, msg, nmsg
from checks.plan import HostPlan, Plan
from docgen.documents.interface import Block, Code, Paragraph, Section


def guide(plan: Plan) -> tuple[Message, tuple[Section, ...]]:
    """Title and sections: for each host of `plan` what of it goes through sudo."""
    sections = tuple(
        Section(msg("Host {host:code}", host=one.host.id), tuple(_host(one))) for one in plan.hosts
    )
    if not sections:
        sections = (Section(msg("Rights"), (Paragraph(msg("No host is asked anything: no rights.")),)),)
    return msg("The rights that docgen itself needs"), sections


def _host(one: HostPlan) -> Iterator[Block]:
    # Only a declared command can name sudo: what all other verbs run is docgen's own.
    declared = [probe.args["argv"] for probe in one.batch.probes if probe.verb == "run"]
    through = [argv for argv in declared if without_prefixes(argv)[1]]
    n = len(one.batch.commands())
    if through:
        yield Paragraph(msg("The spec itself declares these commands through sudo:"))
        yield Code("\n".join(shlex.join(argv) for argv in through))
    else:
        yield Paragraph(
            nmsg(
                "No rights through sudo: the one command that is run needs none ({command:code} shows it).",
                "No rights through sudo: none of the {n} commands that are run needs any ({command:code} shows them).",
                n=n,
                command="docgen plan",
            )
        )
    if any(probe.verb == "sudo_list" for probe in one.batch.probes):
        yield Paragraph(
            msg(
                "What the account may do is asked with {command:code}, which needs no right and runs nothing. Where sudo "
                "lists nothing without a password, this line lets it: {line:code}",
                command="sudo -k -n -ll",
                line=f"Defaults:{one.host.ssh.partition('@')[0] or 'ACCOUNT'} listpw=never",
            )
        )
    yield Paragraph(
        msg("A file that the account may not read is reported as not seen; nothing is read by way of root.")
    )
