"""How the last run went: for machines ``run.json``, for readers ``run.css``, which shows what every page holds hidden.
Both lie in the release and are the only files of it that ever change, so that whatever serves the hub serves them, too."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

SCHEMA = "docgen/run/v1"
JSON, CSS = FILES = ("run.json", "run.css")
RUNNING, FAILED, PUBLISHED, MISSED = STATES = ("running", "failed", "published", "missed")
UNHEARD = "unheard"
"""Never marked: the pages that readers see know what they are."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


class Run(NamedTuple):
    """A run that began at ``began`` (RFC 3339, UTC); one that was missed should have been done by then. ``code`` is its
    exit code; ``reason`` why it failed, in few words of ours; ``since`` when the first of the runs began that have failed in
    a row, None where the last one did not fail; ``told``: people were told of these."""

    state: str
    began: str
    ended: str | None = None
    code: int | None = None
    reason: str | None = None
    since: str | None = None
    told: bool = False

    def published(self, ended: str, code: int) -> Run:
        return Run(PUBLISHED, self.began, ended, code)

    def failed(self, ended: str, code: int, reason: str) -> Run:
        return self._replace(
            state=FAILED, ended=ended, code=code, reason=reason, since=self.since or self.began
        )

    def unheard(self, ended: str, code: int, reason: str) -> Run:
        """It sent everything, and does not know whether that was published."""
        return self.failed(ended, code, reason)._replace(state=UNHEARD)

    @property
    def files(self) -> dict[str, bytes]:
        """What readers and machines get, by its path in the hub."""
        body = json.dumps({"schema": SCHEMA, **self._asdict()}, indent=1).encode() + b"\n"
        return {JSON: body, CSS: self._style().encode()}

    def _style(self) -> str:
        if self.state == PUBLISHED:
            return "/* The last run published these pages. */\n"
        shown = f"{self.began[:16].replace('T', ' ')} UTC"
        return f'.run-{self.state} {{ display: block; }}\n.run-began::after {{ content: "{shown}"; }}\n'


def begun(at: str, before: Run | None) -> Run:
    """The run that begins `at`; `before` is the one before it, of which a state ``running`` means that it was killed."""
    since = before and (before.since or (before.began if before.state != PUBLISHED else None))
    return Run(RUNNING, at, since=since, told=bool(since and before and before.told))


def missed(until: str) -> Run:
    """No run came before the pages were valid no more, `until` when they were."""
    return Run(MISSED, until, since=until)


def parse(raw: bytes) -> Run | None:
    """The run in `raw`; None where it is none."""
    try:
        body: Any = json.loads(raw)
        if body.pop("schema") != SCHEMA or body["state"] not in STATES:
            return None
        run = Run(**body)
        moments = [run.began, *(one for one in (run.ended, run.since) if one is not None)]
        code = (run.code is None or type(run.code) is int) and type(run.told) is bool
        words = run.reason is None or isinstance(run.reason, str)
        return run if code and words and all(map(_MOMENT.fullmatch, moments)) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
