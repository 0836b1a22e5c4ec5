"""``http``: one request, GET or HEAD and nothing else, and what came of it.

Arguments: ``url``; optional ``method``, ``follow`` (most redirects, default 5), ``headers``, ``basic_auth``
(``user``, ``password``), ``patterns`` and ``header_patterns`` ([name, pattern]) to look for, ``json`` (paths),
``leads_to`` (``json``, a path, and ``under``: what the JSON names there, below ``under``, is asked for as well, at the same
origin and nowhere else), ``verify`` (default true), ``ca`` (a file), ``max_bytes``, ``private`` (true: nothing of the body
is kept).
``{secret.name}`` is filled in only here, and only for the origin that it was declared for.

Value: ``{"url", "status", "reason", "headers" (lower case; cookies without their values), "location": where a
redirect that was not followed leads, "chain": [{"url", "status", "location"}], "seconds", "body_excerpt",
"bytes", "truncated", "undecoded": an encoding that was not asked for, or null, "found" and "found_headers":
per pattern, in their order, ``{"line", "text", "count"}`` or null, "json": per path, in their order, a list of
``{"value"}`` or null for what is missing; or null where the body is no JSON, "fingerprint": digest of the body
without what changes from request to request, "error": null | "refused" | "reset" | "timeout" | "tls" |
"protocol" | "too_many_redirects" | "no_name" (of where it redirects to), "error_text", "certificate", "led": with
``leads_to`` ``{"url" (null: it names nothing), "status", "error"}``, else null}``.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from checks.clock import now
from checks.knowledge.urls import followed, origin, target
from checks.model import Fact, Message, Observation, Probe, msg
from checks.sources import body, exchange
from checks.sources.connection import Failed, NoVantage
from checks.sources.interface import Answer, display, fact
from checks.sources.limit import Limit
from checks.sources.network import Dial, place
from checks.sources.search import search
from checks.sources.secrets import lacking
from checks.spec.variables import SECRET

METHODS = ("GET", "HEAD")
FOLLOW = 5
REDIRECTS = (301, 302, 303, 307, 308)
MAX_BYTES = 1024 * 1024
EXCERPT = 300
HEADERS = {"User-Agent": "docgen", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}


class Missing(Exception):
    """A secret that is not there; its name."""


def describe(probe: Probe) -> str:
    args = probe.args
    follow = args.get("follow", FOLLOW)
    notes = [place(probe), f"{probe.deadline:g} s", f"up to {follow} redirects" if follow else "no redirects"]
    if args.get("basic_auth"):
        notes.append(f"as {args['basic_auth']['user']}")
    if args.get("headers"):
        notes.append(f"with {', '.join(args['headers'])}")
    if not args.get("verify", True):
        notes.append("TLS not verified")
    if args.get("leads_to"):
        notes.append(f"then what its {args['leads_to']['json']} names below {args['leads_to']['under']}")
    return f"{args.get('method', 'GET')} {args['url']} ({', '.join(notes)})"


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    args, limit = probe.args, Limit(probe.deadline)
    reason: Message | None = None
    if args.get("method", "GET") not in METHODS:
        reason = msg("Only GET and HEAD are sent; {method:code} is refused.", method=args["method"])
        return fact(probe, None, describe(probe), Observation.ERROR, reason=reason)
    value: dict[str, Any] = {
        "url": args["url"],
        "status": None,
        "reason": "",
        "headers": {},
        "location": None,
        "chain": [],
        "seconds": 0.0,
        "body_excerpt": "",
        "bytes": 0,
        "truncated": False,
        "undecoded": None,
        "found": [None] * len(args.get("patterns", ())),
        "found_headers": [None] * len(args.get("header_patterns", ())),
        "json": None,
        "fingerprint": "",
        "error": None,
        "error_text": "",
        "certificate": None,
        "led": None,
    }
    raw, observation = b"", Observation.OBSERVED
    try:
        reply = _asked(args, dial, limit, secrets, value)
        value["seconds"] = round(limit.spent(), 3)
        raw = reply.body
        _read(args, reply, value)
        if args.get("leads_to"):
            value["led"] = _led(args, reply, dial, limit, secrets, value)
    except Missing as error:
        reason = lacking(str(error), secrets)
        return fact(probe, None, describe(probe), Observation.ERROR, reason=reason)
    except exchange.NoAuthorities as error:
        return fact(probe, None, describe(probe), Observation.ERROR, reason=error.reason)
    except NoVantage as error:
        if value["chain"] and error.unknown_name:
            # The server was seen: it answers with a redirect to nowhere.
            value |= {"error": "no_name", "error_text": error.reason.params["host"]}
            value["seconds"] = round(limit.spent(), 3)
        else:
            observation, reason = Observation.UNREACHABLE, _lost(error.reason, value["chain"])
    except Failed as error:
        value |= {"error": error.error, "error_text": error.text, "seconds": round(limit.spent(), 3)}
        if error.error == "timeout":
            observation = Observation.TIMEOUT
            reason = msg("No answer within {limit:seconds}.", limit=probe.deadline)
    answer = Answer(raw, b"", None, truncated=value["truncated"], observed_at=now(), duration=limit.spent())
    shown = None if observation is Observation.UNREACHABLE else value
    made = fact(probe, answer, describe(probe), observation, shown, reason)
    return made.model_copy(update={"excerpt": ""}) if args.get("private") else made


def _lost(reason: Message, chain: list[dict[str, Any]]) -> Message:
    """`reason`, and which redirect led there."""
    if not chain:
        return reason
    last = chain[-1]
    return msg(
        "{url:code} answers {status:code} and redirects to {location:code}. {reason}",
        url=last["url"],
        status=str(last["status"]),
        location=last["location"],
        reason=reason,
    )


def _asked(
    args: dict[str, Any], dial: Dial, limit: Limit, secrets: dict[str, str], value: dict[str, Any]
) -> exchange.Reply:
    """The last reply, redirects followed and written down in `value`."""
    url = filled(args["url"], secrets, quoted=True)
    own, headers = origin(url), _headers(args, secrets)
    follow = args.get("follow", FOLLOW)
    while True:
        sent = HEADERS | (headers if origin(url) == own else {})
        reply = exchange.exchange(
            args.get("method", "GET"),
            url,
            sent,
            dial,
            limit,
            verify=args.get("verify", True),
            ca=args.get("ca"),
            max_bytes=args.get("max_bytes", MAX_BYTES),
        )
        value |= {"status": reply.status, "reason": reply.reason, "certificate": reply.certificate}
        location = _location(url, reply)
        if location is None or not follow:
            value["location"] = location
            return reply
        value["chain"].append({"url": value["url"], "status": reply.status, "location": location})
        if len(value["chain"]) > follow:
            raise Failed("too_many_redirects", f"more than {follow}")
        value["url"] = url = location


def _led(
    args: dict[str, Any],
    reply: exchange.Reply,
    dial: Dial,
    limit: Limit,
    secrets: dict[str, str],
    value: dict[str, Any],
) -> dict[str, Any]:
    """What the answer names, asked for in turn: an asset of a manifest. What it names elsewhere is not asked for."""
    wanted, headers = args["leads_to"], dict(reply.headers)
    text = body.text_of(body.decoded(reply.body, headers, args.get("max_bytes", MAX_BYTES))[0], "")
    found = (body.json_values(text, [wanted["json"]])["json"] or [[]])[0]
    name = next((one["value"] for one in found if one), None)
    if not isinstance(name, str) or not name:
        return {"url": None, "status": None, "error": None}
    try:
        url = followed(value["url"], display(wanted["under"].rstrip("/") + "/" + name.lstrip("/")))
    except ValueError:
        return {"url": None, "status": None, "error": None}
    if origin(url) != origin(value["url"]):
        return {"url": url, "status": None, "error": "elsewhere"}
    sent = HEADERS | (_headers(args, secrets) if origin(url) == origin(args["url"]) else {})
    try:
        asset = exchange.exchange(
            "GET", url, sent, dial, limit,
            verify=args.get("verify", True), ca=args.get("ca"), max_bytes=args.get("max_bytes", MAX_BYTES),
        )  # fmt: skip
    except Failed as error:
        return {"url": url, "status": None, "error": error.error}
    return {"url": url, "status": asset.status, "error": None}


def _location(url: str, reply: exchange.Reply) -> str | None:
    location = next((text for name, text in reply.headers if name == "location"), None)
    if reply.status not in REDIRECTS or location is None:
        return None
    try:
        return followed(url, display(location))
    except ValueError:
        return None  # not to a web address: then this is the last reply


def _headers(args: dict[str, Any], secrets: dict[str, str]) -> dict[str, str]:
    headers = {name: filled(text, secrets) for name, text in args.get("headers", {}).items()}
    if login := args.get("basic_auth"):
        pair = f"{filled(login['user'], secrets)}:{filled(login['password'], secrets)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return headers


def filled(text: str, secrets: dict[str, str], *, quoted: bool = False) -> str:
    """`text` with the secrets that it names. Raises :class:`Missing`."""
    for name in SECRET.findall(text):
        if name not in secrets:
            raise Missing(name)
    return SECRET.sub(lambda m: quote(secrets[m[1]], "") if quoted else secrets[m[1]], text)


def _read(args: dict[str, Any], reply: exchange.Reply, value: dict[str, Any]) -> None:
    """What the reply holds, as far as it was asked for."""
    headers: dict[str, str] = {}
    for name, line in reply.headers:
        kept = body.without_cookie(line) if name in ("set-cookie", "set-cookie2") else line
        headers[name] = f"{headers[name]}, {kept}" if name in headers else kept
    decoded, whole, undecoded = body.decoded(reply.body, headers, args.get("max_bytes", MAX_BYTES))
    text = body.text_of(decoded, headers.get("content-type", ""))
    found = search(text, args.get("patterns", ()))
    value |= {
        "headers": headers,
        "bytes": len(reply.body),
        "truncated": reply.truncated or not whole,
        "undecoded": undecoded,
        "found": [found[pattern] for pattern in args.get("patterns", ())],
        "found_headers": [
            search(headers.get(name, ""), [pattern])[pattern]
            for name, pattern in args.get("header_patterns", ())
        ],
        "body_excerpt": text[:EXCERPT],
    }
    if args.get("json"):
        value |= body.json_values(text, args["json"])
    if args.get("private"):
        value["body_excerpt"] = ""
        value["found"] = [one and {**one, "text": ""} for one in value["found"]]
        value["fingerprint"] = body.fingerprint(text, target(value["url"]))
