"""The signature of a PDF: is it there, does it hold, is it over the whole file, is it by the one whom the first page names,
and does it add nothing but itself? Offline: no authority is asked."""

from __future__ import annotations

import io
import logging
import re
import zlib
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from checks.model import Message, msg
from docgen.pdf.finding import Finding

if TYPE_CHECKING:
    from docgen.pdf.opened import Manifest, Opened, SignerMade

_LAST = re.compile(rb"startxref\s+([0-9]{1,12})\s+%%EOF\s*\Z")
_BEFORE = re.compile(rb"/Prev ([0-9]{1,12})\b")
_HEAD = 8192
_MOST = 10
"""So many updates are told apart."""
_FIELD = {"/FT", "/T", "/Type", "/Subtype", "/F", "/Rect", "/P", "/V"}
_SIGNATURE = {"/Contents", "/ByteRange", "/Type", "/Filter", "/SubFilter", "/M"}
_FORM = {"/Fields", "/SigFlags"}
_ROOT, _PAGE = frozenset({"/AcroForm", "/Extensions"}), frozenset({"/Annots"})
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


def ends(raw: bytes) -> list[int]:
    """Where what was written first ends, and each update behind it; only the length of `raw` where there is none."""
    found = [len(raw)]
    while len(found) < _MOST:
        last = _LAST.search(raw, max(0, found[0] - 64), found[0])
        at = int(last[1]) if last else len(raw)
        before = _BEFORE.search(raw[at : min(at + _HEAD, found[0])].partition(b"stream")[0])
        if before is None:
            break
        earlier = re.compile(rb"startxref\s+" + before[1] + rb"\s+%%EOF\n").search(raw, 0, found[0] - 1)
        if earlier is None:
            break
        found.insert(0, earlier.end())
    return found


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
    if len(updates) > 1:
        said = msg("The file was changed before it was signed, from byte {at:int} on.", at=base)
        if b"/ByteRange" in seen.raw[base : updates[0]]:
            said = msg("Something was added behind the signature, from byte {at:int} on.", at=updates[0])
        return [Finding(False, said)]
    if find_spec("pyhanko") is None:
        said = msg("The signature was not looked at: that needs pyHanko, an extra of docgen.")
        return [Finding(None, said)]
    try:
        return _looked(seen, base, named, missing, roots)
    except _faults() as error:
        said = msg("The signature cannot be read ({error}).", error=str(error)[:80] or type(error).__name__)
        return [Finding(False, said)]


def _nobody() -> list[Finding]:
    said = msg("There is no signature in it, so nobody could be trusted for it.")
    return [Finding(False, said, "trust")]


def _faults() -> tuple[type[Exception], ...]:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.validation.errors import SignatureValidationError

    return (*_FAULTS, PdfError, SignatureValidationError)


def _looked(
    seen: Opened, base: int, named: SignerMade, missing: Message, roots: tuple[bytes, ...]
) -> list[Finding]:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what it finds is said here
    found = list(PdfFileReader(io.BytesIO(seen.raw)).embedded_signatures)
    if not found:
        return [Finding(False, missing)]
    if len(found) > 1:
        return [Finding(False, msg("There are {n:int} signatures in it instead of one.", n=len(found)))]
    its = found[0]
    certificate = its.signer_cert
    status = _validated(its, roots, _moment(its))
    wrong = []
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        said = msg("The signature is not over the whole file: something was added behind it.")
        wrong.append(Finding(False, said))
    if not (status.intact and status.valid):
        said = msg("The signature does not hold: the file was changed after it was signed.")
        if status.intact:
            said = msg("The signature does not hold: it was not made with the key of its certificate.")
        wrong.append(Finding(False, said))
    if certificate.sha256.hex() != named.sha256:
        said = msg(
            "The signature is by {name} (certificate sha256 {sha256:code}), not by the one whom the first page names.",
            name=_common(certificate.subject), sha256=certificate.sha256.hex(),
        )  # fmt: skip
        wrong.append(Finding(False, said))
    if (said_ := _more(seen, base)) is not None:
        wrong.append(Finding(False, said_))
    if wrong:
        return wrong
    said = msg("Signed by {name}: the signature holds, and is over the whole file.", name=named.name)
    return [Finding(True, said), *_stamp(status), *_certificate(certificate, status, roots)]


def _validated(its: Any, roots: tuple[bytes, ...], moment: datetime) -> Any:
    from asn1crypto import pem, x509
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.registry import SimpleTrustManager

    trusted = [x509.Certificate.load(der) for root in roots for _, _, der in pem.unarmor(root, multiple=True)]
    # Years later, what counts is what held when it was signed.
    context = ValidationContext(
        trust_manager=SimpleTrustManager.build(trust_roots=trusted), moment=moment, allow_fetching=False
    )
    usage = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
    return validate_pdf_signature(its, context, context, key_usage_settings=usage, skip_diff=True)


