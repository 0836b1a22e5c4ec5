"""Where templates, styles, fonts and catalogues lie: found the same way in a checkout and in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent


@cache
def asset_root() -> Path:
    """The folder that holds ``templates/`` and ``site/``: the checkout if there is one, else the wheel's copy."""
    checkout = _PACKAGE.parent
    if (checkout / "templates").is_dir() and (checkout / "pyproject.toml").is_file():
        return checkout
    return _PACKAGE / "_bundled"
