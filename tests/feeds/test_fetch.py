"""The stage end to end: real HTTP, a real parser process, a real store."""

from __future__ import annotations

from pipelines.feeds.feed import Feed
from tests.conftest import Clock
from tests.feeds.conftest import Poller
from tests.feeds.servers import answer, feed, item, serving

NEW = "Tue, 24 Nov 2026 09:00:00 GMT"
OLD = "Mon, 02 Nov 2026 09:00:00 GMT"


async def test_first_poll_takes_what_is_young_and_marks_the_rest(poller: Poller, clock: Clock) -> None:
    body = feed(
        item("Young", "https://e.org/1", "1", NEW),
        item("Old", "https://e.org/2", "2", OLD),
        item("Undated", "https://e.org/3"),
    )
    async with serving() as server:
        server.pages["/"] = answer(200, body)
        one = Feed(id="one", url=f"{server.url}/", name="One")
        assert [entry.title for entry in await poller.poll(one)] == ["Young"]
        server.pages["/"] = answer(200, feed(item("Fresh", "https://e.org/4"), head=" ") + b" ")
        assert [entry.title for entry in await poller.poll(one)] == ["Fresh"]
        server.pages["/"] = answer(200, body)
        assert await poller.poll(one) == ()
    assert await poller.due(one) > clock().timestamp()
