"""What Kraken and Coinbase say on their sockets, frame by frame. Pure: the connection itself is in ``stream``.

Kraken v2: ``ticker`` frames with numbers, a heartbeat a second, an answer per symbol to each subscription. Coinbase
Exchange: ``ticker`` frames with strings and a sequence per product, a heartbeat a second per product, one answer to a
subscription, which fails whole for a product that is not there. Both give what makes the rolling 24 h change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NoReturn, Protocol

from pipelines.prices.ask import GarbageError, Offer, change_from, mapping, moment, number, percent
from pipelines.prices.coins import Coin


@dataclass(frozen=True, slots=True)
class Heard:
    """What one frame said: prices, what had to be refused (symbol, "" for all, and a fixed word), coins not traded.

    ``again`` are coins that have to be asked for once more; ``fault`` is why this connection is of no use.
    """

    offers: tuple[Offer, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    fault: str | None = None


NOTHING: Final = Heard()


class Frames(Protocol):
    """One venue's language. It remembers what one connection has said; ``begin`` forgets that."""

    @property
    def name(self) -> str:
        """The venue's word in settings, logs and quotes: the same as that of its REST source."""
        ...

    def traded(self, coin: Coin) -> bool:
        """Whether the venue has this coin on its socket, as far as the table knows."""
        ...

    def begin(self) -> None:
        """A new connection."""
        ...

    def ask(self, coins: Sequence[Coin], *, on: bool) -> Iterable[str]:
        """The frames that subscribe to these coins, or give them up."""
        ...

    def hear(self, frame: str | bytes, now: datetime) -> Heard:
        """What the frame says. Never raises, whatever came."""
        ...


class _Spoken:
    """What both languages have in common: which names were asked for, and JSON that is read strictly."""

    def __init__(self) -> None:
        self._coins: dict[str, str] = {}

    def begin(self) -> None:
        self._coins.clear()

    def hear(self, frame: str | bytes, now: datetime) -> Heard:
        try:
            said = mapping(json.loads(frame, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse))
        except (ValueError, ArithmeticError, RecursionError):
            return Heard(refused=(("", "not-json"),))
        try:
            return self._read(said, now)
        except (GarbageError, KeyError, IndexError, TypeError):
            return Heard(refused=(("", "unreadable"),))

    def _read(self, said: Mapping[str, Any], now: datetime) -> Heard:
        raise NotImplementedError

    def _symbol(self, name: object) -> str | None:
        return self._coins.get(name) if isinstance(name, str) else None


def _refuse(word: str) -> NoReturn:
    raise GarbageError(word)


class KrakenFrames(_Spoken):
    """Kraken's WebSocket v2. Numbers are numbers; one that comes as a string is refused."""

    name = "kraken"

    def traded(self, coin: Coin) -> bool:
        """Whether Kraken has the pair: the name here is the plain one, BTC/USD and not XBTUSD."""
        return coin.kraken is not None

    def ask(self, coins: Sequence[Coin], *, on: bool) -> Iterable[str]:
        """One frame for all."""
        names = {f"{coin.symbol}/USD": coin.symbol for coin in coins}
        if on:
            self._coins |= names
        else:
            for name in names:
                self._coins.pop(name, None)
        params = {"channel": "ticker", "symbol": list(names)}
        more = {"event_trigger": "trades", "snapshot": True} if on else {}
        return [json.dumps({"method": "subscribe" if on else "unsubscribe", "params": params | more})]

    def _read(self, said: Mapping[str, Any], now: datetime) -> Heard:
        if said.get("channel") == "ticker":
            heard = [self._row(row, now) for row in _rows(said["data"])]
            return Heard(
                tuple(one for one in heard if isinstance(one, Offer)),
                tuple(one for one in heard if not isinstance(one, Offer)),
            )
        if said.get("success") is False and said.get("method") == "subscribe":
            symbol = self._symbol(said.get("symbol"))
            if symbol is not None and "not supported" in str(said.get("error")):
                return Heard(unknown=(symbol,))
            return Heard(fault="not-subscribed")
        return NOTHING

    def _row(self, row: object, now: datetime) -> Offer | tuple[str, str]:
        symbol = self._symbol(row.get("symbol")) if isinstance(row, dict) else None
        if symbol is None or not isinstance(row, dict):
            return "", "wrong-symbol"
        try:
            price = row["last"] if isinstance(row["last"], Decimal) else None
            # Not every ticker carries its time: then it is as old as the frame.
            at = moment(row["timestamp"]) if "timestamp" in row else now
            return Offer(self.name, symbol, number(price), percent(row.get("change_pct")), at)
        except (GarbageError, KeyError):
            return symbol, "unreadable"


class CoinbaseFrames(_Spoken):
    """Coinbase Exchange's feed. A frame whose sequence is not above the last one's is old, however new its time."""

    name = "coinbase"

    def __init__(self) -> None:
        super().__init__()
        self._sequences: dict[str, Decimal] = {}

    def begin(self) -> None:
        """A new connection counts its frames anew."""
        super().begin()
        self._sequences.clear()

    def traded(self, coin: Coin) -> bool:
        """Whether the table has a product for it."""
        return coin.coinbase is not None

    def ask(self, coins: Sequence[Coin], *, on: bool) -> Iterable[str]:
        """One frame for all, with the heartbeat beside the ticker."""
        names = {str(coin.coinbase): coin.symbol for coin in coins}
        if on:
            self._coins |= names
        else:
            for name in names:
                self._coins.pop(name, None)
        kind = "subscribe" if on else "unsubscribe"
        return [json.dumps({"type": kind, "product_ids": list(names), "channels": ["ticker", "heartbeat"]})]

    def _read(self, said: Mapping[str, Any], now: datetime) -> Heard:  # noqa: ARG002  each frame holds its time
        match said.get("type"):
            case "ticker":
                return self._ticker(said)
            case "error":
                return self._error(f"{said.get('message', '')} {said.get('reason', '')}")
            case _:
                return NOTHING

    def _ticker(self, said: Mapping[str, Any]) -> Heard:
        symbol = self._symbol(said.get("product_id"))
        if symbol is None:
            return Heard(refused=(("", "wrong-symbol"),))
        try:
            sequence, price = number(said["sequence"]), number(said["price"])
            offer = Offer(self.name, symbol, price, change_from(price, said.get("open_24h")), moment(said["time"]))
        except (GarbageError, KeyError):
            return Heard(refused=((symbol, "unreadable"),))
        if sequence <= self._sequences.get(symbol, Decimal(-1)):
            return Heard(refused=((symbol, "old-sequence"),))
        self._sequences[symbol] = sequence
        return Heard((offer,))

    def _error(self, text: str) -> Heard:
        """A product that is not there fails the whole subscription, so the others are asked for again."""
        named = {name: self._coins[name] for name in re.findall(r"[A-Z0-9]+-USD", text[:2000]) if name in self._coins}
        if not named:
            return Heard(fault="not-subscribed")
        for name in named:
            del self._coins[name]
        return Heard(unknown=tuple(named.values()), again=tuple(self._coins.values()))


def _rows(data: object) -> list[Any]:
    if not isinstance(data, list):
        raise GarbageError("data is not a list")
    return data
