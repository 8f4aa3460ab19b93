"""The outbox: a paced queue with one FIFO per chat, lanes, budgets, and one call per chat at a time.

A crash while calling leaves the row ``sending`` and the chat held by a consumer without a heartbeat; ``recover`` frees
the chat, and the next hand repeats the message with a mark. Only a call without an answer makes a row ``unknown``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from redis.asyncio import Redis

from bot.chats import Delivery, DeliveryState
from bot.delivery.chores import DOUBTS, DROP, MOVE, PAUSE, RECOVER, REPLAN
from bot.delivery.kept import keep_back
from bot.delivery.ledger import head_key, ledger_key, row_of
from bot.delivery.reading import PREFIX, OutboxReader
from bot.delivery.scripts import LANES, SETTLE, TAKE
from bot.mutings import Mute
from pipelines import keys
from pipelines.events import DigestDue, Fanout, encode
from pipelines.stage import Command
from pipelines.store import Disk, disk_of, on_disk
from pipelines.streams import postpone

_WAKE = f"{PREFIX}wake"
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


def enqueue(
    story: str, chats: Sequence[int], version: int, lane: str, now: datetime, *, parts: int, known: Collection[int] = ()
) -> tuple[Command, ...]:
    """The writes that open rows for these chats and put the story in line; they belong into one hand-over.

    ``known`` are chats that have had a row of it before.
    """
    rows = _open_rows(story, chats, row_of(DeliveryState.PENDING, version, now), parts, known)
    return (*rows, *follow(story, chats, lane, now))


def hold(
    story: str,
    chats: Sequence[tuple[int, datetime]],
    version: int,
    now: datetime,
    *,
    parts: int,
    known: Collection[int] = (),
) -> tuple[Command, ...]:
    """The writes that make the story a line of these chats' digests, each released at its moment by the clock."""
    rows = put_aside(story, [chat for chat, _ in chats], version, now, parts=parts, known=known)
    return (*rows, *hold_line(story, chats, now))


def put_aside(
    story: str, chats: Sequence[int], version: int, now: datetime, *, parts: int, known: Collection[int] = ()
) -> tuple[Command, ...]:
    """The writes that open rows for chats that are not to be told of the story yet, and have no line for it either."""
    return _open_rows(story, chats, row_of(DeliveryState.HELD, version, now), parts, known)


def _open_rows(story: str, chats: Sequence[int], row: str, parts: int, known: Collection[int]) -> tuple[Command, ...]:
    rows = [("HSET", ledger_key(story, chat, parts), str(chat), row) for chat in chats]
    fresh = sum(chat not in known for chat in chats)
    return (*rows, *((("HINCRBY", head_key(story), "rows", fresh),) if fresh else ()))


def follow(story: str, chats: Sequence[int], lane: str, now: datetime) -> tuple[Command, ...]:
    """The writes that put in line what follows a message that these chats have: their rows stay as they are."""
    if not chats:
        return ()
    ms = _ms(now)
    return (
        *(("RPUSH", f"{PREFIX}q:{lane}:{chat}", f"{story} {ms}") for chat in chats),
        ("ZADD", f"{PREFIX}ready:{lane}", "NX", *(word for chat in chats for word in (ms, str(chat)))),
        ("HINCRBY", f"{PREFIX}waiting", lane, len(chats)),
        *_wake(),
    )


def hold_line(story: str, chats: Sequence[tuple[int, datetime]], now: datetime) -> tuple[Command, ...]:
    """The writes that make what follows a message a line of these chats' digests: their rows stay as they are."""
    lines = (("ZADD", f"{PREFIX}lines:{chat}", "NX", _ms(now), story) for chat, _ in chats)
    return (*lines, *(command for chat, due in chats for command in plan_digest(chat, due)))


def unhold(story: str, chats: Sequence[int]) -> tuple[Command, ...]:
    """The writes that take the story's line out of these chats' digests."""
    return tuple(("ZREM", f"{PREFIX}lines:{chat}", story) for chat in chats)


def plan_digest(chat: int, due: datetime) -> tuple[Command, ...]:
    """The writes that have the clock release a chat's digest at this moment, or when it is due already if sooner."""
    return postpone(keys.DIGESTS, f"digest:{chat}", encode(DigestDue(chat)), due.timestamp(), sooner=True)


