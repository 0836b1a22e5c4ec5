"""How far a signature can be verified without asking anybody, by the levels of PAdES: B-B, B-T with a timestamp, B-LTA with
certificates and revocation lists under a timestamp over all of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from checks.model import msg
from docgen.pdf.finding import Finding
from docgen.pdf.revocation import Revoked, Unlisted, issued, name, path, rfc, signers


class Store(NamedTuple):
    """What a PDF carries for it: certificates and revocation lists."""

    certificates: list[Any]
    lists: list[Any]


def store(reader: Any) -> Store:
    """The store (DSS) of the PDF that pyHanko's `reader` has opened."""
    from asn1crypto import crl, x509

    its = reader.root.get("/DSS")
    dss = {} if its is None else its.get_object()

    def all_(of: str) -> list[bytes]:
        return [one.get_object().data for one in dss[of]] if of in dss else []

    return Store(
        [x509.Certificate.load(one) for one in all_("/Certs")],
        [crl.CertificateList.load(one) for one in all_("/CRLs")],
    )


def proved(its: Any, status: Any, stamps: list[Any], kept: Store, trusted: list[Any]) -> Finding:
    """The level of the signature `its`, of which pyHanko found the `status`, with the timestamps `stamps` behind it: when it
    was made and who says so, and what the revocation lists say that are `kept`; `trusted` are the certificates of those who
    are."""
    clock, at = status.timestamp_validity, stamped(its)
    if clock is None or at is None:
        said = status.signer_reported_dt
        if said is None:
            return Finding(True, msg("PAdES-B-B: when it was signed is not said."))
        return Finding(
            True,
            msg("PAdES-B-B, signed at {at:time}, by its own account: there is no timestamp.", at=rfc(said)),
        )
    by = name(clock.signing_cert.subject)
    if not (clock.intact and clock.valid) or any(not _holds(one) for one in stamps):
        return Finding(False, msg("The timestamp of {name} does not hold.", name=by))
    if not stamps:
        said = msg(
            "PAdES-B-T. Timestamp of {name}: {at:time}. Whether a certificate was revoked by then is not in the file.",
            name=by,
            at=rfc(at),
        )
        return Finding(True, said)
    signer, *clocks = signers(its)
    try:
        # Where somebody is trusted, it is by their word alone that nothing was revoked.
        own = path(signer, kept.certificates, kept.lists, at, _above(signer, kept, trusted))
        paths = [own, *(path(one, kept.certificates, kept.lists, at) for one in clocks)]
    except Revoked as error:
        said = msg(
            "The certificate of {name} was revoked on {since:time}; the timestamp says {at:time}.",
            name=error.name,
            since=rfc(error.since),
            at=rfc(at),
        )
        return Finding(False, said, "trust")
    except Unlisted as error:
        said = msg(
            "The revocation lists in the file are not enough for the certificate of {name}.", name=error.of
        )
        return Finding(None, said)
    used = issued(kept.lists, [one for its_own in paths for one in its_own])
    said = msg(
        "PAdES-B-LTA. Timestamp of {name}: {at:time}. No certificate was revoked, by lists of {lists:list} as of "
        "{day:time}. A timestamp is over all of it since {last:time}.",
        name=by,
        at=rfc(at),
        lists=tuple(dict.fromkeys(name(one.issuer) for one in used)),
        day=min(rfc(one["tbs_cert_list"]["this_update"].native) for one in used),
        last=rfc(_time(stamps[0].signed_data)),
    )
    return Finding(True, said)


def _above(signer: Any, kept: Store, trusted: list[Any]) -> list[Any]:
    """Those of `trusted` that the certificate of `signer` can lead to; none: whoever the file names."""
    subjects = {one.issuer.hashable for one in (signer.certificate, *signer.others, *kept.certificates)}
    return [one for one in trusted if one.subject.hashable in subjects]


def stamped(its: Any) -> datetime | None:
    """When a timestamp says that `its` was signed."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    token = next(iter(extract_tst_data_iter(its.signer_info, signed=False)), None)
    return None if token is None else _time(token)


def _time(token: Any) -> datetime:
    made: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return made


def _holds(over: Any) -> bool:
    """Whether the timestamp `over` the file holds, and is over all of it."""
    from pyhanko.sign.validation import validate_pdf_timestamp
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.registry import SimpleTrustManager

    context = ValidationContext(
        trust_manager=SimpleTrustManager.build(trust_roots=[]),
        moment=_time(over.signed_data),
        allow_fetching=False,
    )
    status = validate_pdf_timestamp(over, context, skip_diff=True)
    return bool(status.intact and status.valid and status.coverage is SignatureCoverageLevel.ENTIRE_FILE)
