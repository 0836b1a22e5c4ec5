"""How long a restore takes, going by what was measured: by restores that a ledger records, or by a sample."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import Any, NamedTuple

from checks.kinds.interface import aspect
from checks.knowledge.ledgers import FIELDS, understood
from checks.knowledge.moments import moment, rfc3339
from checks.model import Aspect, Fact, Message, Observation, msg
from checks.units import seconds

_UNITS = {"stunden": "h", "stunde": "h", "std": "h", "hours": "h", "hour": "h", "hrs": "h", "minutes": "m",
          "minute": "m", "minuten": "m", "mins": "m", "seconds": "s", "second": "s", "sekunden": "s", "sekunde": "s",
          "secs": "s", "sec": "s", "sek": "s"}  # fmt: skip
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d+):([0-5]\d):([0-5]\d)(?:\.\d+)?")
_BEGUN, _ENDED = (
    ("started_at", "start", "begonnen", "beginn"),
    ("finished_at", "end", "ended_at", "beendet", "ende"),
)


class Restore(NamedTuple):
    """One restore that an entry of a ledger records: ``took`` in seconds, None where it does not say; ``good`` None
    where it does not say how it ended."""

    place: str
    when: datetime
    good: bool | None
    took: float | None


def lasted(raw: Mapping[str, Any]) -> float | None:
    """How many seconds the entry `raw` says that something took; None where it does not."""
    keys = {re.sub(r"[\s-]+", "_", str(key).strip().lower()): value for key, value in raw.items()}
    said = next((keys[name] for name in FIELDS["duration"] if keys.get(name) is not None), None)
    if said is not None:
        return _seconds(said)
    times = [next((moment(keys[n])[0] for n in names if n in keys), None) for names in (_BEGUN, _ENDED)]
    if times[0] is None or times[1] is None or times[1] < times[0]:
        return None
    return (times[1] - times[0]).total_seconds()


def _seconds(said: Any) -> float | None:
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    try:
        if not isinstance(said, str):
            return float(said) if 0 <= said < 1e9 else None
        text = said.strip().lower()
        if match := _CLOCK.fullmatch(text):
            return timedelta(
                hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3])
            ).total_seconds()
        if (match := _ISO.fullmatch(text)) and any(match.groups()):
            day, hour, minute, second = (float(part or 0) for part in match.groups())
            return timedelta(days=day, hours=hour, minutes=minute, seconds=second).total_seconds()
        text = re.sub(r"[a-zä]+\.?", lambda m: _UNITS.get(m[0].rstrip("."), m[0]), text)
        return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else seconds(text)
    except (ValueError, OverflowError):
        return None


def recorded(fact: Fact, fits: Callable[[str], bool]) -> Iterator[Restore]:
    """The restores in the ledger `fact` of a backup whose name `fits`, and that say when they were."""
    for one in (fact.value or {}).get("entries", ()):
        if not one["entry"]:
            continue
        entry = understood(one["entry"], f"{one['file']}:{one['line']}")
        keys = {str(key).strip().lower(): value for key, value in one["entry"].items()}
        named = (str(keys[name]) for name in FIELDS["backup"] if keys.get(name))
        if entry.restore and entry.when and any(map(fits, named)):
            yield Restore(entry.place, entry.when, entry.good, lasted(one["entry"]))


def named(pattern: str) -> Callable[[str], bool]:
    """What tells whether words name a file, or its path, that fits `pattern`."""
    return lambda words: any(
        fnmatchcase(word.strip("'\",:;{}[]").rpartition("/")[2], pattern) for word in words.split()
    )


def rto(most: float, fact: Fact | None, fits: Callable[[str], bool], sample: float | None = None) -> Aspect:
    """Whether a restore takes at most `most` seconds, going by the newest that the ledger `fact` records; or else by the
    `sample` that was unpacked in so many seconds, which is a lower limit, so that it is never quite enough. What was
    never measured is undetermined."""
    name, limit = msg("RTO"), msg("at most {age:seconds}", age=most)

    def unknown(why: Message) -> Aspect:
        return aspect(name, limit, None, None, note=why)

    if fact and fact.value is None and fact.observation is not Observation.ABSENT:
        return unknown(fact.reason or msg("It was not observed."))
    if fact and fact.value and fact.value["denied"]:
        return unknown(msg("Some entries of the ledger may not be read."))
    last = max(recorded(fact, fits), key=attrgetter("when"), default=None) if fact else None
    if last and last.good is False:
        failed = msg(
            "the last restore failed, {time:time} ({entry:code})", time=rfc3339(last.when), entry=last.place
        )
        return aspect(name, limit, failed, False)
    if last and last.good and last.took is not None:
        actual = msg(
            "{age:seconds}, measured {time:time} ({entry:code})",
            age=last.took, time=rfc3339(last.when), entry=last.place,
        )  # fmt: skip
        return aspect(name, limit, actual, last.took <= most)
    if sample is not None:
        actual = msg("{age:seconds} for a sample; a whole restore was never measured", age=max(1.0, sample))
        return aspect(name, limit, actual, sample <= most, near=sample <= most)
    if last:
        missing = msg("how it ended") if last.good is None else msg("how long it took")
        return unknown(msg("{entry:code} does not say {missing}.", entry=last.place, missing=missing))
    return unknown(msg("It was never measured."))
