"""Whether this machine has what docgen needs for its work, and what to do where it has not."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from checks import __version__
from checks.errors import DocgenError
from checks.sources.secrets import needed, resolve
from checks.spec.access import LOCAL
from checks.spec.spec import Host, Spec
from docgen.assets import asset_root
from docgen.i18n import Translator, catalogue

_ROOM = 512 * 1024**2
_FONTS = 8
_SECONDS = 10


class State(StrEnum):
    """How a finding stands. What is ``missing`` keeps docgen from something that it is asked to do; a ``note`` does not."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


class Finding(NamedTuple):
    """``what`` was looked at, and what came of it; ``do`` says what to do."""

    state: State
    what: str
    said: str
    do: str = ""


def machine() -> Iterator[Finding]:
    """What docgen needs on any machine."""
    yield Finding(State.OK, "docgen", f"{__version__}, Python {platform.python_version()}")
    yield _pdf()
    fonts = len([*(asset_root() / "site" / "fonts").glob("*.woff2")])
    german = catalogue("de").gettext("Met") != "Met"
    if fonts >= _FONTS and german:
        yield Finding(State.OK, "fonts and German texts", f"{fonts} fonts")
    else:
        lacking = "fonts" if fonts < _FONTS else "German texts"
        yield Finding(State.MISSING, lacking, "not part of this installation", "install docgen anew")
    yield _program("git", "documents and workflow files of a checkout")
    yield _program(
        "verapdf", "conformity in the receipts of PDFs", "install veraPDF (verapdf.org), with Java"
    )
    yield _room()
    yield _clock()


def project(spec: Spec) -> Iterator[Finding]:
    """What the project of `spec` needs; nothing is contacted, and no secret is shown."""
    yield Finding(State.OK, spec.file, f"{len(spec.checks())} checks, {len(spec.environments)} environments")
    secrets, wanted = resolve(spec), needed(spec)
    for name in spec.secrets:
        wanted |= {name} if f"{{secret.{name}}}" in (spec.publish.heartbeat, *spec.publish.notify) else set()
    for name in sorted({*spec.secrets, *secrets.missing}):
        if name in secrets:
            yield Finding(State.OK, f"secret {name}", "there")
            continue
        state = State.MISSING if name in wanted else State.NOTE
        yield Finding(state, f"secret {name}", Translator("en").plain(secrets.missing[name]))
    if spec.publish.notify:
        yield _extra("apprise", "notify", "notifications")
    if spec.documents.sign is not None:
        yield _extra("pyhanko", "sign", "signatures")
    for environment in spec.environments:
        for host in environment.hosts:
            if host.ssh != LOCAL:
                yield _pinned(host)


def reached(spec: Spec) -> Iterator[Finding]:
    """Whether the hosts of `spec` let docgen in. They are contacted, and nothing is run there."""
    from checks.sources.reach import connect
    from checks.sources.transport import NotReached

    secrets = resolve(spec)
    for environment in spec.environments:
        for host in environment.hosts:
            if host.ssh == LOCAL:
                continue
            try:
                transport = connect(host, secrets.get(f"passphrase of {host.id}"))
            except NotReached as error:
                yield Finding(State.MISSING, host.id, Translator("en").plain(error.reason))
                continue
            yield Finding(State.OK, host.id, f"logged in as {transport.account}, {transport.host_key}")
            transport.close()


def _pdf() -> Finding:
    from docgen.pdf.press import engine

    try:
        found = engine()
    except (DocgenError, OSError) as error:
        return Finding(State.MISSING, "PDF", str(error))
    return Finding(State.OK, "PDF", f"WeasyPrint {found['weasyprint']}, Pango {found['pango']}")


def _program(name: str, used: str, do: str = "") -> Finding:
    if path := shutil.which(name):
        return Finding(State.OK, name, path)
    return Finding(State.NOTE, name, f"not here; needed for {used}", do or f"apt-get install {name}")


def _extra(module: str, extra: str, used: str) -> Finding:
    if find_spec(module):
        return Finding(State.OK, used, f"{module} is here")
    do = f"install the extra docgen[{extra}]"
    return Finding(State.MISSING, used, f"the spec wants them, and {module} is not here", do)


def _room() -> Finding:
    folder = tempfile.gettempdir()
    try:
        with tempfile.NamedTemporaryFile():
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(State.MISSING, folder, f"nothing can be written there: {error.strerror}")
    said = f"{free // 1024**2} MiB free"
    return Finding(
        State.OK if free > _ROOM else State.NOTE, folder, said, "" if free > _ROOM else "make room"
    )


def _clock() -> Finding:
    """As systemd knows it; nothing is asked over the network."""
    program = shutil.which("timedatectl")
    if program:
        done = subprocess.run(
            [program, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
        if done.stdout.strip() == "yes":
            return Finding(State.OK, "clock", "synchronised")
        if done.stdout.strip() == "no":
            said = "not synchronised: how old something is may be wrong"
            return Finding(State.NOTE, "clock", said, "timedatectl set-ntp true")
    return Finding(State.NOTE, "clock", "this machine does not say whether it is synchronised")


def _pinned(host: Host) -> Finding:
    import paramiko

    from checks.sources.known_hosts import pinned
    from checks.sources.reach import address
    from checks.sources.transport import NotReached

    client = paramiko.SSHClient()
    where = address(host.jump or host.ssh)
    if host.identity and not os.access(host.identity, os.R_OK):
        return Finding(State.MISSING, host.id, f"the key {host.identity} cannot be read")
    try:
        pinned(client, host)
    except NotReached as error:
        return Finding(State.MISSING, host.id, Translator("en").plain(error.reason))
    name = where.name if where.port == 22 else f"[{where.name}]:{where.port}"
    if client.get_host_keys().lookup(name):
        return Finding(State.OK, host.id, f"the host key of {name} is pinned")
    file = Path(host.known_hosts or "~/.ssh/known_hosts")
    return Finding(
        State.MISSING,
        host.id,
        f"the host key of {name} is not pinned in {file}",
        f"compare it with the one on the server, then: ssh-keyscan -p {where.port} {where.name} >> {file}",
    )
