"""Laravel's migrations: what ``migrate:status`` says in its two forms, and what their files do to data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from checks.kinds.interface import aspect
from checks.knowledge.grants import enter, look_into
from checks.model import Aspect, Fact, Message, Observation, msg

KEEP = 262_144
"""Characters of an answer that are looked at; a longer one is not understood."""
SHOWN = 3

# Laravel to 8 and the first of 9 draw a table, the others dots.
_OLD_HEAD = re.compile(r"\|\s*Ran\?\s*\|\s*Migration\s*\|(\s*Batch\s*\|)?")
_OLD_ROW = re.compile(r"\|\s*(?P<ran>Yes|Y|No|N)\s*\|\s*(?P<name>\S+)\s*\|(\s*\d*\s*\|)?")
_BORDER = re.compile(r"\+[-+]+\+")
_NEW_HEAD = re.compile(r"Migration name[ .]+Batch / Status")
_NEW_ROW = re.compile(r"(?P<name>\S+) [ .]*(?:\[\d+\] (?P<ran>Ran)|Pending)")
_NONE = re.compile(r"(?m)^\s*(?:INFO|ERROR)?\s*No migrations found\.?\s*$")

SUSPECT = (
    r"function +[a-z_][a-z0-9_]* *\(|(::|->) *(drop|rename|change|truncate|delete|forcedelete)[a-z]* *\("
    r"|(drop|rename|alter|modify|change|delete|truncate) +[a-z`\"]"
)
"""An extended regular expression, in any case, for the lines of migrations that :func:`risks` reads."""
_FUNCTION = re.compile(r"\bfunction\s+([a-z_]\w*)\s*\(", re.IGNORECASE)
# The names of columns may follow a verb of SQL at once; what drops no data is left out.
_SQL = r"(?:\balter\s+table\b.*|^['\"]?)\b"
_KEYS = r"(?!index|key|foreign|primary|constraint|unique|check|default|not\b)[a-z`\"\[]"
_RISKS = {
    "drops": re.compile(
        r"(?:::|->)\s*drop(?:IfExists|All\w+|Table\w*|Columns?|ColumnIfExists|Timestamps\w*|SoftDeletes\w*|\w*Morphs"
        r"|RememberToken|ConstrainedForeignId\w*)?\s*\(|(?:::|->)\s*(?:truncate|delete|forceDelete)\s*\("
        rf"|\bdrop\s+(?:table|column|view|database|schema)\b|{_SQL}drop\s+{_KEYS}|\btruncate\s+\w|\bdelete\s+from\b",
        re.IGNORECASE,
    ),
    "renames": re.compile(
        rf"(?:::|->)\s*rename(?:Column)?\s*\(|\brename\s+(?:table|column|to)\b|{_SQL}rename\s+{_KEYS}",
        re.IGNORECASE,
    ),
    "changes": re.compile(
        rf"->\s*change\s*\(|\b(?:modify|change|alter)\s+column\b|{_SQL}(?:modify|change)\s+{_KEYS}",
        re.IGNORECASE,
    ),
}


class Risk(NamedTuple):
    """A line of the migration ``name`` outside of its ``down()`` that ``does`` (drops, renames or changes) something."""

    name: str
    does: str
    line: str


def statuses(text: str) -> dict[str, bool] | None:
    """Each migration of what ``migrate:status`` said, and whether it ran; None where a line is of no known form. Empty
    where it says itself that it found none."""
    if _NONE.search(text):
        return {}
    found: dict[str, bool] = {}
    row: re.Pattern[str] | None = None
    for line in map(str.strip, text.splitlines()):
        if row is None:
            row = _OLD_ROW if _OLD_HEAD.fullmatch(line) else _NEW_ROW if _NEW_HEAD.fullmatch(line) else None
        elif line and not _BORDER.fullmatch(line):
            match = row.fullmatch(line)
            if not match:
                return None
            found[match["name"]] = match["ran"] in ("Yes", "Y", "Ran")
    return found or None


def risks(grepped: str, names: Iterable[str]) -> tuple[list[Risk], list[str]]:
    """What the migrations `names` do to data, from the lines of their files that fit :data:`SUSPECT`, as ``grep -rn`` in
    their folder gives them; and those that were not read: of which no ``up()`` was seen."""
    wanted, read, found = set(names), set(), []
    function: dict[str, str] = {}
    for line in grepped.splitlines():
        match = re.fullmatch(r"\./(?:[^:]*/)?([^:/]+)\.php:\d+:(.*)", line)
        if not match or match[1] not in wanted:
            continue
        name, code = match[1], match[2].strip()
        if code.startswith(("//", "#", "*", "/*")):
            continue
        if named := _FUNCTION.findall(code):
            function[name] = named[-1].lower()
            read |= {name} if "up" in map(str.lower, named) else set()
        does = next((does for does, pattern in _RISKS.items() if pattern.search(code)), None)
        if does and function.get(name) != "down":
            found.append(Risk(name, does, code[:120]))
    return found, sorted(wanted - read)


def complaint(value: Mapping[str, Any]) -> str:
    """The line of what a program said that tells what went wrong."""
    lines = [line.strip() for line in (value["stderr"] + "\n" + value["stdout"]).splitlines() if line.strip()]
    telling = (r"SQLSTATE", r"(?i)\b(error|exception|denied|refused|could not|not found|failed)\b", "")
    return next((line for wanted in telling for line in lines if re.search(wanted, line)), "–")[:300]


class Status(NamedTuple):
    """What a release says of its migrations: by name, whether each ran. None: it is not known, and ``reason`` why;
    ``remedy`` is what would let one see."""

    ran: Mapping[str, bool] | None
    reason: Message | None = None
    observation: Observation = Observation.OBSERVED
    remedy: Message | None = None


def status(path: str, binary: str, entry: Fact, fact: Fact) -> Status:
    """The status of the release in `path`: from whether its artisan can be read, `entry`, and from what it said."""
    if entry.observation is Observation.ABSENT:
        return Status(None, msg("{file:code} is missing", file=f"{path}/artisan"), entry.observation)
    if fact.exit_code == 127:
        return Status(None, msg("{tool:code} was not found on the host.", tool=binary), Observation.ERROR)
    for one in (entry, fact):
        if one.value is None:
            remedy = enter(f"{path}/artisan") if one.observation is Observation.DENIED else None
            return Status(None, one.reason or msg("It was not observed."), one.observation, remedy)
    value = fact.value
    if value["exit_code"] != 0:
        said = complaint(value)
        seen = Observation.DENIED if "Permission denied" in said else Observation.ERROR
        return Status(None, msg("It said: {error:code}", error=said), seen)
    ran = statuses(value["stdout"]) if len(value["stdout"]) < KEEP else None
    if ran is None:
        return Status(None, msg("It answered in a form that is not known."), Observation.MALFORMED)
    return Status(ran) if ran else Status(None, msg("It found no migrations."))


def going_back(ahead: Sequence[str], folder: str, grepped: Fact) -> tuple[Aspect, Message | None]:
    """Whether the migrations `ahead`, whose files are in `folder`, left to the live release what it needs; and what would
    let one see."""
    name, harmless = msg("going back"), msg("nothing dropped, renamed or changed")
    if grepped.value is None:
        remedy = look_into(folder) if grepped.observation is Observation.DENIED else None
        note = grepped.reason or msg("It was not observed.")
        return aspect(name, harmless, None, None, note=note), remedy
    text = grepped.value["stdout"]
    found, unread = risks(text, ahead)
    if found:
        words = {
            "drops": lambda r: msg("{migration:code} drops: {line:code}", migration=r.name, line=r.line),
            "renames": lambda r: msg("{migration:code} renames: {line:code}", migration=r.name, line=r.line),
            "changes": lambda r: msg("{migration:code} changes: {line:code}", migration=r.name, line=r.line),
        }
        what = words[found[0].does](found[0])
        for risk in found[1:SHOWN]:
            what = msg("{lead}; {rest}", lead=what, rest=words[risk.does](risk))
        return aspect(name, harmless, msg("not safe: {what}", what=what), False), None
    if unread or len(text) >= KEEP:
        note = msg("Not read to the end: {names:list}", names=tuple(unread or ahead)[:SHOWN])
        return aspect(name, harmless, None, None, note=note), look_into(folder)
    note = msg("Only this was looked for, and only in the files of these migrations.")
    return aspect(name, harmless, harmless, True, note=note), None
