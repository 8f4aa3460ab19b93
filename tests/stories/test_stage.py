"""The stage ``group`` on a real store: what it hands on, what it writes, and what it knows after a restart."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Development, Reading
from pipelines.group import EVICTED_AT_ONCE, Group
from pipelines.stage import Done
from pipelines.stories.identity import Index
from pipelines.stories.ids import day_of
from pipelines.stories.memory import read_story
from rules.story import Stage, Story
from tests.conftest import Clock
from tests.stories.headlines import START, reading

READINGS = (
    reading("Oman weighs ban on chromite ore exports", stage=Stage.RUMOUR, name="a"),
    reading("Oman weighs ban on chromite ore exports - Dawn", publisher="Dawn", stage=Stage.RUMOUR, name="b", hours=1),
    reading("Norges Bank lifts policy rate to 4.75%", publisher="BBC", name="c", hours=2),
    reading("Oman bans exports of chromite ore", publisher="CNBC", stage=Stage.ANNOUNCED, name="d", hours=5),
    reading("Norges Bank lifts rate to 4.75%, surprising markets", publisher="Dawn", name="e", hours=6),
    reading("Vietnam auctions Dong Pao rare earth mine", name="f", hours=7),
)


async def deal(store: Redis, group: Group, readings: Sequence[Reading], *, keep: bool = True) -> list[Story]:
    """Group these in one batch, write what the stage asks for, and give the stories handed on."""
    stories: list[Story] = []
    for outcome in await group.handle(readings):
        assert isinstance(outcome, Done)
        for event in outcome.outputs:
            assert isinstance(event, Development)
            assert event.entry is not None
            assert event.entry.id in {report.id for report in event.story.reports}
            stories.append(event.story)
        for command in outcome.writes if keep else ():
            await store.execute_command(*command)  # type: ignore[no-untyped-call]
    return stories


def known(index: Index) -> list[tuple[object, ...]]:
    """All that an index knows, in a fixed order."""
    return sorted((item.id, item.story, item.seen, item.sketch.key, item.sketch) for item in index)


async def opened(store: Redis, clock: Clock) -> Group:
    """The stage as a new holder of its lease has it."""
    group = Group(store, clock)
    await group.begin()
    return group


async def test_what_is_known_is_said_once_however_often_it_is_read(
    store: Redis, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "pipelines.group"):
        group = await opened(store, clock)
        await group.begin()
        await deal(store, group, READINGS)
        await group.begin()
        await group.begin()
    assert [record.message for record in caplog.records] == [
        "group.begun headlines=0 unreadable=0 acts=0",
        "group.begun headlines=6 unreadable=0 acts=0",
    ]


async def test_within_a_batch_each_event_sees_the_ones_before(store: Redis, clock: Clock) -> None:
    stories = await deal(store, await opened(store, clock), READINGS)
    ban, copy, rate, banned, surprise, auction = stories
    assert ban.id == copy.id == banned.id
    assert rate.id == surprise.id
    assert len({ban.id, rate.id, auction.id}) == 3
    assert [ban.version, copy.version, banned.version] == [1, 2, 3]
    assert [change.kind for change in banned.changes] == ["new", "copy", "stage", "source"]
    assert banned.lead.id == "d"
    assert day_of(ban.id) == START.date()
    assert await read_story(store, ban.id) == banned


async def test_the_same_input_gives_the_same_ids_however_it_is_cut_into_batches(store: Redis, clock: Clock) -> None:
    whole = await deal(store, await opened(store, clock), READINGS)
    await store.flushall()
    single = [story for one in READINGS for story in await deal(store, await opened(store, clock), [one])]
    assert single == whole


async def test_a_new_holder_knows_what_the_old_one_knew(store: Redis, clock: Clock) -> None:
    group = await opened(store, clock)
    await deal(store, group, READINGS)
    again = await opened(store, clock)
    assert known(again.index) == known(group.index)
    late = reading("Oman bans chromite ore exports, ministry confirms", publisher="AFP", hours=8, name="g")
    assert [story.version for story in await deal(store, again, [late])] == [4]


async def test_an_entry_that_is_grouped_already_changes_nothing(store: Redis, clock: Clock) -> None:
    group = await opened(store, clock)
    await deal(store, group, READINGS[:1])
    assert await group.handle(READINGS[:1]) == [Done()]
    assert await (await opened(store, clock)).handle([READINGS[0], READINGS[0]]) == [Done(), Done()]
    assert await deal(store, group, [READINGS[1], READINGS[1]]) != []
    assert (await store.zcard(keys.RECENT)) == 2


async def test_what_was_never_handed_over_is_forgotten_and_done_again(store: Redis, clock: Clock) -> None:
    group = await opened(store, clock)
    lost = await deal(store, group, READINGS[:2], keep=False)
    await group.begin()
    assert await deal(store, group, READINGS[:2]) == lost


async def test_what_is_older_than_seven_days_is_forgotten_in_small_steps(store: Redis, clock: Clock) -> None:
    group = await opened(store, clock)
    old = await deal(store, group, READINGS)
    clock.advance(days=7, hours=3.5)  # the first three were seen more than seven days ago
    fresh = reading("Ghana opens manganese refinery", name="z", hours=7 * 24 + 3.5)
    await deal(store, group, [fresh])
    assert await store.zrange(keys.RECENT, 0, -1) == [b"d", b"e", b"f", b"z"]
    assert sorted(await store.hkeys(keys.TRACES)) == [b"d", b"e", b"f", b"z"]
    assert await read_story(store, old[0].id) is not None  # a younger report of it is still there
    clock.advance(days=7)
    await deal(store, group, [reading("Peru taxes tin ore", name="y", hours=14 * 24 + 3.5)])
    assert [await read_story(store, story.id) for story in old] == [None] * len(old)
    assert known((await opened(store, clock)).index) == known(group.index)


async def test_a_story_whose_state_is_gone_begins_again_under_its_id(store: Redis, clock: Clock) -> None:
    group = await opened(store, clock)
    first = (await deal(store, group, READINGS[:1]))[0]
    await store.set(keys.story(first.id), b"not json")
    again = await deal(store, await opened(store, clock), READINGS[1:2])
    assert [(story.id, story.version) for story in again] == [(first.id, 1)]


async def test_what_cannot_be_read_is_dropped_with_the_next_hand_over(store: Redis, clock: Clock) -> None:
    ban, _, rate, *_ = await deal(store, await opened(store, clock), READINGS)
    for name, data in {
        "a": b"not json",  # another report of its story can be read
        "c": b'{"story":"%s","event":"of another version"}' % rate.id.encode(),
        "e": b'{"story":"%s"}' % rate.id.encode(),
        "f": b'{"story":"*"}',
    }.items():
        await store.hset(keys.TRACES, name, data)
    await store.hdel(keys.TRACES, "b")
    group = await opened(store, clock)
    assert {item.id for item in group.index} == {"d"}
    # The report "f" comes again before anything is dropped, and "c" in the same batch.
    again = await deal(store, group, [READINGS[5], READINGS[2]])
    assert sorted(await store.zrange(keys.RECENT, 0, -1)) == [b"c", b"d", b"f"]
    assert sorted(await store.hkeys(keys.TRACES)) == [b"c", b"d", b"f"]
    assert await read_story(store, ban.id) is not None
    assert [await read_story(store, story.id) for story in again] == again
    await deal(store, group, [reading("Peru taxes tin ore", name="y", hours=8)])
    assert known((await opened(store, clock)).index) == known(group.index)


async def test_the_story_of_reports_that_cannot_be_read_goes_with_them(store: Redis, clock: Clock) -> None:
    (story,) = await deal(store, await opened(store, clock), READINGS[2:3])
    await store.hset(keys.TRACES, "c", b'{"story":"%s"}' % story.id.encode())
    await deal(store, await opened(store, clock), READINGS[5:])
    assert await read_story(store, story.id) is None
    assert await store.zrange(keys.RECENT, 0, -1) == [b"f"]


async def test_many_that_cannot_be_read_are_dropped_in_small_steps(store: Redis, clock: Clock) -> None:
    await store.zadd(keys.RECENT, {f"x{n}": START.timestamp() for n in range(EVICTED_AT_ONCE + 1)})
    group = await opened(store, clock)
    # The last of them comes again while its drop still waits for the second step.
    await deal(store, group, [READINGS[0], reading("Peru taxes tin ore", name="x99", hours=1)])
    assert await store.zrange(keys.RECENT, 0, -1) == [b"a", b"x99"]
    await deal(store, group, READINGS[5:])
    assert await store.zrange(keys.RECENT, 0, -1) == [b"a", b"x99", b"f"]
    assert known((await opened(store, clock)).index) == known(group.index)


async def test_forty_variants_of_one_text_are_one_story_with_one_voice(store: Redis, clock: Clock) -> None:
    group = await opened(store, clock)
    title = "Zambia halts copper shipments through Kasumbalesa border post"
    variants = [title, title.upper(), f"{title} - Reuters", f"UPDATE 1-{title}", f"{title} | Mining Weekly"]
    readings = [
        reading(variants[n % 5], publisher=f"Paper {n}", name=f"v{n}", hours=n / 10, stage=Stage.ANNOUNCED)
        for n in range(40)
    ]
    stories = [story for part in (readings[:7], readings[7:]) for story in await deal(store, group, part)]
    assert len({story.id for story in stories}) == 1
    assert [story.version for story in stories] == list(range(1, 41))
    assert stories[-1].families == ("paper0",)
    assert [change.kind for change in stories[-1].changes][1:] == ["copy"] * 39
    assert all(later.version == earlier.version + 1 for earlier, later in pairwise(stories))


async def test_a_feed_with_new_dates_or_new_ids_starts_no_new_story(store: Redis, clock: Clock) -> None:
    group = await opened(store, clock)
    first = (await deal(store, group, READINGS[:1]))[0]
    moved = reading(READINGS[0].entry.title, name="again", hours=60)
    clock.advance(hours=60)
    assert [story.id for story in await deal(store, group, [moved])] == [first.id]
    assert START + timedelta(hours=60) == moved.entry.first_seen
