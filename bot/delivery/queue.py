"""The outbox: a paced queue with one FIFO per chat, lanes, budgets, and one call per chat at a time.

A crash while calling leaves the row ``sending`` and the chat held by a consumer without a heartbeat; ``recover`` frees
the chat, and the next hand repeats the message with a mark. Only a call without an answer makes a row ``unknown``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from redis.asyncio import Redis

from bot.chats import Delivery, DeliveryState
from bot.delivery.chores import DOUBTS, DROP, MOVE, PAUSE, RECOVER
from bot.delivery.kept import keep_back
from bot.delivery.lining import WAKE, millis, release_of, wake
from bot.delivery.reading import PREFIX, OutboxReader
from bot.delivery.scripts import LANES, SETTLE, TAKE
from bot.mutings import Mute
from pipelines import keys
from pipelines.events import Fanout, encode
from pipelines.store import Disk, disk_of, on_disk

_AHEAD = 10.0
"""Milliseconds before its turn that a call may be given out: a hand waits for its turn more exactly than it asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A delivery in this process's hands.

    ``version`` and ``message`` are what the chat has had of the story, ``shown`` is the version that its message shows
    and ``since`` when that was sent. ``before`` is the state in which the row was found, ``slot`` the moment from which
    the call may be made. ``chat`` is None where the bot knows no such chat any more.
    """

    lane: str
    chat_id: int
    chat: bytes | None
    story: str
    version: int
    calls: int
    surprises: int
    before: DeliveryState
    message: int | None
    slot: datetime
    hand: int
    since: datetime
    shown: int

    @property
    def repeat(self) -> bool:
        """Whether the reader may have had this message already."""
        return self.before in (DeliveryState.UNKNOWN, DeliveryState.SENDING)

    @property
    def waiting(self) -> DeliveryState:
        """What the row says after a call that surely brought nothing.

        A doubt of before stays until it is settled, and what follows a message leaves its row as it is.
        """
        return self.before if self.repeat or self.message is not None else DeliveryState.PENDING

    @property
    def last(self) -> Delivery | None:
        """What the chat has of the story; None where it has no message yet."""
        if self.message is None:
            return None
        return Delivery(
            story=self.story,
            chat=self.chat_id,
            version=self.version,
            state=DeliveryState.SENT,
            at=self.since,
            message_id=self.message,
            shown=self.shown,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of a delivery. ``pause``: seconds in which the chat is not called.

    ``again``: it stays first in line. ``held``: it becomes a line of the chat's digest, at this moment or, where that
    is the time of the receipt or earlier, as soon as may be. ``version`` was told, ``shown`` stands in the message.
    ``plain``: only its plain text was taken. ``told``: the stories that a digest has dealt with, and at which version,
    below zero where it left one out. ``later``: how many lines stay for a digest at ``held``. ``why``: what went wrong,
    for the operator; ``buried``: this delivery goes to the dead letters. ``spent``: when a message went out that counts
    against the chat's budget.
    """

    state: DeliveryState
    pause: float = 0.0
    again: bool = False
    version: int | None = None
    shown: int | None = None
    message: int | None = None
    plain: bool = False
    surprise: bool = False
    held: datetime | None = None
    told: tuple[tuple[str, int], ...] = ()
    why: str = ""
    buried: bool = False
    spent: datetime | None = None
    later: int = 0


