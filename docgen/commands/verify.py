"""``docgen verify``: a PDF against what it carries."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from checks.model import Message
    from docgen.pdf.finding import Finding

_EPILOG = (
    "Exit codes: 0 as it was written; 1 altered, or not signed by whom you trust; 2 wrong usage; 3 it cannot be told, or "
    "not all of it; 4 docgen could not do its own work."
)


@click.command("verify", epilog=_EPILOG)
@click.argument("file", metavar="FILE.pdf", type=options.RegularFile())
@click.option(
    "--trust",
    "roots",
    multiple=True,
    metavar="CA.pem",
    type=options.RegularFile(),
    help="The certificate of an authority, or of a signer, that you trust. May be repeated.",
)
@click.option(
    "--templates",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="The templates that a document was made with, where it was made with your own.",
)
@click.option("--lang", type=click.Choice(["de", "en"]), help="Language. Default: that of the PDF.")
def command(file: str, roots: tuple[str, ...], templates: str | None, lang: str | None) -> None:
    """Whether a PDF of docgen is as it was written. Offline; nothing but the file is asked.

    Its attachments must be unaltered, the attached snapshot and spec must give the same verdicts again, and, where this
    version and its libraries are those that wrote it, the same file to the byte. A signature must hold, be over the whole
    file and be by the one whom the first page names.
    """
    from docgen.i18n import Translator
    from docgen.renderers.printable import one_line

    language, findings, proven = _looked(Path(file), templates, _trusted(roots))
    t = Translator(lang or language)
    lines = [
        f"{ {True: '+', False: 'x', None: '?'}[one.holds] } {one_line(t.plain(one.said))}" for one in findings
    ]
    options.write("\n".join([*lines, t.plain(proven)]) + "\n", None)
    holds = [one.holds for one in findings]
    code = exits.DEVIATION if False in holds else exits.UNDETERMINED if None in holds else exits.OK
    raise click.exceptions.Exit(code)


def _trusted(files: tuple[str, ...]) -> tuple[bytes, ...]:
    """What stands in the `files` of those who are trusted: certificates, where that can be told here."""
    from docgen.pdf.signed import certificates

    found = tuple(Path(one).read_bytes() for one in files)
    for file, raw in zip(files, found, strict=True) if find_spec("asn1crypto") else ():
        try:
            certificates(raw)
        except ValueError as error:
            raise click.UsageError(
                f"--trust {file}: that is no certificate; name that of an authority, or of a signer, as PEM."
            ) from error
    return found


def _looked(
    path: Path, templates: str | None, roots: tuple[bytes, ...]
) -> tuple[str, list[Finding], Message]:
    """The language of the PDF at `path`, what is to be said of it, and what that proves. It may be anybody's: a process
    with limits looks at it, and only words come back."""
    from checks.model import Message, msg
    from docgen.pdf.conclusion import conclusion
    from docgen.pdf.finding import Finding
    from docgen.pdf.guard import guarded

    def work() -> bytes:
        from docgen.pdf.opened import opened
        from docgen.pdf.verify import verify

        seen = opened(path)
        findings = verify(seen, templates, roots)
        told = {
            "language": seen.manifest.language if seen.manifest else "en",
            "findings": [one.model_dump(mode="json") for one in findings],
            "proven": conclusion(findings, seen.manifest).model_dump(mode="json"),
        }
        return json.dumps(told).encode()

    answer = guarded(work)
    if isinstance(answer, Message):
        findings = [Finding(None, msg("The file was not looked at to its end: {why}.", why=answer))]
        return "en", findings, conclusion(findings, None)
    told = json.loads(answer)
    findings = [Finding(**one) for one in told["findings"]]
    return told["language"], findings, Message.model_validate(told["proven"])