def _moment(its: Any) -> datetime:
    """When it was signed: by the timestamp, else by what the signer says."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    token = next(iter(extract_tst_data_iter(its.signer_info, signed=False)), None)
    if token is not None:
        made: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
        return made
    said: datetime | None = its.self_reported_timestamp
    return said or datetime.now(UTC)


def _more(seen: Opened, base: int) -> Message | None:
    """What the update changes besides adding a signature, None where nothing: what is seen must be what was written."""
    import pikepdf

    with pikepdf.open(io.BytesIO(seen.raw[:base])) as old, pikepdf.open(io.BytesIO(seen.raw)) as new:
        root, page = new.Root.objgen, new.pages[0].obj.objgen
        before = {one.objgen: one for one in old.objects}
        own = _own(new, old)
        for one in new.objects:
            added = {root: _ROOT, page: _PAGE}.get(one.objgen, frozenset())
            if one.objgen in before:
                if _content(before[one.objgen], added) == _content(one, added):
                    continue
            elif own is not None and (one.objgen in own or _is_structure(one)):
                continue
            place = seen.places.get(one.objgen[0], msg("the structure of the file"))
            return msg("What was added with the signature changes {place}.", place=place)
    return None if own is not None else msg("What was added with the signature is more than a signature.")


def _content(one: Any, without: frozenset[str]) -> Any:
    """An object as it stands in its file, without some of its entries."""
    import pikepdf

    if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        entries = {key: _plain(value) for key, value in one.items() if key not in without}
        return entries, one.read_raw_bytes() if isinstance(one, pikepdf.Stream) else b""
    return one.unparse(resolved=True) if isinstance(one, pikepdf.Object) else repr(one)


def _plain(value: Any) -> Any:
    return value.unparse() if hasattr(value, "unparse") else repr(value)


def _is_structure(one: Any) -> bool:
    import pikepdf

    return (isinstance(one, pikepdf.Stream) and one.get("/Type") == "/XRef") or one is None


def _own(new: Any, old: Any) -> set[tuple[int, int]] | None:
    """The objects that make up the one signature of the file `new`, which shows nothing; None where there is more."""
    form = new.Root.get("/AcroForm")
    fields = form.get("/Fields") if form is not None else None
    if fields is None or len(fields) != 1 or "/AcroForm" in old.Root:
        return None
    field = fields[0]
    its = field.get("/V")
    known = set(form.keys()) <= _FORM and set(field.keys()) <= _FIELD and set(its.keys()) <= _SIGNATURE
    shown = [_plain(one) for one in new.pages[0].obj.get("/Annots", [])]
    there = [_plain(one) for one in old.pages[0].obj.get("/Annots", [])]
    if not known or any(float(n) for n in field["/Rect"]) or shown != [*there, _plain(field)]:
        return None
    return {form.objgen, field.objgen, its.objgen}


def _certificate(certificate: Any, status: Any, roots: tuple[bytes, ...]) -> list[Finding]:
    """Whose key it is, as far as that can be known."""
    moment = status.validation_time or datetime.now(UTC)
    span = msg(
        "Certificate sha256 {sha256:code}, valid from {start:time} until {end:time}",
        sha256=certificate.sha256.hex(),
        start=_rfc(certificate.not_valid_before),
        end=_rfc(certificate.not_valid_after),
    )
    if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
        return [Finding(None, msg("{certificate}: not when it was used to sign.", certificate=span))]
    if roots and status.trusted:
        path = status.validation_path
        root = _common(path.first.subject) if path is not None and path.first is not None else "–"
        said = msg("{certificate}; it leads to {root}, whom you trust.", certificate=span, root=root)
        return [Finding(True, said, "trust")]
    issuer = _common(certificate.issuer)
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


def _stamp(status: Any) -> list[Finding]:
    """When it was signed, and who says so."""
    stamp = status.timestamp_validity
    if stamp is None:
        when = status.signer_reported_dt
        if when is None:
            return [Finding(True, msg("When it was signed is not said."))]
        return [
            Finding(
                True, msg("Signed at {at:time}, by its own account: there is no timestamp.", at=_rfc(when))
            )
        ]
    name = _common(stamp.signing_cert.subject)
    if not (stamp.intact and stamp.valid):
        return [Finding(False, msg("The timestamp of {name} does not hold.", name=name))]
    said = msg("Timestamp of {name}: {at:time}.", name=name, at=_rfc(stamp.timestamp))
    return [Finding(True, said)]


def _rfc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _common(name: Any) -> str:
    said = name.native.get("common_name") or name.human_friendly
    return str(said[0] if isinstance(said, list) else said)[:120]
