"""What an operator may read of the queue: depths, waits, answers and errors. Nothing here changes anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

from bot.delivery.scripts import LANES
from pipelines import keys

PREFIX = f"{keys.TAG}:out:"
_SAMPLE = 500
"""Chats looked at on either end of a lane for the oldest wait: all of them up to twice as many."""


class OutboxReader:
    """Reads the outbox of a store."""

    def __init__(self, store: Redis) -> None:
        self._store: Any = store

    async def depth(self) -> dict[str, int]:
        """How many deliveries wait or are being made, by lane."""
        found: Any = await self._store.hgetall(f"{PREFIX}waiting")
        return {lane: max(0, int(found.get(lane.encode(), 0))) for lane in LANES}

    async def oldest(self) -> dict[str, datetime]:
        """Since when the longest waiting delivery of each lane has waited; lanes in which none does are left out.

        Of more than a thousand chats those are looked at that come next and those that wait longest for their turn.
        """
        found = dict[str, datetime]()
        for lane in LANES:
            ready = f"{PREFIX}ready:{lane}"
            chats = {*await self._store.zrange(ready, 0, _SAMPLE - 1), *await self._store.zrange(ready, -_SAMPLE, -1)}
            if not chats:
                continue
            pipe = self._store.pipeline(transaction=False)
            for chat in chats:
                pipe.lindex(f"{PREFIX}q:{lane}:{chat.decode()}", 0)
            since = [int(entry.split()[1]) for entry in await pipe.execute() if entry]
            if since:
                found[lane] = datetime.fromtimestamp(min(since) / 1000, UTC)
        return found

    async def calling(self) -> int:
        """How many calls are being made."""
        return int(await self._store.hlen(f"{PREFIX}held"))

    async def waits(self) -> tuple[datetime | None, datetime | None]:
        """Until when an operator holds all sending, and until when Telegram wants none."""
        hold, pause = await self._store.mget(f"{PREFIX}hold", f"{PREFIX}pause")
        return _end(hold), _end(pause)

    async def counts(self) -> dict[str, int]:
        """How many answers there have been of each kind, since the store began."""
        found: Any = await self._store.hgetall(f"{PREFIX}counts")
        return {word.decode(): int(count) for word, count in found.items()}

    async def errors(self) -> list[str]:
        """The last errors, newest first: "unix_ms chat why"."""
        return [row.decode() for row in await self._store.lrange(f"{PREFIX}errors", 0, -1)]

    async def lines(self, chat: int) -> tuple[str, ...]:
        """The stories that are held for the chat's next digest, oldest first."""
        return tuple(story.decode() for story in await self._store.zrange(f"{PREFIX}lines:{chat}", 0, -1))

    async def lines_since(self, chat: int) -> tuple[tuple[str, datetime], ...]:
        """The same stories with the moment since when each is held."""
        found = await self._store.zrange(f"{PREFIX}lines:{chat}", 0, -1, withscores=True)
        return tuple((story.decode(), datetime.fromtimestamp(since / 1000, UTC)) for story, since in found)

    async def spent(self, chat: int) -> tuple[datetime, ...]:
        """When the chat got the messages that count against its budget, oldest first, for three days."""
        found = await self._store.lrange(f"{PREFIX}spent:{chat}", 0, -1)
        return tuple(datetime.fromtimestamp(int(at), UTC) for at in found)


def _end(wait: bytes | None) -> datetime | None:
    return datetime.fromtimestamp(int(wait.split()[1]) / 1000, UTC) if wait else None
