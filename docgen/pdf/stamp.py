"""Timestamps of an authority (RFC 3161): it is sent the hash of a signature, and answers with the time, signed."""

from __future__ import annotations

from typing import Any

SECONDS = 20
MOST = 256 * 1024
_TRIES = 2


def authority(url: str) -> Any:
    """The timestamp authority at `url`, for pyHanko. What it does not answer in time or in form is an OSError."""
    import asyncio

    from asn1crypto.tsp import TimeStampReq, TimeStampResp
    from pyhanko.sign.timestamps import TimeStamper

    class Authority(TimeStamper):
        async def async_request_tsa_response(self, req: TimeStampReq) -> TimeStampResp:
            answer = await asyncio.to_thread(_asked, url, req.dump())
            try:
                return TimeStampResp.load(answer, strict=True)
            except ValueError as error:
                raise OSError("the answer is no timestamp") from error

    return Authority()  # type: ignore[no-untyped-call]


def _asked(url: str, question: bytes) -> bytes:
    from urllib import request

    class Stay(request.HTTPRedirectHandler):
        """Leads nowhere else."""

        def redirect_request(self, *args: Any) -> None:
            return None

    asked = request.Request(  # noqa: S310 - the spec admits http and https only
        url,
        question,
        {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
    )
    for left in reversed(range(_TRIES)):
        try:
            with request.build_opener(Stay).open(asked, timeout=SECONDS) as answer:
                got: bytes = answer.read(MOST + 1)
                break
        except OSError:
            if not left:
                raise
    if len(got) > MOST:
        raise OSError("the answer is too long")
    return got
