"""/mute, /unmute and /mutes for topics, as people type them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.chats import Mute
from rules.story import Topic
from tests.chats.make import NOW
from tests.telegram.conftest import Line
from tests.telegram.test_commands import CHIPS, EARTH, ENERGY, text_of


@pytest.mark.parametrize(
    ("command", "mutes", "said"),
    [
        ("/mute chips 8h", (Mute(CHIPS, NOW + timedelta(hours=8)),), "Chips muted until 24 Nov 17:30 UTC."),
        ("/mute rare earths for 3 days", (Mute(EARTH, NOW + timedelta(days=3)),), "until 27 Nov 09:30 UTC."),
        ("/mute chips", (Mute(CHIPS),), "until you /unmute it."),
        ("/mute chips", (Mute(CHIPS),), "What is about another topic as well still comes.\nOr only for:"),
        ("/mute chips 1y", (Mute(CHIPS, NOW + timedelta(days=365)),), "Chips muted until 24 Nov 09:30 UTC."),
        ("/mute chips -1h", (), "I did not understand “-1h”. For how long?"),
        ("/mute chips sometimes", (), "I did not understand “sometimes”. For how long?"),
        ("/mute chips and energy -1h", (), "I did not understand “-1h”. Mute this?"),
        ("/mute chips 8h bananas", (), "I did not understand “bananas”. Mute this?"),
        ("/mute chips forever", (Mute(CHIPS),), "until you /unmute it."),
        (
            "/mute chips and energy 15m",
            (Mute(CHIPS, NOW + timedelta(minutes=15)), Mute(ENERGY, NOW + timedelta(minutes=15))),
            "Chips and Energy",
        ),
        ("/mute all", tuple(map(Mute, Topic)), "Everything muted"),
        ("/mute@lodestone_test_bot chips", (Mute(CHIPS),), "Chips muted"),
        ("/mute", (), "What shall I mute?"),
        ("/mute 8h", (), "What shall I mute?"),
        ("/mute chipz 8h", (), "I do not know “chipz”."),
        ("/mute <b>& 8h", (), "I did not understand “b”."),
        ("/mute bananas", (), "I did not understand “bananas”."),
        ("/mute chips 0h", (), "from a minute to a year"),
        ("/mute chips 9000d", (), "from a minute to a year"),
        ("/mute Ruters", (), "I do not know “Ruters”. Did you mean this?"),
        ("/mute Bañanas  Über", (), "I did not understand “Bañanas Über”."),
    ],
)
async def test_mute(line: Line, command: str, mutes: tuple[Mute, ...], said: str) -> None:
    await line.say("/start")
    assert said in await text_of(line, command)
    assert (await line.chat()).mutes == mutes


@pytest.mark.parametrize(
    ("language", "command", "what", "length"),
    [
        ("es", "/mute tierras raras durante 3 días", EARTH, timedelta(days=3)),
        ("es", "/mute Países Bajos y energía 8 horas", ENERGY, timedelta(hours=8)),
        ("es", "/mute Chips y energía", ENERGY, None),
        ("es", "/mute para siempre Chips", CHIPS, None),
        ("ur", "/mute نایاب معدنیات ۸ گھنٹے کے لیے", EARTH, timedelta(hours=8)),
        ("ur", "/mute چین", "state:cn", None),
        ("zh", "/mute 稀土3天", EARTH, timedelta(days=3)),
        ("zh", "/mute 中国 8小时", "state:cn", timedelta(hours=8)),
    ],
)
async def test_topics_countries_and_lengths_are_known_as_the_chat_calls_them(
    line: Line, language: str, command: str, what: str, length: timedelta | None
) -> None:
    await line.say(f"/lang {language}")
    await line.say(command)
    found = {mute.what: mute.until for mute in (await line.chat()).mutes}
    assert found[what] == (None if length is None else NOW + length)
    assert "element:y" not in found
    await line.say("/unmute all")
    assert (await line.chat()).mutes == (), "all is all that is muted, not the topics alone"


async def test_a_typo_is_one_tap_away_from_what_was_meant(line: Line) -> None:
    await line.say("/mute chipz 8h")
    toast, _ = await line.tap(line.buttons()["Mute Chips 8h"], line.message()["message_id"])
    assert toast.startswith("Chips muted until 24 Nov 17:30 UTC.")
    assert line.message()["text"] == toast, "the question became its answer"
    assert (await line.chat()).mutes == (Mute(CHIPS, NOW + timedelta(hours=8)),)


async def test_a_length_not_understood_keeps_the_topic(line: Line) -> None:
    await line.say("/mute energy 3 moons")
    assert set(line.buttons()) == {"1 h", "8 h", "24 h", "7 days", "Until I unmute it"}
    await line.tap(line.buttons()["8 h"], line.message()["message_id"])
    assert (await line.chat()).mutes == (Mute(ENERGY, NOW + timedelta(hours=8)),)
    await line.say("/mute chips energy -1h")
    assert set(line.buttons()) == {"Mute Chips", "Mute Energy"}


async def test_a_length_by_button_and_back(line: Line) -> None:
    await line.say("/mute chips")
    shown = line.message()["message_id"]
    await line.tap(line.buttons()["24 h"], shown)
    assert (await line.chat()).mutes == (Mute(CHIPS, NOW + timedelta(days=1)),)
    await line.tap(line.buttons()["Unmute chips"], shown)
    assert (await line.chat()).mutes == ()
    assert line.message()["text"] == "Chips will reach you again."


async def test_mutes_and_unmute(line: Line, clock: Any) -> None:
    assert "Nothing is muted" in await text_of(line, "/mutes")
    await line.say("/mute chips 8h")
    assert "That was not muted" in await text_of(line, "/unmute energy")
    assert "Chips will reach you again" in await text_of(line, "/unmute"), "the only one needs no name"
    await line.say("/mute chips 8h")
    await line.say("/mute energy")
    assert await text_of(line, "/mutes") == "Muted here\n• Chips for 8 h more\n• Energy until you unmute it"
    assert "Muted here" in await text_of(line, "/unmute"), "two are a choice"
    await line.tap(line.buttons()["Unmute energy"], line.message()["message_id"])
    assert line.message()["text"] == "Muted here\n• Chips for 8 h more"
    clock.advance(hours=9)
    assert "Nothing is muted" in await text_of(line, "/mutes")
