"""How to bring back the database from the dump that a rollback would need: as a decision, with the commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime

from checks.knowledge.moments import rfc3339
from checks.knowledge.newest import base
from checks.model import Message, msg
from docgen.documents import deployments
from docgen.documents.compose import Found, decides, fact
from docgen.documents.interface import Source, Step

_UNPACK = {".gz": "gzip", ".zst": "zstd", ".bz2": "bzip2", ".xz": "xz"}
_SET = '"${CLIENT:?}"'
_CLIENTS = {
    "mysqldump": "mysql --",
    "mariadb-dump": "mariadb --",
    "pg_dump": "psql -v ON_ERROR_STOP=1 --single-transaction -d",
}


def restore(source: Source, one: Found) -> Iterator[Step]:
    """The step that brings back the database from the dump that the rollback check `one` saw; none where it saw none, or
    where the ledger knows of no migration by the live release."""
    seen, live = fact(source, one, "backup"), deployments.live(source, one)
    name = seen.value["name"] if seen else None
    if not (seen and name and live and deployments.migrated(source, live)):
        return
    folder = base(one.check.params.backup)[0].rstrip("/")
    path = shlex.quote(f"{folder}/{name}")
    tool = next((tool for ending, tool in _UNPACK.items() if name.endswith(ending)), None)
    first = []
    if seen.value["noted"]:
        beside = shlex.quote(f"./{name}.sha256")
        first.append(f"( cd -- {shlex.quote(folder)} && sha256sum -c {beside} ) &&")
    if tool:
        first.append(f"{tool} -t -- {path} &&")
    reads = f"{tool} -dc -- {path} |" if tool else f"cat -- {path} |"
    client, database = _into(source)
    notes = [
        msg("What was written since {time:time} is lost.", time=rfc3339(datetime.fromtimestamp(seen.value["mtime"], UTC))),
        msg("Nobody may write meanwhile: first take the application out of service, and dump what the database holds "
            "today, which is the only way back."),
    ]  # fmt: skip
    if client is None:
        notes.append(_unknown())
    yield Step(
        msg("Only if the older release cannot live with the migrated database: bring it back from the dump."),
        (*first, f"{reads} {client or _SET} {database}"),
        decision=decides(source, one.component.owner),
        notes=tuple(notes),
    )


def _into(source: Source) -> tuple[str | None, str]:
    """The client and the database that the workflow makes its dumps of; None where it does not say."""
    its, _ = deployments.reading(source)
    for act in its.acts if its else ():
        program = act.argv[0].rpartition("/")[2] if act.argv else ""
        if act.act != "backup" or program not in _CLIENTS:
            continue
        words = [word for word in act.argv[1:] if not word.startswith("-")]
        if len(words) == 1 and "$" not in words[0]:
            return _CLIENTS[program], shlex.quote(words[0])
        return _CLIENTS[program], '"${DATABASE:?}"'
    return None, '"${DATABASE:?}"'


def _unknown() -> Message:
    return msg(
        "By which client, and into which database, the workflow does not say: set {client:code} and {database:code}.",
        client="CLIENT", database="DATABASE",
    )  # fmt: skip
