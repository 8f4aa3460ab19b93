"""Messages to all chats in the store: begun once by their button, taken through the chats in small pages, counted.

They go the way of an alert: a ledger row a chat, the normal lane, the common pace. So a crash repeats at most what was
being sent, marked, and no chat gets one twice. Only a few wait in the lane at a time, for news must not wait for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from bot.broadcast import Broadcast
from bot.chats import DeliveryState
from bot.delivery.ledger import Head, head_key, ledger_key, open_ledger
from bot.delivery.lining import enqueue
from pipelines import keys
from pipelines.dead_letters import Once
from pipelines.events import Fanout, encode
from pipelines.stage import Command
from pipelines.streams import postpone

PAGE = 50
"""Chats lined up at a time."""
ROOM = 50
"""Deliveries waiting in the normal lane above which the next page waits: an alert is behind so many and a page."""
_LOOK_AGAIN = timedelta(seconds=0.3)
_KEPT = timedelta(days=30)
"""Longer than anything waits in line."""
_LISTED = 20

_BEGIN = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then return 0 end
redis.call('HSET', KEYS[2], 'text', ARGV[3], 'at', ARGV[4], 'by', ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[6])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[7]))
redis.call('XADD', KEYS[4], '*', 'e', ARGV[8])
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many chats got a broadcast, wait for it, gave no answer, or could not be reached."""

    sent: int = 0
    waiting: int = 0
    unanswered: int = 0
    failed: int = 0


async def begin_broadcast(store: Redis, wanted: Broadcast, once: Once) -> bool:
    """Begin it in the step that uses up the button's right; False where that was used before."""
    client: Any = store
    names = [once.key, keys.broadcast(wanted.id), keys.BROADCASTS, keys.stream(keys.ALERTS)]
    event, seconds = encode(Fanout(story=wanted.id, version=1)), int(_KEPT.total_seconds())
    words = [once.seconds, wanted.id, wanted.text, wanted.at.timestamp(), wanted.by, seconds, _LISTED, event]
    return bool(await client.eval(_BEGIN, len(names), *names, *words))


async def read_broadcast(store: Redis, broadcast_id: str) -> Broadcast | None:
    """The broadcast of this id; None where it is not kept any more."""
    client: Any = store
    found: dict[bytes, bytes] = await client.hgetall(keys.broadcast(broadcast_id))
    if b"text" not in found:
        return None
    at = datetime.fromtimestamp(float(found[b"at"]), UTC)
    return Broadcast(
        id=broadcast_id,
        text=found[b"text"].decode(),
        at=at,
        by=int(found[b"by"]),
        done=b"done" in found,
        stopped=b"stopped" in found,
    )


async def stop_broadcast(store: Redis, broadcast_id: str) -> bool:
    """Tell nobody more of it; False where it is not kept any more."""
    client: Any = store
    if not await client.exists(keys.broadcast(broadcast_id)):
        return False
    await client.hset(keys.broadcast(broadcast_id), "stopped", "1")
    return True


async def newest_broadcast(store: Redis) -> Broadcast | None:
    """The one that was begun last, as long as it is kept."""
    client: Any = store
    found = await client.zrevrange(keys.BROADCASTS, 0, 0)
    return await read_broadcast(store, found[0].decode()) if found else None


async def count_broadcast(store: Redis, broadcast_id: str) -> Tally:
    """What became of it so far, from the ledger's rows."""
    client: Any = store
    parts = int(await client.hget(head_key(broadcast_id), "parts") or 0)
    states = Counter[str]()
    for start in range(0, parts, 100):
        pipe = client.pipeline(transaction=False)
        for part in range(start, min(start + 100, parts)):
            pipe.hvals(ledger_key(broadcast_id, part, parts))
        states.update(row.partition(b" ")[0].decode() for rows in await pipe.execute() for row in rows)
    return _tally(states)


def page_of(
    way: Fanout, chats: Sequence[int], cursor: int, head: Head | None, parts: int, now: datetime
) -> tuple[Command, ...]:
    """The writes that line one page up, and note the end where no chats are left after it."""
    return (
        *(open_ledger(way.story, parts, now) if head is None and chats else ()),
        *enqueue(way.story, chats, way.version or 1, "normal", now, parts=parts),
        *((("HSET", keys.broadcast(way.story), "done", "1"),) if not cursor and not way.chats else ()),
    )


def page_later(way: Fanout, now: datetime) -> tuple[Command, ...]:
    """The writes that have the clock bring the same page round again."""
    return postpone(keys.ALERTS, f"broadcast:{way.story}", encode(way), (now + _LOOK_AGAIN).timestamp())


def may_go(depth: Mapping[str, int]) -> bool:
    """Whether the lane has room for another page."""
    return depth["normal"] <= ROOM


def _tally(states: Mapping[str, int]) -> Tally:
    def total(*wanted: DeliveryState) -> int:
        return sum(states.get(state.value, 0) for state in wanted)

    return Tally(
        sent=total(DeliveryState.SENT, DeliveryState.LISTED),
        waiting=total(DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD),
        unanswered=total(DeliveryState.UNKNOWN),
        failed=total(DeliveryState.FAILED),
    )
