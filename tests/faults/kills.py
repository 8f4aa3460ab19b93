"""A deployment to kill: its store is the test's, its processes come from the forge, and its deaths are counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis

from bot.delivery.reading import PREFIX
from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect
from tests.faults.deliveries import Account, Blame, Log, fill_store, ledger
from tests.faults.forge import Child, Forge, forging
from tests.line.product import NO_PRICES, writing_to
from tests.telegram.remote import RemoteTelegram, telegram_process

HANDS = 8
"""Calls in flight at most: what one death may make repeat."""
_STAGES = ("run", "--stage", "address", "--stage", "send")


@dataclass
class Deployment:
    """So many chats with so many alerts each, and what kills them."""

    folder: Path
    forge: Forge
    telegram: RemoteTelegram
    log: Log
    store: Redis | None
    chats: int
    alerts: int
    urgent_every: int
    rate: str
    deaths: list[float] = field(default_factory=list)
    in_flight: list[int] = field(default_factory=list)
    """Chats that were being called at each kill -9, or whose caller had died before and was not missed yet."""
    recoveries: list[float] = field(default_factory=list)

    async def start(self) -> Child:
        """One more process of ``address`` and ``send``."""
        settings = {
            "data": str(self.folder / "data"),
            **writing_to(self.telegram),
            **NO_PRICES,
            "send_rate": self.rate,
            "chat_rate": "50",
            "send_parallel": str(HANDS),
        }
        return await self.forge.run(
            *_STAGES, **{f"LODESTONE_{name.upper()}": value for name, value in settings.items()}
        )

    async def delivers(self, before: int, seconds: float = 30) -> None:
        """Wait until more than ``before`` messages have been delivered, and note how long that took."""
        begun = time.monotonic()
        while await self.log.read() <= before and time.monotonic() < begun + seconds:
            await asyncio.sleep(0.01)
        self.recoveries.append(time.monotonic() - begun)

    async def kill(self, child: Child) -> None:
        """kill -9."""
        await child.kill()
        self.deaths.append(time.time())
        if self.store is not None:
            self.in_flight.append(await self.store.hlen(f"{PREFIX}held"))

    async def until_all_arrived(self, seconds: float = 240) -> None:
        """Wait until nothing is missing any more."""
        until = time.monotonic() + seconds
        while self.account().lost and time.monotonic() < until:
            await asyncio.sleep(0.25)
            await self.log.read()

    def account(self) -> Account:
        """What arrived of what should have."""
        return Account.of(self.log.calls, chats=self.chats, alerts=self.alerts, urgent_every=self.urgent_every)

    def blame(self) -> Blame:
        """Which repeat comes from which death."""
        return Blame.of(self.log.calls, self.deaths)

    async def rows(self) -> dict[str, int]:
        """How many rows of the ledger are in each state."""
        assert self.store is not None
        return dict(await ledger(self.store))

    def recovered(self, share: float) -> float:
        """Seconds from a start to the first delivery."""
        times = sorted(self.recoveries)
        return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0


@asynccontextmanager
async def deployment(
    folder: Path, *, chats: int, alerts: int, urgent_every: int = 0, rate: float = 400, own_store: bool = True
) -> AsyncIterator[Deployment]:
    """A deployment that nobody has started yet. Without ``own_store`` its first process owns the store."""
    server = EmbeddedServer(folder / "data" / "store", reserve_mb=0)
    await server.open()
    store = connect(server.url)
    await fill_store(store, chats=chats, alerts=alerts, urgent_every=urgent_every)
    if not own_store:
        await store.aclose()
        await server.close()
    async with telegram_process("--any-chat", "--slim") as telegram, forging(folder / "logs") as forge:
        kept = store if own_store else None
        yield Deployment(folder, forge, telegram, Log(telegram), kept, chats, alerts, urgent_every, str(rate))
    if own_store:
        await store.aclose()
        await server.close()
