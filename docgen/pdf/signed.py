"""The signature of a PDF: is it there, does it hold, is it over the whole file, is it by the one whom the first page names,
and does it add nothing but itself? Offline: no authority is asked."""

from __future__ import annotations

import io
import logging
import zlib
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from checks.model import Message, msg
from docgen.pdf import added, level
from docgen.pdf.ends import ends
from docgen.pdf.finding import Finding
from docgen.pdf.revocation import name, rfc

if TYPE_CHECKING:
    from docgen.pdf.opened import Manifest, Opened, SignerMade

_PURPOSES = {
    "2.5.29.37.0",  # any
    "1.3.6.1.5.5.7.3.3",  # code
    "1.3.6.1.5.5.7.3.4",  # mail
    "1.3.6.1.5.5.7.3.36",  # documents (RFC 9336), and what was used before there was that
    "1.2.840.113583.1.1.5",  # Adobe
    "1.3.6.1.4.1.311.10.3.12",  # Microsoft
}
"""What a certificate may be for (extended key usage) whose holder signs documents."""
_FAULTS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ArithmeticError,
    EOFError,
    zlib.error,
)
"""What pyHanko raises of a file that is not as it should be."""


def signature(seen: Opened, manifest: Manifest, roots: tuple[bytes, ...]) -> list[Finding]:
    """What is to be said of the signature of `seen`; `roots` are the certificates of authorities that are trusted."""
    (base, *updates), named = ends(seen.raw), manifest.signer
    if named is None:
        if not updates:
            return _nobody() if roots else []
        said = msg("Something was added to the file behind its end, from byte {at:int} on.", at=base)
        return [Finding(False, said)]
    missing = msg("The signature is missing: the first page says that {name} signed.", name=named.name)
    if not updates:
        return [Finding(False, missing)]
    own = 2 if b"/DocTimeStamp" in seen.raw[updates[0] : updates[min(1, len(updates) - 1)]] else 1
    if len(updates) > own:
        said = msg("The file was changed before it was signed, from byte {at:int} on.", at=base)
        if b"/ByteRange" in seen.raw[base : updates[0]]:
            said = msg(
                "Something was added behind the signature, from byte {at:int} on.", at=updates[own - 1]
            )
        return [Finding(False, said)]
    if find_spec("pyhanko") is None:
        said = msg("The signature was not looked at: that needs pyHanko, an extra of docgen.")
        return [Finding(None, said)]
    try:
        return _looked(seen, [base, *updates], named, missing, roots)
    except _faults() as error:
        said = msg("The signature cannot be read ({error}).", error=str(error)[:80] or type(error).__name__)
        return [Finding(False, said)]


def certificates(raw: bytes) -> list[Any]:
    """The certificates in `raw`, as PEM, or one as DER. Raises ValueError where there is none, or one cannot be read."""
    from asn1crypto import pem, x509

    parts = pem.unarmor(raw, multiple=True) if pem.detect(raw) else [("CERTIFICATE", {}, raw)]
    try:
        found = [x509.Certificate.load(der, strict=True) for kind, _, der in parts if kind == "CERTIFICATE"]
        for one in found:
            one.subject.native, one.public_key.native, one.not_valid_after  # noqa: B018 - that they can be read
    except (TypeError, LookupError) as error:
        raise ValueError(str(error)) from error
    if not found:
        raise ValueError("no certificate")
    return found


def _nobody() -> list[Finding]:
    said = msg("There is no signature in it, so nobody could be trusted for it.")
    return [Finding(False, said, "trust")]


def _faults() -> tuple[type[Exception], ...]:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.validation.errors import SignatureValidationError

    return (*_FAULTS, PdfError, SignatureValidationError)


