"""What a workflow needs on a server: its calls of sudo, as far as they are exact. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator

from checks.kinds.interface import aspect
from checks.knowledge.builds import OfWorkflow, WorkflowFile
from checks.knowledge.pipelines.evidence import unread
from checks.knowledge.pipelines.versions import versions
from checks.knowledge.sudo.called import Call, calls
from checks.knowledge.sudo.needs import Need
from checks.model import Aspect, Message, code, msg


def _place(value: str) -> str:
    if not re.fullmatch(r"[^\s@]+(?:@[^\s@]+)?", value):
        raise ValueError("expected a host as the workflow names it to ssh, such as deploy@web1 or web1")
    return value


class FromWorkflow(OfWorkflow):
    workflow: WorkflowFile
    """The name of its file in `.github/workflows`, such as `deploy-staging.yml`: what it calls through sudo on a server
    is needed."""
    host: Annotated[str, AfterValidator(_place)] | None = None
    """Only calls on this host, as the workflow names it to ssh. Default: on every one."""


class Needed(NamedTuple):
    """``calls`` of a workflow; ``lack`` says why they, or some of them, are not known."""

    calls: list[Call]
    lack: Message | None

    @property
    def needs(self) -> list[Need]:
        """Those that are exact."""
        return [call.need for call in self.calls if call.need]


def needed(p: FromWorkflow, value: Mapping[str, Any], account: str) -> Needed:
    """By the version of the file that would run next; `value` is what the verb ``github`` saw."""
    newest = versions(value, p.workflow, "current", p)[-1:]
    if not newest or newest[0].reading is None:
        lack = newest[0].lack if newest else None
        return Needed([], lack or msg("The workflow file was not read."))
    found = calls(newest[0].reading, account)
    if p.host:
        found = [
            call for call in found if on_host(call.place, frozenset({p.host.rpartition("@")[2]})) is not False
        ]
    return Needed(found, unread(newest[0].reading))


def on_host(place: str, names: frozenset[str]) -> bool | None:
    """Whether `place` (``ssh deploy@web1``, as a workflow has it) is the host with one of `names`; None: it is not known,
    or a runner of one's own."""
    target = place.removeprefix("ssh ").rpartition("@")[2]
    if not target or re.search(r"[$%{}*]", target):
        return None
    return target.lower() in {name.lower() for name in names}


def undetermined_calls(called: Needed) -> Iterator[Aspect]:
    """The calls of a workflow that are not exact, and what of it could not be read."""
    expected = msg("allowed without a password")
    for call in called.calls:
        if call.need is None:
            yield aspect(code(call.line), expected, None, None, note=call.why)
    if called.lack:
        yield aspect(msg("what the workflow calls"), expected, None, None, note=called.lack)
