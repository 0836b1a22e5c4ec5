"""``run`` (argv, patterns?, stderr_patterns?, cwd?, application?, keep?): one command, its output and exit code.

Value: ``{"exit_code", "stdout", "stderr", "found", "found_stderr": for each pattern the first match or null}``.
The patterns are looked for before redaction; only whether and what they matched is kept. Of either output, the first
``keep`` characters are kept.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from checks.errors import Refused
from checks.knowledge.readonly import allowed
from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import (
    MARK,
    Answers,
    Command,
    Verb,
    decode,
    display,
    errno,
    fact,
    one_each,
    unanswered,
)
from checks.sources.search import search

KEPT = 16_384
# A folder that cannot be entered is no failure of the command: it is said before the mark.
_IN = """cd -- "$2" 2>/dev/null || { stat -c '' -- "$2/." >/dev/null; printf '%s\\n' "$1" >&2; exit 1; }
shift 2; exec "$@"
"""


def command(probe: Probe) -> Command:
    """The command of `probe`. Raises :class:`Refused` for one that is neither on the list of read-only commands nor
    marked as what it is: ``application`` or ``unlisted``."""
    argv: tuple[str, ...] = tuple(probe.args["argv"])
    application, unlisted = bool(probe.args.get("application")), bool(probe.args.get("unlisted"))
    if not (application or unlisted or allowed(argv)):
        raise Refused(f"{shlex.join(argv)} is not on the list of read-only commands; nothing was run")
    if cwd := probe.args.get("cwd"):
        argv = ("sh", "-c", _IN, "sh", MARK, cwd, *argv)
    return Command(argv, deadline=probe.deadline, application=application, unlisted=unlisted)


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    for probe in probes:
        answer = answers.get(command(probe).argv)
        shown = " ".join(shlex.quote(display(part)) for part in probe.args["argv"])
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        if answer.stderr.endswith(answer.mark.encode()) and "cwd" in probe.args:
            reason = msg("The folder {path:code} cannot be entered.", path=display(probe.args["cwd"]))
            yield fact(probe, answer, shown, errno(answer.stderr)[0], reason=reason, raw=b"")
            continue
        if answer.exit_code == 126:
            reason = msg("{command:code} may not be executed.", command=shown.split()[0])
            yield fact(probe, answer, shown, Observation.DENIED, reason=reason)
            continue
        output, most = decode(answer.stdout), probe.args.get("keep", KEPT)
        value = {
            "exit_code": answer.exit_code,
            "stdout": output[:most],
            "stderr": decode(answer.stderr)[:most],
            "found": _found(output, probe.args.get("patterns", ())),
            "found_stderr": _found(decode(answer.stderr), probe.args.get("stderr_patterns", ())),
        }
        yield fact(probe, answer, shown, value=value)


def _found(text: str, patterns: Sequence[str]) -> list[Any]:
    found = search(text, patterns)
    return [found[pattern] for pattern in patterns]


commands = one_each(command)
VERB = Verb("run", commands, read)
