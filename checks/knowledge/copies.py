"""A copy of a backup in a second place: the same bytes, somewhere that does not burn down with the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.kinds.interface import HostId, Params, RemotePath, aspect
from checks.knowledge.newest import base
from checks.model import Aspect, Fact, Message, Observation, Probe, msg, probe

DIGESTS = 3
"""So many of the newest files in the second place are hashed: one of them should be the newest here."""
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "ceph", "afs", "v9fs", "9p", "lustre", "gpfs"}
)

Seen = Mapping[str, Any]


class Copy(Params):
    path: RemotePath
    """The folder of the copies, under the same names."""
    host: HostId | None = None
    """The host that it is on, one of this spec: `backup1`, or `archive/backup1` for one of the environment `archive`.
    Default: the same host, which only counts where the folder lies on a file system of the network."""


def probes(files: str, copy: Copy) -> dict[str, Probe]:
    """What asks for both places, as ``here`` and ``copies``."""
    folder, name = base(files)
    there = probe("copies", path=copy.path, name=name, digests=DIGESTS, deadline=3600)
    return {
        "here": probe("copies", path=folder, name=name, digests=0),
        "copies": there.model_copy(update={"at": copy.host or ""}),
    }


def copied(copy: Copy, seen: Seen, here: Fact, there: Fact) -> Aspect:
    """Whether the backup that was `seen` by ``archive`` lies in the second place as well, byte by byte; `here` and
    `there` are the facts of both places."""
    place = copy.host.rpartition("/")[2] + ":" + copy.path if copy.host else copy.path
    name, expected = msg("copy"), msg("the same in {place:code}", place=place)

    def answer(actual: Message | None, good: bool | None, note: Message | None = None) -> Aspect:
        return aspect(name, expected, actual, good, note=note)

    if there.observation is Observation.ABSENT:
        return answer(msg("the folder is missing"), False)
    for fact in (there, here):
        if fact.value is None:
            why = fact.reason or msg("It was not observed.")
            if fact.observation is Observation.NOT_ATTEMPTED:
                why = msg("It was not asked; its host may be of an environment that was not selected.")
            return answer(None, None, why)
    near, far = here.value, there.value
    its = next((one for one in far["files"] if one["name"] == seen["name"]), None)
    origin = next((one for one in near["files"] if one["name"] == seen["name"]), None)
    if near["machine"] is None or far["machine"] is None or origin is None:
        return answer(None, None, msg("Whether the two places are two machines was not told."))
    if same := _same(near, far, origin, its):
        return answer(same, False)
    if its is None:
        newest = _newest(far["files"])
        return answer(msg("{file:code} is missing; {newest}", file=seen["name"], newest=newest), False)
    if its["size"] != seen["size"]:
        actual = msg("{size:size} instead of {other:size}", size=its["size"], other=seen["size"])
        return answer(actual, False)
    if its["sha256"] is None or seen["sha256"] is None:
        why = msg("It has the same size; its checksum was not computed, as it is not among the newest there.")
        if far["denied"] or seen["sha256"] is None:
            why = msg("It has the same size; the account may not read it.")
        return answer(None, None, why)
    if its["sha256"] != seen["sha256"]:
        return answer(msg("the same size, another checksum"), False)
    return answer(msg("the same size and checksum"), True)


def _same(near: Seen, far: Seen, origin: Seen, its: Seen | None) -> Message | None:
    """Why the two places are one, so that nothing in the second is a copy; None where they are two."""
    if its and [its[key] for key in ("inode", "ctime", "size")] == [
        origin[key] for key in ("inode", "ctime", "size")
    ]:
        return msg("no copy: it is the same file, on the same file system")
    if far["filesystem"] in _NETWORK:
        same = far["filesystem"] == near["filesystem"] and far["source"] == near["source"]
        return msg("no copy: it lies on the same file system") if same else None
    if near["machine"] != far["machine"]:
        return None
    if near["device"] == far["device"]:
        return msg("no copy: it lies on the same file system")
    return msg("no copy: it lies on the same machine")


def _newest(files: Sequence[Seen]) -> Message:
    return msg("the newest there is {file:code}", file=files[0]["name"]) if files else msg("there is none")
