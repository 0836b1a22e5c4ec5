"""git, asked about a checkout on this machine, read only: no hook, filter, pager or remote of it is ever started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from checks.model import Observation, msg
from checks.sources.interface import NoAnswer, decode

_SAFE = (
    "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "core.hooksPath=/dev/null",
    "-c", "protocol.allow=never", "-c", "core.quotePath=false", "-c", "core.attributesFile=/dev/null",
    "-c", "blame.ignoreRevsFile=", "-c", "diff.renameLimit=2000",
)  # fmt: skip


def git(folder: str, words: Sequence[str], seconds: float, stdin: bytes = b"") -> bytes:
    """What ``git WORDS`` says of the checkout in `folder`, which may be anybody's. Raises
    :class:`~checks.sources.interface.NoAnswer`: ABSENT where git says that a path is not there, TIMEOUT after `seconds`."""
    argv = ["git", "-C", folder, "--no-pager", "--literal-pathspecs", *_SAFE, *words]
    safe = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env = {
        **safe,
        "LC_ALL": "C",
        "LANGUAGE": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
    }
    try:
        ran = subprocess.run(argv, capture_output=True, timeout=seconds, check=False, env=env, input=stdin)
    except FileNotFoundError as error:
        reason = msg("{tool:code} was not found on this machine.", tool="git")
        raise NoAnswer(Observation.ERROR, reason) from error
    except subprocess.TimeoutExpired as error:
        raise NoAnswer(
            Observation.TIMEOUT, msg("No answer within {limit:seconds}.", limit=seconds)
        ) from error
    if ran.returncode:
        said = " ".join(decode(ran.stderr[:300]).split())
        gone = "does not exist in" in said or "exists on disk, but not in" in said
        reason = msg("It does not exist.") if gone else msg("The checkout says: {error:code}", error=said)
        raise NoAnswer(Observation.ABSENT if gone else Observation.ERROR, reason)
    return ran.stdout
