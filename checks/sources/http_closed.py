"""``http_closed``: whether paths of a server are closed to who has no login or a wrong one.

Arguments: ``url`` (an address without a slash at its end), ``paths`` below it, each asked for without a login;
``wrong``: paths that are also asked for as ``user`` with a wrong password; optional ``manifest`` (a path: JSON that
names further paths, read with ``basic_auth``), ``basic_auth``, ``verify``, ``ca`` as for ``http``. No redirect is
followed. A 429 is asked again, more slowly, as long as there is time, except for a wrong password.

Value: ``{"answers": [{"path", "wrong": bool, "status", "error", "basic": whether it asks for a login}]: those that
are not refusals first, at most 100, "counts": {"without", "wrong": {status or error: how many}}, "left": how many
requests were not made in time, "listed": how many paths the manifest named, or null, "manifest": what it was answered
with, or null}``. Nothing of a body is kept.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from checks.clock import now
from checks.model import Fact, Message, Observation, Probe
from checks.sources import exchange
from checks.sources.connection import Failed, NoVantage
from checks.sources.http import HEADERS, Missing, filled
from checks.sources.interface import Answer, fact
from checks.sources.limit import Limit
from checks.sources.network import Dial, place
from checks.sources.secrets import lacking

CLOSED = (401, 403, 429)
MOST_LISTED = 2000
MOST_SHOWN = 100
MANIFEST_BYTES = 8 * 1024 * 1024
PAUSE = 0.25
"""Between two requests for what was too much at once."""


def describe(probe: Probe) -> str:
    args = probe.args
    many = f"{len(args['paths'])} paths of {args['url']}"
    if args.get("manifest"):
        many += f" and what its {args['manifest']} names (read as {args['basic_auth']['user']})"
    notes = [place(probe), f"{probe.deadline:g} s", "no redirects"]
    if not args.get("verify", True):
        notes.append("TLS not verified")
    return f"GET of {many} without a login, and of {len(args['wrong'])} with a wrong one ({', '.join(notes)})"


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    args, limit = probe.args, Limit(probe.deadline)
    value: dict[str, Any] = {
        "answers": [],
        "counts": {"without": {}, "wrong": {}},
        "left": 0,
        "listed": None,
        "manifest": None,
    }
    reason: Message | None = None
    try:
        paths = [*args["paths"], *_listed(args, dial, limit, secrets, value)]
        _ask(args, list(dict.fromkeys(paths)), dial, limit, value)
    except Missing as error:
        return fact(probe, None, describe(probe), Observation.ERROR, reason=lacking(str(error), secrets))
    except exchange.NoAuthorities as error:
        return fact(probe, None, describe(probe), Observation.ERROR, reason=error.reason)
    except NoVantage as error:
        return fact(probe, None, describe(probe), Observation.UNREACHABLE, reason=error.reason)
    answer = Answer(b"", b"", None, observed_at=now(), duration=limit.spent())
    return fact(probe, answer, describe(probe), Observation.OBSERVED, value, reason)


def _ask(args: dict[str, Any], paths: list[str], dial: Dial, limit: Limit, value: dict[str, Any]) -> None:
    password = hashlib.sha256(args["url"].encode()).hexdigest()[:24]  # nobody's
    login = base64.b64encode(f"{args['user']}:{password}".encode()).decode()
    wanted = [(path, True) for path in args["wrong"]] + [(path, False) for path in paths]
    found: list[dict[str, Any]] = []
    for done, (path, wrong) in enumerate(wanted):
        headers = HEADERS | ({"Authorization": f"Basic {login}"} if wrong else {})
        seen = _seen(args, path, headers, dial, limit, 0 if wrong else limit.seconds)
        if seen is None:
            value["left"] = len(wanted) - done
            break
        found.append({"path": path, "wrong": wrong, **seen})
    for name, wrong in (("without", False), ("wrong", True)):
        said = Counter(str(one["status"] or one["error"]) for one in found if one["wrong"] is wrong)
        value["counts"][name] = dict(sorted(said.items()))
    value["answers"] = sorted(found, key=lambda one: one["status"] in CLOSED)[:MOST_SHOWN]


def _seen(
    args: dict[str, Any], path: str, headers: dict[str, str], dial: Dial, limit: Limit, patience: float
) -> dict[str, Any] | None:
    """The answer for `path`; None where there was no time for one."""
    try:
        reply = _reply(args, path, headers, dial, limit, patience, 0)
    except Failed as error:
        return None if error.error == "timeout" else {"status": None, "error": error.error, "basic": False}
    basic = any(n == "www-authenticate" and v[:6].lower() == "basic " for n, v in reply.headers)
    return {"status": reply.status, "error": None, "basic": basic}


def _reply(
    args: dict[str, Any],
    path: str,
    headers: dict[str, str],
    dial: Dial,
    limit: Limit,
    patience: float,
    most: int,
) -> exchange.Reply:
    """What is too much at once is asked again for `patience` seconds."""
    slowed: exchange.Reply | None = None
    while True:
        try:
            reply = exchange.exchange(
                "GET", args["url"] + path, headers, dial, limit,
                verify=args.get("verify", True), ca=args.get("ca"), max_bytes=most,
            )  # fmt: skip
        except (TimeoutError, Failed) as error:
            if isinstance(error, Failed) and error.error != "timeout":
                raise
            if slowed:
                return slowed
            raise Failed("timeout") from error
        if reply.status != 429 or limit.spent() + PAUSE > patience:
            return reply
        slowed = reply
        time.sleep(PAUSE)


def _listed(
    args: dict[str, Any], dial: Dial, limit: Limit, secrets: dict[str, str], value: dict[str, Any]
) -> list[str]:
    """The paths that the manifest names."""
    if not args.get("manifest"):
        return []
    login = args["basic_auth"]
    pair = f"{filled(login['user'], secrets)}:{filled(login['password'], secrets)}"
    headers = HEADERS | {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    try:
        reply = _reply(args, args["manifest"], headers, dial, limit, limit.seconds, MANIFEST_BYTES)
    except Failed as error:
        value["manifest"] = error.error
        return []
    value["manifest"] = reply.status
    if reply.status != 200:
        return []
    try:
        found = sorted(set(_names(json.loads(reply.body))))
    except (ValueError, RecursionError):
        value["manifest"] = "malformed"
        return []
    value["listed"] = len(found)
    return [f"/{quote(name)}" for name in found[:MOST_LISTED]]


def _names(data: Any) -> Iterator[str]:
    """The paths in a manifest: a list of them or of mappings with ``path``, or a mapping by them; also below ``files``."""
    if isinstance(data, dict) and "files" in data:
        data = data["files"]
    for one in data if isinstance(data, dict | list) else ():
        name = one.get("path") if isinstance(one, dict) else one
        if isinstance(name, str) and name.isprintable() and ".." not in name.split("/"):
            yield name.strip("/")
