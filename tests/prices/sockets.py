"""The sockets of the price server: Kraken's v2 and Coinbase Exchange's, as documented, right or wrong on order.

A socket says something only when told to (``beat``), so that a test needs no waiting; ``live`` tells it each second.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from tests.prices.server import PriceServer

STATUSES = {"403": 403, "418": 418, "429": 429, "451": 451, "500": 500, "moved": 302}
RAW = {
    "html": "<html>log in</html>",
    "list": "[]",
    "word-frame": "true",
    "deep": "[" * 99_999,
    "data-null": '{"channel": "ticker", "type": "ticker", "product_id": null, "data": null}',
    "large": "[" + "1," * 200_000,
}
"""Frames that are no ticker at all."""


@dataclass(eq=False)
class Line:
    """One open socket: what it subscribed to, and how many frames it was sent."""

    venue: str
    socket: web.WebSocketResponse
    symbols: dict[str, None] = field(default_factory=dict)


class PriceSockets:
    """Both venues' sockets. Modes stand in the server's ``modes`` under ``kraken-socket`` and ``coinbase-socket``."""

    def __init__(self, server: PriceServer) -> None:
        self.server = server
        self.lines: list[Line] = []
        self.opened: Counter[str] = Counter()
        self.asked: list[dict[str, Any]] = []
        self.sequence = 100
        self._frozen: dict[tuple[str, str], str] = {}

    def mode(self, venue: str) -> str:
        """How the venue's socket behaves now."""
        return self.server.modes.get(f"{venue}-socket", "right")

    async def kraken(self, request: web.Request) -> web.StreamResponse:
        return await self._serve("kraken", request)

    async def coinbase(self, request: web.Request) -> web.StreamResponse:
        return await self._serve("coinbase", request)

    async def _serve(self, venue: str, request: web.Request) -> web.StreamResponse:
        self.opened[venue] += 1
        if (status := STATUSES.get(self.mode(venue))) is not None:
            return web.Response(status=status, headers=self.server.headers | {"Location": "/elsewhere"}, text="no")
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        line = Line(venue, socket)
        self.lines.append(line)
        try:
            if self.mode(venue) == "drop":
                await socket.close()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._asked(line, json.loads(message.data))
        finally:
            self.lines.remove(line)
        return socket

    async def _asked(self, line: Line, said: dict[str, Any]) -> None:
        self.asked.append(said)
        if self.mode(line.venue) == "silent":
            return
        on = said.get("method", said.get("type")) == "subscribe"
        names = said["params"]["symbol"] if line.venue == "kraken" else said["product_ids"]
        listed = {name: name.partition("/")[0].partition("-")[0] for name in names}
        gone = [name for name, symbol in listed.items() if symbol not in self.server.markets]
        if line.venue == "coinbase" and gone:
            why = f"{gone[0]} is not a valid product"
            await line.socket.send_json({"type": "error", "message": "Failed to subscribe", "reason": why})
            return
        for name, symbol in listed.items():
            if name in gone:
                error = {"error": f"Currency pair not supported {name}", "method": "subscribe", "success": False}
                await line.socket.send_json(error | {"symbol": name, "time_in": "", "time_out": ""})
            elif on:
                line.symbols[symbol] = None
                await self._say(line, symbol, "snapshot")
            else:
                line.symbols.pop(symbol, None)
        if line.venue == "coinbase":
            await line.socket.send_json({"type": "subscriptions", "channels": []})

    async def beat(self, *venues: str) -> None:
        """Each open socket (of these venues) says its heartbeat and one ticker of each coin, as its mode has it."""
        for line in [line for line in self.lines if not venues or line.venue in venues]:
            if self.mode(line.venue) in ("silent", "drop"):
                continue
            beat = {"channel": "heartbeat"} if line.venue == "kraken" else {"type": "heartbeat", "sequence": 1}
            try:
                if self.mode(line.venue) != "mute":
                    await line.socket.send_json(beat)
                for symbol in list(line.symbols):
                    await self._say(line, symbol, "update")
            except ConnectionError:
                continue

    async def live(self, seconds: float = 1.0) -> None:
        """Beat for ever; drop what is open where the mode says so."""
        while True:
            await self.beat()
            for line in [line for line in self.lines if self.mode(line.venue) == "drop"]:
                await line.socket.close()
            await asyncio.sleep(seconds)

    async def end(self) -> None:
        """Close all sockets."""
        for line in list(self.lines):
            await line.socket.close()

    async def _say(self, line: Line, symbol: str, kind: str) -> None:
        mode = self.mode(line.venue)
        if mode == "beats-only":
            return
        if mode == "binary":
            await line.socket.send_bytes(b"\xff\x00\xfe")
            return
        text = RAW.get(mode) or self._frame(line.venue, symbol, kind, mode)
        if mode == "frozen":
            text = self._frozen.setdefault((line.venue, symbol), text)
        else:
            self._frozen.pop((line.venue, symbol), None)
        await line.socket.send_str(text)

    def _frame(self, venue: str, symbol: str, kind: str, mode: str) -> str:
        """A ticker frame, with the price written as it is: also as NaN."""
        coin = next(coin for coin in self.server.coins if coin.symbol == symbol)
        market, at = self.server.market(f"{venue}-socket", coin), self.server.time(f"{venue}-socket")
        named = "XRP" if mode == "wrong-symbol" else symbol
        time = at.isoformat().replace("+00:00", "Z")
        if venue == "kraken":
            price = {"null": "null", "string": f'"{market.price}"', "empty": '""', "word": '"up"'}.get(
                mode, market.price
            )
            last = "lastPrice" if mode == "renamed" else "last"
            row = (
                f'"symbol": "{named}/USD", "{last}": {price}, "bid": 1.0, "ask": 1.0, "vwap": 1.0, "low": 1, "high": 2'
            )
            row += f', "change": 1.0, "change_pct": {market.change if market.price[:1].isdigit() else 1:.4f}'
            return f'{{"channel": "ticker", "type": "{kind}", "data": [{{{row}, "timestamp": "{time}"}}]}}'
        self.sequence += 0 if mode == "old-sequence" else 1
        price = "null" if mode == "null" else f'"{market.price}"'
        key = "px" if mode == "renamed" else "price"
        row = f'"sequence": {self.sequence}, "product_id": "{named}-USD", "{key}": {price}'
        return f'{{"type": "ticker", {row}, "open_24h": "{market.before}", "volume_24h": "1", "time": "{time}"}}'
