"""What is read and rendered once is shared by all who want it at the same moment."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from redis.asyncio import Redis

from bot.chats import Chat, Kind
from bot.rendering import Renderer
from tests.conftest import Clock
from tests.delivery.stories import judged, make_alert, newer


async def test_many_hands_at_one_moment_share_one_reading_and_one_rendering(store: Redis, clock: Clock) -> None:
    alert = await judged(store, make_alert("a", clock()))
    renderer, chats = Renderer(store), [Chat(id=n, kind=Kind.PRIVATE, created=clock()) for n in range(1, 50)]

    async def made(chat: Chat) -> tuple[int, int]:
        found = await renderer.alert(alert.story.id, clock())
        assert found == alert
        return id(found), id(await renderer.message(found, chat, clock(), repeat=False))

    assert len(set(await asyncio.gather(*map(made, chats)))) == 1


async def test_one_who_is_cancelled_takes_nothing_from_the_others(store: Redis, clock: Clock) -> None:
    alert = await judged(store, make_alert("a", clock()))
    renderer = Renderer(store)
    first, second = (asyncio.create_task(renderer.alert(alert.story.id, clock())) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == alert


async def test_a_newer_version_is_seen_a_moment_later_and_what_is_gone_is_not_remembered(
    store: Redis, clock: Clock
) -> None:
    renderer, alert = Renderer(store), make_alert("a", clock())
    assert await renderer.alert(alert.story.id, clock()) is None
    await judged(store, alert)
    assert await renderer.alert(alert.story.id, clock()) == alert
    await judged(store, newer(alert))
    assert await renderer.alert(alert.story.id, clock()) == alert
    assert await renderer.alert(alert.story.id, clock() + timedelta(seconds=1)) == newer(alert)
