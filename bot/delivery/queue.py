"""The outbox: a paced queue with one FIFO per chat, lanes, budgets, and one call per chat at a time.

A crash while calling leaves the row ``sending`` and the chat held by a consumer without a heartbeat; ``recover`` frees
the chat, and the next hand repeats the message with a mark. Only a call without an answer makes a row ``unknown``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from bot.chats import DeliveryState
from bot.delivery.ledger import pending_row
from bot.delivery.scripts import DROP, FINISH, LANES, MOVE, RECOVER, TAKE
from pipelines import keys
from pipelines.stage import Command
from pipelines.store import Disk, disk_of, on_disk

_PREFIX = f"{keys.TAG}:out:"
_WAKE = f"{_PREFIX}wake"
_BURST = 4
"""Calls that may go at once after a quiet while; Telegram tolerates short bursts (its limits are not published)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery in this process's hands: ``before`` is the state in which it was found."""

    lane: str
    chat: int
    story: str
    attempt: int
    before: DeliveryState
    hand: str

    @property
    def repeat(self) -> bool:
        """Whether the reader may have had this message already."""
        return self.before in (DeliveryState.UNKNOWN, DeliveryState.SENDING)

    @property
    def waiting(self) -> DeliveryState:
        """What the row says after a call that surely brought nothing: a doubt of before stays until it is settled."""
        return self.before if self.repeat else DeliveryState.PENDING


def enqueue(story: str, chat: int, version: int, lane: str, now: datetime) -> tuple[Command, ...]:
    """The writes that put a story in line for a chat; they belong into one hand-over."""
    return (
        *pending_row(story, chat, version, now),
        ("RPUSH", f"{_PREFIX}q:{lane}:{chat}", story),
        ("ZADD", f"{_PREFIX}ready:{lane}", "NX", int(now.timestamp() * 1000), str(chat)),
        ("RPUSH", _WAKE, "1"),
        ("LTRIM", _WAKE, 0, 63),
    )


class Outbox:
    """The queue as one consumer sees it. Rates are calls a second."""

    def __init__(self, store: Redis, consumer: str, rate: float) -> None:
        self._store: Any = store
        self._consumer = consumer
        self._interval = 1000 / rate
        self._disk: Disk | None = None
        self._take = store.register_script(TAKE)
        self._finish = store.register_script(FINISH)
        self._drop = store.register_script(DROP)
        self._move = store.register_script(MOVE)
        self._recover = store.register_script(RECOVER)

    async def take(self, now: datetime, hand: int = 0) -> Taken | float:
        """The next delivery that may go, or how many seconds to wait before asking again.

        Its row is on the disk by then, on a server that syncs each second by waiting for it (all hands share the sync).
        Each hand of a process holds one delivery at a time: one that it never finished may be taken by any hand again.
        """
        holder = f"{self._consumer} {hand}"
        words: list[str | float] = [_ms(now), holder, self._interval, _BURST]
        if self._disk is None:
            self._disk = await disk_of(self._store)
        if self._disk is Disk.ON_REQUEST:
            pipe = self._store.pipeline(transaction=False)
            await self._take(keys=[_PREFIX], args=words, client=pipe)
            answer = await on_disk(pipe)
        else:
            answer = await self._take(keys=[_PREFIX], args=words)
        if len(answer) == 1:
            return float(answer[0]) / 1000
        lane, chat, story, attempt, before = (word.decode() for word in answer)
        return Taken(lane, int(chat), story, int(attempt), DeliveryState(before), holder)

    async def wait(self, seconds: float) -> None:
        """Wait until something is put in line, at most ``seconds``."""
        await self._store.blpop([_WAKE], timeout=min(max(seconds, 0.005), 2.0))

    async def finish(
        self,
        taken: Taken,
        state: DeliveryState,
        now: datetime,
        *,
        again: bool,
        pause: float,
        message_id: int | None = None,
    ) -> bool:
        """Write what came of a call and free the chat, which is not called for ``pause`` seconds.

        ``again``: the story stays first in line. False when another hand had taken the chat over.
        """
        words: list[str | int] = [
            _ms(now),
            str(taken.chat),
            taken.hand,
            state.value,
            str(message_id or ""),
            "1" if again else "0",
            _ms(now) + int(pause * 1000),
        ]
        return bool(await self._finish(keys=[_PREFIX], args=words))

    async def drop(self, chat: int, now: datetime) -> int:
        """Fail everything that waits for a chat; returns how much that was."""
        return int(await self._drop(keys=[_PREFIX], args=[_ms(now), str(chat)]))

    async def move(self, old: int, new: int, now: datetime) -> None:
        """A group has a new id: what waited for the old one waits for the new one."""
        await self._move(keys=[_PREFIX], args=[_ms(now), str(old), str(new)])

    async def pause_all(self, seconds: float, now: datetime) -> None:
        """Call nobody for a while."""
        wait = max(1, int(seconds * 1000))
        await self._store.set(f"{_PREFIX}pause", f"{_ms(now)} {_ms(now) + wait}", px=wait)

    async def release(self, now: datetime) -> None:  # noqa: ARG002  the clock ends a pause of its own accord
        """Call again at once."""
        await self._store.delete(f"{_PREFIX}pause")

    async def recover(self, now: datetime) -> int:
        """Free what dead consumers held; returns how many chats."""
        return int(await self._recover(keys=[_PREFIX], args=[_ms(now), keys.alive(""), self._consumer]))

    async def idle(self, now: datetime, within: float = 5.0) -> bool:
        """Whether nobody is being called and nothing may go within so many seconds; what waits longer, waits."""
        until = _ms(now) + int(within * 1000)
        async with self._store.pipeline(transaction=True) as pipe:
            for lane in LANES:
                pipe.zcount(f"{_PREFIX}ready:{lane}", "-inf", until)
            pipe.hlen(f"{_PREFIX}held")
            return not any(await pipe.execute())

    async def depth(self) -> dict[str, int]:
        """How many deliveries wait, by lane."""
        depths = dict.fromkeys(LANES, 0)
        for lane in LANES:
            chats = [chat.decode() for chat in await self._store.zrange(f"{_PREFIX}ready:{lane}", 0, -1)]
            held = [chat.decode() for chat in await self._store.hkeys(f"{_PREFIX}held")]
            for chat in {*chats, *held}:
                depths[lane] += int(await self._store.llen(f"{_PREFIX}q:{lane}:{chat}"))
        return depths


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
