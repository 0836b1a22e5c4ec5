"""The process that :mod:`docgen.renderers.document.pdf` starts: a page on standard input, its PDF on standard output."""

from __future__ import annotations

import resource
import sys

MISSING = 3
"""The exit code where WeasyPrint or a library of its is missing."""


def main(most: int) -> int:
    """Writes the PDF, in at most `most` bytes of memory; returns the exit code."""
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    page = sys.stdin.buffer.read().decode("utf-8")
    try:
        from weasyprint import HTML
        from weasyprint.urls import FatalURLFetchingError, URLFetcher
    except (ImportError, OSError) as error:
        sys.stderr.write(str(error).splitlines()[0] + "\n")
        return MISSING

    class Nothing(URLFetcher):  # type: ignore[misc]
        """Refuses every address but the data in the page itself."""

        def fetch(self, url: str, headers: object = None) -> object:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            raise FatalURLFetchingError(f"the page asked for {url[:80]}")

    HTML(string=page, url_fetcher=Nothing(allowed_protocols={"data"}, allow_redirects=False)).write_pdf(
        sys.stdout.buffer, pdf_variant="pdf/ua-1"
    )
    return 0


if __name__ == "__main__":
    from docgen.renderers.document.pdf import BYTES

    sys.exit(main(BYTES))
