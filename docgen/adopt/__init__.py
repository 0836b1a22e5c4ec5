"""Adopting a live server: looks at it twice, read-only, and proposes a spec from what is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from checks.collect import redacted
from checks.errors import DocgenError
from checks.model import Fact, HostFacts, Observation, Probe
from checks.redact import Redactor
from checks.sources import network
from checks.sources.host import observe
from checks.spec.access import LOCAL, host_name
from checks.spec.spec import Host
from docgen.adopt import applications, crontabs, operation, proposal, rights, web
from docgen.adopt.candidate import Part, Place, asked
from docgen.adopt.proposal import About


class NotAdopted(DocgenError):
    """The server could not be looked at."""


def adopt(host: Host, about: About, roots: Sequence[str], url: str | None) -> str:
    """The text of a spec for what is on `host`. Raises :class:`NotAdopted`."""
    address = "127.0.0.1" if host.ssh == LOCAL else host_name(host.ssh)
    sites = web.questions(address, url)
    first = {**applications.questions(roots), **sites, "sudo": rights.question(), "cron": crontabs.question()}
    seen, known = look(host, first.values())
    answers = {name: seen[_bound(probe, host).id] for name, probe in first.items()}
    url = web.found({base: answers[base] for base in sites}) or url
    apps, remarks = applications.found(roots, answers)
    names = proposal.unique({app.root: "" for app in apps})
    place = Place(host.id, apps[0].root if apps else None, url, address)
    parts: list[Part] = []
    for index, app in enumerate(apps):
        name = f" of {names[app.root]}" if len(apps) > 1 else ""
        parts += applications.parts(app, name, relative=index == 0)
    port = re.search(r":(\d+)\Z", host.ssh)
    parts += operation.parts(int(port[1]) if port else 22, place.root)
    if scheduled := crontabs.part(answers["cron"], [app.root for app in apps]):
        parts.append(scheduled)
    if url:
        parts.append(web.part())
    if granted := rights.part(answers["sudo"]):
        parts.append(granted)
    wanted = [probe for part in parts for candidate in part.candidates for probe in asked(candidate, place)]
    second, _ = look(host, wanted)
    account = known.account or about.account
    return proposal.text(about._replace(account=account), place, parts, {**seen, **second}, remarks)


def look(host: Host, probes: Iterable[Probe]) -> tuple[dict[str, Fact], HostFacts]:
    """The answers to `probes`, redacted, by the id of the probe; and who answered."""
    bound = {p.id: p for p in (_bound(probe, host) for probe in probes)}
    here = [p for p in bound.values() if p.at is None]
    known, made = observe(host, [p for p in bound.values() if p.at is not None], {})
    if known.observation is not Observation.OBSERVED:
        from docgen.i18n import Translator

        reason = Translator("en").plain(known.reason) if known.reason else known.observation.value
        raise NotAdopted(f"{host.ssh} could not be looked at, nothing was written: {reason}")
    made += network.observe_all(here, network.dial_from_here, {}, at_most=8)
    redactor = Redactor()
    return {fact.probe: redacted(fact, redactor) for fact in made}, known


def _bound(probe: Probe, host: Host) -> Probe:
    return probe if probe.at is None else probe.model_copy(update={"at": host.id})