def _looked(
    seen: Opened, ends: list[int], named: SignerMade, missing: Message, roots: tuple[bytes, ...]
) -> list[Finding]:
    from pyhanko.pdf_utils.reader import PdfFileReader

    for logger in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)  # what it finds is said here
    reader = PdfFileReader(io.BytesIO(seen.raw))
    found, stamps = list(reader.embedded_regular_signatures), list(reader.embedded_timestamp_signatures)
    if not found:
        return [Finding(False, missing)]
    if len(found) > 1:
        return [Finding(False, msg("There are {n:int} signatures in it instead of one.", n=len(found)))]
    its = found[0]
    certificate = its.signer_cert
    trusted = [one for root in roots for one in certificates(root)]
    store = level.store(reader)
    status = _validated(its, trusted, store.certificates, _moment(its))
    wrong = []
    # What a timestamp is behind ends before it.
    covered = int(its.byte_range[2]) + int(its.byte_range[3])
    if covered != ends[1] or len(stamps) != len(ends) - 2:
        said = msg("The signature is not over the whole file: something was added behind it.")
        wrong.append(Finding(False, said))
    if not (status.intact and status.valid):
        said = msg("The signature does not hold: the file was changed after it was signed.")
        if status.intact:
            said = msg("The signature does not hold: it was not made with the key of its certificate.")
        wrong.append(Finding(False, said))
    if (at := next(filter(None, (_foreign(seen.raw, one) for one in (*found, *stamps))), None)) is not None:
        said = msg(
            "In the room of the signature there is something else than it, from byte {at:int} on.", at=at
        )
        wrong.append(Finding(False, said))
    elif not all(_framed(one) for one in (*found, *stamps)):
        said = msg("Around the signature something was changed that no signature is over.")
        wrong.append(Finding(False, said))
    if certificate.sha256.hex() != named.sha256:
        said = msg(
            "The signature is by {name} (certificate sha256 {sha256:code}), not by the one whom the first page names.",
            name=name(certificate.subject), sha256=certificate.sha256.hex(),
        )  # fmt: skip
        wrong.append(Finding(False, said))
    said_ = (added.more(seen, start, end) for start, end in pairwise(ends))
    if (first := next(filter(None, said_), None)) is not None:
        wrong.append(Finding(False, first))
    if wrong:
        return wrong
    said = msg("Signed by {name}: the signature holds, and is over the whole file.", name=named.name)
    if stamps:
        said = msg("Signed by {name}: the signature holds, and is over the whole file up to the timestamp behind it.",
                   name=named.name)  # fmt: skip
    return [
        Finding(True, said),
        # Who is not led to has no word to say; that he is not, the certificate says.
        level.proved(its, status, stamps, store, trusted if status.trusted else []),
        *_certificate(certificate, status, roots),
    ]


def _foreign(raw: bytes, its: Any) -> int | None:
    """Where in `raw`, between the bytes that the signature `its` is over, something stands that is neither it nor the zeros
    with which the rest of the room is filled."""
    from asn1crypto.parser import peek

    first, length, then, _ = (int(one) for one in its.byte_range)
    room = raw[first + length : then]
    digits = room[1:-1]
    filled = bytes.fromhex(digits.decode("ascii"))
    own = filled[: peek(filled)].hex().upper().encode()
    expected = b"<" + own + b"0" * (len(digits) - len(own)) + b">"
    return next(
        (first + length + n for n, (a, b) in enumerate(zip(room, expected, strict=True)) if a != b), None
    )


def _framed(its: Any) -> bool:
    """Whether what no signature is over, around the signature `its`, says what follows from the rest."""
    from asn1crypto.parser import parse, peek

    whole = parse(its.pkcs7_content[: peek(its.pkcs7_content)])[4]
    first = peek(whole)
    return first + peek(whole[first:]) == len(whole) and _consistent(its.signed_data)


