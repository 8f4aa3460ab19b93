"""The judged record: where a story is found, what goes when room is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from redis.asyncio import Redis

from pipelines import keys
from pipelines.judged import read_days, read_judged, read_latest, trim_judged, write_judged
from rules.verdict import Label
from tests.conftest import Clock
from tests.delivery.stories import apply, judged, make_alert, newer


async def test_a_story_is_found_whatever_it_was_judged(store: Redis, clock: Clock) -> None:
    for label in Label:
        alert = await judged(store, make_alert(label, clock(), label=label))
        assert await read_judged(store, alert.story.id) == alert
    assert [alert.verdict.label for alert in await read_latest(store, 9)] == [Label.STRUCTURAL]
    assert await read_judged(store, "nonsense") is None


async def test_a_story_that_rises_or_falls_has_one_record(store: Redis, clock: Clock) -> None:
    noise = await judged(store, make_alert("a", clock(), label=Label.NOISE))
    risen = newer(make_alert("a", clock()))
    await apply(store, *write_judged(risen))
    assert await read_judged(store, noise.story.id) == risen
    fallen = newer(replace(noise, story=risen.story))
    await apply(store, *write_judged(fallen, Label.STRUCTURAL))
    assert await read_judged(store, noise.story.id) == fallen
    assert await read_latest(store, 9) == []


async def test_a_further_source_does_not_make_a_story_news_again(store: Redis, clock: Clock) -> None:
    first = await judged(store, make_alert("a", clock()))
    clock.advance(minutes=1)
    await judged(store, make_alert("b", clock()))
    clock.advance(minutes=1)
    await apply(store, *write_judged(replace(newer(first), judged=clock()), Label.STRUCTURAL))
    assert [alert.story.lead.id for alert in await read_latest(store, 9)] == ["b", "a"]


async def test_a_torn_record_is_no_record(store: Redis, clock: Clock) -> None:
    alert = await judged(store, make_alert("a", clock()))
    await apply(store, ("HSET", keys.judged(clock()), alert.story.id, b"torn"))
    assert await read_judged(store, alert.story.id) is None


async def test_a_story_that_moves_while_days_are_read_is_told_once(store: Redis, clock: Clock) -> None:
    first = await judged(store, make_alert("a", clock()))
    others = [await judged(store, make_alert(f"b{number}", clock(), label=Label.NOISE)) for number in range(1200)]
    told, moved = list[str](), False
    async for batch in read_days(store, clock().date(), clock().date()):
        told += [alert.story.id for alert in batch]
        if not moved:
            # It falls between the two looks: its record goes over to the noise of the day, which grows meanwhile.
            fallen = newer(replace(others[0], story=first.story))
            await apply(store, *write_judged(fallen, Label.STRUCTURAL))
            moved = True
    assert sorted(told) == sorted([first.story.id, *(alert.story.id for alert in others)])


async def test_old_noise_goes_first_and_only_as_much_as_needed(store: Redis, clock: Clock) -> None:
    for _ in range(3):
        for number in range(40):
            for label in (Label.NOISE, Label.WATCH):
                await judged(store, make_alert(f"{label}-{clock()}-{number}", clock(), label=label))
        clock.advance(days=1)
    days = [clock() - timedelta(days=back) for back in (3, 2, 1)]
    sizes = [await store.memory_usage(keys.judged_noise(day)) or 0 for day in days]
    kept = [await store.memory_usage(keys.judged(day)) or 0 for day in days]
    assert await trim_judged(store, 1000) == 0
    room = sum(sizes) + sum(kept) - sizes[0] - sizes[1] // 2
    assert await trim_judged(store, room / 2**20) == 2
    assert [await store.exists(keys.judged_noise(day)) for day in days] == [0, 0, 1]
    assert await trim_judged(store, (kept[0] // 2 + kept[1] + kept[2]) / 2**20) == 2
    assert [await store.exists(keys.judged(day)) for day in days] == [0, 1, 1]