async def replan_digest(store: Redis, chat: int, due: datetime) -> bool:
    """Have the clock release what waits for a chat at this moment, whatever it had planned; whether anything waits.

    For a chat that has changed its wishes: their change does not belong to a hand-over, so this is a step of its own.
    Where a process dies before it, the old plan stands: what waits comes then, and asks for the wishes of then.
    """
    script = store.register_script(REPLAN)
    return bool(await script(keys=[PREFIX], args=[str(chat), due.timestamp(), _release(chat)]))


def line_up_digest(chat: int, now: datetime) -> tuple[Command, ...]:
    """The writes that put a chat's digest in line."""
    ms = _ms(now)
    return (
        ("RPUSH", f"{PREFIX}q:digest:{chat}", f"digest {ms}"),
        ("ZADD", f"{PREFIX}ready:digest", "NX", ms, str(chat)),
        ("HINCRBY", f"{PREFIX}waiting", "digest", 1),
        *_wake(),
    )


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
        words: list[str | float] = [_ms(now), self._consumer, self._interval, ahead, self._oldest, *hands]
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
        return await self._store.blpop([_WAKE], timeout=min(max(seconds, 0.005), 2.0)) is not None

    async def settle(self, receipts: Sequence[tuple[Taken, Receipt]], now: datetime) -> list[bool]:
        """Write what came of these deliveries and free their chats; False where another hand had taken a chat over."""
        words: list[str | int | bytes] = [_ms(now)]
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
            _ms(now) + int(receipt.pause * 1000),
            int(receipt.surprise),
            "" if held is None else 0 if held <= now else _ms(held),
            _release(taken.chat_id),
            " ".join(f"{story}:{version}" for story, version in receipt.told),
            receipt.why[:200],
            letter,
            " ".join(_tally(taken, receipt)),
            "" if receipt.spent is None else int(receipt.spent.timestamp()),
            receipt.later,
        ]

    async def drop(self, chat: int, now: datetime) -> int:
        """Fail everything that waits for a chat; returns how much that was."""
        return int(await self._drop(keys=[PREFIX], args=[_ms(now), str(chat)]))

    async def move(self, old: int, new: int, now: datetime) -> None:
        """A group has a new id: what waited for the old one waits for the new one."""
        await self._move(keys=[PREFIX], args=[_ms(now), str(old), str(new), _release(new)])

    async def pause_all(self, seconds: float, now: datetime, *, trial: bool = False) -> None:
        """Call nobody for a while, because Telegram says so; a longer wait that it asked for before stands.

        ``trial``: after it one call is made at a time, until one succeeds.
        """
        await self._pause(keys=[PREFIX], args=[_ms(now), max(1, int(seconds * 1000)), int(trial)])

    async def hold(self, until: datetime, now: datetime) -> None:
        """Call nobody until then, because an operator says so; ``release`` ends it sooner."""
        wait = max(1, _ms(until) - _ms(now))
        await self._store.set(f"{PREFIX}hold", f"{_ms(now)} {_ms(now) + wait}", px=wait)

    async def release(self) -> None:
        """End an operator's hold. What Telegram asked for stands."""
        await self._store.delete(f"{PREFIX}hold")
        for word in _wake():
            await self._store.execute_command(*word)

    async def keep_back(self, story: str, chat: int, mute: Mute, now: datetime) -> None:
        """Keep back for a mute what was in line for the chat; done twice it does no harm."""
        for command in keep_back(story, ((chat, mute),), now):
            await self._store.execute_command(*command)

    async def recover(self, now: datetime) -> int:
        """Free what dead consumers held; returns how many chats."""
        return int(await self._recover(keys=[PREFIX], args=[_ms(now), keys.alive(""), self._consumer]))

    async def holds(self, taken: Taken) -> bool:
        """Whether this delivery is still in the hand that took it, and in no other's."""
        held: bytes | None = await self._store.hget(f"{PREFIX}held", str(taken.chat_id))
        return held == f"{taken.lane} {taken.story} {self._consumer} {taken.hand}".encode()

    async def idle(self, now: datetime, within: float = 5.0) -> bool:
        """Whether nobody is being called and nothing may go within so many seconds; what waits longer, waits."""
        until = _ms(now) + int(within * 1000)
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


def _wake() -> tuple[Command, ...]:
    return (("RPUSH", _WAKE, "1"), ("LTRIM", _WAKE, 0, 63))


def _release(chat: int) -> bytes:
    """The clock's event for a chat's digest, as ``due`` keeps it."""
    return f"{keys.DIGESTS}/0 ".encode() + encode(DigestDue(chat))


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
