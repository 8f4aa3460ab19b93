"""Who may do what: groups and their admins, private bots, forged and old buttons, and being thrown out."""

from __future__ import annotations

from typing import Any

import pytest

from bot.access import Access
from bot.chats import Kind, Mute
from rules.story import Topic
from tests.chats.make import alert
from tests.telegram.conftest import ADMIN, GROUP, OTHER, OWNER, PERSON, Line, OpenLine
from tests.telegram.faults import Fault
from tests.telegram.html import parse
from tests.telegram.test_commands import judged

NOT_YOURS = "Only admins of this chat can change its settings."
CHANNEL = -100900800700600
ANONYMOUS: Any = {"sender_chat": {"id": GROUP, "type": "supergroup", "title": "Desk"}}
FOREIGN: Any = {"sender_chat": {"id": CHANNEL, "type": "channel", "title": "Elsewhere"}}


async def says(line: Line, text: str, user: int, chat: int = GROUP, **more: Any) -> list[str]:
    return [parse(call.text)[0] for call in await line.say(text, chat, user, **more)]


@pytest.mark.parametrize("command", ["/start", "/stop", "/mute chips", "/unmute chips"])
async def test_a_member_changes_nothing(line: Line, command: str) -> None:
    assert await says(line, command, PERSON) == [NOT_YOURS]
    assert await line.chats.get(GROUP) is None


@pytest.mark.parametrize("command", ["/help", "/latest", "/price", "/topics", "/mutes", "/why", "/status"])
async def test_anyone_may_ask(line: Line, command: str) -> None:
    answers = await says(line, command, PERSON)
    assert len(answers) == 1
    assert answers != [NOT_YOURS]
    assert await line.chats.get(GROUP) is None


async def test_an_admin_of_the_group_sets_it_up(line: Line) -> None:
    text = (await says(line, "/start", ADMIN))[0]
    assert f"Your id: {ADMIN} · Chat id: {GROUP}" in text
    chat = await line.chat(GROUP)
    assert (chat.active, chat.kind, chat.title) == (True, Kind.SUPERGROUP, "Desk")


async def test_an_anonymous_admin_is_one_and_a_foreign_channel_is_not(line: Line) -> None:
    stand_in = 1087968824
    assert (await says(line, "/mute chips", stand_in, **ANONYMOUS))[0].startswith("Chips muted")
    assert await says(line, "/mute energy", ADMIN, **FOREIGN) == [NOT_YOURS]
    assert (await line.chat(GROUP)).mutes == (Mute(Topic.SEMICONDUCTOR),)


async def test_an_admin_of_the_bot_is_none_of_the_group(line: Line) -> None:
    assert await says(line, "/stop", OWNER) == [NOT_YOURS]
    assert "For operators" not in (await says(line, "/status", OWNER))[0]


async def test_rights_that_cannot_be_checked_are_none(line: Line) -> None:
    line.server.fault(Fault("502", "getChatAdministrators", count=1))
    assert await says(line, "/start", ADMIN) == [NOT_YOURS]


async def test_a_group_hears_nothing_of_what_is_no_command(line: Line) -> None:
    assert await says(line, "hello all", PERSON) == []
    assert await says(line, "/foo", PERSON) == []
    assert await says(line, "/help@another_bot", PERSON) == []


async def test_a_channel_is_set_up_by_a_post(line: Line) -> None:
    line.server.world.chat(CHANNEL, "channel", "Signals")
    sender: Any = {"sender_chat": {"id": CHANNEL, "type": "channel", "title": "Signals"}}
    assert "Chat id" in (await says(line, "/start", 1, CHANNEL, kind="channel_post", **sender))[0]
    assert (await line.chat(CHANNEL)).kind is Kind.CHANNEL


@pytest.mark.parametrize("data", ["t:semiconductor:off", "m:semiconductor:8h", "m:semiconductor:", "u:semiconductor"])
async def test_a_members_tap_changes_nothing(line: Line, data: str) -> None:
    await line.say("/start", GROUP, ADMIN)
    before = await line.chat(GROUP)
    toast, calls = await line.tap(data, line.message(GROUP)["message_id"], GROUP, PERSON)
    assert (toast, calls) == (NOT_YOURS, [])
    assert line.server.world.answers[-1]["alert"]
    assert await line.chat(GROUP) == before


async def test_another_persons_private_chat_cannot_be_changed(line: Line) -> None:
    await line.say("/start")
    before = await line.chat()
    toast, calls = await line.tap("t:crypto:off", line.message()["message_id"], PERSON, OTHER)
    assert (toast, calls) == (NOT_YOURS, [])
    assert await line.chat() == before


@pytest.mark.parametrize(
    "data",
    ["", "x" * 64, "t:bananas:off", "t:crypto:", "m:crypto:0m", "m:crypto:999999d", "s:secrets", "w:", "u:crypto:x"],
)
async def test_forged_data_changes_nothing(line: Line, data: str) -> None:
    await line.say("/start")
    before = await line.chat()
    toast, calls = await line.tap(data or "?", line.message()["message_id"])
    assert toast == "This button is out of date. /help lists what I can do."
    assert calls == []
    assert await line.chat() == before


