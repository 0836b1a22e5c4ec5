"""``restic``: a restic repository can be opened, and its newest snapshot is fresh and holds what it should."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

from pydantic import Field

from checks.kinds.interface import Facts, Kind, RemotePath
from checks.knowledge.repositories import HANDLES, Repository, Seen, judged
from checks.knowledge.series import restores
from checks.knowledge.shares import Percent
from checks.model import Judgement, Message, Probe, code, msg, nmsg, probe


class Restic(Repository):
    password_file: RemotePath
    """The file on the host that holds the password. restic reads it there; it never leaves the host."""
    host: Annotated[str, Field(min_length=1)] | None = None
    """Only snapshots of this host count. Default: all."""
    tag: Annotated[str, Field(min_length=1)] | None = None
    """Only snapshots with this tag count; several, joined by a comma, must all be there."""
    path: Annotated[str, Field(min_length=1)] | None = None
    """Only snapshots of this path count, written as it was backed up."""
    read_data: bool | Percent = False
    """`true`: all data are read back and compared with their checksums; `5%`: a random part of them. This can take
    hours, and costs money where the repository lies with a provider."""


def probes(p: Restic) -> dict[str, Probe]:
    common: dict[str, Any] = {"repository": p.repository, "password_file": p.password_file}
    filters: dict[str, Any] = {"host": p.host, "tag": p.tag, "path": p.path}
    wanted = {"list": probe("restic", ask="list", **common, **filters, contains=p.contains, deadline=120)}
    if p.check or p.read_data:
        share = f"{_share(p)}%" if p.read_data else None
        wanted["check"] = probe("restic", ask="check", **common, read=share, deadline=3600)
    return wanted | restores(p)


def soll(p: Restic) -> Message:
    return msg("restic repository {repository:code}", repository=p.repository)


def judge(p: Restic, facts: Facts) -> Judgement:
    share = None if not p.read_data else msg("all data") if _share(p) == 100 else code(f"{_share(p)}%")
    return judged(p, facts, share=share, read=_read)


def _share(p: Restic) -> int:
    """Per cent of the data that are read back."""
    return 100 if p.read_data is True else int(p.read_data)


def _read(seen: Seen) -> Message | None:
    if seen["read"] is None or seen["of"] is None:
        return None
    return nmsg(
        "{read:int} of {n} pack file", "{read:int} of {n} pack files", n=seen["of"], read=seen["read"]
    )


def remedy(p: Restic) -> Message:
    return msg(
        "Look into the log of the backup job, and at what is there: {command:code}",
        command=shlex.join(
            ["restic", "-r", p.repository, "--password-file", p.password_file, "snapshots", "--no-lock"]
        ),
    )


KIND = Kind(
    name="restic",
    summary="A restic repository opens with its password, and its newest snapshot is fresh and holds what it should.",
    why="A repository whose password is lost, or which nothing has been written to for weeks, is found out on the day "
    "of the restore. Only what was read back is verified.",
    params=Restic,
    shorthand="repository",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=HANDLES,
    example="restic: {repository: /srv/backup/restic, password-file: /etc/restic/password, max-age: 26h}",
)
