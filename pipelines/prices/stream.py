"""One venue's socket, kept open: hears prices, and closes and opens anew what fell silent, froze or was cut."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from pipelines.prices.ask import REASONS, Offer, SourceError, wait_of
from pipelines.prices.believe import refuse
from pipelines.prices.coins import Coin
from pipelines.prices.frames import Frames, Heard
from pipelines.prices.patience import socket_pause

log = logging.getLogger(__name__)

SILENT: Final = timedelta(seconds=5)
"""Both venues send a heartbeat a second, so a socket without a frame for so long is dead, however open it looks.

So is one that beats but has not answered to what it was asked for.
"""
FROZEN: Final = timedelta(seconds=60)
"""A socket that beats but brings no believable price of any coin for so long is opened anew."""
_LASTED: Final = timedelta(seconds=30)
"""A connection that held for so long was a good one: the next failure counts as the first."""
_REFUSED_FOR: Final = timedelta(seconds=60)
"""How long one bad frame is remembered, so that a fault that comes and goes is told once."""
_LARGEST: Final = 256 * 1024
_OPEN_LIMIT: Final = 5.0
_SEND_LIMIT: Final = 1.0


@dataclass(slots=True)
class Pulse:
    """The signs of life of one connection: its last frame, its first answer to what was asked, its last good price."""

    opened: datetime
    frame: datetime
    price: datetime
    answered: bool = False

    def overdue(self, now: datetime) -> str | None:
        """Why the connection has to be opened anew, as a fixed word; None while it lives."""
        if now - self.frame > SILENT:
            return "silent"
        if not self.answered and now - self.opened > SILENT:
            return "unanswered"
        return "frozen" if now - self.price > FROZEN else None


class _Connect(connect):
    """The library's connect, without redirects: a venue that moves is looked into by a person."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@dataclass(slots=True)
