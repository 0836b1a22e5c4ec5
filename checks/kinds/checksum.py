"""``checksum``: a file is, byte by byte, the one that was meant."""

from __future__ import annotations

import re
import shlex
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge.filetypes import kind_of, missing, taken, unread
from checks.model import Judgement, Message, Observation, Probe, code, msg, probe

_HEX = "[0-9a-fA-F]{64}"


def _digest(value: str) -> str:
    digest = value.removeprefix("sha256:")
    if not re.fullmatch(_HEX, digest):
        raise ValueError("expected the 64 hexadecimal digits of a SHA-256")
    return digest.lower()


Digest = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if isinstance(value, int) else value),
    AfterValidator(_digest),
    WithJsonSchema({"type": "string", "pattern": f"^(sha256:)?{_HEX}$"}),
]


class Checksum(Params):
    path: RemotePath
    """The file. It is hashed on the host; nothing of it is downloaded."""
    sha256: Digest | None = None
    """The SHA-256 that it must have."""
    file: RemotePath | None = None
    """The file on the host that holds the SHA-256, as `sha256sum` writes it. Without this and without
    `sha256`, it is the name of the file with `.sha256` at its end."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Checksum:
        if self.sha256 and self.file:
            raise ValueError("expected either `sha256` or `file`")
        return self

    @property
    def noted(self) -> str:
        """Where the checksum is written down on the host."""
        return self.file or f"{self.path}.sha256"

    def patterns(self) -> tuple[str, str, str]:
        """A line of sha256sum for this file; for one of its name in another folder; a checksum alone."""
        path, name = re.escape(self.path), re.escape(self.path.rsplit("/", 1)[-1])
        return rf"^{_HEX} [ *](?:{path}|(?:\./)?{name})$", rf"^{_HEX} [ *].*/{name}$", rf"^{_HEX}\s*$"


def probes(p: Checksum) -> dict[str, Probe]:
    wanted = {"path": probe("stat", path=p.path), "sha256": probe("sha256", path=p.path, deadline=300)}
    if p.sha256:
        return wanted
    list_ = probe("read", path=p.noted, matches=[*p.patterns()])
    return {**wanted, "noted": probe("stat", path=p.noted), "list": list_}


def soll(p: Checksum) -> Message:
    if p.sha256:
        return msg("checksum of {path:code}", path=p.path)
    return msg("checksum of {path:code} as in {list:code}", path=p.path, list=p.noted)


def judge(p: Checksum, facts: Facts) -> Judgement:
    fact, name = facts["sha256"], msg("SHA-256")
    if fact.observation is Observation.ABSENT:
        return missing(fact, msg("Put the file {path:code} in place.", path=p.path))
    if fact.observation is not Observation.OBSERVED:
        return unread(p.path, fact, facts["path"])
    if fact.value["type"] != "file":
        return taken(p.path, "file", fact.value["type"])
    actual = fact.value["sha256"]
    if p.sha256:
        return judgement(aspect(name, code(p.sha256), code(actual), actual == p.sha256))
    list_ = facts["list"]
    where, there = code(p.noted), msg("present")
    bring = msg("Bring {list:code} from where the file was made.", list=p.noted)
    if list_.observation is Observation.ABSENT:
        return judgement(
            aspect(where, there, msg("missing"), False), observation=list_.observation, remedy=bring
        )
    if list_.observation is not Observation.OBSERVED:
        return unread(p.noted, list_, facts["noted"])
    if list_.value["type"] != "file":
        return judgement(aspect(where, there, kind_of(list_.value["type"]), False), remedy=bring)
    hit = next((hit for hit in list_.value["matches"] if hit), None)
    if hit is None and list_.value["capped"]:
        cut = msg("Only the first {size:size} were searched.", size=list_.value["size"])
        return undetermined(cut, Observation.ERROR)
    if hit is None:
        return judgement(aspect(where, msg("names it"), msg("does not name it"), False), remedy=bring)
    expected = hit["text"][:64].lower()
    return judgement(aspect(name, code(expected), code(actual), actual == expected))


def remedy(p: Checksum) -> Message:
    return msg(
        "Find out which of the two is right, then replace the other: {command:code}",
        command=f"sha256sum -- {shlex.quote(p.path)}",
    )


KIND = Kind(
    name="checksum",
    summary="A file has the SHA-256 that was meant, or that stands in the file beside it.",
    why="A bundle or backup that was cut off, or changed, has the right name and maybe the right size.",
    params=Checksum,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset({Observation.DENIED}),
    example="checksum: backups/app.tar.gz",
)
