"""Who decided what, by the entries of a ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from checks.knowledge.ledgers import place_named, understood


class Decision(NamedTuple):
    """A decision that an entry records: who made it ("": it does not say), when, and whether it was ``refused``."""

    by: str
    when: datetime | None
    zoned: bool
    refused: bool


_REFUSED = re.compile(
    r"\W*(?:rejected|refused|denied|revoked|abgelehnt|verweigert|zurückgezogen)\b", re.IGNORECASE
)
_WHO = (
    "by",
    "decided_by",
    "approved_by",
    "approver",
    "user",
    "actor",
    "von",
    "durch",
    "freigegeben_von",
    "entschieden_von",
)


def decisions(
    entries: Sequence[Mapping[str, Any]], words: str, environment: str | None = None
) -> list[Decision]:
    """Who of the ledger's `entries` decided on `words`, for `environment` or for none by its name, and how. One that only
    failed is none."""
    wanted = " ".join(words.lower().split())
    found = []
    for raw in entries:
        keys = {re.sub(r"[\s-]+", "_", str(key).strip().lower()): value for key, value in raw.items()}
        said = [" ".join(value.lower().split()) for value in keys.values() if isinstance(value, str)]
        if wanted in said:
            entry = understood(raw, "")
            elsewhere = (
                environment
                and entry.environment
                and place_named(entry.environment) != place_named(environment)
            )
            refused = bool(_REFUSED.match(entry.result))
            if elsewhere or (entry.good is False and not refused):
                continue
            who = next((person for name in _WHO if (person := _person(keys.get(name)))), "")
            found.append(Decision(who[:200], entry.when, entry.zoned, refused))
    return found


def _person(value: Any) -> str:
    """Whom `value` names: a name, one in a table, or several."""
    if isinstance(value, Mapping):
        return next((found for key in ("login", "name", "user") if (found := _person(value.get(key)))), "")
    if isinstance(value, list):
        return ", ".join(found for one in value[:5] if (found := _person(one)))
    return value.strip() if isinstance(value, str) else ""


def counting(given: Sequence[Decision], by: Sequence[str]) -> list[Decision]:
    """Those of `given` that count, the newest first: by somebody who is named, one of `by` if that says anybody, and with
    a time."""
    mine = [(one.when, one) for one in given if one.by and one.when and (not by or one.by in by)]
    return [one for _, one in sorted(mine, key=itemgetter(0), reverse=True)]
