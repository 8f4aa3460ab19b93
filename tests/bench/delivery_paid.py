"""One alert to very many chats at the paid rate, against a server that takes 60 ms for each answer."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.chat_store import ChatStore
from bot.deliver import Deliver, Pace
from bot.delivery.ledger import open_ledger, parts_for
from bot.delivery.lining import enqueue
from bot.delivery.queue import Outbox, Taken
from bot.delivery.telegram import TelegramSender
from bot.rendering import Renderer
from bot.send import Send
from bot.telegram_side import build_bot
from tests.bench.full_store import fill_chats, joined, private_chats, put_alert
from tests.bench.sending import at, delivering, print_table
from tests.delivery.stories import apply, judged, make_alert
from tests.telegram.remote import telegram_process

LIMIT = 1000
_BAR, _HANDS = 800, 125


def main(words: list[str]) -> None:
    """``delivery paid [CHATS]``: 20,000 unless said; at the very limit, then a little below it."""
    chats = int(words[0]) if words else 20_000
    for rate in (LIMIT, 950):
        asyncio.run(_measure(chats, rate))
    asyncio.run(_take_to_call(min(chats, 10_000)))


async def _measure(chats: int, rate: int) -> None:
    async with (
        telegram_process("--any-chat", "--slim", "--latency", "0.06") as telegram,
        delivering(telegram, private_chats(chats), send_rate=str(rate), paid_broadcast="true") as scene,
    ):
        await telegram.order("limits", paid=LIMIT, chat=1)
        used = scene.cpu()
        await put_alert(scene.store, "n0")
        found = await scene.until(chats, 300)
        used = scene.cpu() - used
        scripts = (await scene.store.info("commandstats")).get("cmdstat_evalsha", {})
    span = found["last"] - found["first"]
    print_table(
        f"paid: one alert to {chats} chats from one process, send_rate {rate}, the server takes 60 ms",
        [
            ("messages a second", f"{(found['arrived'] - 1) / span:.0f}", f"bar {_BAR}"),
            ("delivered, of those paid", f"{found['delivered']}, {found['paid']}", f"bar {chats}"),
            ("fullest sliding second", f"{found['most_in_a_second']}", f"limit {LIMIT}"),
            ("refused for being too fast", f"{found['statuses'].get('429', 0)}", ""),
            ("CPU ms a message, the product's process", f"{used / max(found['arrived'], 1) * 1000:.2f}", ""),
            ("scripts in the store, mean µs", f"{scripts.get('usec_per_call', 0):.0f}", ""),
        ],
    )


class _Timed(Outbox):
    """The outbox, which notes when each chat's call might be made: given out, and its turn come."""

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.free = dict[int, float]()

    async def take(self, now: datetime, hands: Sequence[int] = (0,)) -> tuple[tuple[Taken, ...], float]:
        given, wait = await super().take(now, hands)
        self.free |= {each.chat_id: max(time.time(), each.slot.timestamp()) for each in given}
        return given, wait


async def _take_to_call(chats: int) -> None:
    """The sender alone, in this process, where it can be watched."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        async with telegram_process("--any-chat", "--slim", "--latency", "0.06") as telegram, joined(data) as store:
            await fill_chats(data, private_chats(chats))
            now = datetime.now(UTC)
            story = (await judged(store, make_alert("n0", now))).story.id
            parts = parts_for(chats)
            await apply(store, *open_ledger(story, parts, now))
            for first in range(1, chats + 1, 500):
                page = range(first, min(first + 500, chats + 1))
                await apply(store, *enqueue(story, page, 1, "normal", now, parts=parts))
            outbox, stop = _Timed(store, "bench", LIMIT), asyncio.Event()
            async with build_bot(telegram.token, telegram.base_url, _HANDS) as bot:
                sender = TelegramSender(bot, paid=True)
                pace = Pace(chat=1, group=3)
                deliver = Deliver(
                    ChatStore(store), outbox, Renderer(store), lambda _: sender, lambda: datetime.now(UTC), pace=pace
                )
                send = Send(outbox, deliver, lambda: datetime.now(UTC), parallel=_HANDS)
                sending = asyncio.create_task(send.run(stop))
                until = time.monotonic() + 120
                while (await outbox.counts()).get("sent", 0) < chats and time.monotonic() < until:
                    await asyncio.sleep(0.25)
                stop.set()
                await sending
            calls = await telegram.calls(method="sendMessage")
    waits = [(call["at"] - outbox.free[call["chat"]]) * 1000 for call in calls]
    print_table(
        f"paid: from the moment a delivery may go to its call at the server, {len(calls)} calls, the sender alone",
        [
            ("ms, p50", f"{at(waits, 0.5):.1f}", ""),
            ("ms, p99", f"{at(waits, 0.99):.1f}", ""),
            ("ms, the longest", f"{at(waits, 1):.1f}", ""),
        ],
    )
