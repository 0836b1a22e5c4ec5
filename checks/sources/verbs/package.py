"""``package`` (name): whether the host's package manager has it installed, and in which version.

Value: ``{"manager": "dpkg", "rpm" or "apk", "versions": [of what is installed, none if nothing is]}``. All
packages of a host are asked for in one process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import MARK, Answer, Answers, Command, Verb, chunks, decode, fact, unanswered

# A manager counts only where it has a database: Debian packages rpm, and Fedora dpkg.
SCRIPT = """m=$1; shift
have() { command -v "$1" >/dev/null 2>&1; }
if have dpkg-query && [ -s /var/lib/dpkg/status ]; then printf '%s dpkg\\n' "$m"
dpkg-query -W -f '${Package} ${Architecture} ${Status} ${Version}\\n' "$@"
elif have rpm && { [ -d /var/lib/rpm ] || [ -d /usr/lib/sysimage/rpm ]; }; then printf '%s rpm\\n' "$m"
rpm -q --qf '%{NAME} %{ARCH} install ok installed %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n' "$@"
elif [ -e /lib/apk/db/installed ]; then printf '%s apk\\n' "$m"
grep -e '^[PVA]:' /lib/apk/db/installed
fi"""
SHOWN = {
    "dpkg": "dpkg-query -W -f '${Package} ${Status} ${Version}\\n'",
    "rpm": "rpm -q",
    "apk": "grep -e '^[PVA]:' /lib/apk/db/installed",
}
_EXPECTED = re.compile(r"no packages? found matching|is not installed")


def commands(probes: Sequence[Probe]) -> list[Command]:
    names = dict.fromkeys(probe.args["name"] for probe in probes)
    deadline = max(probe.deadline for probe in probes)
    return [Command(("sh", "-c", SCRIPT, "sh", MARK, *group), deadline=deadline) for group in chunks(names)]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    asked = {name: command.argv for command in commands(probes) for name in command.argv[5:]}
    for probe in probes:
        answer = answers.get(asked[probe.args["name"]])
        missing = unanswered(probe, answer, "dpkg-query, rpm or apk")
        if missing or answer is None:
            yield missing or fact(probe, answer, "", Observation.ERROR)
        else:
            yield _fact(probe, answer)


def _fact(probe: Probe, answer: Answer) -> Fact:
    name = probe.args["name"]
    match = re.match(re.escape(answer.mark) + r" (\w+)\n", decode(answer.stdout))
    if not match:
        reason = msg("There is neither dpkg nor rpm nor apk on the host.")
        return fact(probe, answer, "dpkg-query, rpm or apk", Observation.ERROR, reason=reason)
    manager = match[1]
    shown = SHOWN[manager] if manager == "apk" else f"{SHOWN[manager]} {name}"
    found = _apk(answer) if manager == "apk" else _rows(answer)
    versions = [version for own, arch, version in found if name in (own, f"{own}:{arch}", f"{own}.{arch}")]
    # Silence means "not installed" only where nothing went wrong.
    errors = [
        line for line in decode(answer.stderr).splitlines() if line.strip() and not _EXPECTED.search(line)
    ]
    if not versions and (
        errors or answer.truncated or (answer.exit_code or 0) > (1 if manager == "dpkg" else 125)
    ):
        said = errors[0][:200] if errors else "–"
        reason = msg("The package manager does not answer: {said:code}", said=said)
        return fact(probe, answer, shown, Observation.ERROR, reason=reason, raw=answer.stderr)
    raw = "\n".join(f"{name} {version}" for version in versions) or f"{name}: –"
    return fact(probe, answer, shown, value={"manager": manager, "versions": versions}, raw=raw.encode())


def _rows(answer: Answer) -> Iterator[tuple[str, str, str]]:
    """Name, architecture and version of what is installed, of what dpkg-query and rpm print."""
    for line in decode(answer.stdout).splitlines()[1:]:
        words = line.split(" ")
        if len(words) == 6 and words[4] == "installed":
            yield words[0], words[1], words[5]


def _apk(answer: Answer) -> Iterator[tuple[str, str, str]]:
    entry: dict[str, str] = {}
    for line in [*decode(answer.stdout).splitlines()[1:], "P:"]:
        if line.startswith("P:"):
            if "P" in entry and "V" in entry:
                yield entry["P"], entry.get("A", ""), entry["V"]
            entry = {}
        entry[line[:1]] = line[2:]


VERB = Verb("package", commands, read)
