"""One alert to very many chats at the paid rate, against a server that takes 60 ms for each answer."""

from __future__ import annotations

import asyncio

from tests.bench.full_store import private_chats, put_alert
from tests.bench.sending import delivering, print_table
from tests.telegram.remote import telegram_process

_BAR = 800


def main(words: list[str]) -> None:
    """``delivery paid [CHATS]``: 20,000 unless said."""
    asyncio.run(_measure(int(words[0]) if words else 20_000))


async def _measure(chats: int) -> None:
    async with (
        telegram_process("--any-chat", "--slim", "--latency", "0.06") as telegram,
        delivering(telegram, private_chats(chats), send_rate="1000", paid_broadcast="true") as scene,
    ):
        used = scene.cpu()
        await put_alert(scene.store, "n0")
        found = await scene.until(chats, 300)
        used = scene.cpu() - used
        scripts = (await scene.store.info("commandstats")).get("cmdstat_evalsha", {})
    span = found["last"] - found["first"]
    print_table(
        f"paid: one alert to {chats} chats from one process, send_rate 1000, the server takes 60 ms",
        [
            ("messages a second", f"{(found['arrived'] - 1) / span:.0f}", f"bar {_BAR}"),
            ("delivered, of those paid", f"{found['delivered']}, {found['paid']}", f"bar {chats}"),
            ("fullest sliding second", f"{found['most_in_a_second']}", "limit 1000"),
            ("CPU ms a message, the product's process", f"{used / max(found['arrived'], 1) * 1000:.2f}", ""),
            ("scripts in the store, mean µs", f"{scripts.get('usec_per_call', 0):.0f}", ""),
        ],
    )
