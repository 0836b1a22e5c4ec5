"""A JSON API over HTTP, read only: pages, retries and rate limits."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin

from checks.knowledge.urls import origin
from checks.model import Message, Observation, msg
from checks.redact import Redactor
from checks.sources import body, exchange
from checks.sources.connection import Failed, NoVantage
from checks.sources.etags import Etags, Kept
from checks.sources.interface import NoAnswer, decode
from checks.sources.limit import Limit
from checks.sources.network import OVERALL, Dial

TRIES = 3
IDLE = 30.0
"""Seconds without a single byte, after which no answer is expected any more."""
WHOLE = 60.0
"""Seconds within which an answer must be whole that is no download, however it trickles in."""
SHARE = 10.0
"""Seconds that such an answer may take where there are as many; of more it gets half, so that one that trickles in leaves
some to the others."""
LARGEST = 16 * 1024 * 1024
MOST_PAGES = 10
REDIRECTS = 3


class Api(Protocol):
    """Where answers come from. ``path`` begins with a slash."""

    def json(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """The answer to one request. Raises :class:`NoAnswer`."""

    def pages(self, path: str, key: str, query: Mapping[str, str] | None = None) -> list[Any]:
        """What stands under `key` in all pages of an answer. Raises :class:`NoAnswer`."""

    def text(self, path: str) -> str:
        """The answer to one request that is no JSON; redirects are followed. Raises :class:`NoAnswer`."""

    def content(self, path: str, most: int) -> bytes:
        """What is at `path`, as it is, at most `most` bytes; redirects are followed. Raises :class:`NoAnswer`."""

    def answered(self, path: str, query: Mapping[str, str] | None = None) -> bool:
        """Whether this was answered before, so that asking again costs nothing."""


class Live:
    """The API at `base`; its answers are redacted before anything is done with them. `headers` (with the token) go to
    its own origin and nowhere else; only GET is ever sent."""

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str],
        dial: Dial,
        limit: Limit,
        etags: Etags,
        redactor: Redactor,
    ) -> None:
        self._base, self._headers, self._dial, self._limit = base.rstrip("/"), dict(headers), dial, limit
        self._etags, self._redactor = etags, redactor
        self._asking, self._overall = limit, OVERALL.get()
        limit.idle = IDLE

    def json(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        return self._data(self._url(path, query)).data

    def pages(self, path: str, key: str, query: Mapping[str, str] | None = None) -> list[Any]:
        found: list[Any] = []
        url: str | None = self._url(path, {"per_page": "100", **(query or {})})
        for _ in range(MOST_PAGES):
            if url is None:
                break
            page = self._data(url)
            found += listed(page.data, key)
            url = page.next
        return found

    def text(self, path: str) -> str:
        return decode(self._get(self._url(path, None)).body)

    def content(self, path: str, most: int) -> bytes:
        return self._get(self._url(path, None), most=most).body

    def answered(self, path: str, query: Mapping[str, str] | None = None) -> bool:
        return self._etags.get(self._url(path, query)) is not None

    def kept(self, name: str) -> Any:
        """What was once made of something that never changes, called `name`; None if nothing."""
        found = self._etags.get(self._url(name, None))
        return found.data if found else None

    def keep(self, name: str, data: Any) -> None:
        """Keeps `data` as :meth:`kept`."""
        self._etags.put(self._url(name, None), Kept("", self._redactor.value(data), None))

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        return f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")

    def _data(self, url: str) -> Kept:
        """The answer at `url`; what is known of it already is only asked for if it has changed."""
        with self.turn(url, self._share()):
            if (seconds := self._etags.was_slow(url)) and seconds >= min(SHARE, self._share()):
                raise NoAnswer(Observation.TIMEOUT, self._slow(seconds))
            try:
                return self._fresh(url)
            except NoAnswer as error:
                if error.observation is Observation.TIMEOUT:
                    self._etags.note_slow(url, self._waited())
                raise

    @contextlib.contextmanager
    def turn(self, name: str, within: float | None = None) -> Iterator[None]:
        """While inside, nobody else asks for `name`. Raises :class:`NoAnswer` where it takes longer than `within` seconds
        (None: all that are left) to get there."""
        lock, seconds = self._etags.one_at_a_time(name), self._left() if within is None else within
        if not lock.acquire(timeout=seconds):
            raise NoAnswer(Observation.TIMEOUT, self._slow(seconds))
        try:
            yield
        finally:
            lock.release()

    def _fresh(self, url: str) -> Kept:
        kept = self._etags.get(url)
        if kept and self._etags.is_new(url):
            return kept
        reply = self._get(url, {"If-None-Match": kept.etag} if kept else {})
        if reply.status == 304 and kept:
            self._etags.put(url, kept)
            return kept
        headers = dict(reply.headers)
        links = ((urljoin(url, one), rel) for one, rel in _links(headers.get("link", "")))
        following = next((one for one, rel in links if rel == "next"), None)
        if following and origin(following) != origin(self._base):
            following = None
        made = Kept(headers.get("etag", ""), self._redactor.value(self._parsed(reply)), following)
        if made.etag:
            self._etags.put(url, made)
        return made

    def _parsed(self, reply: exchange.Reply) -> Any:
        try:
            return json.loads(body.decoded(reply.body, dict(reply.headers), LARGEST)[0])
        except (ValueError, RecursionError) as error:
            reason = msg(
                "The answer is no JSON, so it may be that of a proxy or a login page: {error:code}",
                error=str(error)[:200],
            )
            raise NoAnswer(Observation.MALFORMED, reason) from error

    def _get(self, url: str, more: Mapping[str, str] | None = None, most: int = LARGEST) -> exchange.Reply:
        """The reply to one request, tried again where that may help."""
        own = origin(self._base)
        self._asking = Limit(self._share(), IDLE) if most == LARGEST else self._limit
        for attempt in range(1, TRIES + 1):
            last = attempt == TRIES
            try:
                reply = self._followed(url, own, more or {}, most)
            except NoVantage as error:
                raise NoAnswer(Observation.UNREACHABLE, error.reason) from error
            except exchange.NoAuthorities as error:
                raise NoAnswer(Observation.ERROR, error.reason) from error
            except Failed as error:
                if error.error == "timeout" or last:
                    timeout = error.error == "timeout"
                    raise NoAnswer(
                        Observation.TIMEOUT if timeout else Observation.UNREACHABLE,
                        self._slow(self._waited())
                        if timeout
                        else msg(
                            "{api:code} could not be reached: {error:code}. Is it up, and is {key:code} right?",
                            api=self._base,
                            error=error.text or error.error,
                            key="github: api",
                        ),
                    ) from error
                self._pause(attempt)
                continue
            if reply.status < 300 or (reply.status == 304 and more):
                if reply.truncated:
                    raise NoAnswer(
                        Observation.MALFORMED, msg("The answer is larger than {size:size}.", size=most)
                    )
                return reply
            if reply.status < 500 or last:
                raise refusal(reply)
            self._pause(attempt)
        raise AssertionError("unreachable")

    def _left(self) -> float:
        return max(0.0, self._limit.seconds - self._limit.spent())

    def _share(self) -> float:
        """Seconds that an answer may take which is no download."""
        left = self._left()
        return min(WHOLE, max(left / 2, min(left, SHARE)))

    def _waited(self) -> float:
        limit = self._asking
        return limit.seconds if limit.expired else min(IDLE, limit.seconds)

    def _slow(self, waited: float) -> Message:
        """That no answer came. Where one `waited` only for what was left of the time, that says nothing of the API."""
        whole = self._overall or self._limit.seconds
        if waited >= min(SHARE, IDLE, WHOLE, whole / 2) and not self._limit.expired:
            return msg("The API is too slow: no answer within {limit:seconds}.", limit=round(waited, 1))
        return msg("The API is too slow: no answer within {limit:seconds} in all.", limit=round(whole, 1))

    def _followed(
        self, url: str, own: tuple[str, str, int], more: Mapping[str, str], most: int
    ) -> exchange.Reply:
        for _ in range(REDIRECTS + 1):
            sent = {"User-Agent": "docgen", "Accept-Encoding": "identity", "Connection": "close"}
            if origin(url) == own:
                sent |= {**self._headers, **more}
            reply = exchange.exchange(
                "GET", url, sent, self._dial, self._asking, verify=True, ca=None, max_bytes=most
            )
            location = next((value for name, value in reply.headers if name == "location"), None)
            if not 300 <= reply.status < 400 or location is None:
                return reply
            url = urljoin(url, location)
            if not url.startswith(("http://", "https://")):
                return reply
        raise Failed("protocol", "too many redirects")

    def _pause(self, attempt: int) -> None:
        time.sleep(min(0.3 * attempt, max(0.0, self._asking.seconds - self._asking.spent())))


def listed(data: Any, key: str) -> list[Any]:
    """The list under `key` of an answer, or the answer itself where it is one. Raises :class:`NoAnswer`."""
    found = data.get(key) if isinstance(data, dict) else data
    if not isinstance(found, list):
        raise NoAnswer(Observation.MALFORMED, msg("The answer has no list {key:code}.", key=key))
    return found


def refusal(reply: exchange.Reply) -> NoAnswer:
    """Why there is no answer, from a reply that is none."""
    headers = dict(reply.headers)
    wait, status = headers.get("retry-after"), str(reply.status)
    secondary = b"secondary rate limit" in reply.body
    spent = wait or headers.get("x-ratelimit-remaining") == "0" or secondary
    if reply.status == 429 or (reply.status == 403 and spent):
        until = wait and wait.isdigit() and int(wait)
        reset = headers.get("x-ratelimit-reset", "")
        if not until and reset.isdigit():
            until = max(0, int(reset) - int(time.time()))
        if secondary:
            reason = msg("Too many requests at once (a secondary rate limit); try again later.")
        elif until:
            reason = msg("The rate limit is used up; it is lifted in {wait:seconds}.", wait=until)
        else:
            reason = msg("The rate limit is used up.")
        return NoAnswer(Observation.NOT_ATTEMPTED, reason)
    if reply.status == 401:
        return NoAnswer(Observation.DENIED, msg("The token is not accepted ({status:code}).", status=status))
    if reply.status == 403:
        reason = msg("Access was refused ({status:code}).", status=status)
        if needed := headers.get("x-accepted-github-permissions"):
            reason = msg("The token lacks a permission: {needed:code}", needed=needed[:200])
        return NoAnswer(Observation.DENIED, reason)
    if reply.status == 404 and b'"Branch not protected"' in reply.body:
        # Said only to whoever may see the protection; all others are told that nothing was found.
        return NoAnswer(Observation.ABSENT, msg("It does not exist."))
    if reply.status == 410:
        gone = msg("It has expired, or was deleted ({status:code}).", status=status)
        return NoAnswer(Observation.ERROR, gone, expired=True)
    if reply.status == 404:
        reason = msg("It was not found, or the token may not see it.")
        return NoAnswer(Observation.DENIED, reason, not_found=True)
    if reply.status >= 500:
        reason = msg("The API answered {status:code}, a fault of its own; try again later.", status=status)
        return NoAnswer(Observation.ERROR, reason)
    return NoAnswer(Observation.ERROR, msg("The API answered {status:code}.", status=status))


def _links(header: str) -> Iterator[tuple[str, str]]:
    for part in header.split(","):
        address, _, rest = part.partition(";")
        yield address.strip().strip("<>"), rest.partition('rel="')[2].partition('"')[0]
