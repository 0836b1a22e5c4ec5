"""``systemctl`` with a limit: it waits for a bus that may never answer. What the verbs about units share."""

from __future__ import annotations

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import Answer, fact

SLACK = 2.0
"""Seconds that a script has beyond what it waits for systemctl, so that it ends by itself and says so."""

# $w: seconds for all calls together. `left` says whether there are any, `ctl` is systemctl within them.
# busybox's timeout holds on to pipes for a second; where it is, systemctl is not.
LIMITED = """case $(timeout --help 2>&1) in
*BusyBox*) k=;;
*) k=; timeout -k 1 5 true 2>/dev/null && k=1;;
esac
z=$(($(date +%s)+w))
left() { n=$((z-$(date +%s))); [ "$n" -gt 0 ]; }
ctl() { left && if [ -n "$k" ]; then timeout -k 1 "$n" systemctl "$@"; else systemctl "$@"; fi; }
"""


def seconds(deadline: float) -> int:
    """What a script may wait for systemctl, of a probe's `deadline`."""
    return max(1, round(deadline))


def late(probe: Probe, answer: Answer, command: str) -> Fact:
    """The fact of a probe that systemctl did not answer in time."""
    reason = msg("systemctl did not answer within {limit:seconds}.", limit=seconds(probe.deadline))
    return fact(probe, answer, command, Observation.TIMEOUT, reason=reason, raw=b"")
