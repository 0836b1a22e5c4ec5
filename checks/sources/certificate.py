"""``certificate`` (host, port, name, ca?): what certificate a server shows, and whether it is to be trusted.

Value: ``{"host", "port", "name", "trusted": bool, "problems": [...], "said": what the verification said,
"certificate": {...} as :func:`summary` gives it, "chain": [{"subject", "issuer", "not_after"}], "protocol",
"error": null | "refused" | "reset" | "timeout" | "tls" | "protocol", "error_text", "seconds"}``. The problems
are ``expired``, ``not_yet_valid``, ``wrong_name``, ``self_signed``, ``unknown_issuer``, ``chain_expired`` and
``untrusted``. Only the handshake takes place; nothing is sent.
"""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from datetime import UTC, datetime
from typing import Any

from checks.clock import now
from checks.model import Fact, Observation, Probe, msg
from checks.sources.connection import Failed, NoVantage, connect, failure, tls_context
from checks.sources.interface import Answer, decode, fact
from checks.sources.limit import Limit
from checks.sources.network import Dial, place

MOST_NAMES = 100
_CODES = {9: "not_yet_valid", 10: "expired", 18: "self_signed", 19: "self_signed", 20: "unknown_issuer"}
_CODES |= {2: "unknown_issuer", 21: "unknown_issuer", 62: "wrong_name", 64: "wrong_name"}


def describe(probe: Probe) -> str:
    args = probe.args
    return (
        f"TLS handshake with {args['host']}:{args['port']} as {args['name']} "
        f"({place(probe)}, {probe.deadline:g} s)"
    )


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    args, limit = probe.args, Limit(probe.deadline)
    value: dict[str, Any] = {"host": args["host"], "port": args["port"], "name": args["name"]}
    value |= {
        "trusted": False,
        "problems": [],
        "said": "",
        "certificate": None,
        "chain": [],
        "protocol": None,
    }
    value |= {"error": None, "error_text": ""}
    raw, observation, reason = b"", Observation.OBSERVED, None
    try:
        try:
            context = tls_context(True, args.get("ca"))
        except OSError as error:
            reason = msg(
                "The file with the authorities {path:code} cannot be used: {error:code}",
                path=args.get("ca") or "–",
                error=str(error.strerror or error),
            )
            return fact(probe, None, describe(probe), Observation.ERROR, reason=reason)
        try:
            raw = _handshake(args, dial, limit, context, value)
            value["trusted"] = True
        except ssl.SSLCertVerificationError as error:
            value["said"] = error.verify_message
            raw = _handshake(args, dial, limit, tls_context(False, None), value)
            value["problems"] = _problems(error.verify_code, value)
    except NoVantage as error:
        observation, reason = Observation.UNREACHABLE, error.reason
    except Failed as error:
        value |= {"error": error.error, "error_text": error.text}
        if error.error == "timeout":
            observation = Observation.TIMEOUT
            reason = msg("No answer within {limit:seconds}.", limit=probe.deadline)
    value["seconds"] = round(limit.spent(), 3)
    answer = Answer(raw, b"", None, observed_at=now(), duration=limit.spent())
    shown = None if observation is Observation.UNREACHABLE else value
    made = fact(probe, answer, describe(probe), observation, shown, reason)
    return made.model_copy(update={"excerpt": ""})


def summary(der: bytes) -> dict[str, Any]:
    """``{"subject", "issuer", "names": [...], "not_before", "not_after", "seconds_left", "serial", "sha256"}``
    of a certificate; ``{"sha256", "unreadable": why}`` where it cannot be read."""
    from cryptography import x509

    digest = hashlib.sha256(der).hexdigest()
    try:
        read = x509.load_der_x509_certificate(der)
        names: list[str] = []
        try:
            extension = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            names = [*extension.get_values_for_type(x509.DNSName)]
            names += [str(one) for one in extension.get_values_for_type(x509.IPAddress)]
        except x509.ExtensionNotFound:
            names = []
        return {
            "subject": _clean(read.subject.rfc4514_string()),
            "issuer": _clean(read.issuer.rfc4514_string()),
            "names": [_clean(name) for name in names[:MOST_NAMES]],
            "not_before": _stamp(read.not_valid_before_utc),
            "not_after": _stamp(read.not_valid_after_utc),
            "seconds_left": int((read.not_valid_after_utc - datetime.now(UTC)).total_seconds()),
            "serial": f"{read.serial_number:x}",
            "sha256": digest,
        }
    except Exception as error:  # noqa: BLE001 - a certificate from outside may be anything
        return {"sha256": digest, "unreadable": _clean(f"{type(error).__name__}: {error}")}


def matches(names: list[str], wanted: str) -> bool:
    """Whether a certificate for `names` is good for `wanted`: a star stands for one first label."""
    wanted = wanted.rstrip(".").lower()
    try:
        address = str(ipaddress.ip_address(wanted))
    except ValueError:
        address = ""
    if address:
        return address in names
    rest = wanted.partition(".")[2]
    known = {name.rstrip(".").lower() for name in names}
    return wanted in known or (rest != "" and f"*.{rest}" in known)


def _handshake(
    args: dict[str, Any], dial: Dial, limit: Limit, context: ssl.SSLContext, value: dict[str, Any]
) -> bytes:
    """The certificate in DER. Raises SSLCertVerificationError, :class:`Failed` or :class:`NoVantage`."""
    sock = connect(dial, args["host"], args["port"], limit)
    try:
        with limit.guard(sock), context.wrap_socket(sock, server_hostname=args["name"]) as secured:
            der = secured.getpeercert(binary_form=True) or b""
            value["protocol"] = secured.version()
            value["certificate"] = summary(der)
            value["chain"] = [_link(one) for one in _chain(secured)]
            return der
    except ssl.SSLCertVerificationError as error:
        if limit.expired:
            raise failure(error, limit) from error
        raise
    except (OSError, ValueError) as error:
        raise failure(error, limit) from error
    finally:
        sock.close()


def _chain(secured: ssl.SSLSocket) -> list[bytes]:
    """What the server sent, in DER, its own first. Python shows it only from 3.13 on in public."""
    holder: Any = secured if hasattr(secured, "get_unverified_chain") else getattr(secured, "_sslobj", None)
    sent = holder.get_unverified_chain() if hasattr(holder, "get_unverified_chain") else None
    return [one if isinstance(one, bytes) else one.public_bytes(2) for one in sent or []][:10]


def _link(der: bytes) -> dict[str, Any]:
    read = summary(der)
    return {key: read.get(key) for key in ("subject", "issuer", "not_after")}


def _problems(code: int, value: dict[str, Any]) -> list[str]:
    """Everything that is wrong with the certificate; the verification itself stops at the first."""
    seen, word = value["certificate"], _CODES.get(code, "untrusted")
    if "unreadable" in seen:
        return [word]
    found = []
    if seen["seconds_left"] <= 0:
        found.append("expired")
    elif word == "expired":
        found.append("chain_expired")
    if datetime.fromisoformat(seen["not_before"]) > datetime.now(UTC):
        found.append("not_yet_valid")
    if not matches(seen["names"], value["name"]):
        found.append("wrong_name")
    if word in ("self_signed", "unknown_issuer", "untrusted"):
        found.append("self_signed" if seen["subject"] == seen["issuer"] else word)
    return found or [word]


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _clean(text: str) -> str:
    return decode(text.encode("utf-8", "backslashreplace"))[:300]
