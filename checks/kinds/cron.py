"""``cron``: a crontab holds the entry that it should."""

from __future__ import annotations

import re
import shlex
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement, undetermined
from checks.kinds.process import Account
from checks.knowledge.crontab import is_schedule, same
from checks.knowledge.expectations import Pattern
from checks.knowledge.grants import read as grant_to_read
from checks.model import Assurance, Judgement, Message, Observation, Probe, code, msg, probe


def _schedule(value: str) -> str:
    if not is_schedule(value):
        raise ValueError('expected five fields as in a crontab, such as "30 2 * * *", or @daily')
    return " ".join(value.split())


def _named(value: Any) -> Any:
    if value == "":
        raise ValueError("expected a pattern that says something")
    return value


class Cron(Params):
    runs: Annotated[Pattern, BeforeValidator(_named)]
    """A regular expression that is found in the command of the entry. Of a program in `/etc/cron.daily` and its
    like, the path is the command."""
    user: Account | None = None
    """As whom it runs."""
    schedule: Annotated[str, AfterValidator(_schedule)] | None = None
    """When it runs: five fields as in a crontab, or `@daily` and its like. Ways to write the same are the same."""


def probes(p: Cron) -> dict[str, Probe]:
    return {"entries": probe("cron", runs=p.runs)}


def soll(p: Cron) -> Message:
    if p.schedule:
        return msg("cron runs {pattern:code} at {schedule:code}", pattern=p.runs, schedule=p.schedule)
    return msg("cron runs {pattern:code}", pattern=p.runs)


def judge(p: Cron, facts: Facts) -> Judgement:
    seen = facts["entries"].value
    mine = [entry for entry in seen["found"] if p.user in (None, entry["user"])]
    mine.sort(key=lambda entry: (bool(entry["ignored"]), not _due(p, entry)))
    expected = msg("an entry")
    hidden = [one for one in seen["unread"] if _may_hold(p, one, seen["own"])]
    if mine:
        # Other accounts' own crontabs can hardly ever be read: an entry at the wrong time is not excused by them.
        hidden = [one for one in hidden if one["path"].startswith("/etc/cron")]
    if hidden and not (mine and mine[0]["ignored"] not in _IGNORED and _due(p, mine[0])):
        path = hidden[0]["path"]
        reason = msg("No entry that can be read fits, and {path:code} cannot be read.", path=path)
        return undetermined(reason, Observation.DENIED, remedy=_sight(path))
    if mine:
        best = mine[0]
        if best["ignored"] in _IGNORED:
            actual = msg("passed over by cron: {source:code}", source=_place(best))
            return judgement(
                aspect(None, expected, actual, False), reason=_IGNORED[best["ignored"]], remedy=_taken(best)
            )
        note = _ENDLESS if best["ignored"] else None
        place = msg("in {source:code}", source=best["source"])
        aspects = [aspect(None, expected, place, True, near=bool(note), note=note)]
        if p.user:
            aspects.append(aspect(msg("user"), code(p.user), code(best["user"]), True))
        if p.schedule:
            aspects.append(aspect(msg("schedule"), code(p.schedule), code(best["schedule"]), _due(p, best)))
        return judgement(*aspects, remedy=_at(p, best) if p.schedule else None)
    other = next(iter(seen["found"]), None)
    actual = msg("only for {user:code}", user=other["user"]) if other else msg("no entry")
    remedy = None
    if other and other["source"].startswith(("/etc/crontab", "/etc/cron.d/")):
        remedy = msg("Change its user, in {place:code}, to {user:code}", place=other["source"], user=p.user)
    return judgement(aspect(None, expected, actual, False), remedy=remedy)


_IGNORED = {
    "name": msg("Debian's cron takes only files with names of letters, digits, - and _."),
    "mode": msg("The file may not be executed."),
}
_ENDLESS = msg("The file does not end with a line break; some crons pass over such a file.")


def _due(p: Cron, entry: dict[str, Any]) -> bool:
    if p.schedule is None:
        return True
    if entry["command"].startswith(entry["source"]):
        return bool(p.schedule == entry["schedule"])  # a folder's name does not say at which hour
    return same(p.schedule, entry["schedule"])


def _place(entry: dict[str, Any]) -> str:
    return str(entry["command"] if entry["ignored"] == "mode" else entry["source"])


def _at(p: Cron, best: dict[str, Any]) -> Message:
    """What is to be done where the entry is there and runs at another time."""
    if best["command"].startswith(best["source"]):
        return msg(
            "Move it from {source:code} to an entry of its own in {folder:code}, with its own time.",
            source=best["source"],
            folder="/etc/cron.d",
        )
    source, own = best["source"], best["source"] == "crontab -l"
    edit = f"crontab -e -u {best['user']}" if own or source.startswith("/var/") else source
    return msg("Change when the entry runs, in {place:code}, to {time:code}", place=edit, time=p.schedule)


def _taken(best: dict[str, Any]) -> Message:
    """What makes cron take the entry that is there."""
    path = best["command"] if best["command"].startswith(best["source"]) else best["source"]
    place = shlex.quote(path)
    if best["ignored"] == "mode":
        return msg("Let cron run it: {command:code}", command=f"chmod +x -- {place}")
    folder, _, name = path.rpartition("/")
    plain = f"{folder}/{re.sub(r'[^A-Za-z0-9_-]', '-', name)}"
    return msg("Rename it: {command:code}", command=f"mv -- {place} {plain}")


def _may_hold(p: Cron, one: dict[str, str], own: str) -> bool:
    if one["path"].startswith("/etc/cron.") or one["path"] == "/etc/crontab" or p.user is None:
        return True
    return p.user == one["user"] if one["user"] else p.user != own


def _sight(path: str) -> Message:
    if path.startswith("/etc/cron"):
        return grant_to_read(path)
    return msg("Move the entry to a file in {folder:code}, where it can be read.", folder="/etc/cron.d")


KIND = Kind(
    name="cron",
    summary="A crontab holds an entry that runs a command, at the right time and as the right user.",
    why="A backup that is in no crontab is not made, and nobody notices for months. Whether cron itself runs is "
    "for the kind `service`.",
    params=Cron,
    shorthand="runs",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "Add the entry, for its user with {command:code}", command=f"crontab -e -u {p.user or 'USER'}"
    ),
    assurance=Assurance.IMPLEMENTED,
    example="cron: {runs: 'artisan schedule:run', user: www-data, schedule: '* * * * *'}",
)
