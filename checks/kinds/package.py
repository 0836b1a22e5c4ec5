"""``package``: a package of the system is installed, in the right version, or is not."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement
from checks.knowledge.versions import Constraint, allowed, parts
from checks.model import Judgement, Message, Probe, code, msg, probe


class Package(Params):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9+._:-]*$")]
    """The package as dpkg, rpm or apk calls it."""
    version: Constraint | None = None
    """`8.3` (any 8.3.x, but not 8.30), `>=8.2` or `>=8.2, <9`. Quote it."""
    absent: bool = False
    """``true``: it must not be installed."""

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if self.absent and self.version:
            raise ValueError("expected either a `version` or `absent: true`")
        return self


def probes(p: Package) -> dict[str, Probe]:
    return {"package": probe("package", name=p.name, deadline=20)}


def soll(p: Package) -> Message:
    if p.absent:
        return msg("package {name:code} is not installed", name=p.name)
    return msg("package {name:code} is installed", name=p.name)


def judge(p: Package, facts: Facts) -> Judgement:
    versions = facts["package"].value["versions"]
    installed, missing = msg("installed"), msg("not installed")
    expected = missing if p.absent else installed
    actual = code(", ".join(versions)) if versions and p.absent else installed if versions else missing
    aspects = [aspect(None, expected, actual, bool(versions) is not p.absent)]
    if versions and p.version:
        # Of several architectures, or of several kernels, one that fits is not enough.
        fits = all(allowed(version, p.version) for version in versions)
        aspects.append(aspect(msg("version"), _wanted(p.version), code(", ".join(versions)), fits))
        policy = msg(
            "See which versions there are, on Debian with {command:code}",
            command=f"apt-cache policy {p.name}",
        )
        return judgement(*aspects, remedy=policy)
    return judgement(*aspects)


def _wanted(constraint: str) -> Message:
    found = parts(constraint)
    if len(found) == 1 and not found[0][0]:
        version = found[0][1]
        return msg("{version:code} or {series:code}", version=version, series=f"{version}.x")
    return code(constraint)


def remedy(p: Package) -> Message:
    if p.absent:
        return msg("Remove it, on Debian with {command:code}", command=f"apt-get remove {p.name}")
    return msg("Install it, on Debian with {command:code}", command=f"apt-get install {p.name}")


KIND = Kind(
    name="package",
    summary="A package of the system is installed in the right version, or is not installed.",
    why="What was installed by hand on one server is missing on the next; an old version keeps its old holes.",
    params=Package,
    shorthand="name",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    example='package: {name: nginx, version: ">=1.22"}',
)
