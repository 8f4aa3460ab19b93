"""The week in a digest: told once a week, by the first digest that there is."""

from __future__ import annotations

from redis.asyncio import Redis

from bot.delivery.forgetting import forget, week_key
from tests.delivery.desk import Desk
from tests.delivery.scene import CHAT
from tests.delivery.stories import judged, make_alert


async def test_the_first_digest_of_a_week_tells_it_and_no_other(desk: Desk, store: Redis) -> None:
    await desk.change(digest=(11 * 60,))
    for name in ("old", "new"):
        await judged(store, make_alert(name, desk.clock()))
    await desk.hold("a", "b")
    await desk.work(3600, 600)
    assert desk.shown()[-1].count("This week: 4 structural changes") == 1
    await desk.hold("c")
    await desk.work(3600, 600)
    assert "This week" not in desk.shown()[-1]
    desk.clock.advance(days=6)
    await desk.hold("d")
    await desk.work(3600, 600)
    assert "This week: 6 structural changes" in desk.shown()[-1], "of the last seven days"
    await desk.change(digest=())
    desk.clock.advance(days=7)
    await desk.hold("e")
    await desk.work(3600, 600)
    assert "This week" not in desk.shown()[-1], "the end of quiet hours is no digest"
    assert await store.exists(week_key(CHAT)) == 1
    await forget(store, CHAT, desk.clock())
    assert await store.exists(week_key(CHAT)) == 0
