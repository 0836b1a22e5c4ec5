"""What a backup proves beyond being there: samples that could be unpacked, a deployment that it covers, and how far all
that goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from checks.kinds.interface import RemotePath, aspect
from checks.knowledge.archives import EMPTY, NOT_LISTED
from checks.knowledge.ledgers import Entry, deployments, understood
from checks.knowledge.moments import rfc3339
from checks.model import Aspect, Fact, Message, Observation, Verdict, listed, msg, nmsg

SHOWN = 3
PREDECESSORS = 7
_DAY = 86400.0


def _listed_members(value: Any) -> Any:
    return (
        dict.fromkeys(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value
    )


def _member(name: str) -> str:
    odd = {"", ".", ".."} & set(name.split("/")) or set(name) & set("*?[]\\\n\0") or name.startswith("-")
    if odd:
        raise ValueError("expected the name of a file from the root of the archive, such as public/index.php")
    return name


def _file_name(name: str) -> str:
    if not name.strip(".") or set(name) & set("/\n\0"):
        raise ValueError("expected the name of a file in the same folder, such as SHA256SUMS")
    return name


FileName = Annotated[str, AfterValidator(_file_name)]
_PATHS = {"type": "object", "additionalProperties": {"type": ["string", "null"]}, "maxProperties": 5}
Members = Annotated[
    dict[Annotated[str, AfterValidator(_member)], RemotePath | None],
    BeforeValidator(_listed_members),
    Field(max_length=5),
    WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}, "maxItems": 5}, _PATHS]}),
]
"""Members of an archive, each with the path of a file to compare it with, or None; written as a list without."""


def plausible(
    least: int, of_previous: float, seen: Mapping[str, Any], others: Sequence[Mapping[str, Any]]
) -> Iterator[Aspect]:
    """What can be told of a backup without reading it: whether it has at least so many bytes, and at least
    `of_previous` per cent of what those before it had; `others` are the newest first."""
    size = msg("{size:size}", size=seen["size"])
    limit = msg("at least {size:size}", size=least) if least > 1 else msg("not empty")
    yield aspect(msg("size"), limit, size, seen["size"] >= least)
    if others:
        share = median(e["size"] for e in others[:PREDECESSORS]) * of_previous / 100
        limit = msg("at least {size:size}, going by those before it", size=round(share))
        yield aspect(msg("growth"), limit, size, seen["size"] >= share)


_DATE = re.compile(
    r"(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?([0-3]\d)"
    r"(?:[T_.-]?([0-2]\d)[-_.:]?([0-5]\d)(?:[-_.:]?([0-5]\d))?)?(?!\d)"
)


def contradicted(seen: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> Iterator[Aspect]:
    """Where the names hold dates: whether one of the `others` is newer by its name than the newest by its time, as after a
    copy that did not keep the times."""
    dated = {e["path"]: _dated(e["path"]) for e in others}
    later = max(
        (path for path, date in dated.items() if date), key=lambda path: dated[path] or (), default=None
    )
    mine = _dated(seen["name"])
    if later is not None and mine and (dated[later] or ())[: len(mine)] > mine:
        actual = msg("{file:code} by time, {other:code} by name", file=seen["name"], other=later)
        yield aspect(msg("the newest"), msg("the same by time and by name"), actual, True, near=True)
    elif _made(seen["name"], seen["mtime"]) < seen["mtime"]:
        modified = rfc3339(datetime.fromtimestamp(seen["mtime"], UTC))
        actual = msg("{file:code}, modified {time:time}: a copy?", file=seen["name"], time=modified)
        yield aspect(msg("the newest"), msg("the same by time and by name"), actual, True, near=True)


def made(seen: Mapping[str, Any], others: Sequence[Mapping[str, Any]], *, dated: bool) -> list[float]:
    """When each was made, those of the `others` first; by their names as well where those are `dated`."""
    named = [*((e["path"], e["mtime"]) for e in others), (seen["name"], seen["mtime"])]
    return [_made(*one) if dated else one[1] for one in named]


def _made(name: str, modified: float) -> float:
    """When the backup called `name` was made, which was `modified` last: the older of the two, where its name dates it.
    That may be a day off: it does not say its zone, and dates the begin of what may take hours."""
    parts = _dated(name)
    try:
        begun = datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]
    except (ValueError, TypeError):
        return modified
    latest = begun if len(parts) > 3 else begun + _DAY
    return latest if modified > latest + _DAY else modified


def _dated(name: str) -> tuple[int, ...]:
    found = [*_DATE.finditer(name)]
    return tuple(int(part) for part in found[-1].groups() if part) if found else ()


def restored(wanted: Mapping[str, str | None], seen: Mapping[str, Any], closed: Message | None) -> Aspect:
    """Whether the members `wanted` could be unpacked and are not empty, or what the file on the host is that is named
    beside them; `closed`: why the archive was not read."""
    name = msg("restored")
    expected = nmsg("{n} member", "{n} members", n=len(wanted))
    if closed or seen["restored"] is None or seen["exit_code"] != 0:
        return aspect(name, expected, None, None, note=closed or NOT_LISTED)
    wrong: list[Message] = []
    unseen: list[Message] = []
    for (member, path), one in zip(wanted.items(), seen["restored"], strict=True):
        if one["exit_code"] is None:
            wrong.append(msg("{member:code} is not in it", member=member))
        elif one["exit_code"] or one["sha256"] is None:
            wrong.append(msg("{member:code} could not be unpacked", member=member))
        elif one["sha256"] == EMPTY:
            wrong.append(msg("{member:code} is empty, or a link", member=member))
        elif path and one["beside"] is None and one["beside_error"] != Observation.ABSENT:
            unseen.append(msg("{path:code} may not be read.", path=path))
        elif path and one["beside"] is None:
            wrong.append(
                msg("{path:code} is not there to compare {member:code} with", path=path, member=member)
            )
        elif path and one["beside"] != one["sha256"]:
            wrong.append(msg("{member:code} differs from {path:code}", path=path, member=member))
    count = len(wanted) - len(wrong) - len(unseen)
    actual = msg("{count:int} of {n:int}", count=count, n=len(wanted))
    for one in wrong[:SHOWN]:
        actual = msg("{lead}; {rest}", lead=actual, rest=one)
    return aspect(
        name, expected, actual, False if wrong else None if unseen else True, note=(*unseen, None)[0]
    )


def bound(fact: Fact, environment: str | None, before: float, backups: Sequence[Mapping[str, Any]]) -> Aspect:
    """Whether one of `backups` was made at most `before` seconds before the newest deployment of the ledger `fact`."""
    name = msg("bound to deployment")
    expected = msg("made at most {age:seconds} before the newest deployment", age=before)
    if fact.value is None:
        missing = msg("The ledger is missing.") if fact.observation is Observation.ABSENT else None
        return aspect(name, expected, None, None, note=missing or fact.reason or msg("It was not observed."))
    if fact.value["denied"]:
        return aspect(name, expected, None, None, note=msg("Some entries of the ledger may not be read."))
    entries = [
        understood(e["entry"], f"{e['file']}:{e['line']}") for e in fact.value["entries"] if e["entry"]
    ]
    last = max(deployments(entries, environment), key=_when, default=None)
    if last is None:
        return aspect(
            name, expected, None, None, note=msg("The ledger has no deployment that says when it was.")
        )
    note = None if last.zoned else msg("It does not say its time zone; UTC is assumed.")
    earlier = [b for b in backups if b["mtime"] <= _when(last)]
    if not earlier:
        none = msg("none before {entry:code}", entry=last.place)
        return aspect(name, expected, none, False, note=note)
    nearest = max(earlier, key=lambda b: float(b["mtime"]))
    age = round(_when(last) - nearest["mtime"])
    actual = msg(
        "{file:code}, {age:seconds} before {entry:code}", file=nearest["path"], age=age, entry=last.place
    )
    return aspect(name, expected, actual, age <= before, note=note)


def _when(entry: Entry) -> float:
    return (entry.when or datetime.fromtimestamp(0, UTC)).timestamp()


Rung = tuple[Message, Sequence[Aspect]]


def ladder(rungs: Sequence[Rung]) -> Aspect:
    """How far a backup is proven: the highest rung below which nothing that was tried failed. A rung without aspects
    was not tried, which is said; it proves nothing, and stops nothing."""
    tried = [(rung, {a.verdict for a in aspects}) for rung, aspects in rungs if aspects]
    left = [rung for rung, aspects in rungs if not aspects]
    reached = msg("nothing")
    verdict: bool | None = True
    for rung, verdicts in tried:
        if verdicts != {Verdict.CONFORM}:
            verdict = False if any(Verdict.DEVIATES in v for _, v in tried) else None
            break
        reached = rung
    actual = msg("{rung}; not tried: {rest}", rung=reached, rest=listed(left)) if left else reached
    return aspect(msg("proven up to"), tried[-1][0], actual, verdict)
