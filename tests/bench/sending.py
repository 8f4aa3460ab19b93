"""The product as it delivers, for the benchmarks of delivery: addressing and sending alone, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bot.chats import Chat
from tests.bench.full_store import fill_chats, fill_history, joined
from tests.line.product import NO_PRICES, Product, lodestone, writing_to
from tests.telegram.remote import RemoteTelegram

Row = tuple[str, str, str]
"""What was measured, the figure, the bar."""


@dataclass
class Scene:
    """The product at work: its process, its store and the Bot API server that it calls."""

    telegram: RemoteTelegram
    product: Product
    store: Any

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.product.process.pid)

    def cpu(self) -> float:
        """Seconds of processor time that the product's own process has used."""
        return sum(self.process.cpu_times()[:2])

    def memory(self) -> float:
        """Resident MB of the product's own process."""
        return float(self.process.memory_info().rss) / 2**20

    async def stored(self) -> int:
        """Bytes that the store's data takes."""
        return int((await self.store.info("memory"))["used_memory"])

    async def until(self, delivered: int, seconds: float, since: int = 0) -> dict[str, Any]:
        """The server's figures once so many messages came, or the time was over."""
        until = time.monotonic() + seconds
        while True:
            found = await self.telegram.counts(since, chats=False)
            if found["delivered"] >= delivered or time.monotonic() > until:
                return found
            await asyncio.sleep(0.25)


@contextlib.asynccontextmanager
async def delivering(
    telegram: RemoteTelegram, chats: Iterable[Chat], *, history: int = 0, **settings: str
) -> AsyncIterator[Scene]:
    """The product with these chats, of which each had ``history`` stories, and nothing to send yet."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        known = await fill_chats(data, chats)
        await fill_history(data, known, history)
        given = {
            **writing_to(telegram),
            **NO_PRICES,
            **settings,
        }
        async with lodestone(data, "run", "--stage", "address", "--stage", "send", **given) as product:
            await product.says("telegram.ready", 90)
            async with joined(data) as store:
                yield Scene(telegram, product, store)
            await product.stop()


def print_table(title: str, rows: Iterable[Row]) -> None:
    """Figures with the bar beside each, and how busy the machine was with others' work."""
    busy, cores = os.getloadavg()[0], os.cpu_count()
    print(f"{title}\n  load of the machine {busy:.1f} on {cores} cores")
    rows = list(rows)
    wide, tall = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    for what, figure, bar in rows:
        print(f"  {what:{wide}}  {figure:>{tall}}  {bar}".rstrip())
    print(flush=True)


def at(values: list[float], share: float) -> float:
    """The quantile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
