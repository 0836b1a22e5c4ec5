"""What cron runs for the account and for the applications: the programs, not their arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from checks.model import Fact, Observation, Probe
from checks.redact import MASK
from docgen.adopt.candidate import Candidate, Declared, Part

_NEXT = re.compile(r"\s*(?:&&|\|\|?|;|&)\s*")
_WORD = re.compile(r"[\w./:@-]+")
_PREPARING = {"cd", "export", "set", "source", ".", "test", "[", "sleep", "umask", "ulimit", "true", "exec"}
_STARTERS = {
    "php",
    "python",
    "python3",
    "perl",
    "ruby",
    "node",
    "bash",
    "sh",
    "nice",
    "ionice",
    "env",
    "nohup",
    "sudo",
}
_CONSOLES = {"artisan", "manage.py", "console", "rake"}


def question() -> Probe:
    """What to ask first: every entry."""
    return Probe.model_construct(at="", verb="cron", args={"runs": "."}, deadline=15.0)


def part(fact: Fact, roots: Sequence[str]) -> Part | None:
    """The component to propose from the answer to :func:`question`."""
    if fact.observation is not Observation.OBSERVED:
        return None
    forms: dict[str, Declared] = {}
    remarks = []
    for entry in fact.value["found"]:
        mine = entry["user"] == fact.value["own"] or any(root in entry["command"] for root in roots)
        if not mine or entry["ignored"] or re.match(r"/etc/cron\.\w+ly/", entry["command"]):
            continue
        if pattern := program(entry["command"]):
            form = _form(pattern, entry)
            forms[str(form)] = form
        else:
            remarks.append(
                f"an entry of {entry['user']} in {entry['source']} has no program that could be named"
            )
    return Part(
        "Scheduled work", tuple(Candidate("cron", (form,)) for form in forms.values()), remarks=tuple(remarks)
    )


def _form(pattern: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {"runs": pattern, "user": entry["user"], "schedule": entry["schedule"]}


def program(command: str) -> str | None:
    """A regular expression for the program that `command` runs. Arguments stay out: any of them may be a
    secret. None where there is no telling."""
    for step in _NEXT.split(command):
        words = step.split()
        while words and (re.match(r"\w+=", words[0]) or words[0] in _STARTERS):
            starter = words.pop(0)
            while starter in _STARTERS and words and words[0].startswith("-"):
                words.pop(0)
        if not words or words[0] in _PREPARING or not _WORD.fullmatch(words[0]) or MASK in words[0]:
            continue
        if re.search(r"/releases/|\d{8}", words[0]):
            continue
        named = words[0]
        if (
            named.rpartition("/")[2] in _CONSOLES
            and len(words) > 1
            and re.fullmatch(r"[a-z][\w:-]*", words[1])
        ):
            named += f" {words[1]}"
        return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", named)
    return None