class Stream:
    """A socket of one venue. ``want`` and ``look`` are called at each tick of the keeper; ``run`` holds the connection.

    ``chance`` gives numbers between 0 and 1; ``sleep`` must run on a clock that never jumps.
    """

    frames: Frames
    url: str
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    max_age: timedelta
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    tls: ssl.SSLContext | None = None

    reconnects: int = 0
    errors: int = 0
    failures: int = 0
    fault: str | None = None
    next_try: datetime | None = None
    heard_at: datetime | None = None
    _offers: dict[str, Offer] = field(default_factory=dict)
    _refused: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _wanted: dict[str, Coin] = field(default_factory=dict)
    _asked: dict[str, Coin] = field(default_factory=dict)
    _unknown: set[str] = field(default_factory=set)
    _socket: ClientConnection | None = None
    _pulse: Pulse | None = None
    _overdue: str | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        """The venue."""
        return self.frames.name

    @property
    def open(self) -> bool:
        """Whether a connection stands and has not been found dead."""
        return self._socket is not None

    def offer(self, symbol: str) -> Offer | None:
        """The last believable word on this coin, however old."""
        return self._offers.get(symbol)

    def refused(self, now: datetime) -> dict[str, str]:
        """Symbols ("" where it is not known which) of which something bad was heard in the last minute, and what."""
        return {symbol: why for symbol, (why, at) in self._refused.items() if now - at < _REFUSED_FOR}

    async def want(self, coins: Collection[Coin]) -> None:
        """From now on hear these coins, as far as the venue has them; what is new is asked for at once."""
        self._wanted = {
            coin.symbol: coin for coin in coins if self.frames.traded(coin) and coin.symbol not in self._unknown
        }
        for symbol in self._offers.keys() - self._wanted.keys():
            del self._offers[symbol]
        if self._wanted:
            self._wake.set()
        else:
            self._wake.clear()
        await self._subscribe()

    def look(self) -> None:
        """Cut the connection if it shows no life; ``run`` then opens another."""
        if self._pulse is not None and self._socket is not None:
            self._overdue = self._pulse.overdue(self.clock()) if self._wanted else "unwanted"
            if self._overdue is not None:
                self._socket.transport.abort()

    async def run(self) -> None:
        """Hold a connection open for ever, while there is a coin to hear."""
        while True:
            await self._wake.wait()
            begun = self.clock()
            try:
                await self._converse()
                failure = SourceError("ended")
            except SourceError as error:
                failure = error
            except Exception:
                log.exception("price.socket_failed source=%s", self.name)
                failure = SourceError("surprise")
            if failure.reason == "unwanted":
                continue
            self.failures += 1
            self.errors += 1
            self.fault = failure.reason
            pause = socket_pause(failure.reason, self.failures, failure.retry_after, self.chance())
            self.next_try = begun + timedelta(seconds=pause)
            # What the try itself took counts: two tries are so far apart, however they ended. A clock that was set back
            # meanwhile makes it no longer.
            await self.sleep(min(pause, max(0.0, (self.next_try - self.clock()).total_seconds())))
            self.reconnects += 1

    async def _converse(self) -> None:
        """Open a connection and hear it until it ends; raises ``SourceError`` with why it did."""
        self._overdue = None
        try:
            async with _Connect(
                self.url,
                compression=None,
                proxy=None,
                user_agent_header="lodestone",
                open_timeout=_OPEN_LIMIT,
                close_timeout=1,
                max_size=_LARGEST,
                ssl=self._tls(),
            ) as socket:
                now = self.clock()
                self._pulse, self._socket, self.next_try = Pulse(now, now, now), socket, None
                self.frames.begin()
                self._asked.clear()
                await self._subscribe()
                while True:
                    await self._hear(await socket.recv())
        except InvalidStatus as error:
            status = error.response.status_code
            wait = wait_of(error.response.headers.get("Retry-After", ""), self.clock())
            raise SourceError(REASONS.get(status, f"http-{status}"), wait) from None
        except TimeoutError:
            raise SourceError("time-out") from None
        except ConnectionClosed as error:
            raise SourceError(self._overdue or f"closed-{error.rcvd.code if error.rcvd else 1006}") from None
        except (WebSocketException, OSError) as error:
            raise SourceError(f"unreachable-{type(error).__name__}") from None
        finally:
            self._socket = self._pulse = None

    def _tls(self) -> ssl.SSLContext | None:
        return (self.tls or ssl.create_default_context()) if self.url.startswith("wss") else None

    async def _hear(self, frame: str | bytes) -> None:
        now = self.clock()
        if self._pulse is not None:
            self._pulse.frame = now
        heard = self.frames.hear(frame, now)
        if self._pulse is not None and (heard.offers or heard.unknown):
            self._pulse.answered = True
        for offer in heard.offers:
            self._take(offer, now)
        for symbol, why in heard.refused:
            self._refused[symbol] = (why, now)
        if heard.unknown or heard.again:
            await self._correct(heard)
        if heard.fault is not None:
            raise SourceError(heard.fault)

    def _take(self, offer: Offer, now: datetime) -> None:
        held = self._offers.get(offer.symbol)
        why = refuse(offer, now, self.max_age)
        if why is None and held is not None and offer.as_of < held.as_of:
            why = "older-than-the-last"
        if why is not None:
            self._refused[offer.symbol] = (why, now)
            return
        self._offers[offer.symbol] = offer
        self.heard_at = now
        if self._pulse is not None:
            self._pulse.price = now
            self.fault = None
            if now - self._pulse.opened > _LASTED:
                self.failures = 0

    async def _correct(self, heard: Heard) -> None:
        """Give up what the venue does not trade, and ask anew for what fell with it."""
        self._unknown |= set(heard.unknown)
        for symbol in heard.unknown:
            self._wanted.pop(symbol, None)
        for symbol in (*heard.unknown, *heard.again):
            self._asked.pop(symbol, None)
        await self._subscribe()

    async def _subscribe(self) -> None:
        """Tell the venue what is wanted beyond what was asked for, and what is wanted no more."""
        if self._socket is None or self._wanted.keys() == self._asked.keys():
            return
        more = [coin for symbol, coin in self._wanted.items() if symbol not in self._asked]
        less = [coin for symbol, coin in self._asked.items() if symbol not in self._wanted]
        self._asked = dict(self._wanted)
        for coins, on in ((less, False), (more, True)):
            for frame in self.frames.ask(coins, on=on) if coins else ():
                await self._send(frame)

    async def _send(self, frame: str) -> None:
        socket = self._socket  # while this waits, the connection may end
        if socket is None:
            return
        try:
            async with asyncio.timeout(_SEND_LIMIT):
                await socket.send(frame)
        except (TimeoutError, ConnectionClosed):
            socket.transport.abort()
