"""Undoes gzip and deflate a bounded piece at a time, so that a small bomb cannot become a large body."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable

from pipelines.feeds.trouble import FeedTrouble, Reason

OFFERED = "gzip, deflate"
"""The codings that can be undone here with a bound, and so the only ones that a server is offered."""
_STEP = 1 << 20


async def read_body(chunks: AsyncIterable[bytes], coding: str, cap: int) -> bytes:
    """The whole body with its coding undone; raises ``FeedTrouble`` beyond ``cap`` bytes, on the wire or inflated.

    What a server sends after the end of the compressed stream is not read.
    """
    inflate = _inflater(coding)
    body, received = bytearray(), 0
    async for chunk in chunks:
        received += len(chunk)
        if inflate is None:
            body += chunk
        else:
            inflate.feed(chunk, body, cap)
        if max(received, len(body)) > cap:
            raise FeedTrouble(Reason.TOO_LARGE, f"more than {cap} bytes")
        if inflate is not None and inflate.ended:
            break
    if inflate is not None:
        inflate.finish(body, cap)
    return bytes(body)


def _inflater(coding: str) -> _Inflater | None:
    names = [name for name in (part.strip().lower() for part in coding.split(",")) if name not in {"", "identity"}]
    if not names:
        return None
    if len(names) > 1 or names[0] not in {"gzip", "x-gzip", "deflate"}:
        raise FeedTrouble(Reason.BAD_ENCODING, f"coding not offered: {coding[:40]!r}")
    return _Inflater(raw_allowed=names[0] == "deflate")


class _Inflater:
    """zlib with an upper bound on each step. ``deflate`` comes with a zlib head from some servers, bare from others."""

    def __init__(self, *, raw_allowed: bool) -> None:
        self._raw_allowed = raw_allowed
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._began = False

    @property
    def ended(self) -> bool:
        """Whether the compressed stream has come to its end."""
        return self._zlib.eof

    def feed(self, chunk: bytes, body: bytearray, cap: int) -> None:
        """Add what ``chunk`` inflates to, stopping one step beyond ``cap``."""
        waiting = chunk
        while waiting and not self._zlib.eof:
            try:
                body += self._zlib.decompress(waiting, _STEP)
            except zlib.error:
                if self._began or not self._raw_allowed:
                    raise FeedTrouble(Reason.BAD_ENCODING, "broken compression") from None
                self._zlib, self._raw_allowed = zlib.decompressobj(-zlib.MAX_WBITS), False
                continue
            self._began = True
            waiting = self._zlib.unconsumed_tail
            if len(body) > cap:
                return

    def finish(self, body: bytearray, cap: int) -> None:
        """Add what the bound held back; raises ``FeedTrouble`` when the stream ended in the middle."""
        while self._began and not self._zlib.eof and (rest := self._zlib.decompress(b"", _STEP)):
            body += rest
            if len(body) > cap:
                raise FeedTrouble(Reason.TOO_LARGE, f"more than {cap} bytes")
        if self._began and not self._zlib.eof:
            raise FeedTrouble(Reason.BAD_ENCODING, "compression cut short")
