"""Chats in a real store: nothing is lost when commands come at once, and groups keep their wishes when they move."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.chat_store import ChatStore, UnreadableChat
from bot.chats import Chat, Kind
from pipelines import keys
from rules.story import Topic
from tests.chats.make import NOW, chat


async def test_a_chat_comes_back_as_it_was(store: Redis) -> None:
    chats = ChatStore(store)
    full = replace(chat(title="Ада ☂"), topics=(Topic.CRYPTO,)).muted(Topic.CRYPTO, NOW + timedelta(hours=1), NOW)
    await chats.put(full)
    assert await chats.get(701) == full
    assert await chats.get(1) is None


async def test_changes_at_once_are_all_kept(store: Redis) -> None:
    chats = ChatStore(store)
    await chats.put(chat(topics=()))

    def want(topic: Topic) -> asyncio.Task[Chat | None]:
        return asyncio.create_task(chats.change(701, lambda c: c and c.with_topic(topic, wanted=True)))

    await asyncio.gather(*(want(topic) for topic in Topic))
    stored = await chats.get(701)
    assert stored is not None
    assert stored.topics == tuple(Topic)


async def test_an_unknown_chat_is_made_by_what_returns_one(store: Redis) -> None:
    chats = ChatStore(store)
    assert await chats.change(701, lambda c: c) is None
    assert await chats.count() == 0
    assert await chats.change(701, lambda c: c or chat()) == chat()
    assert await chats.count() == 1


async def test_switched_off_and_on_again(store: Redis) -> None:
    chats = ChatStore(store)
    await chats.put(chat(topics=(Topic.ENERGY,)))
    off = await chats.switch_off(701, "blocked")
    assert off is not None
    assert (off.active, off.why_off, off.topics) == (False, "blocked", (Topic.ENERGY,))
    assert await chats.switch_off(999, "blocked") is None
    assert await chats.get(999) is None


async def test_a_group_that_moves_keeps_its_wishes(store: Redis) -> None:
    chats = ChatStore(store)
    old = chat(id=-5, kind=Kind.GROUP, topics=(Topic.ENERGY,))
    await chats.put(old)
    moved = await chats.migrate(-5, -1005)
    assert moved == replace(old, id=-1005, kind=Kind.SUPERGROUP, former=-5)
    assert await chats.migrate(-5, -1005) == moved, "a second announcement changes nothing"
    assert [each.id for each in await chats.all()] == [-1005]


async def test_a_default_made_for_the_new_group_does_not_win(store: Redis) -> None:
    chats = ChatStore(store)
    await chats.put(chat(id=-5, kind=Kind.GROUP, topics=(Topic.ENERGY,)))
    await chats.put(chat(id=-1005, kind=Kind.SUPERGROUP, created=NOW + timedelta(seconds=3)))
    moved = await chats.migrate(-5, -1005)
    assert moved is not None
    assert moved.topics == (Topic.ENERGY,)


async def test_a_chat_that_cannot_be_read_is_passed_over_and_left_alone(store: Redis) -> None:
    chats = ChatStore(store)
    await chats.put(chat())
    await store.hset(keys.CHATS, "5", b'{"id": 5}')
    assert [each.id for each in await chats.all()] == [701]
    with pytest.raises(UnreadableChat):
        await chats.change(5, lambda c: c or chat(id=5))
    assert await store.hget(keys.CHATS, "5") == b'{"id": 5}'


async def test_pages_hold_every_chat(store: Redis) -> None:
    chats = ChatStore(store)
    for number in range(1, 1200):
        await chats.put(chat(id=number))
    pages = [page async for page in chats.pages(200)]
    assert len(pages) > 2
    assert {each.id for page in pages for each in page} == set(range(1, 1200))
