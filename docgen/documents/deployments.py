"""What documents about deployments and rollbacks need to know of one environment: its workflow, its run, its addresses."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from checks.knowledge.pipelines.evidence import unread
from checks.knowledge.pipelines.idleness import did_nothing
from checks.knowledge.pipelines.reading import Reading
from checks.knowledge.pipelines.versions import versions
from checks.model import Area, Message, Status, code, msg, text
from docgen.documents.compose import Found, checks, entries, fact, item_state, point, word
from docgen.documents.interface import Cell, Link, Mark, Point, Source, Step

_OF_WORKFLOW = ("job", "step", "pipeline", "gate-in-workflow", "workflow", "running")
_GOING_ON = ("queued", "in_progress", "waiting", "requested", "pending")


def workflow(source: Source) -> tuple[str, dict[str, Any]] | None:
    """The workflow that deploys to the environment, and what was seen of its newest run (the value of the verb
    ``github``): the one that most checks of the environment are about."""
    found: dict[str, dict[str, Any]] = {}
    votes: Counter[str] = Counter()
    for one in checks(source, *_OF_WORKFLOW):
        its = fact(source, one, "run")
        if its is None or one.check.environment != source.environment:
            continue
        params = one.check.params
        name = getattr(params, "file", None) or getattr(params, "workflow", None)
        name = getattr(name, "file", name)
        if isinstance(name, str):
            votes[name] += 1
            found.setdefault(name, its.value)
    if not votes:
        return None
    name = votes.most_common(1)[0][0]
    return name, found[name]


def run_facts(name: str, value: dict[str, Any]) -> list[tuple[Message, Cell]]:
    """The newest run of the workflow called `name`, as names and values."""
    rows: list[tuple[Message, Cell]] = [(msg("Workflow"), code(f".github/workflows/{name}"))]
    if changed := value.get("changed"):
        rows.append(
            (
                msg("Last changed"),
                msg("{commit:code}, {at:time}", commit=changed["commit"][:8], at=changed["date"]),
            )
        )
    run = value["run"]
    if run is None:
        return [*rows, (msg("Newest run"), Mark(Status.UNKNOWN, msg("it has never run")))]
    word = run["conclusion"] or run["status"]
    status = {"success": Status.OK}.get(word, Status.PENDING if word in _GOING_ON else Status.FAIL)
    number = msg(
        "run {number:int} of {at:time}: {word:code}", number=run["number"], at=run["created"], word=word
    )
    return [
        *rows,
        (msg("Newest run"), Mark(status, number)),
        (msg("Commit"), code(run["commit"])),
        (msg("Address"), Link(code(run["url"]), run["url"])),
    ]


def run_ended_well(source: Source, value: dict[str, Any]) -> bool:
    """Whether the newest run went well, and did something."""
    run, (its, _) = value["run"], reading(source)
    return bool(run) and run["conclusion"] == "success" and did_nothing(value["jobs"], its) is None


def smoke_tests(source: Source, commit: str | None) -> Iterator[Step]:
    """What to ask of the application when it is live, and what it must answer; `commit`: what is live then, None where
    that is not known."""
    seen, own = set(), smoke(source)
    for one in asked(source):
        if one.result.kind == "http" and one not in own:
            continue
        if one.result.kind == "running":
            its = one.check.params.http
            how, status = "curl -sSi" if its.header else "curl -sS", "2xx"
            where = code(its.header or its.json_ or "")
            expected = msg("{place}: the commit that is live then", place=where)
            if commit:
                expected = msg("{place}: {commit:code}", place=where, commit=commit)
        else:
            its = one.check.params
            redirects = its.redirect_to is not None and "status" not in its.model_fields_set
            status = "3xx" if redirects else ", ".join(its.status)
            how, expected = "curl -sS -o /dev/null -w '%{http_code}\\n'", code(status)
        if (one.result.kind, its.url) in seen or not status.startswith(("2", "3")):
            continue
        seen.add((one.result.kind, its.url))
        name = text(one.component.name) if one.result.kind == "running" else one.result.name
        yield Step(name, (f"{how} {shlex.quote(its.url)}",), expected=expected)


def asked(source: Source) -> list[Found]:
    """The checks that ask the application of the environment itself; also those of no environment that ask below its
    address, or that belong to the only one there is."""
    base = next((e.url for e in source.spec.environments if e.name == source.environment and e.url), None)
    only = len(source.spec.environments) == 1

    def its_own(one: Found, url: str) -> bool:
        if one.check.environment is None:
            return only or bool(base and f"{url}/".startswith(base.rstrip("/") + "/"))
        return one.check.environment == source.environment

    return [
        one
        for one in checks(source, "http", "running")
        if (its := one.check.params if one.result.kind == "http" else one.check.params.http)
        and its_own(one, its.url)
    ]


def smoke(source: Source) -> list[Found]:
    """Of the checks that ask the application over http those that show that a deployment worked: of the delivery, or of
    what the workflow asks after the switch; where that is nothing, all that want an answer without a password."""
    plain = [
        one
        for one in asked(source)
        if one.result.kind == "http" and not one.check.params.basic_auth and _answers(one.check.params)
    ]
    its, _ = reading(source)
    paths = {
        urlsplit(word).path or "/"
        for act in (its.acts if its else ())
        if act.act == "request" and not act.rescue
        for word in act.argv
        if "://" in word
    }
    own = [
        one
        for one in plain
        if one.component.about is Area.DELIVERY or (urlsplit(one.check.params.url).path or "/") in paths
    ]
    return own or plain


def _answers(params: Any) -> bool:
    """Whether the application is to answer what is asked."""
    redirects = params.redirect_to is not None and "status" not in params.model_fields_set
    return redirects or any(one.startswith(("2", "3")) for one in params.status)


def reading(source: Source) -> tuple[Reading | None, Message | None]:
    """The workflow that deploys, as it would run next; and why it, or a part of it, is not known."""
    found = workflow(source)
    if found is None:
        return None, msg("No workflow is declared that deploys: what it calls is not known.")
    name, value = found
    params = next(
        one.check.params
        for one in checks(source, *_OF_WORKFLOW)
        if (its := fact(source, one, "run")) is not None and its.value is value
    )
    newest = versions(value, name, "current", params)[-1:]
    if newest and newest[0].reading is not None:
        return newest[0].reading, unread(newest[0].reading)
    lack = newest[0].lack if newest else None
    return None, lack or msg("{file:code} was not read.", file=f".github/workflows/{name}")


def services(source: Source) -> list[str]:
    """The units that the workflow reloads after the switch, as it names them (``php8.3-fpm``): those whose names it
    spells out, none where it could not be read."""
    its, _ = reading(source)
    acts = (act for act in its.acts if act.act == "reload") if its else ()
    return list(dict.fromkeys(act.what for act in acts if re.fullmatch(r"[\w.@:-]+", act.what)))


def rollback_check(source: Source) -> Found | None:
    """The check that tells whether a rollback is possible."""
    own = [one for one in checks(source, "rollback") if one.check.environment == source.environment]
    return own[0] if own else None


def candidate(source: Source, one: Found) -> str | None:
    """The name of the release to go back to; None where there is none, or it was not seen."""
    from checks.knowledge import layout

    its = fact(source, one, "folder")
    if its is None or its.value["current"]["name"] is None:
        return None
    before = layout.previous(its.value, layout.strays(its.value, one.check.params.names))
    return before["name"] if before else None


def revision(source: Source, one: Found, release: str) -> str | None:
    """The commit that `release` says to be of; None where it says none."""
    its = fact(source, one, "folder")
    said = next((r["revision"] for r in its.value["releases"] if r["name"] == release), None) if its else None
    return said if isinstance(said, str) and said else None


def live(source: Source, one: Found) -> str | None:
    """The name of the live release; None where it was not seen."""
    its = fact(source, one, "folder")
    name = its.value["current"]["name"] if its else None
    return name if isinstance(name, str) else None


def migrated(source: Source, release: str) -> bool:
    """Whether the newest entry about `release` in the ledger says that its deployment migrated the database."""
    own = [
        entry
        for entry, _, _ in entries(source)
        if entry.release == release and entry.when and not entry.rehearsal
    ]
    newest = max(own, key=lambda entry: entry.when or datetime.min, default=None)
    return newest is not None and any("migrat" in change.lower() for change in newest.changes)


def readiness(source: Source) -> tuple[bool | None, list[Point]]:
    """Whether the environment may be deployed to, and what must be so for that; None where the spec does not say."""
    own = [one for one in source.report.readiness if one.environment == source.environment]
    points = [
        Point(text(item.name), item_state(source, item), item.said) for one in own for item in one.needs
    ]
    return (all(one.ready for one in own) if own else None), points


def awaited(source: Source) -> tuple[str, ...]:
    """The ids of the results that a deployment to the environment waits for."""
    own = [one for one in source.report.readiness if one.environment == source.environment]
    return tuple(dict.fromkeys(id for one in own for item in one.needs for id in item.results))


def lacking(source: Source) -> list[Point]:
    """What keeps the last deployment of the environment from being complete, by ledger, run, link and smoke tests."""
    missing = []
    found = workflow(source)
    if found is None:
        missing.append(
            Point(msg("No check of the spec is about the workflow that deploys."), word(Status.UNKNOWN))
        )
    elif not run_ended_well(source, found[1]):
        seen = next(cell for _, cell in run_facts(*found) if isinstance(cell, Mark))
        missing.append(Point(msg("Newest run"), word(Status.FAIL), seen.text))
    wanted = {
        "ledger": msg("No check of the spec is about the ledger."),
        "http": msg("No check of the spec asks the application anything."),
        "running": msg("No check of the spec compares who knows what is live."),
    }
    for kind, without in wanted.items():
        own = [one for one in checks(source, kind) if one.check.environment == source.environment]
        if kind == "http":
            own = smoke(source) or [one for one in asked(source) if one.result.kind == "running"]
        if not own:
            missing.append(Point(without, word(Status.UNKNOWN)))
        missing += [
            point(one) for one in own if one.result.status in (Status.FAIL, Status.PENDING, Status.UNKNOWN)
        ]
    return [point_ for n, point_ in enumerate(missing) if point_ not in missing[:n]]
