"""``borg``: a repository of BorgBackup can be opened, and its newest archive is fresh and holds what it should."""

from __future__ import annotations

import shlex
from typing import Annotated, Any, Literal

from pydantic import Field

from checks.kinds.interface import Facts, Kind
from checks.knowledge.repositories import HANDLES, Repository, Seen, judged
from checks.knowledge.series import restores
from checks.model import Judgement, Message, Probe, msg, nmsg, probe


class Borg(Repository):
    archives: Annotated[str, Field(min_length=1)] | None = None
    """Only archives whose names fit count: `web1-*`. Default: all."""
    check: bool = False
    """`true`: its structure is checked, which takes a while; that reads no data of the backups. Not of a repository at an
    address, where `borg check` would write."""
    read_data: bool | Literal["newest"] = False
    """`true`: all data are read back, and decrypted where they are encrypted; `newest`: those of the newest archive,
    also at an address. This can take hours."""


def probes(p: Borg) -> dict[str, Probe]:
    common: dict[str, Any] = {"repository": p.repository, "password_file": p.password_file}
    common["archives"] = p.archives
    wanted = {"list": probe("borg", ask="list", **common, contains=p.contains, deadline=120)}
    if p.check or p.read_data:
        amount = "newest" if p.read_data == "newest" else "all" if p.read_data else None
        wanted["check"] = probe("borg", ask="check", **common, read=amount, deadline=3600)
    return wanted | restores(p)


def soll(p: Borg) -> Message:
    return msg("borg repository {repository:code}", repository=p.repository)


def judge(p: Borg, facts: Facts) -> Judgement:
    if p.read_data == "newest":
        return judged(p, facts, share=msg("the newest archive"), read=_newest)
    return judged(p, facts, share=msg("all data") if p.read_data else None, read=_all)


def _newest(seen: Seen) -> Message | None:
    if not seen["of"]:
        return None
    return nmsg("the newest of {n} archive", "the newest of {n} archives", n=seen["of"])


def _all(seen: Seen) -> Message | None:
    return None if seen["read"] is None else nmsg("{n} chunk of data", "{n} chunks of data", n=seen["read"])


def remedy(p: Borg) -> Message:
    return msg(
        "Look into the log of the backup job, and at what is there: {command:code}",
        command=f"borg list {shlex.quote(p.repository)}",
    )


KIND = Kind(
    name="borg",
    summary="A repository of BorgBackup opens with its password, and its newest archive is fresh and holds what it "
    "should.",
    why="A repository whose password is lost, or which nothing has been written to for weeks, is found out on the day "
    "of the restore. Only what was read back is verified.",
    params=Borg,
    shorthand="repository",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=HANDLES,
    example="borg: {repository: /srv/backup/borg, password-file: /etc/borg/password, max-age: 26h}",
)
