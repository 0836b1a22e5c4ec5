"""Passwords of the hub's accounts: made, hashed, compared."""

from __future__ import annotations

import secrets

from docgen.hub.accounts import NoAccount

COSTS = (8, 9, 10)
"""A web server hashes the password anew for each request, in the one process that also answers all others: 12, which
is usual elsewhere, costs it a third of a second for every picture."""
COST_CHOSEN, COST_MADE = 10, 8
"""What a person chose needs the slow hash; what was made here cannot be guessed at any speed."""
SHORTEST, LONGEST = 12, 72
"""In bytes. bcrypt sees no more than 72."""


def made() -> str:
    """A new password of 120 random bits, in groups that can be read aloud."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    text = "".join(secrets.choice(letters) for _ in range(24))
    return "-".join(text[i : i + 6] for i in range(0, 24, 6))


def hashed(password: str, cost: int) -> str:
    """`password` as a bcrypt hash that nginx and Apache read."""
    import bcrypt

    raw = password.encode()
    if len(raw) > LONGEST:
        raise NoAccount(
            f"The password has {len(raw)} bytes. bcrypt looks at the first {LONGEST} only: choose a shorter one."
        )
    if len(raw) < SHORTEST:
        raise NoAccount(
            f"The password has {len(raw)} bytes: expected at least {SHORTEST}. --generate makes one."
        )
    if not password.isprintable():
        raise NoAccount("The password holds a character that cannot be typed.")
    if cost not in COSTS:
        raise NoAccount(f"A cost of {cost}: expected one of {', '.join(map(str, COSTS))}.")
    return bcrypt.hashpw(raw, bcrypt.gensalt(cost)).decode()


def readable(hash_: str) -> bool:
    """Whether :func:`fits` knows this sort of hash."""
    return hash_.startswith(("$2a$", "$2b$", "$2y$"))


def fits(password: bytes, hash_: str) -> bool:
    """Whether `password` is the one of `hash_`. Other sorts of hashes fit nothing."""
    import bcrypt

    if len(password) > LONGEST or b"\0" in password or not readable(hash_):
        return False
    try:
        return bcrypt.checkpw(password, hash_.encode())
    except ValueError:
        return False
