"""``run`` (argv, patterns?, cwd?, application?): one command, its output and exit code.

Value: ``{"exit_code", "stdout", "stderr", "found": {pattern: first match or null}}``. The patterns are
looked for before redaction; only whether and what they matched is kept.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import Answers, Command, Verb, decode, display, fact, unanswered
from checks.sources.search import search

KEPT = 16_384


def command(probe: Probe) -> Command:
    argv: tuple[str, ...] = tuple(probe.args["argv"])
    if cwd := probe.args.get("cwd"):
        argv = ("sh", "-c", 'cd -- "$1" && shift && exec "$@"', "sh", cwd, *argv)
    return Command(argv, deadline=probe.deadline, application=bool(probe.args.get("application")))


def commands(probes: Sequence[Probe]) -> list[Command]:
    return list({c.argv: c for c in map(command, probes)}.values())


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    for probe in probes:
        answer = answers.get(command(probe).argv)
        shown = " ".join(shlex.quote(display(part)) for part in probe.args["argv"])
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        if answer.exit_code == 126:
            reason = msg("{command:code} may not be executed.", command=shown.split()[0])
            yield fact(probe, answer, shown, Observation.DENIED, reason=reason)
            continue
        output = decode(answer.stdout)
        value = {
            "exit_code": answer.exit_code,
            "stdout": output[:KEPT],
            "stderr": decode(answer.stderr)[:KEPT],
            "found": search(output, probe.args.get("patterns", ())),
        }
        yield fact(probe, answer, shown, value=value)


VERB = Verb("run", commands, read)
