"""Fills a deployment's store with chats and alerts that wait to be addressed, and accounts for what arrived."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from pipelines import keys
from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect
from pipelines.streams import Streams
from tests.delivery.stories import judged, make_alert

_NAME = re.compile(r"\((n\d+)\)")


async def fill(data: Path, *, chats: int, alerts: int) -> None:
    """Private chats 1 to ``chats``, and so many alerts that no chat has heard of."""
    server = EmbeddedServer(data / "store", reserve_mb=0)
    await server.open()
    store, now = connect(server.url), datetime.now(UTC)
    streams = Streams(store, "filler")
    await streams.create(keys.STREAMS)
    for chat in range(1, chats + 1):
        await ChatStore(store).put(Chat(id=chat, kind=Kind.PRIVATE, created=now, coins=()))
    for number in range(alerts):
        await streams.publish(keys.ALERTS, await judged(store, make_alert(f"n{number}", now)))
    await store.aclose()
    await server.close()


@dataclass(frozen=True)
class Account:
    """What arrived of what should have: pairs of chat and alert."""

    wanted: int
    arrived: int
    lost: int
    repeats: int
    unmarked: int
    worst: int

    @classmethod
    def of(cls, calls: Sequence[dict[str, Any]], *, chats: int, alerts: int) -> Account:
        """Count the Bot API server's log of delivered messages."""
        seen, marked = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
        for call in calls:
            name = _NAME.search(call["text"])
            if call["method"] == "sendMessage" and call["delivered"] and name:
                seen[call["chat"], name[1]] += 1
                marked[call["chat"], name[1]] += "Repeat" in call["text"]
        wanted = {(chat, f"n{number}") for chat in range(1, chats + 1) for number in range(alerts)}
        return cls(
            wanted=len(wanted),
            arrived=len(wanted & set(seen)),
            lost=len(wanted - set(seen)),
            repeats=sum(count - 1 for count in seen.values()),
            unmarked=sum(count - 1 - min(marked[pair], count - 1) for pair, count in seen.items()),
            worst=max(seen.values(), default=0),
        )
