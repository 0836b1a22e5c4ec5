"""``docgen verify``: a PDF against what it carries."""

from __future__ import annotations

from pathlib import Path

import click

from docgen import exits
from docgen.commands import options

_EPILOG = (
    "Exit codes: 0 as it was written; 1 altered; 2 wrong usage; 3 it cannot be told, or not all of it; "
    "4 docgen could not do its own work."
)


@click.command("verify", epilog=_EPILOG)
@click.argument("file", metavar="FILE.pdf", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--templates",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="The templates that a document was made with, where it was made with your own.",
)
@click.option("--lang", type=click.Choice(["de", "en"]), help="Language. Default: that of the PDF.")
def command(file: str, templates: str | None, lang: str | None) -> None:
    """Whether a PDF of docgen is as it was written. Offline; nothing but the file is asked.

    Its attachments must be unaltered, the attached snapshot and spec must give the same verdicts again, and, where this
    version and its libraries are those that wrote it, the same file to the byte.
    """
    from docgen.i18n import Translator
    from docgen.pdf.opened import opened
    from docgen.pdf.verify import verify
    from docgen.renderers.printable import one_line

    seen = opened(Path(file))
    findings = verify(seen, templates)
    t = Translator(lang or (seen.manifest.language if seen.manifest else "en"))
    lines = [
        f"{ {True: '+', False: 'x', None: '?'}[holds] } {one_line(t.plain(said))}" for holds, said in findings
    ]
    holds = [finding.holds for finding in findings]
    if False in holds:
        lines.append(t("Altered: this PDF is not what docgen wrote."))
    elif None in holds:
        lines.append(t("It cannot be told whether all of this PDF is as docgen wrote it."))
    else:
        lines.append(
            t(
                "This proves that the pages say what docgen makes of the attached snapshot and spec; not who made them, nor "
                "that the servers answered so: the file is not signed."
            )
        )
    options.write("\n".join(lines) + "\n", None)
    code = exits.DEVIATION if False in holds else exits.UNDETERMINED if None in holds else exits.OK
    raise click.exceptions.Exit(code)