def _consistent(signed: Any) -> bool:
    """The same of versions, algorithms and the name of the issuer in a ``SignedData`` (RFC 5652), and in the timestamps
    within it."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    (one,) = signed["signer_infos"]
    sid, digest = one["sid"], one["digest_algorithm"]
    by_issuer = sid.name == "issuer_and_serial_number"
    plain = signed["encap_content_info"]["content_type"].native == "data"
    algorithms = [digest, *signed["digest_algorithms"]]
    issuers = [
        held.chosen.issuer.dump()
        for held in signed["certificates"] or ()
        if by_issuer
        and held.name == "certificate"
        and held.chosen.serial_number == sid.chosen["serial_number"].native
    ]
    return (
        one["version"].native == ("v1" if by_issuer else "v3")
        and signed["version"].native == ("v1" if plain and by_issuer else "v3")
        and len(algorithms) == 2
        and all(
            its["algorithm"].native == digest["algorithm"].native
            and its["parameters"].dump() in (b"", b"\x05\x00")
            for its in algorithms
        )
        and (not issuers or sid.chosen["issuer"].dump() in issuers)
        and all(_consistent(stamp) for stamp in extract_tst_data_iter(one, signed=False))
    )


def _validated(its: Any, trusted: list[Any], known: list[Any], moment: datetime) -> Any:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.registry import SimpleTrustManager

    # Years later, what counts is what held when it was signed.
    context = ValidationContext(
        trust_manager=SimpleTrustManager.build(trust_roots=trusted),
        other_certs=known,
        moment=moment,
        allow_fetching=False,
    )
    usage = KeyUsageConstraints(key_usage=set())  # said apart from whom it leads to
    return validate_pdf_signature(its, context, context, key_usage_settings=usage, skip_diff=True)


def _moment(its: Any) -> datetime:
    """When it was signed: by the timestamp, else by what the signer says."""
    said: datetime | None = level.stamped(its) or its.self_reported_timestamp
    return said or datetime.now(UTC)


def _certificate(certificate: Any, status: Any, roots: tuple[bytes, ...]) -> list[Finding]:
    """Whose key it is, as far as that can be known."""
    moment = status.validation_time or datetime.now(UTC)
    span = msg(
        "Certificate sha256 {sha256:code}, valid from {start:time} until {end:time}",
        sha256=certificate.sha256.hex(),
        start=rfc(certificate.not_valid_before),
        end=rfc(certificate.not_valid_after),
    )
    if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
        return [Finding(None, msg("{certificate}: not when it was used to sign.", certificate=span))]
    if roots and status.trusted:
        path = status.validation_path
        root = name(path.first.subject) if path is not None and path.first is not None else "–"
        # Whoever names the certificate itself means it, whatever it is for.
        itself = path is not None and path.pkix_len == 0
        if not itself and not for_documents(certificate):
            said = msg(
                "{certificate}; it leads to {root}, whom you trust, but is for something else than signing documents.",
                certificate=span, root=root,
            )  # fmt: skip
            return [Finding(False, said, "trust")]
        said = msg("{certificate}; it leads to {root}, whom you trust.", certificate=span, root=root)
        return [Finding(True, said, "trust")]
    issuer = name(certificate.issuer)
    if roots:
        said = msg("{certificate}; it does not lead to anybody whom you trust, but to {issuer}.",
                   certificate=span, issuer=issuer)  # fmt: skip
        return [Finding(False, said, "trust")]
    if certificate.self_signed in ("yes", "maybe"):
        said = msg("{certificate}; self-signed: it shows that nothing was changed, not whose key it is.",
                   certificate=span)  # fmt: skip
    else:
        said = msg("{certificate}; issued by {issuer}, which was not looked at: name whom you trust with {option:code}.",
                   certificate=span, issuer=issuer, option="--trust CA.pem")  # fmt: skip
    return [Finding(True, said)]


def for_documents(certificate: Any) -> bool:
    """Whether who holds the `certificate` may sign documents with it: what it does not name, use or purpose of its key, it
    does not restrict (RFC 5280)."""
    uses, purposes = certificate.key_usage_value, certificate.extended_key_usage_value
    if uses is not None and uses.native.isdisjoint({"digital_signature", "non_repudiation"}):
        return False
    return purposes is None or not _PURPOSES.isdisjoint(one.dotted for one in purposes)
