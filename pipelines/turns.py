"""When each feed has its turn: the first round, the turn after a poll, and feeds that come and go meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Poll, encode
from pipelines.feeds.feed import Feed, FeedState, decode_state
from pipelines.stage import Command

SOON = 30.0
"""A feed that may not be asked for longer than so many seconds is not waited for by a run that polls once."""


def lane(state: FeedState) -> str:
    """The stream for a feed's next turn. What failed last time may hold its hand for 20 s, so it has hands apart."""
    return keys.PROBES if state.failures else keys.POLLS


def next_turn(feed: Feed, state: FeedState, at: float) -> tuple[Command, Command]:
    """The writes that give the feed its next turn at this unix time."""
    turn, event = f"poll:{feed.id}", f"{lane(state)} ".encode() + encode(Poll(feed.id))
    return (("ZADD", keys.DUE, at, turn), ("HSET", keys.DUE_EVENTS, turn, event))


@dataclass(frozen=True, slots=True)
class Started:
    """What ``start_polls`` set up: feeds that will be polled, and turns of feeds no longer listed that were dropped.

    ``soon`` are the feeds of the first round: all but those that failed or whose host asked for silence.
    """

    polls: int
    dropped: int
    soon: frozenset[str]


async def start_polls(feeds: Mapping[str, Feed], store: Redis, now: datetime, spread: float = 5.0) -> Started:
    """Give every feed a turn within ``spread`` seconds, but not before one that failed or asked us to wait may come."""
    turns = {f"poll:{feed_id}" for feed_id in feeds}
    gone = [turn.decode() async for turn, _ in store.zscan_iter(keys.DUE, match="poll:*", count=1000)]
    gone = [turn for turn in gone if turn not in turns]
    known = list(feeds.values())
    stored = await store.hmget(keys.FEEDS, [feed.id for feed in known]) if known else []
    resting = set[str]()
    async with store.pipeline(transaction=True) as pipe:
        if gone:
            pipe.zrem(keys.DUE, *gone)
            pipe.hdel(keys.DUE_EVENTS, *gone)
        for place, (feed, data) in enumerate(zip(known, stored, strict=True)):
            soon = now.timestamp() + spread * place / len(known)
            state = decode_state(cast("bytes | None", data), feed.url)
            if state.not_before > soon + SOON:
                resting.add(feed.id)
            for command in next_turn(feed, state, max(soon, state.not_before)):
                pipe.execute_command(*command)
        await pipe.execute()
    return Started(len(known), len(gone), frozenset(feeds) - resting)


async def change_polls(added: Sequence[Feed], gone: Sequence[str], store: Redis, now: datetime) -> None:
    """Feeds came to the list, or left it, while it is polled: the first get a turn now, the others lose theirs."""
    stored = await store.hmget(keys.FEEDS, [feed.id for feed in added]) if added else []
    async with store.pipeline(transaction=True) as pipe:
        for feed_id in gone:
            pipe.zrem(keys.DUE, f"poll:{feed_id}")
            pipe.hdel(keys.DUE_EVENTS, f"poll:{feed_id}")
        for feed, data in zip(added, stored, strict=True):
            state = decode_state(cast("bytes | None", data), feed.url)
            for command in next_turn(feed, state, max(now.timestamp(), state.not_before)):
                pipe.execute_command(*command)
        await pipe.execute()
