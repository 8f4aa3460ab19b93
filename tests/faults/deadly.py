"""A process that kills itself at a marked place around a call to Telegram; everything else in it is the real thing."""

from __future__ import annotations

import asyncio
import os
import signal

from bot.app import build_send, consumer_name, heartbeat
from bot.delivery.answers import Answer, Outgoing
from bot.delivery.queue import Outbox
from bot.delivery.telegram import TelegramSender
from bot.settings import load_settings
from bot.telegram_side import build_bot
from pipelines.neighbours import Neighbours, this_process
from pipelines.store import connect
from pipelines.streams import Streams


class Deadly:
    """Sends as ``sender`` does, but this process dies just before the first call or just after its answer."""

    def __init__(self, sender: TelegramSender, when: str) -> None:
        self._sender = sender
        self._when = when

    async def send(self, outgoing: Outgoing) -> Answer:
        """Die at the mark, else deliver."""
        if self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await self._sender.send(outgoing)
        if self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def live(url: str, token: str, base_url: str, when: str) -> None:
    """Send what is in line and end when that is done; ``when``: "before" or "after" for the deadly ones, else any."""
    asyncio.run(_live(url, token, base_url, when))


async def _live(url: str, token: str, base_url: str, when: str) -> None:
    store, settings = connect(url), load_settings({"send_rate": 1000.0, "chat_rate": 1000.0})
    streams = Streams(store, consumer_name())
    neighbours = Neighbours(store, this_process())
    await neighbours.bury()
    await streams.beat()
    outbox = Outbox(store, streams.consumer, settings.send_rate)
    bot, stop = build_bot(token, base_url, settings.hands), asyncio.Event()
    sender = Deadly(TelegramSender(bot), when)
    send = await build_send(store, settings, outbox, lambda _: sender, lambda: True)
    async with bot, heartbeat(streams, neighbours):
        sending = asyncio.create_task(send.run(stop))
        while sum((await outbox.depth()).values()) and not sending.done():
            await asyncio.sleep(0.01)
        stop.set()
        await sending
    await store.aclose()
