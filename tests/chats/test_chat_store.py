"""Chats in a real store: nothing is lost when commands come at once, and groups keep their wishes when they move."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.chat_store import ChatStore, UnreadableChat
from bot.chats import Chat, Kind, Mute
from bot.quiet import EVERY_DAY, Quiet
from bot.sound import Sound
from pipelines import keys
from rules.story import Topic
from rules.verdict import Severity
from tests.chats.make import NOW, chat


async def test_a_chat_comes_back_as_it_was(store: Redis) -> None:
    chats = ChatStore(store)
    full = replace(chat(title="Ада ☂"), topics=(Topic.CRYPTO,)).muted(Topic.CRYPTO, NOW + timedelta(hours=1), NOW)
    await chats.put(full)
    assert await chats.get(701) == full
    assert await chats.get(1) is None


async def test_what_is_as_a_newcomer_has_it_takes_no_room_and_is_read_back(store: Redis) -> None:
    chats, plain = ChatStore(store), Chat(id=5, kind=Kind.PRIVATE, created=NOW)
    await chats.put(plain)
    raw = await store.hget(keys.CHATS, "5")
    assert raw is not None
    assert set(json.loads(raw)) == {"id", "kind", "created"}
    assert await chats.get(5) == plain
    wished = replace(
        plain,
        topics=(),
        level=Severity.HIGH,
        sound=Sound.OFF,
        zone="Europe/Berlin",
        quiet=Quiet(1380, 420, (0, 4)),
        digest=(480, 1200),
        digest_days=(0,),
        budget=0,
        thread=7,
        active=False,
        why_off="stopped",
        former=-5,
    )
    await chats.put(wished)
    assert await chats.get(5) == wished


async def test_hours_without_days_hold_every_day(store: Redis) -> None:
    """Versions before this one knew no days of the week."""
    row = {"id": 5, "kind": "private", "created": "2026-11-24T09:30:00Z", "quiet": {"start": 60, "end": 120}}
    await store.hset(keys.CHATS, "5", json.dumps({**row, "digest": [480]}))
    chat = await ChatStore(store).get(5)
    assert chat is not None
    assert (chat.quiet, chat.digest_days, chat.budget) == (Quiet(60, 120), EVERY_DAY, None)


async def test_a_row_of_an_older_version_is_read_and_keeps_its_wishes(store: Redis) -> None:
    """Versions before this one wrote every field, and knew neither quiet hours nor digests."""
    row = {
        "id": 5,
        "kind": "private",
        "created": "2026-05-01T08:00:00Z",
        "title": "Ada",
        "language": "zh",
        "topics": ["energy"],
        "mutes": [{"topic": "crypto", "until": None}],
        "coins": ["BTC", "DOGE"],
        "active": True,
        "why_off": "",
        "former": None,
    }
    await store.hset(keys.CHATS, "5", json.dumps(row))
    found = await ChatStore(store).get(5)
    assert found is not None
    assert (found.title, found.language, found.topics) == ("Ada", "zh", (Topic.ENERGY,))
    assert (found.mutes, found.coins) == ((Mute(Topic.CRYPTO),), ("BTC", "DOGE"))
    assert (found.quiet, found.digest, found.level) == (None, (), Severity.LOW)


async def test_coins_are_known_as_soon_as_they_are_chosen_and_forgotten_when_counted_anew(store: Redis) -> None:
    chats = ChatStore(store)
    assert await chats.coins() == frozenset()
    await chats.put(chat(id=1, coins=("BTC", "DOGE")))
    await chats.change(2, lambda _: chat(id=2, coins=("SOL",)))
    assert await chats.coins() == {"BTC", "DOGE", "SOL"}
    await chats.change(1, lambda c: c and replace(c, coins=("BTC", "ETH")))
    await chats.switch_off(2, "stopped")
    assert await chats.coins() == {"BTC", "DOGE", "ETH", "SOL"}
    await chats.recount_coins()
    assert await chats.coins() == {"BTC", "ETH"}
    await chats.change(2, lambda c: c and c.on())
    assert await chats.coins() == {"BTC", "ETH", "SOL"}, "what comes back brings its coins"


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
