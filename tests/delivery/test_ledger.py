"""The ledger: what a row costs, where it is found, and when it may go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.delivery.ledger import KEPT, NEVER_BEFORE, ROWS_A_CHAT, ROWS_PREFIX, Ledger, open_ledger, parts_for
from bot.delivery.lining import enqueue
from pipelines import keys
from tests.conftest import Clock
from tests.delivery.stories import apply

HOUR = timedelta(hours=1)
FULL = 1000 * ROWS_A_CHAT
"""Rows that are kept in any case, however few chats there are."""


async def begin(store: Redis, clock: Clock, story: str, age: timedelta, rows: int) -> None:
    """A story whose ledger was begun so long ago for two chats, and which says that it has so many rows."""
    then = clock() - age
    await apply(store, *open_ledger(story, 2, then), *enqueue(story, [5, 6], 1, "normal", then, parts=2))
    await apply(store, ("HSET", f"{keys.TAG}:ledger:{story}", "rows", rows))


async def kept(store: Redis) -> set[str]:
    """The stories of which anything is left in the ledger."""
    client: Any = store
    heads = [key async for key in store.scan_iter(f"{keys.TAG}:ledger:*", count=1000)]
    parts = [key async for key in store.scan_iter(f"{ROWS_PREFIX}*", count=1000)]
    begun = {story.decode() for story in await client.zrange(keys.LEDGERS, 0, -1)}
    assert {key.decode().rpartition(":")[2] for key in heads} == begun
    assert {key.decode().split(":")[-2] for key in parts} == begun
    return begun


@pytest.mark.parametrize(
    ("stories", "left"),
    [
        pytest.param({"a": (200 * HOUR, FULL)}, {"a"}, id="nothing goes below the bound"),
        pytest.param({"a": (200 * HOUR, FULL), "b": (150 * HOUR, 1)}, {"b"}, id="the oldest goes"),
        pytest.param(
            {"a": (300 * HOUR, FULL), "b": (200 * HOUR, FULL // 2), "c": (150 * HOUR, FULL // 2)},
            {"b", "c"},
            id="no more than needed",
        ),
        pytest.param(
            {"a": (NEVER_BEFORE - HOUR, FULL), "b": (HOUR, FULL)}, {"a", "b"}, id="what is young stays, however many"
        ),
        pytest.param({"a": (NEVER_BEFORE, FULL), "b": (HOUR, FULL)}, {"a", "b"}, id="96 hours are young"),
        pytest.param({"a": (NEVER_BEFORE + HOUR, FULL), "b": (HOUR, FULL)}, {"b"}, id="a little more are not"),
        pytest.param({"a": (KEPT, 1), "b": (HOUR, 1)}, {"a", "b"}, id="400 days are kept"),
        pytest.param({"a": (KEPT + HOUR, 1), "b": (HOUR, 1)}, {"b"}, id="beyond 400 days all goes"),
        pytest.param({"a": (-HOUR, FULL), "b": (-HOUR, FULL)}, {"a", "b"}, id="begun by a clock that was ahead"),
    ],
)
async def test_the_oldest_rows_go_first_and_young_ones_never(
    store: Redis, clock: Clock, stories: dict[str, tuple[timedelta, int]], left: set[str]
) -> None:
    for story, (age, rows) in stories.items():
        await begin(store, clock, story, age, rows)
    assert await Ledger(store).trim(10, clock()) == len(stories) - len(left)
    assert await kept(store) == left
    assert await Ledger(store).trim(10, clock()) == 0


async def test_more_chats_keep_more_rows(store: Redis, clock: Clock) -> None:
    for story in ("a", "b"):
        await begin(store, clock, story, 200 * HOUR, FULL)
    assert await Ledger(store).trim(2000, clock()) == 0
    assert await Ledger(store).trim(1999, clock()) == 1


async def test_a_story_without_rows_goes_too(store: Redis, clock: Clock) -> None:
    """As a process leaves it that dies between two steps of trimming."""
    await apply(store, ("ZADD", keys.LEDGERS, (clock() - KEPT - HOUR).timestamp(), "a"))
    assert await Ledger(store).trim(10, clock()) == 1
    assert await kept(store) == set()


async def test_a_row_of_a_story_for_ten_thousand_chats_costs_less_than_60_bytes(store: Redis, clock: Clock) -> None:
    client: Any = store
    chats = [5_000_000_000 + 7919 * number for number in range(9000)]
    chats += [-1_002_000_000_000 - 104_729 * number for number in range(1000)]
    parts = parts_for(len(chats))
    await apply(store, *open_ledger("a", parts, clock()))
    pipe = client.pipeline()
    for command in enqueue("a", chats, 1, "normal", clock(), parts=parts):
        pipe.execute_command(*command)
    await pipe.execute()
    assert len(await Ledger(store).last("a", chats)) == len(chats), "the scripts find what hand-overs wrote"
    names = [key async for key in store.scan_iter(f"{ROWS_PREFIX}*", count=1000)]
    for name in names:  # as it is once all have been sent
        sent = f"sent 3 2 0 {clock().timestamp():.0f} 1234567 3"
        await client.hset(name, mapping=dict.fromkeys(await client.hkeys(name), sent))
    used = sum([await client.memory_usage(name, samples=0) for name in names])
    assert used / len(chats) < 60


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chats=st.lists(st.integers(-(2**52), 2**52).filter(bool), min_size=1, max_size=20), parts=st.integers(1, 2000))
async def test_hand_overs_and_scripts_agree_where_a_row_lies(
    store: Redis, clock: Clock, chats: list[int], parts: int
) -> None:
    await store.flushall()
    await apply(store, ("HSET", f"{keys.TAG}:ledger:a", "parts", parts))
    await apply(store, *enqueue("a", chats, 1, "normal", clock(), parts=parts))
    assert set(await Ledger(store).last("a", chats)) == set(chats)
