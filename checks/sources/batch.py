"""The batch: all probes of one host as POSIX sh, and its output back to facts.

Every command is an argument list that a verb compiled; the script adds only framing, deadlines and caps.
:func:`compile_batch` is what ``docgen plan`` prints and what a transport runs: there is no other way in.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checks.errors import Refused
from checks.model import Fact, Message, Observation, Probe, msg
from checks.sources.interface import ERROR_CAP, Answer, Command, fact
from checks.sources.verbs import VERBS, verb

_LAUNCH = "exec env LC_ALL=C LANGUAGE=C sh -c 'eval \"$(head -c %d)\"'"


def launch(script: bytes) -> str:
    """What is executed on the host: a shell that reads the whole script before it runs any of it, so that half a
    script never runs. Standard input stays open after that; see the prelude."""
    return _LAUNCH % len(script)


IDENTITY = Command(
    (
        "sh",
        "-c",
        "id; uname -nsr; date +%s\n"
        'for f in /proc/sys/kernel/random/boot_id /etc/machine-id; do l=; read -r l <$f; echo "$l"; done 2>/dev/null; :',
    )
)
"""Who we are on the host, which host it is and what time it thinks it is. First in every batch."""

# Standard input stays open as long as docgen listens. When it ends, whoever asked is gone: a watcher then ends
# everything in this session, so that nothing stays behind on the host; with a second for what has to tidy up.
# t SECONDS COMMAND…: with a limit of its own. busybox's timeout holds on to pipes for a second after each command,
# which would cost more than it protects: there the limit of the whole host has to do.
# x INDEX SECONDS BYTES COMMAND…: one framed answer. Standard output goes straight to descriptor 3, capped; standard
# error, capped, and the exit code are caught in a variable and follow in the same frame. Lines that begin with the
# marker and one of > < = . belong to the frames; a command may use the marker with anything else behind it.
_PRELUDE = """\
docgen() {
LC_ALL=C LANGUAGE=C QUOTING_STYLE=escape
PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"
export LC_ALL LANGUAGE QUOTING_STYLE PATH
exec 3>&1 9<&0 </dev/null
{ while read -r i; do :; done
read -r me i </proc/self/stat
for k in TERM KILL; do
for p in /proc/[0-9]*; do
read -r s <"$p/stat" || continue
set -- ${s##*) }
[ "$4" != $$ ] || [ "${p#/proc/}" = "$me" ] || kill -$k "${p#/proc/}"
done
[ $k = KILL ] || sleep 1
done; } <&9 >/dev/null 2>&1 3>&- &
w=$!
exec 9<&-
case $(timeout --help 2>&1) in
*BusyBox*) t() { shift; "$@"; } ;;
*--kill-after*) t() { timeout -k 2 "$@"; } ;;
*) t() { shift; "$@"; } ;;
esac
x() {
i=$1 s=$2 b=$3; shift 3
printf '\\n%s > %s\\n' "$M" "$i" >&3
e=$( { { { t "$s" "$@" 3>&-; printf '\\n%s = %s\\n' "$M" "$?" >&4
} 2>&5 | head -c "$b" >&3; } 5>&1 | head -c "$E"; } 4>&1 )
printf '\\n%s < %s\\n%s\\n' "$M" "$i" "$e" >&3
}
"""
_END = "\nprintf '\\n%s .\\n' \"$M\"\nkill $w\n}\ndocgen\n"


class Batch(NamedTuple):
    """The commands of one host, in two lanes, with the digest of what they amount to."""

    host: str
    probes: tuple[Probe, ...]
    quick: tuple[Command, ...]
    slow: tuple[Command, ...]
    digest: str

    def commands(self) -> tuple[Command, ...]:
        return self.quick + self.slow

    def scripts(self, mark: str) -> list[tuple[tuple[Command, ...], bytes]]:
        """The lanes that have something to do, each with its script. Raises :class:`Refused` where the
        commands are not those that were compiled from the probes."""
        if digest_of(self.quick, self.slow) != self.digest or compile_batch(self.host, self.probes) != self:
            raise Refused(f"{self.host}: the commands are not those of the plan; nothing was run")
        return [(lane, script(lane, mark)) for lane in (self.quick, self.slow) if lane]


class Ready(NamedTuple):
    """A batch that may run: the marker of its answers, and its lanes with their scripts."""

    batch: Batch
    mark: str
    lanes: list[tuple[tuple[Command, ...], bytes]]


def ready(host: str, probes: Iterable[Probe]) -> Ready:
    """The batch for `probes`, with a marker of its own. Raises :class:`Refused`."""
    batch, mark = compile_batch(host, probes), new_mark()
    return Ready(batch, mark, batch.scripts(mark))


def compile_batch(host: str, probes: Iterable[Probe]) -> Batch:
    """The batch for `probes`, all of the host with the id `host`. Raises :class:`Refused` for a verb that is
    not on the list."""
    probes = tuple(probes)
    commands: dict[tuple[str, ...], Command] = {IDENTITY.argv: IDENTITY}
    for name, group in by_verb(probes):
        if name not in VERBS:
            raise Refused(f"{host}: there is no verb {name!r}; nothing was run")
        for command in verb(name).commands(group):
            commands.setdefault(command.argv, command)
    quick = tuple(c for c in commands.values() if not c.slow)
    slow = tuple(c for c in commands.values() if c.slow)
    return Batch(host, probes, quick, slow, digest_of(quick, slow))


def by_verb(probes: Iterable[Probe]) -> Iterator[tuple[str, list[Probe]]]:
    """`probes` grouped by verb, in the order of their first appearance."""
    groups: dict[str, list[Probe]] = {}
    for probe in probes:
        groups.setdefault(probe.verb, []).append(probe)
    yield from groups.items()


def digest_of(*lanes: tuple[Command, ...]) -> str:
    """The sha256 of the commands as the script holds them."""
    text = "\n\n".join("\n".join(c.shell() for c in lane) for lane in lanes)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def new_mark() -> str:
    """A marker that nobody on the host can guess."""
    return "docgen-" + secrets.token_hex(16)


ANY_MARK = "docgen-" + "0" * 32
"""Stands for the marker where nothing is run: as long as a real one, so that the script is, too."""


def script(lane: tuple[Command, ...], mark: str) -> bytes:
    """The script of one lane."""
    lines = [f"M={mark} E={ERROR_CAP}\n", _PRELUDE]
    lines += [f"x {i} {max(1, round(c.deadline))} {c.cap} {c.shell()}\n" for i, c in enumerate(lane)]
    lines.append(_END)
    return "".join(lines).encode("utf-8", "surrogateescape")


Arrivals = list[tuple[int, str, float]]
"""When output came: (bytes so far, RFC 3339 time, seconds since the start), one entry per chunk."""


def answers(
    lane: tuple[Command, ...], mark: str, output: bytes, arrivals: Arrivals
) -> tuple[dict[tuple[str, ...], Answer], bytes, bool]:
    """The answers in `output`, keyed by argv; what stood before the first frame; whether the end was reached."""
    m = re.escape(mark.encode())
    found: dict[tuple[str, ...], Answer] = {}
    starts = re.compile(rb"\n" + m + rb" > (\d+)\n")
    first = starts.search(output)
    noise = output[: first.start()] if first else output
    position = 0
    before = 0.0
    step = 0
    while start := starts.search(output, position):
        index = int(start[1])
        end = re.compile(rb"\n" + m + rb" < " + start[1] + rb"\n").search(output, start.end())
        if not end:
            break
        tail = re.compile(rb"\n" + m + rb" (?:> \d+|\.)\n").search(output, end.end())
        stop = tail.start() if tail else len(output)
        stderr = output[end.end() : stop]
        code = re.search(rb"\n?" + m + rb" = (\d+)\n?", stderr)
        if code is None and tail is None:
            break
        position = stop
        while step < len(arrivals) - 1 and arrivals[step][0] < end.end():
            step += 1
        when, since = (arrivals[step][1], arrivals[step][2]) if arrivals else ("", 0.0)
        stdout = output[start.end() : end.start()]
        command = lane[index]
        exit_code = int(code[1]) if code else None
        truncated = len(stdout) >= command.cap
        found[command.argv] = Answer(
            stdout=stdout,
            stderr=(stderr[: code.start()] + stderr[code.end() :]).rstrip(b"\n") if code else stderr,
            exit_code=exit_code,
            truncated=truncated,
            timed_out=exit_code in (124, 137) and since - before >= command.deadline * 0.9,
            observed_at=when,
            duration=max(0.0, since - before),
            mark=mark,
        )
        before = since
    complete = output.rstrip().endswith(mark.encode() + b" .")
    return found, noise.strip(), complete


def facts(
    batch: Batch, found: dict[tuple[str, ...], Answer], missing: tuple[Observation, Message] | None
) -> Iterator[Fact]:
    """One fact per probe. A probe whose answer never came gets the observation and reason in `missing`."""
    for name, group in by_verb(batch.probes):
        try:
            made = list(verb(name).read(group, found))
        except Exception as error:  # noqa: BLE001 - an answer that cannot be read loses its facts, not the report
            reason = msg(
                "The answer could not be read: {error:code}", error=f"{type(error).__name__}: {error}"
            )
            made = [fact(probe, None, probe.verb, Observation.MALFORMED, reason=reason) for probe in group]
        for one in made:
            if missing and one.observation is Observation.NOT_ATTEMPTED:
                one = one.model_copy(update={"observation": missing[0], "reason": missing[1]})
            yield one
