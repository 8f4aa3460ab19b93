"""/export, /import and /forget through the real Application, against what the store really holds."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from redis.asyncio import Redis

from bot.chats import DeliveryState, Mute
from bot.delivery.ledger import Ledger, open_ledger
from bot.delivery.lining import enqueue, hold
from bot.delivery.queue import Outbox
from pipelines.votes import read_tallies, vote
from rules.marks import Mark
from rules.story import Topic
from tests.chats.make import NOW
from tests.conftest import Clock
from tests.delivery.stories import apply
from tests.telegram.conftest import ADMIN, GROUP, OTHER, PERSON, Line
from tests.telegram.test_commands import text_of

CHIPS = Topic.SEMICONDUCTOR


async def test_settings_go_from_one_chat_to_another(line: Line) -> None:
    await line.say("/start chips-watch")
    await line.say("/coins sol")
    await line.say("/mute chips 8h")
    told = await text_of(line, "/export")
    assert "The settings of this chat." in told
    shown: Any = line.message()
    assert any(each["type"] == "code" for each in shown["entities"]), "a tap copies it"
    document = told[told.index("{") :]
    assert "These settings hold here" in await text_of(line, f"/import {document}", chat=OTHER)
    mine, other = await line.chat(), await line.chat(OTHER)
    assert (other.topics, other.coins, other.mutes, other.watch_in_digest) == ((CHIPS,), ("SOL",), mine.mutes, True)
    assert not other.active, "settings are no wish for alerts"
    replied: Any = shown | {"chat": {"id": GROUP, "type": "supergroup", "title": "Desk"}}
    said = await text_of(line, "/import", chat=GROUP, user=ADMIN, reply_to_message=replied)
    assert "These settings hold here" in said
    assert (await line.chat(GROUP)).coins == ("SOL",)
    assert {"SOL"} <= await line.chats.coins()


async def test_a_bad_import_changes_nothing(line: Line) -> None:
    await line.say("/start")
    before = await line.chat()
    for words, said in (
        ("", "Send /import and the text that /export wrote"),
        ("bananas", "There is no JSON in it"),
        ('{"sound": "loud", "coins": []}', 'Nothing was changed:\nsound: "loud" does not fit'),
        ('{"<b>": "&"}', "<b>: no setting is called so"),
    ):
        assert said in await text_of(line, f"/import {words}")
        assert await line.chat() == before


async def test_a_member_imports_and_erases_nothing(line: Line) -> None:
    await line.say("/start", GROUP, ADMIN)
    before = await line.chat(GROUP)
    for command in ('/import {"coins": []}', "/forget"):
        assert "Only admins" in await text_of(line, command, chat=GROUP, user=PERSON)
    assert await line.chat(GROUP) == before


async def _lived(store: Redis) -> None:
    """A chat that was sent one story, waits for another, holds a third, and voted; another chat beside it."""
    for story in ("told", "waits", "held"):
        await apply(store, *open_ledger(story, 2, NOW))
    await apply(store, *enqueue("told", [PERSON, OTHER], 1, "normal", NOW, parts=2))
    await store.hset("{lodestone}:delivered:told:1", str(PERSON), "sent 1 1 0 1795512600 77 1")
    await store.ltrim(f"{{lodestone}}:out:q:normal:{PERSON}", 1, 0)
    await apply(store, *enqueue("waits", [PERSON, OTHER], 1, "normal", NOW, parts=2))
    await apply(store, *hold("held", [(PERSON, NOW + timedelta(hours=2))], 1, NOW, parts=2))
    await store.lpush("{lodestone}:out:errors", f"1 {PERSON} blocked", f"2 {OTHER} late")
    for voter, chat in ((PERSON, PERSON), (OTHER, OTHER), (ADMIN, GROUP)):
        await vote(store, "told", voter, Mark.USEFUL, chat, NOW)


async def _traces(store: Redis, chat: int) -> list[str]:
    """Every key that names the chat, or holds a field, member or line that does."""
    found, number = list[str](), str(chat)
    client: Any = store
    async for raw in client.scan_iter("*"):
        key, sort = raw.decode(), (await client.type(raw)).decode()
        read: Any = {
            "hash": client.hgetall,
            "zset": partial(client.zrange, start=0, end=-1),
            "list": partial(client.lrange, start=0, end=-1),
            "set": client.smembers,
            "string": client.get,
        }[sort]
        if number in key or number in str(await read(raw)):
            found.append(key)
    return found


async def test_forget_leaves_no_trace_and_says_what_went(line: Line, store: Redis) -> None:
    await line.say("/start")
    await line.say("/mute chips")
    await _lived(store)
    assert await _traces(store, PERSON)
    assert "Erase everything I keep about you?" in await text_of(line, "/forget")
    assert (await line.chat()).mutes == (Mute(CHIPS),), "nothing goes before the second word"
    shown = line.message()["message_id"]
    _, calls = await line.tap(line.buttons()["Erase everything"], shown)
    assert [call.method for call in calls] == ["editMessageText"]
    told = line.message()["text"]
    expected = "the settings, 1 record of what was sent, 2 deliveries that waited, 1 vote."
    assert f"Erased: {expected}" in told
    assert await _traces(store, PERSON) == []
    left = await Ledger(store).last("told", [PERSON, OTHER])
    assert (set(left), left[OTHER].state) == ({OTHER}, DeliveryState.PENDING), "the other chat has all it had"
    assert await Outbox(store, "one", 28).lines(PERSON) == ()
    assert (await read_tallies(store, NOW - timedelta(days=1)))["told"] == {Mark.USEFUL: 2}
    # The same button once more, and a beginning after it.
    await line.tap("f:yes", shown)
    assert "Erased: nothing, for I kept nothing." in line.message()["text"]
    assert "Alerts are on" in await text_of(line, "/start")
    assert (await line.chat()).mutes == ()


async def test_a_groups_votes_go_with_the_group(line: Line, store: Redis) -> None:
    await line.say("/start", GROUP, ADMIN)
    await _lived(store)
    await line.say("/forget", GROUP, ADMIN)
    await line.tap(line.buttons(GROUP)["Erase everything"], line.message(GROUP)["message_id"], GROUP, ADMIN)
    assert "Erased: the settings, 1 vote." in line.message(GROUP)["text"]
    assert await _traces(store, GROUP) == []
    assert await line.chats.get(GROUP) is None


async def test_a_late_tap_erases_nothing(line: Line, clock: Clock) -> None:
    await line.say("/start")
    await line.say("/forget")
    shown, data = line.message()["message_id"], line.buttons()["Erase everything"]
    clock.advance(minutes=16)
    toast, calls = await line.tap(data, shown)
    assert (toast, calls) == ("This button is out of date. /help lists what I can do.", [])
    assert (await line.chat()).active
    await line.say("/forget")
    await line.tap(line.buttons()["Keep it"], line.message()["message_id"])
    assert line.message()["text"] == "Nothing was erased."
    assert (await line.chat()).active
