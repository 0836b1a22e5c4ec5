"""Signs PDFs (PAdES): the signature is an update behind the bytes that were there, so that these can still be made again.

pyHanko signs; it is an extra, and imported only where something is signed."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from checks.errors import DocgenError
from docgen.pdf import revocation
from docgen.pdf.stamp import authority
from docgen.pdf.update import behind, update

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

    from checks.spec.documents import Sign

FIELD = "Signature"
NEEDED = "Signing needs pyHanko, an extra of docgen: install docgen with [sign], or `pip install 'pyHanko>=0.38,<1'`."


_SHORT = "PDFs are signed without revocation data (PAdES-B-T instead of B-LTA)"


class Seal(NamedTuple):
    """Who signs: ``name`` is that in the certificate, ``sha256`` the fingerprint of it; both stand on the first page.
    ``apply`` signs the bytes of a PDF, None where only is known that it was signed; ``beside`` makes a signature of any
    bytes that stands beside them (CMS as PEM). ``chain`` is the certificate, and those above it that are known, as PEM.
    ``level`` is the level of PAdES that is wanted; of what was signed with less, ``weak`` is true."""

    name: str
    sha256: str
    apply: Callable[[bytes], bytes] | None = None
    beside: Callable[[bytes], bytes] | None = None
    chain: bytes = b""
    level: str = ""
    weak: Callable[[bytes], bool] = lambda made: False

    @property
    def basis(self) -> tuple[str, str, str]:
        """What of it a signed PDF depends on."""
        return self.name, self.sha256, self.level

    def signed(self, made: bytes) -> bytes:
        """`made` with the signature behind it."""
        return self.apply(made) if self.apply else made


class Unsignable(DocgenError):
    """The key, the certificate or the passphrase cannot be used; says which, why, and what to do."""


def seal(
    sign: Sign, folder: str, served: Path | None = None, tell: Callable[[str], None] = lambda said: None
) -> Seal:
    """What signs as `sign` says, whose files are named from `folder`; `served` is the folder that a web server serves, in
    which no key may lie. A signature for which the timestamp authority gives nothing has no timestamp, one for which there
    are no revocation data has none, and `tell` says so. Raises Unsignable."""
    from docgen.pdf.signed import for_documents

    named = sign.pkcs12 or sign.key or ""
    place = Path(folder, Path(named).expanduser())
    _guard(place, served)
    key, first, others = _loaded(sign, folder, place)
    signer = _signer(key, first, others)
    certificate: Any = signer.signing_cert
    _in_time(certificate, sign.pkcs12 or sign.certificate or "")
    if not for_documents(certificate):
        tell(
            f"{sign.pkcs12 or sign.certificate} is for something else than signing documents: who trusts its authority will "
            "not take what it signs."
        )
    stamper = authority(sign.timestamp) if sign.timestamp else None
    crls = _lists(sign, folder, signer, tell) if sign.revocation else None
    silent, unlisted = threading.Event(), threading.Event()

    def once(event: threading.Event, said: str) -> None:
        if not event.is_set():
            tell(said)
        event.set()

    def attempted(made: bytes) -> tuple[bytes, bool]:
        """`made` as it was signed, and whether with all that is wanted."""
        # An authority that is silent costs its whole time: what signs many asks it no more.
        if stamper is None or silent.is_set():
            return _signed(made, signer, None), stamper is None
        try:
            signed = _signed(made, signer, stamper)
        except OSError as error:
            once(silent, f"{sign.timestamp} gave no timestamp, so signatures have none: {error}")
            return _signed(made, signer, None), False
        if crls is None or unlisted.is_set():
            return signed, not sign.revocation
        try:
            return revocation.lasting(signed, list(signer.cert_registry), crls, stamper), True
        except (OSError, revocation.Unlisted, revocation.Revoked) as error:
            once(unlisted, f"{_SHORT}: {error}")
            return signed, False

    short: set[bytes] = set()

    def apply(made: bytes) -> bytes:
        signed, whole = attempted(made)
        if not whole:
            short.add(hashlib.sha256(signed).digest())
        return signed

    return Seal(
        revocation.name(certificate.subject),
        certificate.sha256.hex(),
        apply,
        lambda content: _beside(content, key, first, others),
        b"".join(_pem(one) for one in (first, *others)),
        "B-LTA" if sign.revocation else "B-T" if sign.timestamp else "B-B",
        lambda made: hashlib.sha256(made).digest() in short,
    )


def _lists(sign: Sign, folder: str, signer: SimpleSigner, tell: Callable[[str], None]) -> list[Any] | None:
    """The revocation lists, None where they are not enough today; nothing is signed with what they say was revoked."""
    from datetime import UTC, datetime

    own = revocation.Signer(signer.signing_cert, tuple(signer.cert_registry))
    if not own.others:
        raise Unsignable(
            f"{sign.pkcs12 or sign.certificate} holds no certificate of an authority, whose revocation list (`revocation`) "
            "could be looked at; put those that lead to it behind the certificate."
        )
    try:
        found = revocation.lists(sign.revocation, folder)
        revocation.path(own, (), found, datetime.now(UTC))
    except revocation.Revoked as error:
        raise Unsignable(f"{error} Nothing is signed with it.") from error
    except revocation.Unlisted as error:
        tell(f"{_SHORT}: {error}")
        return None
    return found


def _pem(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    made: bytes = certificate.public_bytes(Encoding.PEM)
    return made


def _beside(content: bytes, key: Any, first: Any, others: list[Any]) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

    made = PKCS7SignatureBuilder().set_data(content).add_signer(first, key, SHA256())
    for one in others:
        made = made.add_certificate(one)
    return made.sign(Encoding.PEM, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])


def _guard(place: Path, served: Path | None) -> None:
    """Refuses a key that others could get at."""
    try:
        real = place.resolve(strict=True)
        mode = real.stat().st_mode
    except OSError as error:
        raise Unsignable(f"The key {place} cannot be read: {error.strerror}.") from error
    if served is not None and real.is_relative_to(served.resolve()):
        raise Unsignable(
            f"The key {place} lies in {served}, which a web server serves. Keep it elsewhere, and take this one for known "
            "to strangers: make another."
        )
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and real.is_relative_to(Path(credentials).resolve()):
        return  # systemd lets the service alone in there, through an access list that the mode does not show
    if mode & 0o077 or not stat.S_ISREG(mode):
        raise Unsignable(
            f"The key {place} can be read by others (mode {mode & 0o777:04o}); repair it with `chmod 600 {place}`."
        )


def _loaded(sign: Sign, folder: str, place: Path) -> tuple[Any, Any, list[Any]]:
    """The key, its certificate, and the certificates above that one."""
    try:
        import pyhanko.sign.signers  # noqa: F401 - that it is there
        from cryptography.hazmat.primitives import serialization as forms
        from cryptography.hazmat.primitives.serialization import pkcs12
        from cryptography.x509 import load_pem_x509_certificates
    except ImportError as error:
        raise Unsignable(NEEDED) from error
    passphrase = _passphrase(sign, folder)
    try:
        if sign.pkcs12:
            key, first, others = pkcs12.load_key_and_certificates(place.read_bytes(), passphrase)
        else:
            key = forms.load_pem_private_key(place.read_bytes(), passphrase)
            where = Path(folder, Path(sign.certificate or "").expanduser())
            first, *others = load_pem_x509_certificates(where.read_bytes())
    except OSError as error:
        raise Unsignable(f"{error.filename} cannot be read: {error.strerror}.") from error
    except TypeError as error:  # what cryptography raises where a passphrase is missing, or is one too many
        said = (
            "it has a passphrase; name it with `passphrase`" if passphrase is None else "it has no passphrase"
        )
        raise Unsignable(f"The key {place} cannot be opened: {said}.") from error
    except ValueError as error:
        said = (
            "the passphrase is wrong, or it is no key" if passphrase else "it is none, or needs a passphrase"
        )
        raise Unsignable(f"The key {place} or its certificate cannot be opened: {said}.") from error
    if key is None or first is None:
        raise Unsignable(f"{place} holds no private key with its certificate.")
    if _public(key) != _public(first):
        raise Unsignable(f"The key {place} is not that of the certificate {sign.certificate or place}.")
    return key, first, list(others)


def _public(of: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    made: bytes = of.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return made


def _signer(key: Any, first: Any, others: list[Any]) -> SimpleSigner:
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in others])
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(
        signing_cert=x509.Certificate.load(first.public_bytes(Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(plain),
        cert_registry=store,
    )


def _passphrase(sign: Sign, folder: str) -> bytes | None:
    if sign.passphrase is None:
        return None
    from checks.sources.secrets import value
    from docgen.i18n import Translator

    found = value({k: v for k, v in sign.passphrase.model_dump().items() if v is not None}, folder)
    if not isinstance(found, str):
        raise Unsignable(f"The passphrase of the key cannot be had: {Translator('en').plain(found)}.")
    return found.encode()


def _in_time(certificate: Any, file: str) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    if not certificate.not_valid_before <= now <= certificate.not_valid_after:
        raise Unsignable(
            f"The certificate {file} is valid from {certificate.not_valid_before:%Y-%m-%d} until "
            f"{certificate.not_valid_after:%Y-%m-%d}, not now."
        )


def _signed(made: bytes, signer: SimpleSigner, stamper: Any) -> bytes:
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    about = PdfSignatureMetadata(field_name=FIELD, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    return behind(made, PdfSigner(about, signer=signer, timestamper=stamper).sign_pdf(update(made)))
