"""Votes on the real store: one each, counted by story, bounded, dated, and forgotten on request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.words import tally_words
from pipelines import keys, votes
from pipelines.votes import KEPT, add_up, forget_votes, read_tallies, vote
from rules.marks import Mark, Tally, mark_of
from tests.chats.make import NOW

LONG_AGO = NOW - timedelta(days=4000)


async def cast(store: Redis, story: str, voter: int, mark: Mark, days: float = 0) -> votes.Counted:
    return await vote(store, story, voter, mark, -5, NOW + timedelta(days=days))


async def test_each_story_has_its_own_counts(store: Redis) -> None:
    await cast(store, "a", 1, Mark.NOISE)
    await cast(store, "a", 2, Mark.NOISE)
    await cast(store, "b", 1, Mark.USEFUL)
    found = await read_tallies(store, LONG_AGO)
    assert found == {"a": {Mark.NOISE: 2}, "b": {Mark.USEFUL: 1}}
    assert add_up(found.values()) == {Mark.NOISE: 2, Mark.USEFUL: 1}


async def test_only_stories_with_a_vote_since_then_are_read(store: Redis) -> None:
    await cast(store, "old", 1, Mark.NOISE)
    await cast(store, "new", 1, Mark.NOISE, days=3)
    assert set(await read_tallies(store, NOW + timedelta(days=1))) == {"new"}
    await cast(store, "old", 2, Mark.NOISE, days=4)
    assert set(await read_tallies(store, NOW + timedelta(days=1))) == {"old", "new"}


async def test_a_story_whose_votes_were_all_taken_back_is_gone(store: Redis) -> None:
    await cast(store, "a", 1, Mark.LATE)
    await cast(store, "a", 1, Mark.LATE)
    assert await read_tallies(store, LONG_AGO) == {}
    assert [key async for key in store.scan_iter(f"{keys.TAG}:vote*")] == []


async def test_votes_are_kept_for_400_days(store: Redis) -> None:
    client: Any = store
    await cast(store, "a", 1, Mark.NOISE)
    assert KEPT.days == 400
    assert 0 < await client.ttl(keys.votes("a")) <= KEPT.total_seconds()
    await cast(store, "b", 1, Mark.NOISE, days=400)
    assert set(await read_tallies(store, LONG_AGO)) == {"a", "b"}
    await cast(store, "c", 1, Mark.NOISE, days=401)
    assert set(await read_tallies(store, LONG_AGO)) == {"b", "c"}


async def test_a_person_is_forgotten_and_others_are_not(store: Redis) -> None:
    for story in ("a", "b", "c"):
        await cast(store, story, 1, Mark.NOISE)
    await cast(store, "b", 2, Mark.USEFUL)
    assert await forget_votes(store, 1) == 3
    assert await read_tallies(store, LONG_AGO) == {"b": {Mark.USEFUL: 1}}
    assert await forget_votes(store, 1) == 0


async def test_a_story_takes_no_more_voters_than_its_bound(store: Redis) -> None:
    client: Any = store
    crowd = {str(voter): f"useful {NOW.timestamp():.0f} 5" for voter in range(1, votes.MOST_VOTERS + 1)}
    await client.hset(keys.votes("a"), mapping=crowd)
    late = await cast(store, "a", 0, Mark.NOISE)
    assert (late.full, late.mark, late.tally) == (True, None, {Mark.USEFUL: votes.MOST_VOTERS})
    changed = await cast(store, "a", 7, Mark.NOISE)
    assert (changed.full, changed.mark, changed.tally[Mark.NOISE]) == (False, Mark.NOISE, 1)


async def test_the_story_with_the_oldest_votes_goes_first(store: Redis) -> None:
    client: Any = store
    await cast(store, "first", 1, Mark.NOISE)
    rest = {f"s{number}": NOW.timestamp() + 1 + number for number in range(votes.MOST_STORIES - 1)}
    await client.zadd(keys.VOTED, rest)
    await cast(store, "last", 1, Mark.NOISE, days=1)
    assert await client.zcard(keys.VOTED) == votes.MOST_STORIES
    assert await client.exists(keys.votes("first")) == 0
    assert set(await read_tallies(store, LONG_AGO)) == {"last"}


async def test_what_another_version_wrote_is_passed_over(store: Redis) -> None:
    client: Any = store
    await cast(store, "a", 1, Mark.NOISE)
    await client.hset(keys.votes("a"), mapping={"2": "splendid 1 1", "3": "", "4": b"\xff"})
    assert await read_tallies(store, LONG_AGO) == {"a": {Mark.NOISE: 1}}


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(presses=st.lists(st.tuples(st.integers(1, 3), st.sampled_from(Mark)), max_size=12))
async def test_the_counts_are_those_of_a_table_kept_by_hand(store: Redis, presses: list[tuple[int, Mark]]) -> None:
    await store.flushall()
    table = dict[int, Mark]()
    for voter, mark in presses:
        if table.get(voter) is mark:
            del table[voter]
        else:
            table[voter] = mark
        counted = await cast(store, "a", voter, mark)
        by_hand = {each: list(table.values()).count(each) for each in Mark if each in table.values()}
        assert (counted.mark, counted.tally) == (table.get(voter), by_hand)


@pytest.mark.parametrize(
    ("tally", "mark", "words"),
    [
        ({}, None, ""),
        ({Mark.NOISE: 1}, Mark.NOISE, "1 noise"),
        ({Mark.NOISE: 1, Mark.USEFUL: 1}, None, "1 useful, 1 noise"),
        ({Mark.LATE: 1, Mark.KNEW: 3, Mark.USEFUL: 2}, Mark.KNEW, "2 useful, 3 knew it, 1 too late"),
        ({Mark.LATE: 0}, None, ""),
    ],
)
def test_the_mark_of_a_story_is_what_most_said(tally: Tally, mark: Mark | None, words: str) -> None:
    assert mark_of(tally) is mark
    assert tally_words(tally) == words
