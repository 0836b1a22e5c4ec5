"""What a kind is: one file that exports ``KIND``.

A kind declares; the core acts. It turns its SOLL (a :class:`Params` model) into probes (data) and judges the
facts that come back. It cannot execute anything, read a clock, or see another check's verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, ConfigDict, ValidationInfo

from checks.described import Described
from checks.model import (
    Aspect,
    Assurance,
    Fact,
    Judgement,
    Message,
    Observation,
    Probe,
    Severity,
    Verdict,
)

Facts = Mapping[str, Fact]
Around = Sequence[tuple[Probe, Fact]]
"""Everything that a snapshot holds: what was asked, and what was seen."""


def _kebab(name: str) -> str:
    return name.strip("_").replace("_", "-")


class Params(Described):
    """Base of a kind's SOLL. Field names are written with dashes in the spec: ``max_age`` is ``max-age``."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=_kebab,
        populate_by_name=False,
    )


def absolute(path: str, info: ValidationInfo) -> str:
    """`path` from the root of the host. Raises ValueError for what is no path there."""
    root = (info.context or {}).get("root")
    if "\0" in path:
        raise ValueError("a path cannot contain a NUL character")
    if not path:
        raise ValueError("an empty path")
    if path == "~" or path.startswith("~/"):
        raise ValueError(
            "expected a path from / or from the environment's `root`; `~` is not known on the host"
        )
    if path.startswith("/") or info.context is None:
        return path
    if not root:
        raise ValueError("a relative path needs a `root` in the environment; or write an absolute path")
    return root if path == "." else f"{root.rstrip('/')}/{path.removeprefix('./')}"


RemotePath = Annotated[str, AfterValidator(absolute)]
"""A path on the host. Relative paths are taken from the environment's ``root`` (in a gate: from the release)."""


def _declared_host(name: str, info: ValidationInfo) -> str:
    context = info.context or {}
    known: tuple[str, ...] | None = context.get("hosts")
    for id_ in (f"{context.get('environment')}/{name}", name):
        if known is None or id_ in known:
            return id_
    raise ValueError(f"expected a host of this spec: {', '.join(known or ()) or 'it has none'}")


HostId = Annotated[str, AfterValidator(_declared_host)]
"""A declared host, "environment/host"; in the spec, the environment may be left out where it is the check's own."""


class Companion(NamedTuple):
    """A result of its own that a declared check brings along: `kind` with `params`, its id ending in `suffix`."""

    suffix: str
    kind: str
    params: dict[str, Any]


class Kind(NamedTuple):
    """Everything there is to know of one kind, in one place.

    ``summary`` and ``why`` (English) feed ``docgen explain`` and the catalogue. ``probes`` names the facts;
    ``judge`` gets them under the same names. ``handles`` lists the observations besides ``observed`` and
    ``absent`` that ``judge`` wants to see; for all others the core answers ``undetermined`` by itself.
    ``shorthand`` is the field that a plain scalar fills (``- file: artisan``). ``subject`` names the keys that say
    what a check is about where the shorthand is not given. ``peers`` lets a kind see the
    params of all checks of its kind on the same host before probing (sudo: what is declared altogether). ``around``
    judges instead of ``judge``, where what others asked counts as well: it gets all of the snapshot besides.
    """

    name: str
    summary: str
    why: str
    params: type[Params]
    probes: Callable[[Any], Mapping[str, Probe]]
    soll: Callable[[Any], Message]
    judge: Callable[[Any, Facts], Judgement]
    remedy: Callable[[Any], Message]
    severity: Severity = Severity.HIGH
    shorthand: str | None = None
    subject: tuple[str, ...] = ()
    lifecycle: str = "stable"
    since: str = "0.1"
    assurance: Assurance = Assurance.PROVEN
    on_host: Callable[[Any], bool] = lambda params: True
    handles: frozenset[Observation] = frozenset()
    companions: Callable[[Any], tuple[Companion, ...]] = lambda params: ()
    peers: Callable[[Any, tuple[Any, ...]], Any] | None = None
    around: Callable[[Any, Facts, Around], Judgement] | None = None
    example: str = ""


def aspect(
    name: Message | None,
    expected: Message,
    actual: Message | None,
    conform: bool | None,
    *,
    near: bool = False,
    note: Message | None = None,
    apart: Message | None = None,
) -> Aspect:
    """An :class:`Aspect`; `conform` None means that it could not be determined."""
    verdict = Verdict.UNDETERMINED if conform is None else Verdict.CONFORM if conform else Verdict.DEVIATES
    return Aspect(name, expected, actual, verdict, near, note, apart)


def judgement(
    *aspects: Aspect,
    observation: Observation = Observation.OBSERVED,
    reason: Message | None = None,
    remedy: Message | None = None,
) -> Judgement:
    """The judgement that follows from its aspects: one deviation deviates; else one undetermined is
    undetermined; else it conforms. Without an aspect nothing was compared: undetermined."""
    verdicts = {a.verdict for a in aspects}
    for verdict in (Verdict.DEVIATES, Verdict.UNDETERMINED, Verdict.CONFORM):
        if verdict in verdicts:
            break
    else:
        verdict = Verdict.UNDETERMINED
    return Judgement(
        verdict=verdict, observation=observation, aspects=tuple(aspects), reason=reason, remedy=remedy
    )


def undetermined(reason: Message, observation: Observation, *, remedy: Message | None = None) -> Judgement:
    """Could not be determined, and why; `remedy` is what would settle it."""
    return Judgement(verdict=Verdict.UNDETERMINED, observation=observation, reason=reason, remedy=remedy)
