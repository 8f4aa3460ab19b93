"""Memory by the number of chats: the same alert to 1,000 and to 100,000, each with 30 alerts behind it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.delivery.queue import Outbox
from tests.bench.full_store import private_chats, put_alert
from tests.bench.sending import delivering, print_table
from tests.telegram.remote import telegram_process

FEW, MANY, HISTORY = 1_000, 100_000, 30


@dataclass
class Size:
    """MB of the Python process at its largest and at the end, and the store's bytes at the same moments."""

    chats: int
    delivered: int = 0
    begun: float = 0.0
    peak: float = 0.0
    end: float = 0.0
    stored_peak: int = 0
    stored_end: int = 0


def main(words: list[str]) -> None:
    """``delivery memory [CHATS]``: 100,000 unless said, beside 1,000."""
    many = int(words[0]) if words else MANY
    asyncio.run(_measure(many))


async def _measure(many: int) -> None:
    few, most = await _run(FEW), await _run(many)
    more = most.chats - few.chats
    a_chat, at_peak = (most.stored_end - few.stored_end) / more, (most.stored_peak - few.stored_peak) / more
    print_table(
        f"memory: one alert to {few.chats} and to {most.chats} chats with {HISTORY} alerts behind them, rates lifted",
        [
            ("delivered", f"{few.delivered}, {most.delivered}", ""),
            ("Python process before, MB", f"{few.begun:.1f}, {most.begun:.1f}", ""),
            ("Python process at its largest, MB", f"{few.peak:.1f}, {most.peak:.1f}", ""),
            ("Python process afterwards, MB", f"{few.end:.1f}, {most.end:.1f}", ""),
            ("apart at their largest, MB", f"{abs(most.peak - few.peak):.1f}", "bar 10"),
            ("store afterwards, MB", f"{few.stored_end / 2**20:.1f}, {most.stored_end / 2**20:.1f}", ""),
            ("store a chat, bytes, afterwards and at its largest", f"{a_chat:.0f}, {at_peak:.0f}", "bar 2048"),
        ],
    )


async def _run(chats: int) -> Size:
    async with (
        telegram_process("--any-chat", "--slim") as telegram,
        delivering(telegram, private_chats(chats), history=HISTORY, send_rate="1000", paid_broadcast="true") as scene,
    ):
        size = Size(chats, begun=scene.memory())
        outbox = Outbox(scene.store, "bench", 1)
        await put_alert(scene.store, "n0")
        loop = asyncio.get_running_loop()
        until = loop.time() + 10 + chats / 150
        while size.delivered < chats and loop.time() < until:
            await asyncio.sleep(0.25)
            size.delivered = (await outbox.counts()).get("sent", 0)
            size.peak = max(size.peak, scene.memory())
            size.stored_peak = max(size.stored_peak, await scene.stored())
        await asyncio.sleep(1)
        size.end, size.stored_end = scene.memory(), await scene.stored()
    return size
