"""Who may come in, for ``docgen serve``: the accounts of the htpasswd, few guesses, and no hint what was wrong."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docgen.hub import htpasswd, passwords
from docgen.hub.accounts import Account

GUESSES, WINDOW = 10, 60.0
"""So many wrong passwords from one address within so many seconds; what is more is refused unseen."""
REMEMBERED = 300.0
"""How long a right password need not be hashed again."""
HASHES_AT_ONCE = 2
MOST_ADDRESSES = 10_000
_NOBODY = "$2b$10$ed9UY4Yug/idwmyelscHee76q0X6ZrWlXKRQLqjnwFqcHXdRZ0vxa"
"""What a password is held against where there is no such account, so that the time tells nothing."""


@dataclass(frozen=True)
class Visitor:
    """What became of a login: 200 with the account, 401, or 429."""

    status: int
    account: Account | None = None


class Doors:
    """The login of one server. `accounts` is asked for each request, so that a change counts at once."""

    def __init__(
        self, accounts: Callable[[], list[Account]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._accounts, self._clock = accounts, clock
        self._key = secrets.token_bytes(32)
        self._lock, self._hashing = threading.Lock(), threading.BoundedSemaphore(HASHES_AT_ONCE)
        self._wrong: dict[str, deque[float]] = {}
        self._right: dict[bytes, tuple[float, str]] = {}

    def visitor(self, address: str, header: str | None) -> Visitor:
        """Who `header` (of the request, or None) says that it is, coming from `address`."""
        login = _login(header)
        if login is None:
            return Visitor(401)
        name, password = login
        day = htpasswd.today()
        found = [a for a in self._accounts() if hmac.compare_digest(a.name.encode(), name)]
        account = found[0] if found and not found[0].expired(day) else None
        # A right password of before is known by the hash it fitted: a new password makes it forgotten.
        mark = hmac.digest(self._key, name + b":" + password, "sha256")
        now = self._clock()
        with self._lock:
            until, fitted = self._right.get(mark, (0.0, ""))
            if account and until > now and hmac.compare_digest(fitted.encode(), account.hash.encode()):
                return Visitor(200, account)
            if not self._may_guess(address, now):
                return Visitor(429)
        with self._hashing:
            fits = passwords.fits(password, account.hash if account else _NOBODY)
        if not fits or account is None:
            return Visitor(401)
        with self._lock:
            if self._wrong.get(address):
                self._wrong[address].pop()
            self._right = {m: v for m, v in self._right.items() if v[0] > now} | {
                mark: (now + REMEMBERED, account.hash)
            }
        return Visitor(200, account)

    def _may_guess(self, address: str, now: float) -> bool:
        """Counts a guess before it is looked at, so that many at once count too."""
        if len(self._wrong) > MOST_ADDRESSES:
            self._wrong = {a: t for a, t in self._wrong.items() if t and t[-1] > now - WINDOW}
        times = self._wrong.setdefault(address, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if len(times) >= GUESSES:
            return False
        times.append(now)
        return True


def _login(header: str | None) -> tuple[bytes, bytes] | None:
    scheme, _, rest = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(rest.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if name and colon else None


class Accounts:
    """The accounts in the file `path`, read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path, self._stamp = path, (0, 0, 0)
        self._found: list[Account] = []
        self._lock = threading.Lock()

    def __call__(self) -> list[Account]:
        with self._lock:
            try:
                seen = self._path.stat()
            except FileNotFoundError:
                return []
            stamp = (seen.st_mtime_ns, seen.st_ino, seen.st_size)
            if stamp != self._stamp:
                self._found, self._stamp = htpasswd.read(self._path), stamp
            return self._found
