"""What the stage ``group`` knows for months: open acts, the days ahead, merges and links, on a real store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.line import Parts, build_line
from pipelines import keys
from pipelines.due import DueClock
from pipelines.events import Alert, Development, Notice, Reading, decode
from pipelines.group import Group
from pipelines.language.reader import Reader
from pipelines.rulebook import load_rules
from pipelines.stage import Done
from pipelines.stories.act_store import keep_open
from pipelines.stories.acts import KEPT
from pipelines.stories.ahead import read_ahead
from pipelines.stories.identity import Index, Placement
from pipelines.stories.likeness import Sketch
from pipelines.stories.memory import read_story
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.story import Link, Move, Stage, Story
from rules.verdict import Label
from tests.conftest import Clock
from tests.stories.headlines import START
from tests.stories.told import told

BAN = "Zimbabwe bans exports of lithium concentrates from January 1, 2027"
DELAY = "Zimbabwe delays ban on lithium concentrate exports to June 30, 2027"


async def deal(
    store: Redis, group: Group, events: Sequence[Reading | Notice], label: Label = Label.STRUCTURAL
) -> list[Story]:
    """Deal with these one by one, write what the stage asks for, judge what it says; the stories handed on."""
    stories: list[Story] = []
    for event in events:
        for outcome in await group.handle([event]):
            assert isinstance(outcome, Done)
            moved = [output.story for output in outcome.outputs if isinstance(output, Development)]
            judged = [write for story in moved for write in keep_open(story, label)]
            for command in (*outcome.writes, *judged):
                await store.execute_command(*command)  # type: ignore[no-untyped-call]
            stories += moved
    return stories


async def opened(store: Redis, clock: Clock) -> Group:
    """The stage as a new holder of its lease has it."""
    group = Group(store, clock)
    await group.begin()
    return group


async def rung(store: Redis, clock: Clock) -> list[Notice]:
    """What the clock puts on the stream of readings by now."""
    streams = Streams(store, "one")
    await streams.create(keys.STREAMS)
    due = DueClock(store, streams, clock)
    await due.claim(0)
    await due.ring()
    notices = [decode(each.data) for each in await streams.read(keys.READINGS, 99, None)]
    await store.delete(keys.lease("clock"))
    assert all(isinstance(each, Notice) for each in notices)
    return [each for each in notices if isinstance(each, Notice)]


@pytest.mark.parametrize("anew", [False, True], ids=["the same hand", "a new hand"])
@pytest.mark.parametrize(("label", "joins"), [(Label.STRUCTURAL, True), (Label.WATCH, True), (Label.NOISE, False)])
async def test_a_stage_after_weeks_finds_the_story_that_was_told(
    store: Redis, clock: Clock, reader: Reader, label: Label, joins: bool, anew: bool
) -> None:
    group = await opened(store, clock)
    (first,) = await deal(store, group, [told(reader, "Oman weighs ban on chromite exports")], label)
    clock.advance(days=8)
    await deal(store, group, [told(reader, "Norges Bank lifts policy rate to 4.75%", days=8)], Label.NOISE)
    assert (await read_story(store, first.id) is not None) is joins
    clock.advance(days=30)
    group = await opened(store, clock) if anew else group
    (later,) = await deal(store, group, [told(reader, "Oman bans chromite exports", days=38)], label)
    assert (later.id == first.id) is joins
    assert later.version == 1 + joins
    assert [step.stage for step in later.stages][-1] is Stage.IN_FORCE


async def test_copies_of_a_late_report_follow_it(store: Redis, clock: Clock, reader: Reader) -> None:
    group = await opened(store, clock)
    (first,) = await deal(store, group, [told(reader, "Oman weighs ban on chromite exports")])
    clock.advance(days=38)
    later = [told(reader, "Oman bans chromite exports", days=38, publisher=name) for name in ("BBC", "Dawn", "CNBC")]
    stories = await deal(store, group, later)
    assert [(story.id, story.version) for story in stories] == [(first.id, version) for version in (2, 3, 4)]
    clock.advance(days=8)
    await deal(store, group, [told(reader, "Norges Bank lifts policy rate to 4.75%", days=46)])
    assert await read_story(store, first.id) == stories[-1]


async def test_what_was_judged_noise_in_the_end_is_not_open(store: Redis, clock: Clock, reader: Reader) -> None:
    group = await opened(store, clock)
    await deal(store, group, [told(reader, "Oman weighs ban on chromite exports")])
    again = told(reader, "Oman weighs ban on chromite exports", name="copy", days=0.1)
    await deal(store, group, [again], Label.NOISE)
    assert await store.zcard(keys.ACTS) == 0
    assert await store.hlen(keys.ACT_TRACES) == 0


async def test_after_eighteen_months_nothing_is_left(store: Redis, clock: Clock, reader: Reader) -> None:
    group = await opened(store, clock)
    (story,) = await deal(store, group, [told(reader, BAN)])
    clock.advance(days=8)
    await deal(store, group, [told(reader, "Norges Bank lifts policy rate to 4.75%", days=8)], Label.NOISE)
    assert len(group.acts) >= 1
    late = KEPT + timedelta(days=400)
    clock.advance(days=late.days)
    await deal(store, group, [told(reader, "Peru auctions tin licences", days=late.days + 8)], Label.NOISE)
    await deal(store, group, [told(reader, "Ghana opens port", days=late.days + 8)], Label.NOISE)
    assert await read_story(store, story.id) is None
    assert [await store.zcard(name) for name in (keys.ACTS, keys.AHEAD, keys.DUE)] == [0, 0, 0]
    assert await store.hlen(keys.ACT_TRACES) == 0


async def test_an_act_that_takes_effect_is_told_on_the_day_once(store: Redis, clock: Clock, reader: Reader) -> None:
    group = await opened(store, clock)
    (story,) = await deal(store, group, [told(reader, BAN)])
    assert await rung(store, clock) == []
    clock.at = datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC)
    (notice,) = await rung(store, clock)
    assert notice == Notice(story.id, Move.EFFECT, datetime(2027, 1, 1, tzinfo=UTC), "1 January 2027")
    group = await opened(store, clock)
    (moved,) = await deal(store, group, [notice])
    assert (moved.id, moved.version, moved.milestones) == (story.id, 2, ())
    assert [(change.kind, change.report, change.detail) for change in moved.since(1)] == [
        (Move.EFFECT, "", "1 January 2027")
    ]
    assert await deal(store, group, [notice]) == []
    assert await deal(store, await opened(store, clock), [notice]) == []
    assert await store.zcard(keys.AHEAD) == 0
    # What reports of that day say has been told.
    days = (clock.at - START).days + 0.5
    (told_again,) = await deal(store, group, [told(reader, "Zimbabwe lithium export ban takes effect", days=days)])
    assert told_again.id == story.id
    assert not any(change.kind.moves for change in told_again.since(2))


async def test_a_day_that_is_put_off_is_told_on_the_new_one(store: Redis, clock: Clock, reader: Reader) -> None:
    group = await opened(store, clock)
    (story,) = await deal(store, group, [told(reader, BAN)])
    clock.advance(days=21)
    (moved,) = await deal(store, group, [told(reader, DELAY, days=21)])
    assert moved.id == story.id
    assert [(each.on.isoformat(), each.kind) for each in moved.milestones] == [("2027-06-30", Move.EFFECT)]
    clock.at = datetime(2027, 1, 2, tzinfo=UTC)
    assert await rung(store, clock) == []
    # A notice that was under way when the day moved tells nothing.
    assert await deal(store, group, [Notice(story.id, Move.EFFECT, datetime(2027, 1, 1, tzinfo=UTC))]) == []
    clock.at = datetime(2027, 6, 30, 1, tzinfo=UTC)
    assert [(each.story, each.detail) for each in await rung(store, clock)] == [(story.id, "30 June 2027")]


async def test_a_reversed_act_has_no_day_ahead(store: Redis, clock: Clock, reader: Reader) -> None:
    group = await opened(store, clock)
    await deal(store, group, [told(reader, BAN)])
    clock.advance(days=15)
    (moved,) = await deal(store, group, [told(reader, "Zimbabwe scraps ban on lithium concentrates exports", days=15)])
    assert (moved.version, moved.milestones) == (2, ())
    assert [await store.zcard(keys.DUE), await store.hlen(keys.DUE_EVENTS), await store.zcard(keys.AHEAD)] == [0, 0, 0]


async def test_what_lies_ahead_is_read_soonest_first(store: Redis, clock: Clock, reader: Reader) -> None:
    group = await opened(store, clock)
    titles = (
        BAN,
        "China suspends gallium export ban until Nov 27, 2027",
        "Kazakhstan to impose uranium export tax as of December 1",
    )
    ban, _, _ = await deal(store, group, [told(reader, title) for title in titles])
    await deal(store, group, [told(reader, "US tariffs on Brazilian coffee take effect December 1")], Label.NOISE)
    coming = await read_ahead(store, START, START + timedelta(days=60))
    assert [(each.on.isoformat(), each.kind, each.story.lead.title) for each in coming] == [
        ("2026-12-01", Move.EFFECT, titles[2]),
        ("2027-01-01", Move.EFFECT, titles[0]),
    ]
    assert len(await read_ahead(store, START, START + timedelta(days=400))) == 3
    assert await read_ahead(store, START + timedelta(days=39), START + timedelta(days=60)) == ()
    await deal(store, group, [Notice(ban.id, Move.RETRACTION, START)])
    assert [each.story.id for each in await read_ahead(store, START, START + timedelta(days=60))] == [
        coming[0].story.id
    ]


async def test_a_retraction_is_noted_once_and_an_unknown_story_is_said(
    store: Redis, clock: Clock, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    group = await opened(store, clock)
    (story,) = await deal(store, group, [told(reader, BAN)])
    notice = Notice(story.id, Move.RETRACTION, START, "a report of last year")
    (moved,) = await deal(store, group, [notice, replace(notice, at=START + timedelta(hours=1))])
    assert moved.retracted is not None
    assert (moved.version, moved.retracted.detail) == (2, "a report of last year")
    assert await store.zcard(keys.ACTS) == 0
    with caplog.at_level(logging.INFO, "pipelines.group"):
        assert await deal(store, group, [replace(notice, story="zzzzzzzzz"), notice]) == []
    assert [record.message for record in caplog.records] == [
        "notice.unknown story=zzzzzzzzz kind=retraction",
        f"notice.stale story={story.id} kind=retraction",
    ]


class BothAtOnce(Index):
    """An index that takes a headline with "both" in it for one of all stories that it knows."""

    def place(self, sketch: Sketch) -> Placement:
        placed = super().place(sketch)
        if "both" not in sketch.key:
            return placed
        one, other = sorted({item.story for item in self})
        return replace(placed, story=other, also=one)


async def test_two_stories_that_are_one_go_on_in_the_older(store: Redis, clock: Clock, reader: Reader) -> None:
    group = Group(store, clock, BothAtOnce)
    await group.begin()
    older, younger = await deal(
        store,
        group,
        [
            told(reader, "Oman bans chromite exports", name="a"),
            told(reader, BAN, name="b", days=0.1, publisher="BBC"),
        ],
    )
    assert older.id != younger.id
    united, gone = await deal(store, group, [told(reader, "Zimbabwe: both are one", name="c", days=0.2)])
    assert (gone.id, gone.version, gone.merged) == (younger.id, 2, older.id)
    assert [(change.kind, change.detail) for change in gone.since(1)] == [(Move.MERGED, older.id)]
    assert (united.id, united.report_count) == (older.id, 3)
    assert {report.id for report in united.reports} == {"a", "b", "c"}
    assert set(united.families) >= {*older.families, *younger.families}
    assert not any(change.kind.moves for change in united.since(1))
    assert [each.on.isoformat() for each in united.milestones] == ["2027-01-01"]
    assert await store.hkeys(keys.DUE_EVENTS) == [f"act:{older.id}:effect:2027-01-01".encode()]
    assert await read_story(store, younger.id) is None
    for hand in (group, await opened(store, clock)):
        assert {item.story for item in hand.index} == {older.id}
        clock.advance(hours=1)
        copy = told(reader, BAN, name=f"d{clock.at}", days=0.3)
        assert [story.id for story in await deal(store, hand, [copy])] == [older.id]
    # What is noted of the one that went on elsewhere is noted of the other.
    (noted,) = await deal(store, await opened(store, clock), [Notice(younger.id, Move.RETRACTION, START)])
    assert noted.id == older.id


async def test_a_measure_and_its_answer_are_linked_each_way(store: Redis, clock: Clock, reader: Reader) -> None:
    group = await opened(store, clock)
    (cause,) = await deal(store, group, [told(reader, "US imposes 34% tariffs on Chinese goods")])
    clock.advance(days=10)
    group = await opened(store, clock)
    title = "China retaliates with 34% tariffs on US goods"
    answer, moved = await deal(store, group, [told(reader, title, days=10)])
    assert answer.id != cause.id
    assert answer.links == (Link(cause.id, "answered", cause.lead.title),)
    assert (moved.id, moved.version, moved.links) == (cause.id, 2, (Link(answer.id, "answer", title),))
    assert [change.kind for change in moved.since(1)] == [Move.LINK]
    assert await read_story(store, cause.id) == moved


async def test_the_day_goes_down_the_line_to_an_alert(store: Redis, clock: Clock, reader: Reader) -> None:
    streams, rules = Streams(store, "one"), load_rules(None)
    await streams.create(keys.STREAMS)
    parts = Parts(store=store, clock=clock, rules=lambda: rules, reader=lambda: reader)
    workers = [Worker(streams, stage, clock) for stage in build_line(parts, ("group", "judge"))]
    due = DueClock(store, streams, clock)

    async def alerts() -> list[Alert]:
        for worker in workers:
            await worker.step(99)
        events = [decode(each.data) for each in await streams.read(keys.ALERTS, 99, None)]
        return [event for event in events if isinstance(event, Alert)]

    await streams.publish(keys.READINGS, told(reader, BAN), told(reader, "Norges Bank lifts policy rate to 4.75%"))
    (first,) = [alert for alert in await alerts() if alert.story.milestones]
    assert first.verdict.label is Label.STRUCTURAL
    assert [each.story.id for each in await read_ahead(store, START, START + timedelta(days=60))] == [first.story.id]
    clock.at = datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert await due.step() == 1
    (moved,) = await alerts()
    assert (moved.story.id, moved.verdict.label) == (first.story.id, Label.STRUCTURAL)
    assert [change.kind for change in moved.story.since(first.story.version)] == [Move.EFFECT]
    assert moved.parsed == clock.at
    assert await store.xlen(keys.DEAD) == 0


async def test_what_an_older_version_stored_is_read(store: Redis, clock: Clock, reader: Reader) -> None:
    group = await opened(store, clock)
    (story,) = await deal(store, group, [told(reader, "Oman weighs ban on chromite exports", name="a")])
    await store.delete(keys.ACTS, keys.ACT_TRACES, keys.ALIASES, keys.AHEAD)
    group = await opened(store, clock)
    assert (len(group.index), len(group.acts)) == (1, 0)
    await store.hset(keys.ACT_TRACES, "aaaaaaaaa", b"{}")
    await store.zadd(keys.ACTS, {"aaaaaaaaa": START.timestamp(), "bbbbbbbbb": START.timestamp()})
    await store.hset(keys.ALIASES, mapping={"ccccccccc": b"?", "ddddddddd": b"eeeeeeeee 12"})
    group = await opened(store, clock)
    copy = told(reader, "Oman weighs ban on chromite exports", name="b", days=0.1, publisher="BBC")
    assert [each.id for each in await deal(store, group, [copy])] == [story.id]
    assert await store.hlen(keys.ALIASES) == 0
