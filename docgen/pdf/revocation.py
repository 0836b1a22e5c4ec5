"""Revocation lists (CRL) of the authorities behind a signature. They lie in the PDF with the certificates and under a
timestamp over all of it (PAdES-B-LTA), so that in years nobody has to be asked whether a certificate was revoked when it
signed.

They come from the places that the spec names, and from nowhere that a certificate names."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from checks.errors import DocgenError
from docgen.pdf.update import behind, update

SECONDS = 20.0
MOST = 2 * 1024 * 1024
"""Bytes of one list: it is put into each PDF."""
STAMP = "Timestamp"


class Unlisted(DocgenError):
    """There are no revocation data that are enough; says which, and why. ``of``: for whose certificate."""

    def __init__(self, said: str, of: str = "") -> None:
        super().__init__(said)
        self.of = of


class Revoked(DocgenError):
    """A certificate was revoked; ``name`` is whose, ``since`` when."""

    def __init__(self, name: str, since: datetime) -> None:
        super().__init__(f"The certificate of {name} was revoked on {since:%Y-%m-%d}.")
        self.name, self.since = name, since


class Signer(NamedTuple):
    """Who signed, and the certificates that came along."""

    certificate: Any
    others: tuple[Any, ...]


def lists(places: Sequence[str], folder: str) -> list[Any]:
    """The lists at `places`, http:// or https:// addresses or files named from `folder`, in DER or PEM. Raises Unlisted."""
    from asn1crypto import crl, pem

    found = []
    for place in places:
        raw = _asked(place) if place.startswith(("http://", "https://")) else _file(place, folder)
        if len(raw) > MOST:
            raise Unlisted(f"{place} is larger than {MOST // 1024**2} MiB, and would be in each PDF")
        try:
            its = crl.CertificateList.load(pem.unarmor(raw)[2] if pem.detect(raw) else raw, strict=True)
            its["tbs_cert_list"]["this_update"].native  # noqa: B018 - that it can be read
        except ValueError as error:
            raise Unlisted(f"{place} is no revocation list") from error
        found.append(its)
    return found


def _file(place: str, folder: str) -> bytes:
    try:
        with Path(folder, Path(place).expanduser()).open("rb") as file:
            return file.read(MOST + 1)
    except OSError as error:
        raise Unlisted(f"{place} cannot be read: {error.strerror}") from error


def _asked(place: str) -> bytes:
    from checks.sources import exchange
    from checks.sources.connection import Failed, NoVantage
    from checks.sources.limit import Limit
    from checks.sources.network import dial_from_here

    headers = {"User-Agent": "docgen", "Accept": "application/pkix-crl, */*", "Connection": "close"}
    try:
        reply = exchange.exchange(
            "GET", place, headers, dial_from_here, Limit(SECONDS), verify=True, ca=None, max_bytes=MOST + 1
        )
    except (Failed, NoVantage, exchange.NoAuthorities, ValueError) as error:
        raise Unlisted(f"{place} gave no answer: {getattr(error, 'error', '') or 'no way there'}") from error
    if reply.status != 200:
        raise Unlisted(f"{place} answered {reply.status}")
    return reply.body


def path(
    of: Signer, known: Sequence[Any], crls: Sequence[Any], moment: datetime, roots: Sequence[Any] = ()
) -> Any:
    """The certificates from one of `roots` (default: any self-signed one that is `known` or came along) to that `of` who
    signed, none of which was revoked at the `moment` by the word of `crls`. Raises Revoked; Unlisted where that cannot be
    told."""
    import asyncio

    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathError, RevokedError, ValidationError
    from pyhanko_certvalidator.registry import SimpleTrustManager

    all_ = [*known, *of.others]
    anchors = list(roots) or [one for one in all_ if one.self_signed in ("yes", "maybe")]
    context = ValidationContext(
        trust_manager=SimpleTrustManager.build(trust_roots=anchors),
        other_certs=all_,
        crls=list(crls),
        moment=moment,
        allow_fetching=False,
        revocation_mode="require",
    )
    try:
        validator = CertificateValidator(of.certificate, intermediate_certs=all_, validation_context=context)
        return asyncio.run(validator.async_validate_usage(key_usage=set()))  # type: ignore[no-untyped-call]
    except RevokedError as error:
        raise Revoked(name(of.certificate.subject), error.revocation_dt) from error
    except (PathError, ValidationError) as error:
        whose = name(of.certificate.subject)
        raise Unlisted(f"of {whose}: {error}", whose) from error


def name(of: Any) -> str:
    """The common name in a subject or an issuer, and the organization, where that is another."""
    parts = (of.native.get(key) or "" for key in ("common_name", "organization_name"))
    own, house = (str(one[0] if isinstance(one, list) else one)[:120] for one in parts)
    return (
        f"{own} ({house})" if own and house and house not in own else own or house or of.human_friendly[:120]
    )


def rfc(moment: datetime) -> str:
    """As messages have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def signers(its: Any) -> list[Signer]:
    """Who made the signature `its`, and who its timestamps."""
    from pyhanko.sign.general import extract_certificate_info
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    found = []
    for data in (its.signed_data, *extract_tst_data_iter(its.signer_info, signed=False)):
        certificates = extract_certificate_info(data)
        found.append(Signer(certificates.signer_cert, tuple(certificates.other_certs)))
    return found


def issued(crls: Iterable[Any], to: Iterable[Any]) -> list[Any]:
    """Those of `crls` that are of the issuers of the certificates `to`."""
    issuers = {one.issuer.hashable for one in to}
    return [one for one in crls if one.issuer.hashable in issuers]


def lasting(signed: bytes, known: Sequence[Any], crls: Sequence[Any], stamper: Any) -> bytes:
    """The PDF `signed`, and behind it certificates, lists and a timestamp of `stamper` over all of it. Raises Unlisted,
    Revoked, and OSError where the authority gives no timestamp."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.signers import PdfTimeStamper
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    its = PdfFileReader(io.BytesIO(signed)).embedded_regular_signatures[0]
    now = datetime.now(UTC)
    paths = [path(one, known, crls, now) for one in signers(its)]
    more = update(signed)
    own = issued(crls, [certificate for one in paths for certificate in one])
    identified = its.pkcs7_content.hex().encode()
    DocumentSecurityStore.supply_dss_in_writer(more, identified, paths=paths, crls=own)
    return behind(signed, PdfTimeStamper(stamper, field_name=STAMP).timestamp_pdf(more, "sha256"))
