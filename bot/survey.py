"""Reads the overview from the store. It is for people who ask now and then, and never blocks the store for long."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.delivery.reading import OutboxReader
from bot.overview import Failure, Overview
from pipelines import keys
from pipelines.votes import add_up, read_tallies

_VOTES = timedelta(days=30)


async def survey(store: Redis, outbox: OutboxReader, now: datetime) -> Overview:
    """How the bot stands now."""
    client: Any = store
    tallies = await read_tallies(store, now - _VOTES)
    chats, off = 0, Counter[str]()
    async for page in ChatStore(store).pages():
        chats += len(page)
        off.update(chat.why_off for chat in page if not chat.active)
    held, paused = await outbox.waits()
    return Overview(
        streams={name: int(await client.xlen(keys.stream(name))) for name in keys.STREAMS},
        lanes=await outbox.depth(),
        oldest=await outbox.oldest(),
        calling=await outbox.calling(),
        held=held,
        paused=paused,
        counts=await outbox.counts(),
        failures=[_failure(row) for row in await outbox.errors()],
        dead=int(await client.xlen(keys.DEAD)),
        chats=chats,
        off=dict(off.most_common(5)),
        votes=add_up(tallies.values()),
        voted=len(tallies),
    )


def _failure(row: str) -> Failure:
    at, chat, why = row.split(" ", 2)
    return Failure(datetime.fromtimestamp(int(at) / 1000, UTC), int(chat), why)
