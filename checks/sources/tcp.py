"""``tcp`` (host, port): whether a connection can be made. Nothing is sent.

Value: ``{"host", "port", "connected": bool, "error": null | "refused" | "reset" | "timeout", "error_text",
"seconds"}``.
"""

from __future__ import annotations

from checks.clock import now
from checks.model import Fact, Observation, Probe, msg
from checks.sources.connection import Failed, NoVantage, connect
from checks.sources.interface import Answer, fact
from checks.sources.limit import Limit
from checks.sources.network import Dial, place


def describe(probe: Probe) -> str:
    return f"TCP connection to {target(probe)} ({place(probe)}, {probe.deadline:g} s)"


def target(probe: Probe) -> str:
    host = probe.args["host"]
    return f"[{host}]:{probe.args['port']}" if ":" in host else f"{host}:{probe.args['port']}"


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    host, port = probe.args["host"], probe.args["port"]
    limit = Limit(probe.deadline)
    observation, reason, failed = Observation.OBSERVED, None, Failed("")
    try:
        connect(dial, host, port, limit).close()
    except NoVantage as error:
        observation, reason = Observation.UNREACHABLE, error.reason
    except Failed as error:
        failed = error
        if error.error == "timeout":
            observation = Observation.TIMEOUT
            reason = msg("No answer within {limit:seconds}.", limit=probe.deadline)
    answer = Answer(b"", b"", None, observed_at=now(), duration=limit.spent())
    value = None
    if observation is not Observation.UNREACHABLE:
        value = {
            "host": host,
            "port": port,
            "connected": not failed.error,
            "error": failed.error or None,
            "error_text": failed.text,
            "seconds": round(limit.spent(), 3),
        }
    return fact(probe, answer, describe(probe), observation, value, reason)
