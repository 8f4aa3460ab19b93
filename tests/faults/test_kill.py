"""kill -9 and SIGTERM under load: nothing lost; repeats bounded by the calls in flight, each marked."""

from __future__ import annotations

import asyncio
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.deliveries import Account, fill
from tests.line.product import lodestone
from tests.telegram.remote import RemoteTelegram, telegram_process

pytestmark = pytest.mark.faults

CHATS, ALERTS, KILLS, IN_FLIGHT = 20, 100, 50, 8


class Log:
    """The server's log of calls, read on from where it was left."""

    def __init__(self, telegram: RemoteTelegram) -> None:
        self._telegram = telegram
        self.calls: list[dict[str, Any]] = []
        self._next = 0

    async def read(self) -> int:
        """How many messages have been delivered until now."""
        for call in await self._telegram.calls(since=self._next):
            self._next = call["number"] + 1
            if call["method"] == "sendMessage" and call["delivered"]:
                self.calls.append(call)
        return len(self.calls)

    def account(self) -> Account:
        return Account.of(self.calls, chats=CHATS, alerts=ALERTS)


async def until_all_arrived(log: Log, data: Path, **settings: str) -> Account:
    async with lodestone(data, "run", **settings) as product:
        await product.says("run.begun")
        loop = asyncio.get_running_loop()
        until = loop.time() + 120
        while loop.time() < until:
            await log.read()
            if log.account().lost == 0:
                break
            await asyncio.sleep(0.5)
        assert await product.stop() == 0
    await log.read()
    return log.account()


def settings_for(telegram: RemoteTelegram, tmp_path: Path) -> dict[str, str]:
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text("feeds: [{id: shut, name: Shut, url: 'http://127.0.0.1:9/rss', tier: wire}]\n")
    return {
        "telegram_token": telegram.token,
        "telegram_base_url": telegram.base_url,
        "feeds": str(feeds),
        "send_rate": "300",
        "chat_rate": "50",
        "price_sources": "kraken",
        "kraken_url": "http://127.0.0.1:9",
    }


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
async def test_killed_at_random_moments(tmp_path: Path, number: signal.Signals) -> None:
    rng, recoveries = random.Random(24), list[float]()
    await fill(tmp_path / "data", chats=CHATS, alerts=ALERTS)
    loop = asyncio.get_running_loop()
    async with telegram_process("--any-chat") as telegram:
        settings = settings_for(telegram, tmp_path)
        kills, log = 0, Log(telegram)
        while kills < KILLS:
            before = await log.read()
            if before >= CHATS * ALERTS - 20:
                break
            async with lodestone(tmp_path / "data", "run", **settings) as product:
                await product.says("run.begun")
                begun = loop.time()
                while await log.read() == before and loop.time() < begun + 20:
                    await asyncio.sleep(0.02)
                recoveries.append(loop.time() - begun)
                await asyncio.sleep(rng.uniform(0, 0.12))
                await product.stop(number)
                kills += 1
        account = await until_all_arrived(log, tmp_path / "data", **settings)
    recoveries.sort()
    print(
        f"\n{number.name} x {kills}: wanted {account.wanted}, lost {account.lost}, repeats {account.repeats} "
        f"(bound {kills * IN_FLIGHT}), unmarked {account.unmarked}, most for one chat and story {account.worst}; "
        f"first delivery after start p50 {recoveries[len(recoveries) // 2]:.2f} s, "
        f"p95 {recoveries[int(len(recoveries) * 0.95)]:.2f} s"
    )
    assert account.lost == 0
    assert account.unmarked == 0
    assert account.repeats <= (kills * IN_FLIGHT if number is signal.SIGKILL else 0)
