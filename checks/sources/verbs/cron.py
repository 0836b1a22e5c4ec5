"""``cron`` (runs): the entries whose command `runs` matches, in every crontab that can be read.

Value: ``{"found": [{"user", "schedule", "command", "source", "ignored": why cron passes it over, or ""}], at
most 50, "unread": [{"path", "user": whose, or ""}], "own": the observing account}``. An entry in
``/etc/cron.daily`` and its like is the path of a program. Commands hold secrets: only matching entries are
kept. Other users' crontabs can usually be read by root alone; then their folder is in ``unread``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks.knowledge.crontab import Entry, entries
from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import MARK, Answer, Answers, Command, Verb, decode, fact, unanswered

KEPT = 50
SHOWN = "crontab -l; cat /etc/crontab /etc/cron.d/*; ls /etc/cron.*ly"
OWN = "crontab -l"
SCRIPT = """m=$1
part() { printf '\\n%s %s\\n%s\\n' "$m" "$1" "$2"; printf '%s text\\n' "$m"; }
show() { if [ -r "$2" ]; then part "$1" "$2"; cat <"$2"; elif [ -e "$2" ]; then part unread "$2"; fi; }
printf '%s own\\n%s\\n' "$m" "$(id -un)"
[ -e /etc/debian_version ] && part debian yes
if command -v crontab >/dev/null 2>&1; then
part crontab "$(id -un)"
crontab -l 2>&1
part status $?
fi
show system /etc/crontab
for f in /etc/cron.d/*; do [ -d "$f" ] || show system "$f"; done
[ -d /etc/cron.d ] && ! [ -r /etc/cron.d ] && part unread /etc/cron.d
for d in hourly daily weekly monthly; do
for f in /etc/cron.$d/*; do
if [ -f "$f" ]; then if [ -x "$f" ]; then part program "$f"; else part dead "$f"; fi; fi
done
[ -d /etc/cron.$d ] && ! [ -r /etc/cron.$d ] && part unread /etc/cron.$d
done
for d in /var/spool/cron/crontabs /var/spool/cron /etc/crontabs; do
[ -d $d ] && ! { [ -r $d ] && [ -x $d ]; } && part unread $d
for f in $d/*; do [ -f "$f" ] && show spool "$f"; done
done
part end end"""


def commands(probes: Sequence[Probe]) -> list[Command]:
    return [
        Command(
            ("sh", "-c", SCRIPT, "sh", MARK), deadline=max(p.deadline for p in probes), cap=4 * 1024 * 1024
        )
    ]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    answer = answers.get(commands(probes)[0].argv)
    seen = _Crontabs(answer) if answer and not answer.timed_out else None
    for probe in probes:
        missing = unanswered(probe, answer, SHOWN)
        if missing or seen is None or answer is None:
            yield missing or fact(probe, answer, SHOWN, Observation.ERROR)
        elif not seen.complete:
            reason = msg("Not all crontabs came through.")
            yield fact(probe, answer, SHOWN, Observation.MALFORMED, reason=reason, raw=b"")
        else:
            yield _fact(probe, answer, seen)


def _fact(probe: Probe, answer: Answer, seen: _Crontabs) -> Fact:
    pattern = re.compile(probe.args["runs"])
    found = [
        {
            "user": entry.user,
            "schedule": entry.schedule,
            "command": entry.command[:300],
            "source": source,
            "ignored": ignored,
        }
        for entry, source, ignored in seen.entries
        if pattern.search(entry.command)
    ][:KEPT]
    raw = "\n".join(f"{e['source']}: {e['schedule']} {e['user']} {e['command']}" for e in found)
    value = {"found": found, "unread": seen.unread, "own": seen.own}
    return fact(probe, answer, SHOWN, value=value, raw=raw.encode())


class _Crontabs:
    """The answer, taken apart."""

    def __init__(self, answer: Answer) -> None:
        mark = answer.mark + " "
        head, *parts = decode(answer.stdout).split("\n" + mark)
        self.own = head.removeprefix(mark + "own\n").strip()
        self.entries: list[tuple[Entry, str, str]] = []
        self.unread: list[dict[str, str]] = []
        pairs = [
            (*part.partition("\n")[::2], after) for part, after in zip(parts[::2], parts[1::2], strict=False)
        ]
        sorts = {sort for sort, _, _ in pairs}
        self.complete = "end" in sorts
        debian = "debian" in sorts
        read: set[str] = set()
        for position, (sort, path, text) in enumerate(pairs):
            text = text.removeprefix("text\n")
            if sort == "crontab":
                self._own(path, text, pairs[position + 1][1])
            elif sort == "system":
                ignored = "name" if debian and path != "/etc/crontab" and not _named(path) else ""
                for entry in entries(text, with_user=True):
                    self.entries.append((entry, path, ignored or ("" if text.endswith("\n") else "end")))
            elif sort in ("program", "dead"):
                ignored = "mode" if sort == "dead" else "name" if debian and not _named(path) else ""
                period = "@" + path.split("/")[2].removeprefix("cron.")
                self.entries.append((Entry(period, "root", path), path.rpartition("/")[0], ignored))
            elif sort == "spool":
                user = path.rpartition("/")[2]
                read.add(user)
                for entry in entries(text, with_user=False):
                    self.entries.append((Entry(entry.schedule, user, entry.command), path, ""))
            elif sort == "unread":
                folder, _, name = path.rpartition("/")
                user = (
                    name if folder in ("/var/spool/cron/crontabs", "/var/spool/cron", "/etc/crontabs") else ""
                )
                self.unread.append({"path": path, "user": "" if name in ("crontabs", "cron") else user})
        if self.own in read:  # root sees its own twice
            self.entries = [entry for entry in self.entries if entry[1] != OWN]
        if "crontab" in sorts:
            self.unread = [one for one in self.unread if one["user"] != self.own or one["path"] == OWN]

    def _own(self, user: str, text: str, status: str) -> None:
        if status.strip() == "0":
            for entry in entries(text, with_user=False):
                self.entries.append((Entry(entry.schedule, user, entry.command), OWN, ""))
        elif "no crontab for" not in text and "can't open" not in text:
            self.unread.append({"path": OWN, "user": user})


def _named(path: str) -> bool:
    """Whether Debian's cron takes a file of that name."""
    return bool(re.fullmatch(r"[A-Za-z0-9_-]+", path.rpartition("/")[2]))


VERB = Verb("cron", commands, read)
