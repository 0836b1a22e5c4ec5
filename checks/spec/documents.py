"""The documents of a project, as written: where they are, which there should be, and what must be in them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from checks.spec.access import Declared, Secret


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _inside(value: str) -> str:
    if value.startswith("/") or ".." in value.split("/") or not value.strip():
        raise ValueError("expected a path below the folder of this file, such as docs/ROLLBACK.md")
    return value.removeprefix("./").rstrip("/")


Inside = Annotated[str, AfterValidator(_inside)]
Several = Annotated[list[str], BeforeValidator(_many)]
Places = Annotated[list[Inside], BeforeValidator(_many)]


class Expected(Declared):
    """A document that should be there."""

    path: Inside
    """Where it stands, from the folder of this file."""
    name: str | None = None
    """How readers see it. Default: the path."""
    contains: Several = []
    """What must be in it: headings or phrases, such as `Testing strategy`."""
    describes: Places = []
    """The files that it is about: it must not be older than their last change."""
    guide: str | None = None
    """The document of `docgen guide` that docgen can write in its place, such as `rollback`."""
    environment: str | None = None
    """The environment that it is about."""
    past: bool | None = None
    """Whether it is about the past, and held against its own day. Default: by its name and its front matter."""


def _expected(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _authority(value: str) -> str:
    if not value.startswith(("https://", "http://")) or "@" in value:
        raise ValueError("expected an https:// or http:// address without an account in it")
    return value


class Sign(Declared):
    """With what PDFs are signed. Files are named from the folder of this file; the key belongs to the account that runs
    docgen, with mode 0600, and lies in no folder that a web server serves."""

    certificate: str | None = None
    """The certificate as PEM, with those that lead to its authority behind it."""
    key: str | None = None
    """Its private key as PEM."""
    pkcs12: str | None = None
    """A PKCS#12 archive with both, instead of them."""
    passphrase: Secret | None = None
    """The passphrase of the key or the archive."""
    timestamp: Annotated[str, AfterValidator(_authority)] | None = None
    """The address of a timestamp authority (RFC 3161). It gets the hash of the signature, nothing else."""
    revocation: Several = []
    """The revocation lists (CRL) of the authorities of the signer and of the timestamp, as addresses or files. With them a
    signature can be verified in years (PAdES-B-LTA)."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.pkcs12 is None) != (self.key is not None and self.certificate is not None) or (
            self.pkcs12 is not None and (self.key is not None or self.certificate is not None)
        ):
            raise ValueError("expected either `key` and `certificate`, or `pkcs12`")
        if self.revocation and self.timestamp is None:
            raise ValueError("`revocation` needs `timestamp`: lists say nothing of a time that is not proved")
        return self


class Documents(Declared):
    """What stands on the first page of a PDF, and what `docgen docs` and the check `documents` look at."""

    organisation: str | None = None
    """Whose documents they are, as it stands on their first page."""
    classification: str | None = None
    """Who may read them, such as `internal`."""
    sign: Sign | None = None
    """With what PDFs are signed. Default: they are not."""
    pdf_limit: Annotated[int, Field(ge=0)] = 50
    """Up to so many hand-written documents, each gets a PDF in the hub, but for those whose front matter says
    `pdf: false`; where there are more, only those get one whose front matter says `pdf: true`."""

    folders: Annotated[list[Inside], BeforeValidator(_many)] | None = None
    """Folders and files. Default: the documents beside this file, and those in `docs`."""
    expected: list[Annotated[Expected, BeforeValidator(_expected)]] = []
    """The documents that should be there: a path, or a mapping."""
