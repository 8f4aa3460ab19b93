"""A word to all chats while the product is killed again and again: each chat has it, a second copy is marked."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.broadcast import Broadcast, broadcast_id
from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from bot.delivery.broadcasts import begin_broadcast, count_broadcast
from pipelines import keys
from pipelines.dead_letters import Once
from tests.line.news import News
from tests.line.product import NO_PRICES, lodestone, talking
from tests.telegram.server import TelegramServer

CHATS, KILLS, WITHIN = 1_000, 4, 90.0


@pytest.mark.faults
@pytest.mark.timeout(180)
async def test_a_broadcast_survives_kills(tmp_path: Path, store: Redis, store_url: str) -> None:
    now, luck, wanted = datetime.now(UTC), random.Random(7), broadcast_id(b"123456")
    for chat in range(1, CHATS + 1):
        await ChatStore(store).put(Chat(id=chat, kind=Kind.PRIVATE, created=now))
    async with News("mining") as news, TelegramServer(any_chat=True) as server:
        more = {**NO_PRICES, "redis_url": store_url, "send_rate": "100"}
        settings, begun = talking(server, news.catalogue(tmp_path / "feeds.yaml"), **more), time.perf_counter()
        for number in range(KILLS + 1):
            async with lodestone(tmp_path / "data", "run", **settings) as product:
                await product.says("telegram.ready")
                message = Broadcast(id=wanted, text="Back at <22:00> & well", at=now, by=1)
                assert await begin_broadcast(store, message, Once(keys.used_button("x"), 600)) is (number == 0)
                if number < KILLS:
                    await asyncio.sleep(luck.uniform(0.8, 2.0))
                    await product.stop(signal.SIGKILL)
                    continue
                async with asyncio.timeout(WITHIN):
                    while (tally := await count_broadcast(store, wanted)).sent < CHATS:
                        await asyncio.sleep(0.2)
        sent = [call for call in server.world.sent() if "From the operators" in call.text]
    copies, plain = Counter(call.chat for call in sent), Counter(call.chat for call in sent if "↻" not in call.text)
    print(
        f"\nbroadcast: {CHATS} chats, {KILLS} kills, {time.perf_counter() - begun:.0f} s; without it "
        f"{CHATS - len(copies)}, repeats {len(sent) - len(copies)}, of them unmarked "
        f"{sum(count - 1 for count in plain.values())}; {tally}"
    )
    assert len(copies) == CHATS
    assert max(plain.values()) == 1
    assert len(sent) - len(copies) <= KILLS * 12
