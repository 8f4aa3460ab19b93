"""What puts deliveries in line, or makes them lines of a digest: writes that belong into a hand-over. Pure but for one.

A row is opened, and a story put in line for a chat, in one step, so that no crash leaves the one without the other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from redis.asyncio import Redis

from bot.chats import DeliveryState
from bot.delivery.chores import REPLAN
from bot.delivery.ledger import head_key, ledger_key, row_of
from bot.delivery.reading import PREFIX
from pipelines import keys
from pipelines.events import DigestDue, encode
from pipelines.stage import Command
from pipelines.streams import postpone

WAKE = f"{PREFIX}wake"
"""What a sender waits on."""


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
    ms = millis(now)
    return (
        *(("RPUSH", f"{PREFIX}q:{lane}:{chat}", f"{story} {ms}") for chat in chats),
        ("ZADD", f"{PREFIX}ready:{lane}", "NX", *(word for chat in chats for word in (ms, str(chat)))),
        ("HINCRBY", f"{PREFIX}waiting", lane, len(chats)),
        *wake(),
    )


def hold_line(story: str, chats: Sequence[tuple[int, datetime]], now: datetime) -> tuple[Command, ...]:
    """The writes that make what follows a message a line of these chats' digests: their rows stay as they are."""
    lines = (("ZADD", f"{PREFIX}lines:{chat}", "NX", millis(now), story) for chat, _ in chats)
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
    return bool(await script(keys=[PREFIX], args=[str(chat), due.timestamp(), release_of(chat)]))


def line_up_digest(chat: int, now: datetime) -> tuple[Command, ...]:
    """The writes that put a chat's digest in line."""
    ms = millis(now)
    return (
        ("RPUSH", f"{PREFIX}q:digest:{chat}", f"digest {ms}"),
        ("ZADD", f"{PREFIX}ready:digest", "NX", ms, str(chat)),
        ("HINCRBY", f"{PREFIX}waiting", "digest", 1),
        *wake(),
    )


def wake() -> tuple[Command, ...]:
    """The writes that have a sender look at once."""
    return (("RPUSH", WAKE, "1"), ("LTRIM", WAKE, 0, 63))


def release_of(chat: int) -> bytes:
    """The clock's event for a chat's digest, as ``due`` keeps it."""
    return f"{keys.DIGESTS}/0 ".encode() + encode(DigestDue(chat))


def millis(now: datetime) -> int:
    """The moment in unix milliseconds, as the queue counts."""
    return int(now.timestamp() * 1000)
