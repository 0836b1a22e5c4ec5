"""``port`` (port): the addresses of the host on which something listens there (TCP).

Value: ``{"addresses": [...]}``, in the order of the kernel's tables; ``0.0.0.0`` and ``::`` stand for all. The
tables show the sockets of every account; those of containers with a network of their own are not in them.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator, Sequence

from checks.model import Fact, Observation, Probe
from checks.sources.interface import Answers, Command, Verb, decode, errno, fact, unanswered

# The heading of a table proves that it was read; 0A is the state "listens". Other states can be a great many.
LISTENING = Command(("grep", "-h", "-e", " local_address ", "-e", " 0A ", "/proc/net/tcp", "/proc/net/tcp6"))
SHOWN = "grep ' 0A ' /proc/net/tcp /proc/net/tcp6"


def commands(probes: Sequence[Probe]) -> list[Command]:
    return [LISTENING]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    answer = answers.get(LISTENING.argv)
    lines = answer.stdout.splitlines() if answer else []
    readable = any(b"local_address" in line for line in lines)
    by_port: dict[int, list[bytes]] = {}
    for line in lines:
        fields = line.split()
        if len(fields) > 3 and fields[3] == b"0A":
            by_port.setdefault(int(fields[1].rpartition(b":")[2], 16), []).append(line)
    for probe in probes:
        missing = unanswered(probe, answer, SHOWN)
        if missing or answer is None:
            yield missing or fact(probe, answer, SHOWN, Observation.ERROR)
        elif not readable:
            observation, reason = errno(answer.stderr)
            # Where there is no such table, nothing is known of who listens.
            observation = Observation.ERROR if observation is Observation.ABSENT else observation
            yield fact(probe, answer, SHOWN, observation, reason=reason)
        else:
            own = by_port.get(probe.args["port"], [])
            addresses = [address(line.split()[1].partition(b":")[0]) for line in own]
            value = {"addresses": list(dict.fromkeys(addresses))}
            yield fact(probe, answer, SHOWN, value=value, raw=b"\n".join(own))


def address(word: bytes) -> str:
    """An address as the kernel writes it: in hexadecimal, each group of four bytes reversed."""
    raw = bytes.fromhex(decode(word))
    turned = b"".join(struct.pack(">I", *struct.unpack("<I", raw[i : i + 4])) for i in range(0, len(raw), 4))
    found = ipaddress.ip_address(turned)
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


VERB = Verb("port", commands, read)
