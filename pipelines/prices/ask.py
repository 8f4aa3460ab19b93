"""One polite call to a price source, its failures translated once, and the strict reading of its numbers."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final, NoReturn

import httpx

TIMEOUT: Final = 5.0
"""Seconds a call may take in all, however its bytes trickle in."""
_MAX_BYTES: Final = 1_000_000
_LONGEST_WAIT: Final = 86_400.0
_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offer:
    """What one source says of one coin, not yet believed."""

    source: str
    symbol: str
    price: Decimal
    change_24h: Decimal | None
    as_of: datetime


class SourceError(Exception):
    """A source cannot be used now.

    ``reason`` is a fixed word, ``retry_after`` seconds where the source named them, ``offers`` what it said before.
    """

    def __init__(self, reason: str, retry_after: float | None = None, offers: tuple[Offer, ...] = ()) -> None:
        self.reason = reason
        self.retry_after = retry_after
        self.offers = offers
        super().__init__(reason)


class NotListedError(Exception):
    """The source does not know the coin."""


class GarbageError(ValueError):
    """A value that is not the number or time it should be."""


def build_client(timeout: float = TIMEOUT) -> httpx.AsyncClient:
    """The HTTP client of the price sources: no proxies from the environment, no redirects, a clear name."""
    return httpx.AsyncClient(
        timeout=timeout,
        verify=_tls(),
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": "lodestone", "Accept": "application/json", "Accept-Encoding": "identity"},
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=4),
    )


@cache
def _tls() -> ssl.SSLContext:
    """The certificates that are trusted; to read them takes 20 ms, so once in a process."""
    return httpx.create_ssl_context(trust_env=False)


async def get_json(
    client: httpx.AsyncClient,
    url: str,
    *,
    now: datetime,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """The JSON at ``url``, decimals kept exact; raises ``SourceError``, or ``NotListedError`` for a 404."""
    body = await get_bytes(client, url, now=now, params=params, headers=headers)
    try:
        return json.loads(body, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        raise SourceError("not-json") from None


async def get_bytes(
    client: httpx.AsyncClient,
    url: str,
    *,
    now: datetime,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    limit: float | None = None,
    most: int = _MAX_BYTES,
) -> bytes:
    """What stands at ``url``; raises ``SourceError``, or ``NotListedError`` for a 404.

    ``limit`` is the seconds it may take, the client's own where none is given; ``most`` the bytes it may have.
    """
    limit = client.timeout.read if limit is None else limit
    try:
        async with asyncio.timeout(limit), client.stream("GET", url, params=params, headers=headers) as reply:
            if reply.status_code == 404:
                raise NotListedError
            if reply.status_code != 200:
                why = REASONS.get(reply.status_code, f"http-{reply.status_code}")
                raise SourceError(why, wait_of(reply.headers.get("retry-after", ""), now))
            body = bytearray()
            async for part in reply.aiter_raw():
                body += part
                if len(body) > most:
                    raise SourceError("too-long")
    except (TimeoutError, httpx.TimeoutException):
        raise SourceError("time-out") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise SourceError(f"unreachable-{type(error).__name__}") from None
    return bytes(body)


REASONS: Final = {403: "refused", 418: "banned", 429: "too-many-requests", 451: "restricted-location"}
"""What a status other than 200 means for us, where it means something; any other is ``http-`` and the number."""


def _refuse(word: str) -> NoReturn:
    raise GarbageError(word)


def wait_of(header: str, now: datetime) -> float | None:
    """Seconds that ``Retry-After`` asks for, as a number or a date, within a day; None where it says neither."""
    text = header.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        seconds = float(text)
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def mapping(value: object) -> Mapping[str, Any]:
    """The JSON object; raises ``GarbageError`` for anything else."""
    if not isinstance(value, dict):
        raise GarbageError("not an object")
    return value


def number(value: object) -> Decimal:
    """A JSON number, or a string that holds one, as text people write; raises ``GarbageError`` for anything else."""
    text = str(value) if isinstance(value, str | Decimal) else ""
    if not _NUMBER.fullmatch(text):
        raise GarbageError("not a number")
    return Decimal(text)


def percent(value: object) -> Decimal | None:
    """A change in percent, or None where it is missing or cannot be one: no price falls by more than all of itself."""
    try:
        change = number(value)
    except GarbageError:
        return None
    return change if Decimal("-99.999") < change < 1000 else None


def change_from(price: Decimal, before: object) -> Decimal | None:
    """The change in percent from the price 24 hours ago, or None where that is no price."""
    try:
        old = number(before)
        return percent(((price - old) / old * 100).quantize(Decimal("0.0001")))
    except (GarbageError, ArithmeticError):
        return None


def moment(value: object) -> datetime:
    """A time as Unix seconds or ISO 8601 with a zone; raises ``GarbageError`` for anything else."""
    try:
        if isinstance(value, str) and not _NUMBER.fullmatch(value):
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise GarbageError("a time without a zone")
            return at.astimezone(UTC)
        return datetime.fromtimestamp(float(number(value)), UTC)
    except (ValueError, OverflowError, OSError):
        raise GarbageError("not a time") from None
