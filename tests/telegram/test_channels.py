"""A channel managed from a private chat: who may choose it, what acts on it, and that no tap ever acts elsewhere."""

from __future__ import annotations

import pytest

from bot.access import Access
from bot.aiming import aim, unaim
from bot.chats import Kind, Mute
from bot.markup import MAX_DATA, Button, Message
from bot.sound import Sound
from rules.story import Topic
from tests.conftest import Clock
from tests.telegram.conftest import OTHER, OWNER, PERSON, Line, OpenLine
from tests.telegram.faults import Fault
from tests.telegram.test_commands import text_of

CHANNEL = -100900800700600
CHIPS = Topic.SEMICONDUCTOR
NOT_YOURS = "Only admins of this chat can change its settings."


def open_channel(line: Line, admins: set[int]) -> None:
    made = line.server.world.chat(CHANNEL, "channel", "Signals <1>", admins=admins)
    made.name = "signals_one"


@pytest.mark.parametrize("name", ["@signals_one", str(CHANNEL), "https://t.me/signals_one"])
async def test_a_channel_is_set_from_a_private_chat(line: Line, name: str) -> None:
    open_channel(line, {PERSON})
    assert "what you set here is set for Signals <1>" in await text_of(line, f"/channel {name}")
    assert (await text_of(line, "/start chips")).startswith("For Signals <1>\n\nLodestone tells")
    chat = await line.chat(CHANNEL)
    assert (chat.active, chat.kind, chat.title, chat.topics) == (True, Kind.CHANNEL, "Signals <1>", (CHIPS,))
    assert await line.chats.get(PERSON) is None
    assert "Under each alert" in await text_of(line, "/coins sol")
    assert "Chips muted" in await text_of(line, "/mute chips")
    assert (await line.chat(CHANNEL)).mutes == (Mute(CHIPS),)
    assert "Prices: SOL" in await text_of(line, "/status")
    assert "Signals <1>" in await text_of(line, "/channel")
    assert "act on this chat again" in await text_of(line, "/channel off")
    assert "Alerts are off here." in await text_of(line, "/status")


async def test_every_kind_of_button_names_the_channel(line: Line) -> None:
    open_channel(line, {PERSON})
    await line.say(f"/channel {CHANNEL}")
    for command, word in (("/settings", "Topics"), ("/mute chips", "24 h"), ("/sound", "Off"), ("/topics", "✓ Energy")):
        await line.say(command)
        data, shown = line.buttons()[word], line.message()["message_id"]
        assert unaim(data)[1] == CHANNEL
        # The choice is over, the message is not: it still says whom it is about, and acts there.
        await line.say("/channel off")
        toast, calls = await line.tap(data, shown)
        assert toast != NOT_YOURS
        assert all(f"~{CHANNEL}" in str(call.params) for call in calls if call.status == 200)
        await line.say(f"/channel {CHANNEL}")
    chat = await line.chat(CHANNEL)
    assert (len(chat.mutes), chat.sound, Topic.ENERGY in chat.topics) == (1, Sound.OFF, False)
    assert await line.chats.get(PERSON) is None


async def test_a_channel_is_forgotten_from_afar(line: Line) -> None:
    open_channel(line, {PERSON})
    await line.say(f"/channel {CHANNEL}")
    await line.say("/start")
    assert (await text_of(line, "/forget")).startswith("For Signals <1>\n\nErase everything I keep about this chat?")
    await line.tap(line.buttons()["Erase everything"], line.message()["message_id"])
    assert "Erased: the settings." in line.message()["text"]
    assert await line.chats.get(CHANNEL) is None
    assert "Which channel?" in await text_of(line, "/channel"), "the choice went with it"


async def test_who_is_no_admin_there_learns_nothing_and_changes_nothing(line: Line) -> None:
    open_channel(line, {OTHER})
    for name in ("@signals_one", "@not_a_channel", str(CHANNEL), "-5", "bananas", "@x"):
        assert f"I see no channel “{name}” that we both administer." in await text_of(line, f"/channel {name}")
    for data in (
        f"g:b:topics:semiconductor-~{CHANNEL}",
        f"m:crypto:~{CHANNEL}",
        f"f:yes~{CHANNEL}",
        f"s:topics~{CHANNEL}",
    ):
        assert await line.tap(data) == (NOT_YOURS, [])
    assert await line.chats.get(CHANNEL) is None
    assert await line.chats.get(PERSON) is None


async def test_rights_are_asked_for_each_time(line: Line, clock: Clock) -> None:
    open_channel(line, {PERSON})
    await line.say(f"/channel {CHANNEL}")
    await line.say("/start")
    board = line.message()["message_id"]
    line.server.world.chat(CHANNEL, admins={OTHER})
    assert "I cannot see that you still administer the channel" in await text_of(line, "/stop")
    assert await line.tap(f"g:b:alerts:off~{CHANNEL}", board) == (NOT_YOURS, [])
    line.server.world.chat(CHANNEL, admins={PERSON})
    line.server.fault(Fault("502", "getChatAdministrators", count=1))
    assert "I cannot see" in await text_of(line, "/stop"), "what cannot be found out is no"
    assert (await line.chat(CHANNEL)).active
    # Said in a group, or tapped there, nothing goes to the channel.
    toast, _ = await line.tap(f"g:b:alerts:off~{CHANNEL}", 1, -100200300400500, PERSON)
    assert toast == NOT_YOURS
    assert (await line.chat(CHANNEL)).active
    assert "managed from a private chat" in await text_of(line, "/channel @x", chat=-100200300400500, user=PERSON)


async def test_a_private_bot_lets_a_channel_in_by_its_id_alone(open_line: OpenLine) -> None:
    line: Line = await open_line(
        Access(mode="private", allowed_chats=frozenset({PERSON, 888}), admins=frozenset({OWNER}))
    )
    open_channel(line, {PERSON})
    assert f"let the channel in with this id: {CHANNEL}" in await text_of(line, f"/channel {CHANNEL}")
    assert await line.tap(f"g:b:topics:semiconductor-~{CHANNEL}") == (NOT_YOURS, [])
    assert await line.chats.get(CHANNEL) is None


def test_what_has_no_room_for_the_channel_is_left_out() -> None:
    long, link = Button("Why", data=f"w:{'x' * 60}"), Button("Source", url="https://example.org")
    aimed = aim(Message("t", "t", ((long, link), (long,), (Button("Sound", data="o:off"),))), CHANNEL, "S")
    assert aimed.buttons == ((link,), (Button("Sound", data=f"o:off~{CHANNEL}"),))
    assert all(len(each.data.encode()) <= MAX_DATA for row in aimed.buttons for each in row)
    whole = aim(Message("x" * 4090, "x" * 4090), CHANNEL, "S")
    assert whole.text == "x" * 4090, "what fills a message is not displaced"


@pytest.mark.parametrize("data", ["o:off", "o:off~", "o:off~5", "o:off~-x", "~", "", "o:off~-12345678901234567"])
def test_what_names_no_channel(data: str) -> None:
    assert unaim(data) == (data, None)
