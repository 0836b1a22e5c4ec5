"""Where this account keeps what would otherwise be asked for, or made, again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/docgen``, or ``~/.cache/docgen``; it need not be there."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "docgen"