async def test_a_button_under_a_message_that_is_gone(line: Line) -> None:
    await line.say("/start")
    toast, _ = await line.tap("t:crypto:off", 4711)
    assert toast == "Crypto off"
    assert Topic.CRYPTO not in (await line.chat()).topics
    assert not line.server.world.answers[-1]["alert"]


async def test_mute_under_an_alert_leaves_the_alert(line: Line, store: Any) -> None:
    told = alert()
    await judged(store, told)
    await line.say("/start")
    await line.say("/latest")
    shown = line.message()
    shown["reply_markup"]["inline_keyboard"].append(
        [{"text": "Mute rare earths 24 h", "callback_data": "m:rare-earth:24h"}]
    )
    toast, calls = await line.tap("m:rare-earth:24h", shown["message_id"])
    more = "A story like this still comes, for it is about policy too."
    assert toast == f"Rare earths muted until 25 Nov 09:30 UTC.\n{more}"
    assert calls == []
    assert len((await line.chat()).mutes) == 1
    toast, _ = await line.tap("m:policy:24h", shown["message_id"])
    assert toast == "Policy muted until 25 Nov 09:30 UTC.", "nothing lets it through any more"


async def test_a_private_bot_lets_in_its_list_and_its_admins(open_line: OpenLine) -> None:
    line: Line = await open_line(
        Access(mode="private", allowed_chats=frozenset({PERSON, 888}), admins=frozenset({OWNER}))
    )
    line.server.world.chat(GROUP, admins={ADMIN})
    assert "Alerts are on" in (await says(line, "/start", PERSON, PERSON))[0]
    assert "Alerts are on" in (await says(line, "/start", OWNER, OWNER))[0]
    for text in ("/start", "/latest", "/price"):
        assert await says(line, text, OTHER, OTHER) == [
            f"This bot is private. Its owner can let you in with this:\nYour id: {OTHER}"
        ]
    assert await says(line, "hello", OTHER, OTHER) == []
    assert await line.chats.get(OTHER) is None
    assert (await says(line, "/start", ADMIN, GROUP))[0].startswith("This bot is private.")
    assert await says(line, "/latest", ADMIN, GROUP) == []
    # Its admin learns what to list; who is let in this way only would be told that alerts are on, and get none.
    line.server.world.chat(GROUP, admins={OWNER})
    assert f"Chat id: {GROUP}" in (await says(line, "/start", OWNER, GROUP))[0]
    assert await line.chats.get(GROUP) is None
    toast, calls = await line.tap("s:latest", 1, OTHER)
    assert (toast, calls) == ("This bot is private.", [])


async def test_blocked_and_back(line: Line) -> None:
    await line.say("/start")
    before = len(line.server.world.calls)
    await line.server.member(PERSON, "kicked")
    assert await line.read(before) == []
    chat = await line.chat()
    assert (chat.active, chat.why_off) == (False, "blocked")
    await line.server.member(PERSON, "member")
    await line.say("/start")
    assert (await line.chat()).active


async def test_added_to_a_group_and_thrown_out(line: Line) -> None:
    before = len(line.server.world.calls)
    await line.server.member(GROUP, "member", ADMIN)
    calls = await line.read(before)
    assert [call.chat for call in calls] == [GROUP]
    assert "An admin of this group can send /start" in calls[0].text
    assert await line.chats.get(GROUP) is None
    await line.say("/start", GROUP, ADMIN)
    before = len(line.server.world.calls)
    await line.server.member(GROUP, "left", ADMIN)
    assert await line.read(before) == []
    assert (await line.chat(GROUP)).why_off == "removed"


@pytest.mark.parametrize("order", ["old first", "new first", "only new"])
async def test_a_group_that_becomes_a_supergroup(line: Line, order: str) -> None:
    old, new = -5, -1000000000005
    line.server.world.chat(old, admins={ADMIN})
    line.server.world.chat(new, admins={ADMIN})
    await line.say("/start", old, ADMIN)
    await line.say("/mute chips", old, ADMIN)
    service = {
        "old first": [(old, {"migrate_to_chat_id": new}), (new, {"migrate_from_chat_id": old})],
        "new first": [(new, {"migrate_from_chat_id": old}), (old, {"migrate_to_chat_id": new})],
        "only new": [(new, {"migrate_from_chat_id": old})],
    }[order]
    for chat, told in service:
        assert await line.say("", chat, ADMIN, **told) == []
    assert await line.chats.get(old) is None
    moved = await line.chat(new)
    assert (moved.kind, moved.mutes, moved.active) == (Kind.SUPERGROUP, (Mute(Topic.SEMICONDUCTOR),), True)
    assert line.moved[0] == (old, new)


@pytest.mark.parametrize("why", ["can't parse entities", "inline keyboard button URL 'http://x' is invalid"])
async def test_an_answer_that_telegram_refuses_goes_out_plain(line: Line, why: str) -> None:
    line.server.world.chat(PERSON)
    line.server.fault(Fault("400", "sendMessage", chat=PERSON, description=f"Bad Request: {why}"))
    calls = await line.say("/help")
    assert [call.delivered for call in calls] == [False, True]
    assert "<b>" not in calls[1].text


async def test_a_person_who_blocked_the_bot_harms_nobody(line: Line) -> None:
    line.server.world.chat(PERSON).gone = "Forbidden: bot was blocked by the user"
    await line.say("/help")
    assert len(await says(line, "/help", OTHER, OTHER)) == 1
