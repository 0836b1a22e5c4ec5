"""What a look at a PDF proves, and what not, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable

from checks.model import Message, msg
from docgen.pdf.carried import WRITTEN
from docgen.pdf.finding import Finding
from docgen.pdf.opened import Manifest


def conclusion(findings: Iterable[Finding], manifest: Manifest | None) -> Message:
    """In one sentence, what `findings` prove of a PDF with this `manifest`, and what not."""
    wrong = [finding for finding in findings if finding.holds is False]
    if any(finding.about == "file" for finding in wrong):
        return msg("Altered: this PDF is not what docgen wrote.")
    untold = any(finding.holds is None for finding in findings)
    if wrong and untold:
        return msg("It is not signed by anybody whom you trust, and not all of this PDF could be looked at.")
    if wrong:
        return msg("Nothing was altered, but it is not signed by anybody whom you trust.")
    if untold:
        return msg("It cannot be told whether all of this PDF is as docgen wrote it.")
    if manifest is not None and manifest.kind == WRITTEN:
        return _of_written(manifest, trusted=any(finding.about == "trust" for finding in findings))
    if manifest is None or manifest.signer is None:
        return msg(
            "This proves that the pages say what docgen makes of the attached snapshot and spec; not who made them, nor "
            "that the servers answered so: the file is not signed."
        )
    if any(finding.about == "trust" for finding in findings):
        return msg(
            "This proves that the pages say what docgen makes of the attached snapshot and spec, and that {name} signed "
            "exactly this file, by the word of an authority that you trust; not that the servers answered so.",
            name=manifest.signer.name,
        )
    return msg(
        "This proves that the pages say what docgen makes of the attached snapshot and spec, and that nobody changed the "
        "file without the key of its certificate; whose key that is, the certificate itself cannot prove, nor that the "
        "servers answered so."
    )


def _of_written(manifest: Manifest, *, trusted: bool) -> Message:
    """The same of a hand-written document."""
    if manifest.signer is None:
        return msg(
            "This proves that the pages show the attached source, and what docgen found out about its statements; not who "
            "wrote it, nor that what it says is so: the file is not signed."
        )
    if trusted:
        return msg(
            "This proves that the pages show the attached source, and what docgen found out about its statements, and that "
            "{name} signed exactly this file, by the word of an authority that you trust; not that what it says is so.",
            name=manifest.signer.name,
        )
    return msg(
        "This proves that the pages show the attached source, and what docgen found out about its statements, and that "
        "nobody changed the file without the key of its certificate; whose key that is, the certificate itself cannot "
        "prove, nor that what it says is so."
    )
