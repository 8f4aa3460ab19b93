"""The ledger: for each story and chat, what was last delivered and how far that is.

One hash a story, one field a chat. A row is short text, so that the queue's scripts can write it in the same step in
which they give out or take back a chat: ``state version attempts unix_ms message_id``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

from bot.chats import Delivery, DeliveryState
from pipelines import keys
from pipelines.stage import Command

KEPT_SECONDS = 400 * 86_400
"""How long a story's rows are kept: as long as judged stories are."""


def ledger_key(story: str) -> str:
    """The hash with the rows of one story."""
    return f"{keys.TAG}:delivered:{story}"


def pending_row(story: str, chat: int, version: int, now: datetime) -> tuple[Command, ...]:
    """The writes that open a row."""
    row = f"{DeliveryState.PENDING} {version} 0 {int(now.timestamp() * 1000)} 0"
    return (("HSET", ledger_key(story), str(chat), row), ("EXPIRE", ledger_key(story), KEPT_SECONDS))


def read_row(story: str, chat: int, row: bytes) -> Delivery:
    """The row as a ``Delivery``."""
    state, version, _, at, message = row.decode().split(" ")
    return Delivery(
        story=story,
        chat=chat,
        version=int(version),
        state=DeliveryState(state),
        at=datetime.fromtimestamp(int(at) / 1000, UTC),
        message_id=int(message) or None,
    )


class Ledger:
    """Reads rows; only the queue's scripts and hand-overs write them."""

    def __init__(self, store: Redis) -> None:
        self._store: Any = store

    async def last(self, story: str, chats: Sequence[int]) -> dict[int, Delivery]:
        """What each of these chats last got of the story; chats that got nothing are left out."""
        if not chats:
            return {}
        rows = await self._store.hmget(ledger_key(story), [str(chat) for chat in chats])
        return {chat: read_row(story, chat, row) for chat, row in zip(chats, rows, strict=True) if row}
