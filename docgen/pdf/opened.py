"""A PDF, opened for a look at what it carries. It may be anybody's: nothing in it is trusted, and nothing is run."""

from __future__ import annotations

import io
import re
import zlib
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from checks.model import Message, msg
from docgen.pdf.carried import MANIFEST, SCHEMA
from docgen.pdf.ends import end

MOST = 256 * 1024 * 1024
"""So many bytes at most are read, of the file, and of all that is attached."""
_MADE = b"CreatorTool>docgen "
_OBJECT = re.compile(rb"(?<![0-9])([0-9]{1,9}) 0 obj\b")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Kept(_Strict):
    bytes: int
    sha256: str


class SpecMade(_Strict):
    file: str
    sha256: str
    folder: str
    variables: dict[str, str]
    commit: str
    masked: int


class SignerMade(_Strict):
    name: str
    sha256: str


class Manifest(_Strict):
    """The manifest as :func:`docgen.pdf.carried.manifest` writes it."""

    id: str
    kind: str
    environment: str | None
    language: Literal["de", "en"]
    docgen: str
    code: str
    templates: str | None
    files: dict[str, Kept]
    engine: dict[str, str]
    signer: SignerMade | None = None
    spec: SpecMade | None = None
    environments: list[str] = []
    supersedes: str = ""
    version: int = 1
    part: int = 1


class Opened(NamedTuple):
    """``files`` are the attachments by name; ``broken`` says of what cannot be read why. ``ours``: whether anything in the
    file says that docgen wrote it. ``places`` name objects of the file, by number. ``more``: whether something stands behind
    its end, which is not in ``raw``."""

    raw: bytes
    files: dict[str, bytes]
    broken: dict[str, Message]
    ours: bool
    manifest: Manifest | None
    places: dict[int, Message]
    more: bool = False

    def place(self, offset: int) -> Message:
        """What stands at `offset`."""
        number = -1
        for match in _OBJECT.finditer(self.raw, 0, offset + 1):
            number = int(match[1])
        return self.places.get(number, msg("the structure of the file"))


def opened(path: Path) -> Opened:
    """The file at `path`."""
    with path.open("rb") as file:
        raw = file.read(MOST + 1)
    its = end(raw) if len(raw) <= MOST else len(raw)
    return read(raw[:its])._replace(more=its < len(raw))


def read(raw: bytes) -> Opened:
    """The file with the content `raw`."""
    import pikepdf

    ours = _MADE in raw
    nothing = Opened(raw, {}, {}, ours, None, {})
    if len(raw) > MOST:
        return nothing._replace(broken={"": msg("it is larger than {limit:size}", limit=MOST)})
    try:
        with pikepdf.open(io.BytesIO(raw), suppress_warnings=True) as document:
            files, broken = _attachments(document)
            places = _places(document)
    except pikepdf.PasswordError:
        # What is under it may be as it was written.
        return nothing._replace(ours=False, broken={"": msg("it is encrypted with a password")})
    except (pikepdf.PdfError, RuntimeError, ValueError, KeyError, AttributeError, TypeError) as error:
        said = str(error).split(": ")[-1][:80]
        return nothing._replace(broken={"": msg("it cannot be read as PDF ({error})", error=said)})
    manifest, why = _manifest(files)
    if why is not None:
        broken[MANIFEST] = why
    return Opened(raw, files, broken, ours, manifest, places)


def _attachments(document: Any) -> tuple[dict[str, bytes], dict[str, Message]]:
    files: dict[str, bytes] = {}
    broken: dict[str, Message] = {}
    left = MOST
    for name, its in document.attachments.items():
        stream = its.obj["/EF"]["/F"]
        data = stream.read_raw_bytes()
        if str(stream.get("/Filter", "")) == "/FlateDecode":
            unpack = zlib.decompressobj()
            try:
                plain = unpack.decompress(data, max(left, 1))
            except zlib.error:
                broken[name] = msg("its content is damaged")
                continue
            if not unpack.eof or unpack.unused_data:
                broken[name] = msg("its content is damaged, or too large")
                continue
            data = plain
        elif "/Filter" in stream:
            broken[name] = msg("it is packed in a way that docgen does not use")
            continue
        files[name] = data
        left -= len(data)
    return files, broken


def _manifest(files: dict[str, bytes]) -> tuple[Manifest | None, Message | None]:
    import json

    if MANIFEST not in files:
        return None, None
    try:
        body = json.loads(files[MANIFEST])
        if not isinstance(body, dict) or body.get("schema") != SCHEMA:
            return None, msg("it is none that this version knows")
        return Manifest.model_validate(body), None
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
        return None, msg("it is not as docgen writes it ({where})", where=where)
    except (ValueError, RecursionError):
        return None, msg("it is no JSON")


def _places(document: Any) -> dict[int, Message]:
    """The objects that a reader has a name for."""
    found: dict[int, Message] = {}
    for number, page in enumerate(document.pages, 1):
        found[page.obj.objgen[0]] = msg("page {n:int}", n=number)
        contents = page.obj.get("/Contents")
        if contents is not None:
            found[contents.objgen[0]] = msg("the content of page {n:int}", n=number)
    for name, its in document.attachments.items():
        found[its.obj["/EF"]["/F"].objgen[0]] = msg("the attachment {name:code}", name=name)
    if "/Metadata" in document.Root:
        found[document.Root.Metadata.objgen[0]] = msg("the metadata")
    return found
