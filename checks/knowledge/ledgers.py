"""Entries of deployment ledgers as people and scripts have written them, old ones too: by tables, never by guessing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from checks.knowledge.moments import moment
from checks.model import Message, msg

FIELDS = {
    "timestamp": ("timestamp", "time", "date", "datetime", "zeitstempel", "zeitpunkt", "datum", "deployed_at",
                  "finished_at", "created_at", "started_at"),
    "action": ("action", "aktion", "type", "typ", "event", "operation", "kind"),
    "environment": ("environment", "env", "umgebung", "stage"),
    "host": ("host", "server", "hostname"),
    "result": ("result", "status", "outcome", "ergebnis", "success", "erfolg"),
    "release": ("release", "release_id", "release_name"),
    "commit": ("commit", "commit_sha", "git_sha", "sha", "revision"),
    "bundle": ("bundle_info", "bundle", "artifact"),
    "backup": ("backup", "backups", "backup_id", "backup_info", "sicherung"),
    "checks": ("preflight_checks", "checks", "gates", "prüfungen", "pruefungen"),
    "changes": ("changes_made", "changes", "änderungen", "aenderungen"),
    "impact": ("production_impact", "impact", "auswirkung"),
    "next_steps": ("next_steps", "nächste_schritte", "naechste_schritte"),
    "duration": ("duration", "duration_seconds", "restore_duration", "elapsed", "dauer", "dauer_sekunden"),
}  # fmt: skip
"""What an entry may say, and the names under which it has been said."""

_INSIDE = ("bundle_info", "bundle", "release", "deployment")
_GOOD = {
    *("success", "successful", "succeeded", "ok", "pass", "passed", "true", "done", "complete", "completed"),
    *("deployed", "erfolg", "erfolgreich", "bestanden", "abgeschlossen", "ja", "✅"),
}
_BAD = {
    *("fail", "failed", "failure", "error", "false", "aborted", "cancelled", "rolled back", "rollback"),
    *("rejected", "refused", "denied", "revoked", "abgelehnt", "verweigert", "zurückgezogen"),
    *("fehler", "fehlgeschlagen", "gescheitert", "abgebrochen", "zurückgerollt", "nein", "❌"),
}
_NOTHING = {"", "none", "no", "nothing", "false", "0", "keine", "nein", "nichts"}
_REHEARSALS = re.compile(r"pre[-_ ]?flight|dry[-_ ]?run|rehears|probelauf|trockenlauf", re.IGNORECASE)
_RESTORES = re.compile(
    r"\W*(?:(?:backup|database|db|dump|full|test|datenbank|probe)[\s_-]*)*(?:restor|wiederherstell|rücksicher|ruecksicher)",
    re.IGNORECASE,
)
_ROLLBACKS = re.compile(r"roll(?:ed)?[\s_-]*back|revert|zur[üu]e?ck(?:roll|gesetzt|setz)", re.IGNORECASE)
_NO_DEPLOYMENTS = re.compile(
    r"decision|decided|approv|reject|freigabe|freigegeben|entscheid|genehmig|back[\s_-]?up|sicherung|smoke|test|check"
    r"|prüf|pruef|verif|validat|audit|clean|aufräum|aufraeum|wartung|maintenance|monitor|notif|schedul|plan|review",
    re.IGNORECASE,
)
_DEPLOYMENTS = re.compile(
    r"deploy|release|roll[\s_-]?out|go[\s_-]?live|promot|publish|ship|install|hot[\s_-]?fix|switch|auslief|ausroll|einspiel"
    r"|veröffentlich|bereitstell|live[\s_-]?schalt",
    re.IGNORECASE,
)


class Entry(NamedTuple):
    """One entry, read by the tables. ``when`` is in UTC; ``zoned``: whether it said its zone; without, UTC is assumed.
    ``good`` is None where the result is none of the known words. ``deployment``: what is live may have changed by it;
    ``rollback``: went back. ``release`` and ``commit`` are as they were written, "" where they were not; ``changes`` what
    it says to have changed. ``has`` are the fields of :data:`FIELDS`."""

    place: str
    when: datetime | None
    zoned: bool
    action: str
    environment: str
    result: str
    good: bool | None
    rehearsal: bool
    restore: bool
    deployment: bool
    rollback: bool
    release: str
    commit: str
    changes: tuple[str, ...]
    has: frozenset[str]


def understood(raw: Mapping[str, Any], place: str) -> Entry:
    """The entry `raw`, which stands at `place`."""
    keys = {re.sub(r"[\s-]+", "_", str(key).strip().lower()): value for key, value in raw.items()}
    for inside in _INSIDE:
        if isinstance(keys.get(inside), dict):
            keys = {**{str(k).lower(): v for k, v in keys[inside].items()}, **keys}
    said = {
        name: next((keys[a] for a in aliases if keys.get(a) not in (None, "", [], {})), None)
        for name, aliases in FIELDS.items()
    }
    when, zoned = moment(said["timestamp"])
    words = {name: _word(said[name]) for name in ("result", "action", "environment")}
    result, action = words["result"], words["action"]
    rehearsal = bool(_REHEARSALS.search(action)) or bool(_REHEARSALS.search(place))
    restore = bool(_RESTORES.match(action))
    other = rehearsal or restore or bool(_NO_DEPLOYMENTS.search(action))
    # A word that nobody knows is a deployment only if the entry says of what.
    named = any(said[name] is not None for name in ("release", "commit", "bundle"))
    return Entry(
        place=place,
        when=when,
        zoned=zoned,
        action=action,
        environment=words["environment"],
        result=result,
        good=_good(result),
        rehearsal=rehearsal,
        restore=restore,
        deployment=not other and (not action or bool(_DEPLOYMENTS.search(action)) or named),
        rollback=not other and bool(_ROLLBACKS.search(action)),
        release=_word(said["release"]),
        commit=_word(said["commit"]),
        changes=_changes(said["changes"]),
        has=frozenset(name for name, value in said.items() if value is not None)
        - {name for name, word in words.items() if not word}
        - ({"timestamp"} if when is None else set()),
    )


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return next((_word(value[k]) for k in ("status", "result", "name", "ergebnis") if k in value), "")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)[:200] if isinstance(value, str | int) else ""


def _changes(value: Any) -> tuple[str, ...]:
    """The names of what was changed: a list of them, a table with what is so of each, or one sentence."""
    if isinstance(value, Mapping):
        value = [key for key, so in value.items() if so and _word(so).lower() not in _NOTHING]
    found = (_word(one)[:80] for one in (value if isinstance(value, list) else [value]))
    return tuple(one for one in found if one.lower() not in _NOTHING)[:10]


def _good(result: str) -> bool | None:
    word = re.sub(r"[\s_-]+", " ", result.strip().lower()).strip(" .!")
    for known, good in ((_GOOD, True), (_BAD, False)):
        if word in known or re.split(r"[\s:,;(]", word)[0] in known:
            return good
    return None


def place_named(name: str) -> str:
    """The name of an environment as it is compared: ``prod``, ``Production`` and ``produktion`` are one."""
    small = name.strip().lower()
    return "production" if small in ("prod", "produktion", "production", "live") else small


def last_success(raw: Sequence[Mapping[str, Any]], environment: str | None) -> Entry | Message | None:
    """The newest deployment or rollback that ended well, of `environment` (None: of any): from the entries `raw` of the verb
    ``ledger``, the newest file first: what has no time of its own counts as newer if it stands before. None: there is
    none. A message: why it cannot be told."""
    files = [*dict.fromkeys(one["file"] for one in raw)]
    places = [(files.index(one["file"]), -one["line"]) for one in raw]
    real = [
        (place, entry)
        for place, one in zip(places, raw, strict=True)
        if one["entry"] is not None
        and ((entry := understood(one["entry"], f"{one['file']}:{one['line']}")).deployment or entry.rollback)
        and (environment is None or place_named(entry.environment) == place_named(environment))
    ]
    good = [(entry.when, place, entry) for place, entry in real if entry.good and entry.when]
    newest, its, found = max(good, key=itemgetter(0), default=(None, None, None))
    for place, entry in real:
        if entry.good is not False and entry.when is None and (its is None or place < its):
            return msg("{place:code} does not say when it was.", place=entry.place)
        if entry.good is None and (newest is None or (entry.when and entry.when > newest)):
            return msg("{place:code} does not say how it ended.", place=entry.place)
    for place, one in zip(places, raw, strict=True):
        if one["error"] and (its is None or place < its):
            place_ = f"{one['file']}:{one['line']}"
            return msg("{place:code} is no entry that can be read, and may be the newest.", place=place_)
    return found


def deployments(entries: Sequence[Entry], environment: str | None) -> list[Entry]:
    """Those of `entries` that were deployments to `environment` (None: to any) and say when: no preflight, restore,
    decision, test or rollback."""
    wanted = place_named(environment) if environment else None
    return [
        e
        for e in entries
        if e.when
        and e.deployment
        and not e.rollback
        and (wanted is None or place_named(e.environment) == wanted)
    ]


class Trial(NamedTuple):
    """One check that an entry says was made; ``good`` is None where its result is none of the known words."""

    name: str
    good: bool | None


_ABOUT = re.compile(
    r"(?:file|directory|folder|datei|ordner|verzeichnis|test|-[edfrs]|\[+|exists|present|there|readable|loadable|vorhanden"
    r"|ok|passed|ist|is|das|der|die|the|\]+|[|:,;&-]+|\d+[.):]?)+",
    re.IGNORECASE,
)


def tries(name: str, path: str) -> bool:
    """Whether a check called `name` looked for `path`: it names it as a path, and a path of one word in no company but
    words such as `file` or `exists`: ``php artisan config:cache`` looks neither for ``artisan`` nor for ``config``."""
    words = [word.strip("\"'`,;:()").rstrip("/").removeprefix("./") for word in name.split()]
    if not any(word == path or word.endswith(f"/{path}") for word in words):
        return False
    return "/" in path or all(
        not word or word == path or word.endswith(f"/{path}") or _ABOUT.fullmatch(word) for word in words
    )


def trials(raw: Mapping[str, Any]) -> list[Trial]:
    """The checks that the entry `raw` tells of: a list of them, or names with their results."""
    keys = {re.sub(r"[\s-]+", "_", str(key).strip().lower()): value for key, value in raw.items()}
    found = next((keys[name] for name in FIELDS["checks"] if keys.get(name)), None)
    if isinstance(found, dict):
        return [Trial(str(name)[:200], _good(_word(result))) for name, result in found.items()]
    made = []
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict):
            names = [
                str(one[key])
                for key in ("name", "check", "path", "file", "title")
                if isinstance(one.get(key), str)
            ]
            made.append(Trial(" ".join(names)[:200], _good(_word(one))))
        elif isinstance(one, str):
            made.append(Trial(one[:200], _good(one.rpartition(":")[2])))
    return made
