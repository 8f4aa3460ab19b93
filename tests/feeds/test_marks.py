"""What a feed's marks keep out: items known under other names, and how many marks are kept."""

from __future__ import annotations

import logging

import pytest

from pipelines import keys
from pipelines.fetch import KEEP_MARKS, MOST_MARKS
from tests.conftest import Clock
from tests.feeds.conftest import Poller
from tests.feeds.servers import item, serving
from tests.feeds.test_fetch import LAST_WEEK, NEW, OLD, polled


@pytest.mark.parametrize("churn", ["http guids", "new guids", "new links", "new guids and links"])
async def test_five_hundred_items_under_new_guids_bring_nothing_and_one_note(
    poller: Poller, caplog: pytest.LogCaptureFixture, churn: str
) -> None:
    def rows(guid: str, link: str) -> list[str]:
        return [item(f"Duty {n} set", f"{link}/{n}", f"{guid}/{n}", NEW) for n in range(500)]

    before = rows("http://e.org/a", "https://e.org/a")
    after = {
        "http guids": rows("https://e.org/a", "https://e.org/a"),
        "new guids": rows("tag", "https://e.org/a"),
        "new links": rows("http://e.org/a", "https://new.example/b"),
        "new guids and links": rows("tag", "https://new.example/b"),
    }[churn]
    async with serving() as server:
        assert len(await polled(poller, server, *before)) == 200
        with caplog.at_level(logging.WARNING, "pipelines.fetch"):
            assert await polled(poller, server, *after) == []
    notes = [record for record in caplog.records if "feed.churn" in record.message]
    assert len(notes) == (0 if churn == "http guids" else 1)


async def test_an_archive_come_again_under_new_dates_brings_only_what_is_new_and_one_note_a_day(
    poller: Poller, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def rows(move: int, count: int, date: str) -> list[str]:
        link = f"https://site{move}.example"
        return [item(f"Duty {n} set", f"{link}/{n}", f"{move}/{n}", date) for n in range(count)]

    fresh = [item(f"Quota {n} cut", f"https://e.org/q{n}", f"q{n}", NEW) for n in range(3)]
    async with serving() as server:
        await polled(poller, server, *rows(0, 40, LAST_WEEK))
        told = list[int]()
        with caplog.at_level(logging.WARNING, "pipelines.fetch"):
            assert await polled(poller, server, *fresh, *rows(1, 40, NEW)) == [
                "Quota 2 cut",
                "Quota 1 cut",
                "Quota 0 cut",
            ]
            for move, hours in ((2, 1), (3, 24)):
                told.append(caplog.text.count("feed.churn feed=one items=40"))
                clock.advance(hours=hours)
                assert await polled(poller, server, *rows(move, 40, NEW)) == []
            told.append(caplog.text.count("feed.churn feed=one items=40"))
    assert told == [1, 1, 2]


async def test_columns_with_standing_titles_are_news_each_week(poller: Poller) -> None:
    columns = [f"The week in {metal}" for metal in ("gallium", "cobalt", "nickel", "tin")]
    async with serving() as server:
        await polled(poller, server, *(item(each, f"https://e.org/1/{each}", date=LAST_WEEK) for each in columns))
        again = [item(each, f"https://e.org/2/{each}", date=NEW) for each in columns]
        assert sorted(await polled(poller, server, *again)) == sorted(columns)


async def test_marks_are_trimmed_by_count_and_age_together(poller: Poller, clock: Clock) -> None:
    async with serving() as server:
        await polled(poller, server, item("Old", "https://e.org/0", "0", OLD))
        old, recent = clock().timestamp() - 90 * 86_400, clock().timestamp() - 10 * 86_400
        await poller.store.zadd(keys.seen("one"), {f"old{n}": old for n in range(5000)})
        await poller.store.zadd(keys.seen("one"), {f"recent{n}": recent for n in range(4000)})
        await polled(poller, server, item("A", "https://e.org/1", "1", NEW))
        assert await poller.store.zcard(keys.seen("one")) == KEEP_MARKS + 4
        assert await poller.store.zcount(keys.seen("one"), recent, recent) == 4000


async def test_marks_have_a_hard_cap_however_young_they_are(poller: Poller, clock: Clock) -> None:
    async with serving() as server:
        await polled(poller, server, item("Old", "https://e.org/0", "0", OLD))
        recent = clock().timestamp() - 86_400
        for start in range(0, MOST_MARKS + 500, 10_000):
            marks = {f"m{n:06}": recent + n / 1000 for n in range(start, min(start + 10_000, MOST_MARKS + 500))}
            await poller.store.zadd(keys.seen("one"), marks)
        await polled(poller, server, item("A", "https://e.org/1", "1", NEW))
        assert await poller.store.zcard(keys.seen("one")) == MOST_MARKS + 4
        assert await poller.store.zrange(keys.seen("one"), 0, 0) == [b"m000504"]  # with the four of the first poll
