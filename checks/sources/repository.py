"""What the verbs ``restic`` and ``borg`` share: a repository is asked through its own program, and told in one shape.

The program runs on the host and reads the password there, from a file; neither that nor anything of what was backed
up comes here. Standard output and standard error of each call stand in a frame of the answer.

Value of ``ask: list``: ``{"tool" (name and version), "opened" (false: the password does not open it), "said", "now"
(epoch seconds, by the host's own clock), "times": [when each backup was made, epoch seconds], "newest" (what the
program calls it, or null), "found": [whether each of ``contains`` is in the newest], "listed" (whether the newest
could be listed), "lock" (who holds it alone, or null)}``. The newest is the one of the last time.

Value of ``ask: check``: ``{"tool", "exit_code", "said" (the end of it), "denied" (it was not allowed to read
everything), "read", "of" (how many pieces of data were read, of how many; null: not told), "lock"}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from checks.model import Fact, Message, Observation, Probe, msg
from checks.sources.interface import Answer, Answers, Command, errno, fact, framed, unanswered

PARTS = Mapping[str, str]

# As in `framed`: a line with the mark and a name, then the text. c NAME COMMAND…: its output, its exit code, and what it
# said. at: what can be told of the place and of the file with the password before the program is started.
SCRIPT = r"""m=$1 repo=$2 p=$3; shift 3
exec </dev/null
say() { printf '\n%s %s\n%s' "$m" "$1" "$2"; }
c() { n=$1; shift; exec 6>&1; say "$n" ''; e=$("$@" 2>&1 >&6 6>&-); say "$n-ended" "$? $(printf %s "$e" | tail -c 4000)"; }
has() { command -v "$1" >/dev/null 2>&1; }
end() { say end; exit 0; }
say now "$(date +%s)"
if [ -n "$p" ] && ! [ -r "$p" ]; then
e=$(stat -c '' -- "$p" 2>&1) && e='Permission denied'
say secret "$e"; end; fi
case $repo in /*) e=$(stat -c '' -- "$repo" 2>&1) || { say place "$e"; end; };; esac
"""

_DENIED = re.compile(r"permission denied|operation not permitted|PermissionError|Errno 13\]", re.IGNORECASE)


def read(
    probes: Sequence[Probe],
    answers: Answers,
    command: Callable[[Probe], Command],
    understand: Callable[[Probe, PARTS], dict[str, Any] | tuple[Observation, Message]],
) -> Iterator[Fact]:
    """The facts of `probes`. What the frames say of the place and the password is told here, the rest by
    `understand`: the value, or the observation and its reason."""
    for probe in probes:
        answer = answers.get(command(probe).argv)
        tool = probe.verb
        shown = f"{tool} … {probe.args['ask']} # of {probe.args['repository']}"
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        parts = dict(framed(answer))
        said = _known(probe, parts) or understand(probe, parts)
        if isinstance(said, dict):
            yield fact(probe, answer, shown, value=said, raw=_raw(answer))
        else:
            yield fact(probe, answer, shown, said[0], reason=said[1], raw=_raw(answer))


def _raw(answer: Answer) -> bytes:
    return answer.stdout + answer.stderr


def _known(probe: Probe, parts: PARTS) -> tuple[Observation, Message] | None:
    file, place = probe.args["password_file"], probe.args["repository"]
    if "secret" in parts:
        observation = errno(parts["secret"].encode())[0]
        if observation is Observation.DENIED:
            return observation, msg("The file with the password, {path:code}, may not be read.", path=file)
        return Observation.ERROR, msg("The file with the password, {path:code}, is not there.", path=file)
    if "place" in parts:
        return errno(parts["place"].encode())
    if "end" not in parts:
        return Observation.MALFORMED, msg("The answer is not complete.")
    if "scratch-failed" in parts:
        return Observation.ERROR, msg("No scratch folder could be made on the host.")
    if not parts.get("tool"):
        return Observation.ERROR, msg("{tool:code} was not found on the host.", tool=probe.verb)
    return None if place else (Observation.ERROR, msg("The answer is not complete."))


def ended(parts: PARTS, name: str) -> tuple[int, str]:
    """The exit code of the call `name` and what it said."""
    code, _, said = parts.get(f"{name}-ended", "").partition(" ")
    return int(code) if code.isdigit() else 255, said


def denied(said: str) -> bool:
    """Whether the program was not allowed to read something."""
    return bool(_DENIED.search(said))


def failed(said: str, lock: str | None) -> tuple[Observation, Message]:
    """Why it could not be listed."""
    words = shortened(said)
    if denied(said):
        return Observation.DENIED, msg("Access was denied: {error:code}", error=words)
    if lock:
        return Observation.ERROR, msg("It is locked by {who:code}: {error:code}", who=lock, error=words)
    return Observation.ERROR, msg("It could not be read: {error:code}", error=words)


def shortened(said: str) -> str:
    """The first lines of what the program said that say something, on one line."""
    lines = [line.strip() for line in said.splitlines() if not line.startswith(("Load(", "Traceback"))]
    return "; ".join(line for line in lines if line)[:300] or "–"
