"""What was asked, in words for readers. A command of a shell stays as it was typed; what docgen itself says of a question
in the snapshot is English, and made of few words."""

from __future__ import annotations

import re
from functools import cache

from checks.model import msg
from docgen.i18n import Translator

_OWN = re.compile(
    r"(?P<typed>sh -c '…' # |sha256sum -- .* # )?"
    r"(?P<said>(?(typed)|(?:read the |the artifact |GET |HEAD |POST |TCP connection to |TLS handshake with )).*)",
    re.DOTALL,
)
_WORDS = (
    msg("read the saved answers in"),
    msg("then the run's jobs, artifacts and log"),
    msg("then the run's jobs, artifacts, approvals and log"),
    msg("with the files that it runs"),
    msg("from the checkout in"),
    msg("from there, too"),
    msg("then where branches are listed"),
    msg("the commits that the other answers name"),
    msg("read the documents in"),
    msg("beside docgen.yml"),
    msg("and git's history of what they name"),
    msg("the artifact"),
    msg("of the newest run of"),
    msg("downloaded once and opened here"),
    msg("TCP connection to"),
    msg("TLS handshake with"),
    msg("from here"),
    msg("from the host"),
    msg("up to"),
    msg("redirects"),
    msg("no redirects"),
    msg("TLS not verified"),
    msg("then what its"),
    msg("names below"),
    msg("then its"),
    msg("and its"),
    msg("tries out the newest of"),
    msg("the releases in"),
    msg("the newest"),
    msg("paths of"),
    msg("without a login"),
    msg("with a wrong one"),
    msg("and of"),
    msg("all of"),
    msg("read as"),
    msg("as"),
    msg("with"),
    msg("from"),
    msg("of"),
    msg("and"),
)


def asked(command: str, t: Translator) -> str:
    """`command` of a piece of evidence, for readers in the language of `t`."""
    own = _OWN.fullmatch(command) if t.language != "en" else None
    if own is None:
        return command
    words, pattern = _words(t.language)
    return (own["typed"] or "") + pattern.sub(lambda one: words[one[0]], own["said"])


@cache
def _words(language: str) -> tuple[dict[str, str], re.Pattern[str]]:
    t = Translator(language)
    words = {one.id: t.plain(one) for one in _WORDS}
    longest = sorted(words, key=len, reverse=True)
    return words, re.compile(rf"(?<![^\s(])(?:{'|'.join(map(re.escape, longest))})(?![^\s,;:)])")
