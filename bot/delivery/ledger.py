"""The ledger: for each story and chat, what was last delivered and how far that is.

A story's rows lie in hashes of about ``_SHARE`` chats, which the server keeps as one packed block: 42 bytes a row
instead of 130. How many there are is settled when the story is first addressed. A row is short text, so that the
queue's scripts can write it in the same step in which they give out or take back a chat: ``state version calls
surprises unix_seconds message_id version_shown``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from bot.chats import Delivery, DeliveryState
from bot.delivery.chores import ROWS
from bot.delivery.reading import PREFIX
from bot.editing import Edits, read_edits
from pipelines import keys
from pipelines.stage import Command

ROWS_PREFIX = f"{keys.TAG}:delivered:"
"""What the keys of all rows begin with."""
_SHARE = 64
"""Chats to a hash. The server packs hashes of up to 128 or 512 fields, by its version."""
KEPT = timedelta(days=400)
"""How long a story's rows are kept at most: as long as judged stories are."""
NEVER_BEFORE = timedelta(hours=96)
"""However many rows there are, none goes earlier: a story is pushed for 72 hours, and must not be pushed twice."""
ROWS_A_CHAT = 40
"""Rows kept for each chat on the mean: with 42 bytes each, and the chat itself, below 2 KB a chat."""


def head_key(story: str) -> str:
    """A story's hash: ``parts``, in how many hashes its rows lie, ``rows``, how many were opened, and ``edits``."""
    return f"{keys.TAG}:ledger:{story}"


def ledger_key(story: str, chat: int, parts: int) -> str:
    """The hash that has the row of this chat."""
    return f"{ROWS_PREFIX}{story}:{chat % parts}"


def parts_for(chats: int) -> int:
    """In how many hashes the rows of a story belong that may reach so many chats."""
    return max(1, -(-chats // _SHARE))


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a story's ledger: in how many hashes its rows lie, and how its messages were last edited."""

    parts: int
    edits: Edits


def open_ledger(story: str, parts: int, now: datetime) -> tuple[Command, ...]:
    """The writes that begin a story's ledger of so many hashes; harmless where it has been begun."""
    return (
        ("HSETNX", head_key(story), "parts", parts),
        ("HSETNX", head_key(story), "edits", str(Edits(0, now))),
        ("ZADD", keys.LEDGERS, "NX", now.timestamp(), story),
    )


def note_edits(story: str, edits: Edits) -> tuple[Command, ...]:
    """The writes that remember how the story's messages were last edited."""
    return (("HSET", head_key(story), "edits", str(edits)),)


def row_of(state: DeliveryState, version: int, now: datetime) -> str:
    """A row before any call."""
    return f"{state} {version} 0 0 {int(now.timestamp())} 0 0"


def read_row(story: str, chat: int, row: bytes) -> Delivery:
    """The row as a ``Delivery``."""
    state, version, _, _, at, message, *shown = row.decode().split(" ")
    return Delivery(
        story=story,
        chat=chat,
        version=int(version),
        state=DeliveryState(state),
        at=datetime.fromtimestamp(int(at), UTC),
        message_id=int(message) or None,
        shown=int(shown[0] if shown else version),
    )


class Ledger:
    """Reads rows; only the queue's scripts and hand-overs write them."""

    def __init__(self, store: Redis) -> None:
        self._store: Any = store
        self._rows = store.register_script(ROWS)

    async def head(self, story: str) -> Head | None:
        """What is known of the story's ledger; None where it has not been begun."""
        parts, edits = await self._store.hmget(head_key(story), "parts", "edits")
        if parts is None:
            return None
        # A store of an older version says nothing of edits, for it made none.
        return Head(int(parts), read_edits(edits.decode()) if edits else Edits(0, datetime.fromtimestamp(0, UTC)))

    async def rows(self, story: str) -> int:
        """How many chats the story was lined up or held for."""
        return int(await self._store.hget(head_key(story), "rows") or 0)

    async def last(self, story: str, chats: Sequence[int]) -> dict[int, Delivery]:
        """What each of these chats last got of the story; chats that got nothing are left out."""
        if not chats:
            return {}
        rows = await self._rows(keys=[PREFIX], args=[story, *map(str, chats)])
        return {chat: read_row(story, chat, row) for chat, row in zip(chats, rows, strict=True) if row}

    async def trim(self, chats: int, now: datetime) -> int:
        """Drop the rows of the oldest stories beyond ``ROWS_A_CHAT`` for so many chats; returns how many stories went.

        What is beyond the age goes in any case, and what is younger than ``NEVER_BEFORE`` never.
        """
        found: Any = await self._store.zrange(keys.LEDGERS, 0, -1, withscores=True)
        heads = self._store.pipeline(transaction=False)
        for story, _ in found:
            heads.hmget(head_key(story.decode()), "parts", "rows")
        sizes = await heads.execute()
        total, most = sum(int(rows or 0) for _, rows in sizes), max(chats, 1000) * ROWS_A_CHAT
        gone = 0
        for (story, begun), (parts, rows) in zip(found, sizes, strict=True):
            age = now.timestamp() - begun
            if age <= KEPT.total_seconds() and (total <= most or age <= NEVER_BEFORE.total_seconds()):
                break
            await self._drop(story.decode(), int(parts or 1))
            total, gone = total - int(rows or 0), gone + 1
        return gone

    async def _drop(self, story: str, parts: int) -> None:
        for start in range(0, parts, 500):
            await self._store.unlink(
                *(ledger_key(story, part, parts) for part in range(start, min(start + 500, parts)))
            )
        await self._store.unlink(head_key(story), keys.told_quotes(story))
        await self._store.zrem(keys.LEDGERS, story)
