"""/dead and its buttons, and the letters behind them: none is sent twice, none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.broadcast import Broadcast, broadcast_id
from bot.delivery.broadcasts import begin_broadcast
from pipelines import keys
from pipelines.dead_letters import DeadLetter, Once, Took, newest_letters, read_letters, spend, take_all, take_named
from pipelines.events import Development, DigestDue, Fanout, Poll, Reading, encode
from pipelines.streams import bury
from tests.chats.make import alert
from tests.conftest import Clock
from tests.language.entries import entry
from tests.telegram.conftest import OWNER
from tests.telegram.fed import Fed, fed_bot
from tests.telegram.html import parse


@pytest.fixture
async def fed(store: Redis, clock: Clock) -> AsyncIterator[Fed]:
    async with fed_bot(store, clock, Access(admins=frozenset({OWNER}))) as bot:
        yield bot


BROADCAST = broadcast_id(b"\x00\x01\x02\x03\x04\x05")


async def dead(store: Any, stream: str, data: bytes, why: str = "surprise", stage: str = "read") -> None:
    await store.execute_command(*bury(stage, stream, data, why))


async def letters(store: Any, count: int) -> None:
    for number in range(count):
        await dead(store, keys.POLLS, encode(Poll(f"feed-{number}")))


async def feeds(store: Any) -> list[bytes]:
    return [fields[b"e"] for _, fields in await store.xrange(keys.stream(keys.POLLS))]


async def test_the_newest_are_shown_escaped_and_capped(fed: Fed) -> None:
    await letters(fed.store, 9)
    await dead(fed.store, keys.ALERTS, encode(alert()), why="<b>&" + "long " * 99, stage="address")
    await dead(fed.store, keys.ENTRIES, b"Entry/9 what nobody can read")
    (call,) = await fed.say("/dead", OWNER, OWNER)
    text = parse(call.text)[0]
    assert text.startswith("Dead letters: 11\n\n• read: surprise\n\n• address: <b>&long long")
    assert "Ministry puts export licences on terbium into force" in text
    assert "feed-8" in text
    assert "feed-0" not in text
    assert "and 1 older; `lodestone dead list` shows all" in text
    assert len(text) < 1500
    assert list(fed.buttons(OWNER)) == ["Retry all (11)", "Drop all (11)"]


async def test_a_broadcast_is_called_one_and_goes_to_those_whom_it_did_not_reach(fed: Fed, clock: Clock) -> None:
    wanted = Broadcast(id=BROADCAST, text="We move <tonight>.\n\nThank you.", at=clock(), by=OWNER)
    await begin_broadcast(fed.store, wanted, Once(keys.used_button("b"), 60))
    letter, page = Fanout(story=BROADCAST, version=0, chats=(-7,)), Fanout(story=BROADCAST, version=1, cursor=9)
    gone = Fanout(story="b-0123", version=0, chats=(8,))
    for event in (letter, page, gone):
        await dead(fed.store, keys.ALERTS, encode(event), why="refused", stage="send")
    (call,) = await fed.say("/dead", OWNER, OWNER)
    assert parse(call.text)[0] == (
        "Dead letters: 3\n\n• send: refused\nbroadcast to 8, no longer kept\n\n"
        "• send: refused\nbroadcast: We move <tonight>. Thank you.\n\n"
        "• send: refused\nbroadcast to -7: We move <tonight>. Thank you."
    )
    assert (await fed.tap(fed.buttons(OWNER)["Retry all (3)"], OWNER, OWNER, 2))[0] == "3 sent again."
    raw: Any = fed.store
    again = [fields[b"e"] for _, fields in await raw.xrange(keys.stream(keys.ALERTS))]
    assert again[1:] == [encode(letter), encode(page), encode(gone)]


async def test_nothing_dead_has_no_buttons(fed: Fed) -> None:
    (call,) = await fed.say("/dead", OWNER, OWNER)
    assert "everything has been dealt with" in call.text
    assert fed.buttons(OWNER) == {}


async def test_retry_sends_what_was_listed_and_no_more(fed: Fed) -> None:
    await letters(fed.store, 450)
    await fed.say("/dead", OWNER, OWNER)
    data = fed.buttons(OWNER)["Retry all (450)"]
    await dead(fed.store, keys.POLLS, encode(Poll("later")))
    presses = await asyncio.gather(*(press(fed, data, number) for number in range(5)))
    assert sorted(presses) == [
        *["This button was pressed before. Ask again with /dead, /pause or /admin."] * 4,
        "sent again",
    ]
    assert await feeds(fed.store) == [encode(Poll(f"feed-{number}")) for number in range(450)]
    assert [each.title for each in await read_letters(fed.store)] == ["later"]
    assert sorted(came for *_, came in await fed.audit())[:2] == ["done", "done"]
    assert ("button retry: 450", "done") in [(what, came) for _, _, what, came in await fed.audit()]


async def press(fed: Fed, data: str, number: int) -> str:
    query = f"p{number}"
    fed.server.world.queries[query] = False
    message = next(each for each in fed.server.world.chats[OWNER].messages.values() if each["from"]["is_bot"])
    person = {"id": OWNER, "is_bot": False, "first_name": "O"}
    body = {"id": query, "from": person, "chat_instance": "1", "message": dict(message), "data": data}
    await fed.feed({"update_id": 10_000 + number, "callback_query": body})
    told = next(str(each["text"]) for each in fed.server.world.answers if each["query"] == query)
    return "sent again" if told == "450 sent again." else told


async def test_drop_asks_once_more(fed: Fed) -> None:
    await letters(fed.store, 3)
    await fed.say("/dead", OWNER, OWNER)
    drop = fed.buttons(OWNER)["Drop all (3)"]
    toast, (asked,) = await fed.tap(drop, OWNER, OWNER, 2)
    assert (toast, asked.method) == ("", "editMessageText")
    assert "will never be sent" in asked.text
    assert len(await read_letters(fed.store)) == 3
    sure, keep = (fed.buttons(OWNER)[name] for name in ("Drop them for good", "Keep them"))
    await letters(fed.store, 1)
    assert "pressed before" in (await fed.tap(drop, OWNER, OWNER, 2))[0]
    toast, _ = await fed.tap(sure, OWNER, OWNER, 2)
    assert toast == "3 dropped."
    assert fed.buttons(OWNER) == {}
    assert len(await read_letters(fed.store)) == 1
    assert "pressed before" in (await fed.tap(sure, OWNER, OWNER, 2))[0]
    assert (await fed.tap(keep, OWNER, OWNER, 2))[0] == "Kept. /dead lists them."
    assert await feeds(fed.store) == []
    assert [what for _, _, what, came in await fed.audit() if came == "done"] == [
        "/dead (3)",
        "button drop for good: 3",
        "button keep",
    ]


async def test_two_hands_take_each_letter_once(store: Redis) -> None:
    await letters(store, 500)
    took = await asyncio.gather(*(take_all(store, again=True) for _ in range(6)))
    assert sum(each.taken for each in took if each) == 500
    assert sorted(await feeds(store)) == sorted(encode(Poll(f"feed-{number}")) for number in range(500))
    assert await read_letters(store) == ()


async def test_what_cannot_be_sent_again_stays(store: Redis) -> None:
    raw: Any = store
    await dead(store, "elsewhere", b"x")
    await dead(store, keys.POLLS, b"")
    await raw.xadd(keys.DEAD, {"why": "x"})
    await raw.xadd(keys.DEAD, {"stream": keys.stream(keys.POLLS), "event": "whole name", "why": "write refused"})
    assert await take_all(store, again=True) == Took(1, 3)
    assert await feeds(store) == [b"whole name"]
    assert await take_all(store, again=False) == Took(3)


async def test_letters_by_name(store: Redis) -> None:
    await letters(store, 3)
    first, second, third = await read_letters(store)
    assert await take_named(store, [second.id, second.id, "1-1", "bananas", "9" * 30], again=True) == Took(1)
    assert await feeds(store) == [encode(Poll("feed-1"))]
    assert await take_named(store, [third.id], again=False) == Took(1)
    assert await newest_letters(store, 5) == (first,)


async def test_a_right_is_claimed_once(store: Redis) -> None:
    once = Once(keys.used_button("ab"), 60)
    assert [await spend(store, once) for _ in range(3)] == [True, False, False]
    await letters(store, 2)
    assert await take_all(store, again=False, once=once) is None
    assert len(await read_letters(store)) == 2
    raw: Any = store
    assert 0 < await raw.ttl(once.key) <= 60


def test_titles_of_all_that_travels() -> None:
    told = alert()
    found = entry("Plant shuts")
    lead = told.story.lead
    for event, title in (
        (Poll("feed-1"), "feed-1"),
        (found, "Plant shuts"),
        (Reading(found, lead), "Plant shuts"),
        (Development(told.story, found), lead.title),
        (told, lead.title),
        (Fanout(story="2y4k0x9ab", version=2, chats=(7,)), "story 2y4k0x9ab"),
        (Fanout(story=BROADCAST, version=0, chats=(7,)), f"broadcast {BROADCAST}"),
        (DigestDue(-5), "digest of chat -5"),
    ):
        assert DeadLetter("1-0", "s", "x", "y", encode(event).decode()).title == title
    assert DeadLetter("1-0", "s", "x", "y", "bananas").title == ""
