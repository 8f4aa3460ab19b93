"""A deployment's store with very many chats, and with the ledgers of stories that they all had, written in bulk."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from bot.chats import Chat, DeliveryState, Kind
from bot.delivery.ledger import head_key, ledger_key, open_ledger, parts_for
from pipelines import keys
from pipelines.events import Alert
from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect
from pipelines.streams import Streams
from rules.verdict import Severity
from tests.delivery.stories import judged, make_alert

_CHAT = TypeAdapter(Chat)
_AT_ONCE = 2000


@contextlib.asynccontextmanager
async def joined(data: Path) -> AsyncIterator[Any]:
    """The store of this folder: the one that is running, or one that runs for as long as the block."""
    server = EmbeddedServer(data / "store", reserve_mb=0)
    await server.open()
    store: Any = connect(server.url)
    try:
        yield store
    finally:
        await store.aclose()
        await server.close()


async def fill_chats(data: Path, chats: Iterable[Chat]) -> int:
    """Store these chats as ``ChatStore`` does, many in a step; returns how many there are."""
    async with joined(data) as store:
        await Streams(store, "filler").create(keys.STREAMS)
        batch = dict[str, bytes]()
        for chat in chats:
            batch[str(chat.id)] = _CHAT.dump_json(chat, exclude_defaults=True)
            if len(batch) == _AT_ONCE:
                await store.hset(keys.CHATS, mapping=batch)
                batch.clear()
        if batch:
            await store.hset(keys.CHATS, mapping=batch)
        return int(await store.hlen(keys.CHATS))


def private_chats(count: int) -> Iterable[Chat]:
    """Newcomers with the ids from 1."""
    now = datetime.now(UTC)
    return (Chat(id=number, kind=Kind.PRIVATE, created=now) for number in range(1, count + 1))


async def fill_history(data: Path, chats: int, stories: int) -> None:
    """So many stories that the private chats from 1 have had all."""
    now = datetime.now(UTC)
    async with joined(data) as store:
        for number in range(stories):
            story = make_alert(f"past{number}", now).story.id
            pipe = store.pipeline(transaction=False)
            parts = parts_for(chats)
            for command in open_ledger(story, parts, now):
                pipe.execute_command(*command)
            for part in range(parts):
                ids = range(part or parts, chats + 1, parts)
                row = f"{DeliveryState.SENT} 1 1 0 {int(now.timestamp())} {number + 1}"
                if ids:
                    pipe.hset(ledger_key(story, ids[0], parts), mapping={str(chat): row for chat in ids})
            pipe.hincrby(head_key(story), "rows", chats)
            await pipe.execute()


async def put_alert(store: Any, name: str, *, critical: bool = False) -> Alert:
    """An alert on the stream, as ``judge`` leaves it there."""
    alert = make_alert(name, datetime.now(UTC))
    if critical:
        alert = replace(alert, verdict=replace(alert.verdict, severity=Severity.CRITICAL))
    await Streams(store, "filler").publish(keys.ALERTS, await judged(store, alert))
    return alert
