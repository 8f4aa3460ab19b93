"""Gets one feed's body: conditional, bounded in time and size, redirects followed by hand and checked at each step."""

from __future__ import annotations

import asyncio
import email.utils
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpcore
import httpx

from pipelines.feeds.connect import GuardedTransport, Resolve, Resolver
from pipelines.feeds.guard import Guard, Target
from pipelines.feeds.hosts import Hosts
from pipelines.feeds.inflate import OFFERED, read_body
from pipelines.feeds.trouble import FeedTrouble, Reason

log = logging.getLogger(__name__)

USER_AGENT = "Lodestone/0.1 (news alerts; feed reader)"
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_FOLLOWED: Final = {301, 302, 303, 307, 308}
_PERMANENT: Final = {301, 308}
_MAX_RETRY_AFTER = 86_400.0
_SILENCE = 60.0
"""Seconds of silence towards a host that says 429 and not for how long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one fetch: ``seconds`` in all, ``bytes`` after inflation, ``redirects``, ``per_host`` at a time."""

    seconds: float = 20.0
    bytes: int = 5_000_000
    redirects: int = 5
    per_host: int = 2
    patience: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a server answered. ``body`` is None when nothing changed; ``moved`` is where it has moved for good.

    ``fresh_for`` is how long the server's cache headers call this answer fresh, in seconds, None where they do not say.
    """

    url: str
    body: bytes | None
    content_type: str = ""
    etag: str = ""
    modified: str = ""
    moved: str = ""
    fresh_for: float | None = None


@dataclass(slots=True)
class _Road:
    """The way through redirects so far; ``lasting`` while every step was a permanent one."""

    url: str
    host: str = ""
    hops: int = 0
    lasting: bool = True
    moved: str = field(default="")


class Fetcher:
    """Fetches politely. One for all feeds of a process."""

    def __init__(
        self,
        private_hosts: tuple[str, ...] = (),
        limits: Limits | None = None,
        resolve: Resolve | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        self.limits = limits or Limits()
        self._guard = Guard.allowing(private_hosts)
        self._resolver = Resolver() if resolve is None else None
        self._hosts = Hosts(self.limits.per_host, self.limits.patience)
        # A jar that takes no cookie of any domain; no proxy, no netrc, no environment.
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(self._guard, resolve or self._resolver or Resolver()),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": OFFERED, "Connection": "close"},
            trust_env=False,
            timeout=None,  # noqa: S113  the deadline below covers the whole fetch, which httpx's time-outs do not
        )

    async def aclose(self) -> None:
        """Close what is open."""
        await self._client.aclose()
        if self._resolver is not None:
            self._resolver.close()

    async def get(
        self, url: str, *, now: datetime, headers: Mapping[str, str] | None = None, etag: str = "", modified: str = ""
    ) -> Fetched:
        """The body at ``url``, unless the validators say that it is known.

        Raises ``FeedTrouble`` with one of its reasons, or ``HostBusyError`` when the host has enough of us for now.
        """
        target = self._guard.target(url)
        validators = {"If-None-Match": etag, "If-Modified-Since": modified}
        asked = {**(headers or {}), **{name: value for name, value in validators.items() if value}}
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await self._follow(target, asked, now)
        except TimeoutError:
            raise FeedTrouble(Reason.TIMEOUT, f"not done in {self.limits.seconds:g} s") from None
        except (httpcore.NetworkError, httpx.NetworkError) as error:
            raise FeedTrouble(Reason.CONNECT, type(error).__name__) from None
        except (httpcore.ProtocolError, httpx.TransportError, httpx.StreamError, httpx.InvalidURL) as error:
            raise FeedTrouble(Reason.PROTOCOL, type(error).__name__) from None
        except ssl.SSLError as error:
            raise FeedTrouble(Reason.TLS, error.reason or "") from None
        except OSError as error:
            raise FeedTrouble(Reason.CONNECT, error.strerror or type(error).__name__) from None

    async def _follow(self, target: Target, headers: Mapping[str, str], now: datetime) -> Fetched:
        road = _Road(str(target.url), target.host)
        sent = dict(headers)
        while True:
            # Each host on the way has its own limit and its own silence.
            async with self._hosts.turn(target.host):
                request = self._client.build_request("GET", target.url, headers=sent)
                response = await self._client.send(request, stream=True, auth=None, follow_redirects=False)
                try:
                    if response.status_code not in _FOLLOWED:
                        return await self._answer(response, target.host, road, now)
                    location = response.headers.get("location", "")
                finally:
                    await response.aclose()
            if not location:
                raise FeedTrouble(Reason.REDIRECTS, "without a place to go")
            road.hops += 1
            if road.hops > self.limits.redirects:
                raise FeedTrouble(Reason.REDIRECTS, f"more than {self.limits.redirects}")
            road.lasting = road.lasting and response.status_code in _PERMANENT
            target = self._guard.target(_join(target.url, location))
            if target.host != road.host:
                # What was meant for one host (a key, a declared name) is not for another.
                sent = {name: value for name, value in sent.items() if name.lower() in {"user-agent", "accept"}}
            road.url = str(target.url)
            road.moved = road.url if road.lasting else road.moved

    async def _answer(self, response: httpx.Response, host: str, road: _Road, now: datetime) -> Fetched:
        status, head = response.status_code, response.headers
        known = {"etag": _echo(head.get("etag", "")), "modified": _echo(head.get("last-modified", ""))}
        fresh_for = freshness(head, now)
        if status == 304:
            return Fetched(url=road.url, body=None, moved=road.moved, fresh_for=fresh_for, **known)
        if status != 200:
            wait = retry_after(head.get("retry-after", ""), now)
            if status == 429 or (status == 503 and wait):
                self._hosts.silence(host, min(wait or _SILENCE, 3600.0))
            raise FeedTrouble(Reason.HTTP, response.reason_phrase, status=status, retry_after=wait)
        declared = head.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.limits.bytes:
            raise FeedTrouble(Reason.TOO_LARGE, f"declares {declared[:20]} bytes")
        body = await read_body(response.aiter_raw(), head.get("content-encoding", ""), self.limits.bytes)
        kind = head.get("content-type", "")[:200]
        return Fetched(url=road.url, body=body, content_type=kind, moved=road.moved, fresh_for=fresh_for, **known)


def _join(base: httpx.URL, location: str) -> str:
    try:
        return str(base.join(location))
    except (httpx.InvalidURL, ValueError, TypeError):
        raise FeedTrouble(Reason.REFUSED_URL, "redirected to what is not a URL") from None


def _echo(validator: str) -> str:
    """A validator that can be sent back as it came, else nothing."""
    return validator if len(validator) <= 300 and validator.isascii() and validator.isprintable() else ""


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date; None where it cannot be read."""
    text = value.strip()
    if text.isdecimal() and len(text) < 10:
        return min(float(text), _MAX_RETRY_AFTER)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if until.tzinfo is None:
        return None
    return min(max(0.0, (until - now).total_seconds()), _MAX_RETRY_AFTER)


def freshness(head: Mapping[str, str], now: datetime) -> float | None:
    """Seconds for which cache headers call an answer fresh: max-age before Expires, None where neither says."""
    for part in head.get("cache-control", "").lower().split(","):
        name, _, value = part.strip().partition("=")
        if name in {"no-cache", "no-store"}:
            return 0.0
        if name == "max-age" and value.strip('"').isdecimal() and len(value) < 12:
            return float(value.strip('"'))
    return retry_after(head.get("expires", ""), now)
