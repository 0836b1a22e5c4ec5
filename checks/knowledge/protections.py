"""How a backup is protected: from the loss of the host, and from those whom it does not concern."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.kinds.interface import Facts, aspect
from checks.knowledge.archives import encrypted
from checks.knowledge.copies import Copy, copied
from checks.knowledge.series import Series
from checks.model import Aspect, Message, msg


class Protected(Series):
    """What protects each backup of a series."""

    copy_: Copy | None = None
    """`{path: /srv/copies, host: backup1}`: a second place, off the host, that must hold the newest as well, under the
    same name, with the same size and checksum, which is computed there. `host` is one of this spec, as `backup1` or
    `archive/backup1` (one of another environment). Another folder of the same machine is none, unless without `host` it
    lies on a file system of the network."""
    encrypted: bool = False
    """`true`: it must be encrypted, by age, OpenPGP (gpg) or openssl, going by its first bytes. Then it is not read to its
    end."""
    private: bool = True
    """`false`: every account of the host may read it."""


def protections(
    p: Protected,
    seen: Mapping[str, Any],
    itself: Mapping[str, Any] | None,
    closed: Message | None,
    facts: Facts,
) -> Iterator[Aspect]:
    """What protects the backup that was `seen` by ``archive`` and listed as `itself`; `closed`: why it was not read."""
    if p.private:
        yield private(itself)
    if p.encrypted:
        yield encrypted(seen, closed)
    if p.copy_:
        yield copied(p.copy_, seen, facts["here"], facts["copies"])


def private(itself: Mapping[str, Any] | None) -> Aspect:
    """Whether no account may read it for being any account at all."""
    closed = None if itself is None else not itself["mode"] & 0o004
    shown = None if closed is None else msg("may not read it") if closed else msg("may read it")
    return aspect(msg("other accounts"), msg("may not read it"), shown, closed)
