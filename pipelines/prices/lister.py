"""Asks the venues once a day what they list, and knows it for the keeper; the store holds it for whoever chooses."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import httpx
from redis.asyncio import Redis

from pipelines.prices.ask import GarbageError, NotListedError, SourceError, get_bytes, mapping
from pipelines.prices.coins import Coin, Coins
from pipelines.prices.listing import Row, merge, read_coinbase, read_kraken, read_listing, rows_of, write_listing
from pipelines.store import STORE_IS_AWAY
from pipelines.tasks import end, rest

log = logging.getLogger(__name__)

_DAY: Final = 86_400.0
_SOON: Final = 3_600.0
"""Seconds until a listing that a venue did not give is asked for again."""
"""Twice as long after each further failure."""
_STORE_BACK: Final = 10.0
"""Seconds until a store that was away is looked for again."""
_LIMIT: Final = 20.0
_MAX_BYTES: Final = 4_000_000
"""Kraken tells about a kilobyte of each of its pairs."""


class Lister:
    """What can be chosen, for the process that keeps prices: the stored listing, and each day a new one.

    Asked are Kraken and Coinbase, as far as they are among ``sources``.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        sources: Collection[str],
        addresses: Mapping[str, str],
        store: Redis,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._asks = {
            name: ask for name, ask in (("kraken", self._kraken), ("coinbase", self._coinbase)) if name in sources
        }
        self._addresses = addresses
        self._store = store
        self._clock = clock
        self._coins = Coins()

    def find(self, text: str) -> Coin | None:
        """The coin of a symbol or a name, as far as is known now."""
        return self._coins.find(text)

    async def load(self) -> None:
        """Know what was listed when somebody last asked."""
        self._coins = await read_listing(self._store)

    async def refresh(self) -> bool:
        """Ask the venues and keep what they list; whether each told it. One that fails lists what it did before."""
        before, told, whole = self._coins.listed, dict[str, tuple[Row, ...]](), True
        for name, ask in self._asks.items():
            try:
                told[name] = await ask()
            except (SourceError, NotListedError, GarbageError) as error:
                log.info("listing.failed source=%s why=%s", name, getattr(error, "reason", "unreadable"))
                told[name], whole = rows_of(before, name), False
        coins = await asyncio.to_thread(merge, told)
        self._coins = Coins(coins)
        await write_listing(self._store, coins)
        return whole

    async def _kraken(self) -> tuple[Row, ...]:
        return await asyncio.to_thread(_kraken_rows, await self._get("kraken", "/0/public/AssetPairs"))

    async def _coinbase(self) -> tuple[Row, ...]:
        products, currencies = await self._get("coinbase", "/products"), await self._get("coinbase", "/currencies")
        return await asyncio.to_thread(lambda: _some(read_coinbase(_json(products), _json(currencies))))

    async def _get(self, name: str, path: str) -> bytes:
        url = self._addresses[name].rstrip("/") + path
        return await get_bytes(self._client, url, now=self._clock(), limit=_LIMIT, most=_MAX_BYTES)


def _kraken_rows(body: bytes) -> tuple[Row, ...]:
    reply = mapping(_json(body))
    if reply.get("error"):
        raise SourceError("error-under-200")
    return _some(read_kraken(reply.get("result")))


def _json(body: bytes) -> Any:
    """The JSON, its numbers as they come, for none of them is used.

    The hook does nothing but run between two objects: without it nobody else could run for as long as the whole takes.
    """
    try:
        return json.loads(body, object_hook=lambda row: row)
    except (ValueError, RecursionError):
        raise SourceError("not-json") from None


def _some(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows; a venue that lists nothing at all has failed rather than closed."""
    if not rows:
        raise SourceError("empty")
    return rows


@asynccontextmanager
async def listing(lister: Lister, stop: asyncio.Event) -> AsyncIterator[None]:
    """Keep the listing fresh as long as this is open, or until ``stop``."""
    task = asyncio.create_task(keep_listing(lister, stop))
    try:
        yield
    finally:
        await end(task)


async def keep_listing(lister: Lister, stop: asyncio.Event) -> None:
    """Load what was listed before, then ask at once and once a day; sooner where a venue or the store failed.

    A venue that goes on failing does so for a day at last: the other is not to be asked each hour for its sake.
    """
    loaded, pause = False, _SOON / 2
    while not stop.is_set():
        whole = False
        try:
            if not loaded:
                await lister.load()
                loaded = True
            whole = await lister.refresh()
        except STORE_IS_AWAY as error:
            log.warning("listing.store why=%s", type(error).__name__)
        except Exception:  # the table's coins have their prices whatever happens here
            log.exception("listing.surprise")
        pause = _SOON / 2 if whole else min(pause * 2, _DAY)
        await rest(stop, _DAY if whole else pause if loaded else _STORE_BACK)
