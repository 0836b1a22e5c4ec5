"""Living claims: what a document says of a check, with the verdict of the report beside it.

A claim is ``{{ claim: NAME }}`` in a sentence, or a line of a block of code of the language ``claim``. NAME is the id of a
check, or some of its parts with dots between: ``backup.prod.fresh``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.page import Page
from checks.model import Message, Report, Result, Verdict, msg

INLINE = re.compile(r"\{\{\s*claim:\s*([^{}\n]{1,300}?)\s*\}\}")


class Claim(NamedTuple):
    """``result`` is that of the check that is meant; None: there is none, or there are several, as ``why`` says."""

    line: int
    name: str
    result: Result | None
    why: Message | None


def named(page: Page) -> Iterator[tuple[int, str]]:
    """The claims of `page`: line and name."""
    for number, line in page.spoken:
        # A claim that is shown as code is an example of one.
        for match in INLINE.finditer(re.sub(r"`[^`\n]+`", "", line)):
            yield number, match[1]
    for fence in page.fences:
        if fence.info.split(" ")[0] == "claim":
            for number, line in enumerate(fence.text.split("\n"), fence.line):
                if line.strip() and not line.strip().startswith("#"):
                    yield number, line.strip()


def resolved(page: Page, report: Report) -> list[Claim]:
    """The claims of `page` with the results that they are about."""
    return [_resolved(number, name, report) for number, name in named(page)]


def _resolved(line: int, name: str, report: Report) -> Claim:
    results = report.results()
    exact = [one for one in results if one.id == name]
    wanted = exact or [one for one in results if name.count("/") == 2 and one.id.partition("@")[0] == name]
    if not wanted and "/" not in name:
        environments = {
            r.id: s.environment or "" for s in report.sections for c in s.components for r in c.results
        }
        wanted = [one for one in results if _fits(name.split("."), one, environments.get(one.id, ""))]
    if len(wanted) == 1:
        return Claim(line, name, wanted[0], None)
    ids = [one.id for one in wanted or results]
    if wanted:
        said = msg("{name:code} may be {ids:list}.", name=name, ids=tuple(ids[:5]))
        return Claim(line, name, None, said)
    near = get_close_matches(name.replace(".", "/"), ids, 3, 0.4)
    said = msg("There is no check {name:code}.", name=name)
    if near:
        said = msg("There is no check {name:code}; there is {ids:list}.", name=name, ids=tuple(near))
    return Claim(line, name, None, said)


def _fits(parts: Sequence[str], result: Result, environment: str) -> bool:
    """Whether each of `parts` is one of the id of `result`, its environment or its kind."""
    id_, _, host = result.id.partition("@")
    segments = [*id_.split("/"), environment, result.kind, *host.split("/")]
    for part in parts:
        if part not in segments and not any(part in segment.split("-") for segment in segments):
            return False
    return bool(parts) and all(parts)


def judged(page: Page, report: Report | None) -> Iterator[Finding]:
    """What becomes of the claims of `page`."""
    if report is None:
        for number, name in named(page):
            yield unjudged(page.path, number, "claim", name, msg("There is no report to hold it against."))
        return
    for claim in resolved(page, report):
        if claim.result is None:
            yield drifted(page.path, claim.line, "reference", claim.name, claim.why or msg("not seen"))
            continue
        its = claim.result
        at = max((one.observed_at for one in its.evidence if one.observed_at), default=report.collected_at)
        if its.verdict is Verdict.CONFORM:
            seen = msg("met, seen at {at:time} ({id:code})", at=at, id=its.id)
            yield holds(page.path, claim.line, "claim", claim.name)._replace(actual=seen)
        elif its.verdict is Verdict.DEVIATES:
            seen = msg("not met, seen at {at:time} ({id:code})", at=at, id=its.id)
            yield drifted(page.path, claim.line, "claim", claim.name, seen)
        else:
            seen = msg("It could not be determined ({id:code}).", id=its.id)
            yield unjudged(page.path, claim.line, "claim", claim.name, seen)
