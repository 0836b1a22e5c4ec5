"""Where a bundle comes from that lies neither here nor on the host: an address, or the run that built it."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

from checks.knowledge.archives import noted_digest
from checks.model import Message, msg
from checks.sources import exchange
from checks.sources.connection import Failed, NoVantage
from checks.sources.github import artifacts, opened
from checks.sources.github_artifact import LARGEST
from checks.sources.interface import NoAnswer
from checks.sources.limit import Limit
from checks.sources.network import dial_from_here
from checks.sources.packed import BUNDLES, GZIP, base_name, bundles
from checks.sources.secrets import resolve
from checks.spec.spec import Spec
from docgen.preflight.commands import UNNAMED

RUN = "run:"
DEADLINE = 900.0
"""Seconds that a download may take."""
MOST = 4 * 1024**3
"""Bytes of a bundle that are fetched at most."""
_REDIRECTS = 5
_NOTED = 65536


class NotFetched(Exception):
    """There is no bundle; ``why`` says so."""

    def __init__(self, why: Message) -> None:
        super().__init__(why.id)
        self.why = why


class Fetched(NamedTuple):
    """``file`` on this machine; ``noted`` is the SHA-256 that stands beside it: :data:`UNNAMED` where that names another
    file, None where there is none."""

    file: Path
    noted: str | None


def shown(given: str) -> str:
    """`given` as people may read it: a query may be a signature, and as good as a password."""
    return given.partition("?")[0] + ("?…" if "?" in given else "")


def is_elsewhere(given: str) -> bool:
    """Whether `given` is an address or a run."""
    return given.startswith((RUN, "http://", "https://"))


def problem(given: str, spec: Spec, sha256: str | None) -> str | None:
    """What is wrong with `given`, as far as it can be known before anything is asked."""
    if given.startswith(RUN):
        if not given.removeprefix(RUN).isascii() or not given.removeprefix(RUN).isdigit():
            return f"--bundle {given}: expected the number of a run, as in the address of its page: run:18823456789."
        return (
            None
            if spec.github
            else f"--bundle {given}: the spec names no repository; expected `github: {{repository: owner/name}}`."
        )
    parts = urlsplit(given)
    if parts.username is not None or parts.password is not None:
        return (
            "--bundle: an address with a name or a password in it would stand in the process list; refused."
        )
    if not parts.hostname or parts.path.endswith("/") or not parts.path:
        return f"--bundle {given}: expected the address of a file."
    # A checksum from the same place would be as good as none; and what listens on this machine may be a tunnel.
    if parts.scheme == "http" and sha256 is None:
        return (
            f"--bundle {shown(given)}: what comes over http:// may be anything, and so may a checksum beside it; expected "
            "https://, or --sha256 with the checksum that the build named."
        )
    return None


@contextmanager
def fetched(given: str, spec: Spec) -> Iterator[Fetched]:
    """The bundle at the address `given`, or that the run ``run:ID`` left, in a folder of its own that is removed
    afterwards. Raises :class:`NotFetched`."""
    with tempfile.TemporaryDirectory(prefix="docgen-bundle-") as folder:
        if given.startswith(RUN):
            yield _of_run(given.removeprefix(RUN), spec, Path(folder))
        else:
            yield _at(given, Path(folder))


def _at(url: str, folder: Path) -> Fetched:
    parts = urlsplit(url)
    file = folder / base_name(parts.path)
    with file.open("wb") as sink:
        status = _get(url, sink, MOST)
    if status != 200:
        raise NotFetched(msg("{url:code} answered {status:code}.", url=shown(url), status=str(status)))
    beside = io.BytesIO()
    address = urlunsplit(parts._replace(path=f"{parts.path}.sha256"))
    status = _get(address, beside, _NOTED)
    if status not in (200, 404, 410):
        raise NotFetched(msg("{url:code} answered {status:code}.", url=shown(address), status=str(status)))
    return Fetched(file, _digest(beside.getvalue(), file.name) if status == 200 else None)


def _digest(noted: bytes, name: str) -> str:
    return noted_digest(noted.decode("utf-8", "replace"), name) or UNNAMED


def _get(url: str, sink: BinaryIO, most: int) -> int:
    """The status of the answer to `url`, whose body goes into `sink`; redirects are followed, but never out of TLS."""
    limit = Limit(DEADLINE, 60)
    asked = {"User-Agent": "docgen", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    for _ in range(_REDIRECTS + 1):
        try:
            reply = exchange.exchange(
                "GET", url, asked, dial_from_here, limit, verify=True, ca=None, max_bytes=most, sink=sink
            )
        except (NoVantage, exchange.NoAuthorities) as error:
            raise NotFetched(error.reason) from error
        except Failed as error:
            why = error.text or error.error
            raise NotFetched(
                msg("{url:code} could not be fetched: {error:code}", url=shown(url), error=why)
            ) from error
        if reply.truncated and reply.status == 200:
            raise NotFetched(msg("The answer is larger than {size:size}.", size=most))
        to = next((value for name, value in reply.headers if name == "location"), None)
        if not 300 <= reply.status < 400 or to is None:
            return reply.status
        following = urljoin(url, to)
        if urlsplit(following).scheme not in ("https", urlsplit(url).scheme):
            raise NotFetched(
                msg(
                    "{url:code} leads to {other:code}, which is no https.",
                    url=shown(url),
                    other=shown(following),
                )
            )
        url = following
    raise NotFetched(msg("{url:code} redirects too often.", url=shown(url)))


def _of_run(run: str, spec: Spec, folder: Path) -> Fetched:
    if spec.github is None:
        raise NotFetched(msg("The spec names no repository."))
    try:
        api = opened(spec.github, dial_from_here, resolve(spec), Limit(DEADLINE))
        base = f"/repos/{spec.github['repository']}/actions"
        found = artifacts(api, f"{base}/runs/{run}/artifacts")
        one = _chosen(run, found, _patterns(spec))
        packed = api.content(f"{base}/artifacts/{one['id']}/zip", LARGEST)
    except NoAnswer as error:
        raise NotFetched(error.reason) from error
    if one["digest"] and one["digest"] != f"sha256:{hashlib.sha256(packed).hexdigest()}":
        raise NotFetched(
            msg("What was downloaded of {name:code} is not what the service says.", name=one["name"])
        )
    return _unpacked(packed, one["name"], folder)


def _patterns(spec: Spec) -> list[str]:
    """What the spec calls the artifact of a build."""
    return [
        c.params.artifact for c in spec.checks() if c.kind in ("bundle", "workflow") and c.params.artifact
    ]


def _chosen(run: str, found: list[dict[str, Any]], patterns: list[str]) -> dict[str, Any]:
    """The artifact that the spec names, or the only one."""
    named = [a for a in found if any(fnmatchcase(a["name"], one) for one in patterns)] or found
    if len(named) != 1:
        names = tuple(a["name"] for a in named)
        raise NotFetched(
            msg("The run {run:code} left several artifacts: {names:list}. Name one in a check of kind {kind:code}.",
                run=run, names=names, kind="bundle")
            if named
            else msg("The run {run:code} left no artifact.", run=run)
        )  # fmt: skip
    if named[0]["expired"]:
        raise NotFetched(msg("The artifact {name:code} has expired.", name=named[0]["name"]))
    return named[0]


def _unpacked(packed: bytes, name: str, folder: Path) -> Fetched:
    """The bundle in the artifact: what a service packs is a zip around it."""
    if packed.startswith(GZIP):
        own = base_name(name)
        file = folder / (own if own.endswith(BUNDLES) else f"{own}.tar.gz")
        file.write_bytes(packed)
        return Fetched(file, None)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            inside = bundles(archive)
            if len(inside) != 1:
                raise NotFetched(
                    msg(
                        "The artifact {name:code} holds {n:int} bundles; expected one.",
                        name=name,
                        n=len(inside),
                    )
                )
            bundle, entry, beside = inside[0]
            if entry.file_size > MOST:
                raise NotFetched(msg("The answer is larger than {size:size}.", size=MOST))
            with archive.open(entry) as source, (folder / bundle).open("wb") as sink:
                shutil.copyfileobj(source, sink)
            noted = None
            if beside:
                with archive.open(beside) as source:
                    noted = _digest(source.read(_NOTED), bundle)
            return Fetched(folder / bundle, noted)
    except (OSError, EOFError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise NotFetched(
            msg("The artifact {name:code} cannot be opened: {error:code}", name=name, error=str(error))
        ) from error
