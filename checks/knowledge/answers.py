"""What came of an HTTP request, SOLL beside IST: from the value of the ``http`` verb to aspects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.kinds.interface import aspect
from checks.knowledge.expectations import Body, Scalar, Value, compared, status_fits
from checks.model import Aspect, Message, code, msg, nmsg

Seen = Mapping[str, Any]
_BEGINNING = 80


def unanswered(seen: Seen) -> Message:
    """Why there is no usable answer, in words, and where redirects had led."""
    why = _unanswered(seen)
    if not seen["chain"] or seen["error"] == "too_many_redirects":
        return why
    way = [f"{one['url']} ({one['status']})" for one in seen["chain"]]
    return msg("{why}, redirected: {way:code}", why=why, way=" → ".join([*way, seen["url"]]))


def _unanswered(seen: Seen) -> Message:
    text = seen["error_text"].rstrip(".") or "–"
    words = {
        "refused": msg("connection refused"),
        "reset": msg("connection cut off ({error:code})", error=text),
        "timeout": msg("no complete answer after {seconds:seconds}", seconds=seen["seconds"]),
        "tls": msg("TLS failed: {error:code}", error=text),
        "protocol": msg("no valid HTTP: {error:code}", error=text),
        "no_name": msg("the name {host:code} does not resolve", host=text),
        "too_many_redirects": msg("too many redirects, the last to {url:code}", url=seen["url"]),
    }
    return words.get(seen["error"]) or code(seen["error"])


def status(wanted: tuple[str, ...], seen: Seen) -> Aspect:
    """The status, and where the redirects led: a login page behind one answers 200 as well."""
    actual = code(seen["status"])
    if seen["chain"]:
        actual = nmsg(
            "{status:code} after {n} redirect, from {url:code}",
            "{status:code} after {n} redirects, from {url:code}",
            n=len(seen["chain"]),
            status=str(seen["status"]),
            url=seen["url"],
        )
    expected = code(wanted[0]) if len(wanted) == 1 else msg("one of {values:list}", values=wanted)
    fits = status_fits(wanted, seen["status"])
    return aspect(msg("status"), expected, actual, fits)


def headers(wanted: Mapping[str, str | bool], seen: Seen) -> Iterator[Aspect]:
    """The headers, in the order in which they were asked for."""
    for (name, pattern), found in zip(wanted.items(), seen["found_headers"], strict=True):
        value = seen["headers"].get(name.lower())
        actual = msg("not sent") if value is None else code(value[:200])
        if isinstance(pattern, bool):
            expected = msg("sent") if pattern else msg("not sent")
            yield aspect(code(name), expected, actual, (value is not None) is pattern)
        else:
            yield aspect(
                code(name), msg("matches {pattern:code}", pattern=pattern), actual, found is not None
            )


def body(wanted: Body, seen: Seen) -> Iterator[Aspect]:
    """What is in the body and what is not. What was not found in a part of it proves nothing."""
    for (_, present, expected), found in zip(wanted.patterns(), seen["found"], strict=True):
        if found:
            actual = msg("found in line {line:int}: {text:code}", line=found["line"], text=found["text"])
            yield aspect(msg("body"), expected, actual, present)
        elif partly := _partly(seen):
            yield aspect(msg("body"), expected, msg("does not hold it"), None, note=partly)
        else:
            yield aspect(
                msg("body"), expected, _beginning(seen) if present else msg("does not hold it"), not present
            )


def json(wanted: Mapping[str, Scalar | Value], seen: Seen) -> Iterator[Aspect]:
    """The values at JSON paths, in the order in which they were asked for."""
    if wanted and seen["json"] is None:
        partly = _partly(seen)
        expected = msg("JSON with {paths:list}", paths=tuple(wanted))
        beginning = msg("no JSON: {text}", text=_beginning(seen))
        yield aspect(msg("body"), expected, beginning, None if partly else False, note=partly)
        return
    for index, (path, value) in enumerate(wanted.items()):
        expected, actual, fits = compared(value, seen["json"][index])
        note = None
        if fits is None:
            note = msg("The value was redacted, so that it cannot be compared.")
        yield aspect(code(path), expected, actual, fits, note=note)


def _partly(seen: Seen) -> Message | None:
    if seen["undecoded"]:
        return msg(
            "The body is encoded as {encoding:code}, although that was not asked for.",
            encoding=seen["undecoded"],
        )
    if seen["truncated"]:
        return msg("Only the first {size:size} of the body were read.", size=seen["bytes"])
    return None


def _beginning(seen: Seen) -> Message:
    text = " ".join(seen["body_excerpt"].split())
    if not text:
        return msg("empty")
    return msg("begins with {text:code}", text=text[:_BEGINNING] + ("…" if len(text) > _BEGINNING else ""))


def led(seen: Mapping[str, Any], path: str) -> Aspect:
    """Whether what an answer names at `path` of its JSON answers, too."""
    name, expected = msg("what {path:code} names", path=path), msg("status {status:code}", status="200")
    if seen["url"] is None:
        return aspect(name, expected, msg("it names nothing"), False)
    if seen["error"] == "elsewhere":
        return aspect(name, expected, msg("{url:code}, which is another server", url=seen["url"]), False)
    if seen["error"]:
        said = msg("{url:code}: no answer ({error:code})", url=seen["url"], error=seen["error"])
        return aspect(name, expected, said, False)
    said = msg("{url:code}: status {status:code}", url=seen["url"], status=str(seen["status"]))
    return aspect(name, expected, said, seen["status"] == 200)
