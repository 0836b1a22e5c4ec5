"""Permission bits and accounts, as people write them: ``0640``, ``2775``, ``deploy``."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

_PATTERN = "(0o)?0?[0-7]{3,4}"


def bits(value: Any) -> int:
    """The permission bits of ``0640``, ``"0640"``, ``640`` or ``2775``. Raises ValueError."""
    written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(_PATTERN, written):
        raise ValueError("expected an octal mode such as 0640 or 2775")
    return int(written.removeprefix("0o"), 8)


def octal(mode: int) -> str:
    """The mode with four digits, as in ``0640``."""
    return f"{mode:04o}"


def owners(owner: str | None, group: str | None) -> str:
    """As for ``chown``: ``deploy``, ``deploy:www-data`` or ``:www-data``."""
    return f"{owner or ''}:{group}" if group else owner or ""


def symbolic(mode: int, sign: str) -> str:
    """The bits of `mode` for ``chmod``, each with `sign`: ``g-w,o-rwx``."""
    parts = []
    for who, shift, special in (("u", 6, 0o4000), ("g", 3, 0o2000), ("o", 0, 0)):
        letters = "".join(letter for letter, bit in zip("rwx", (4, 2, 1), strict=True) if mode >> shift & bit)
        letters += "s" if mode & special else ""
        parts += [f"{who}{sign}{letters}"] if letters else []
    return ",".join([*parts, *([f"{sign}t"] if mode & 0o1000 else [])])


Mode = Annotated[
    int,
    BeforeValidator(bits),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": f"^{_PATTERN}$"}]}),
]
"""Permission bits; written ``0640``, ``750`` or ``2775``."""

Account = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?$")]
"""The name of an account or a group."""