class Outbox(OutboxReader):
    """The queue as one consumer sees it.

    ``rate`` is in calls a second; ``oldest``: seconds after which a push that still waits becomes a line of a digest.
    """

    def __init__(self, store: Redis, consumer: str, rate: float, oldest: float = 3 * 3600) -> None:
        super().__init__(store)
        self._consumer = consumer
        self._interval = 1000 / rate
        self._oldest = oldest * 1000
        self._disk: Disk | None = None
        self._take = store.register_script(TAKE)
        self._settle = store.register_script(SETTLE)
        self._doubts = store.register_script(DOUBTS)
        self._drop = store.register_script(DROP)
        self._move = store.register_script(MOVE)
        self._recover = store.register_script(RECOVER)
        self._pause = store.register_script(PAUSE)

    async def take(self, now: datetime, hands: Sequence[int] = (0,)) -> tuple[tuple[Taken, ...], float]:
        """The next deliveries that may go, at most one a hand, and how many seconds to wait before asking again.

        Their rows are on the disk by then, on a server that syncs each second by waiting for it. Each hand of a process
        holds one delivery at a time: one that it never finished may be taken by any hand again.
        """
        ahead = max(_AHEAD, self._interval)
        words: list[str | float] = [millis(now), self._consumer, self._interval, ahead, self._oldest, *hands]
        if self._disk is None:
            self._disk = await disk_of(self._store)
        if self._disk is Disk.ON_REQUEST:
            pipe = self._store.pipeline(transaction=False)
            await self._take(keys=[PREFIX], args=words, client=pipe)
            answer = await on_disk(pipe)
        else:
            answer = await self._take(keys=[PREFIX], args=words)
        return tuple(map(_taken, answer[1:])), float(answer[0]) / 1000

    async def wait(self, seconds: float) -> bool:
        """Wait until something is put in line, at most ``seconds``; whether it was."""
        return await self._store.blpop([WAKE], timeout=min(max(seconds, 0.005), 2.0)) is not None

    async def settle(self, receipts: Sequence[tuple[Taken, Receipt]], now: datetime) -> list[bool]:
        """Write what came of these deliveries and free their chats; False where another hand had taken a chat over."""
        words: list[str | int | bytes] = [millis(now)]
        for taken, receipt in receipts:
            words += self._words(taken, receipt, now)
        return [flag == 1 for flag in await self._settle(keys=[PREFIX], args=words)]

    def _words(self, taken: Taken, receipt: Receipt, now: datetime) -> list[str | int | bytes]:
        held = receipt.held
        letter = encode(Fanout(story=taken.story, version=0, chats=(taken.chat_id,))) if receipt.buried else b""
        return [
            str(taken.chat_id),
            f"{self._consumer} {taken.hand}",
            receipt.state.value,
            "" if receipt.version is None else receipt.version,
            "" if receipt.shown is None else receipt.shown,
            receipt.message or "",
            int(receipt.again),
            millis(now) + int(receipt.pause * 1000),
            int(receipt.surprise),
            "" if held is None else 0 if held <= now else millis(held),
            release_of(taken.chat_id),
            " ".join(f"{story}:{version}" for story, version in receipt.told),
            receipt.why[:200],
            letter,
            " ".join(_tally(taken, receipt)),
            "" if receipt.spent is None else int(receipt.spent.timestamp()),
            receipt.later,
        ]

    async def drop(self, chat: int, now: datetime) -> int:
        """Fail everything that waits for a chat; returns how much that was."""
        return int(await self._drop(keys=[PREFIX], args=[millis(now), str(chat)]))

    async def move(self, old: int, new: int, now: datetime) -> None:
        """A group has a new id: what waited for the old one waits for the new one."""
        await self._move(keys=[PREFIX], args=[millis(now), str(old), str(new), release_of(new)])

    async def pause_all(self, seconds: float, now: datetime, *, trial: bool = False) -> None:
        """Call nobody for a while, because Telegram says so; a longer wait that it asked for before stands.

        ``trial``: after it one call is made at a time, until one succeeds.
        """
        await self._pause(keys=[PREFIX], args=[millis(now), max(1, int(seconds * 1000)), int(trial)])

    async def hold(self, until: datetime, now: datetime) -> None:
        """Call nobody until then, because an operator says so; ``release`` ends it sooner."""
        wait = max(1, millis(until) - millis(now))
        await self._store.set(f"{PREFIX}hold", f"{millis(now)} {millis(now) + wait}", px=wait)

    async def release(self) -> None:
        """End an operator's hold. What Telegram asked for stands."""
        await self._store.delete(f"{PREFIX}hold")
        for word in wake():
            await self._store.execute_command(*word)

    async def keep_back(self, story: str, chat: int, mute: Mute, now: datetime) -> None:
        """Keep back for a mute what was in line for the chat; done twice it does no harm."""
        for command in keep_back(story, ((chat, mute),), now):
            await self._store.execute_command(*command)

    async def recover(self, now: datetime) -> int:
        """Free what dead consumers held; returns how many chats."""
        return int(await self._recover(keys=[PREFIX], args=[millis(now), keys.alive(""), self._consumer]))

    async def holds(self, taken: Taken) -> bool:
        """Whether this delivery is still in the hand that took it, and in no other's."""
        held: bytes | None = await self._store.hget(f"{PREFIX}held", str(taken.chat_id))
        return held == f"{taken.lane} {taken.story} {self._consumer} {taken.hand}".encode()

    async def idle(self, now: datetime, within: float = 5.0) -> bool:
        """Whether nobody is being called and nothing may go within so many seconds; what waits longer, waits."""
        until = millis(now) + int(within * 1000)
        async with self._store.pipeline(transaction=True) as pipe:
            for lane in LANES:
                pipe.zcount(f"{PREFIX}ready:{lane}", "-inf", until)
            pipe.hlen(f"{PREFIX}held")
            return not any(await pipe.execute())

    async def doubts(self, chat: int, stories: Sequence[str]) -> frozenset[str]:
        """Which of these stories the chat may have had already: they were pushed, and nobody answered."""
        found = await self._doubts(keys=[PREFIX], args=[str(chat), *stories])
        return frozenset(story.decode() for story in found)


def _taken(words: Sequence[bytes]) -> Taken:
    lane, chat, story, version, calls, surprises, before, message, slot, stored, hand, since, shown = words
    return Taken(
        lane=lane.decode(),
        chat_id=int(chat),
        chat=stored or None,
        story=story.decode(),
        version=int(version),
        calls=int(calls),
        surprises=int(surprises),
        before=DeliveryState(before.decode()),
        message=int(message) or None,
        slot=datetime.fromtimestamp(int(slot) / 1000, UTC),
        hand=int(hand),
        since=datetime.fromtimestamp(int(since), UTC),
        shown=int(shown),
    )


def _tally(taken: Taken, receipt: Receipt) -> list[str]:
    """What the operator's counters count of this."""
    word = "later" if receipt.again else "edited" if taken.lane == "edit" else receipt.state.value
    repeated = receipt.state is DeliveryState.SENT and taken.repeat
    return [word, *(["repeated"] if repeated else ()), *(["plain"] if receipt.plain else ())]
