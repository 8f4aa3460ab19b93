"""/level, /follow and /mute rule, through the real Application."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.chats import Mute
from bot.overlay import Overlay
from rules.verdict import Label, Severity
from tests.chats.make import NOW, alert
from tests.telegram.conftest import Line
from tests.telegram.test_commands import judged, text_of


async def test_the_level_of_a_chat(line: Line) -> None:
    assert "Structural stories of any severity reach you here." in await text_of(line, "/level")
    said = await text_of(line, "/level watch, high")
    assert said == "Structural stories and those to watch from high up reach you here."
    chat = await line.chat()
    assert (chat.overlay.least, chat.level) == (Label.WATCH, Severity.HIGH)
    assert "I know structural and watch" in await text_of(line, "/level loud")
    await text_of(line, "/level structural low")
    assert (await line.chat()).overlay == Overlay()


async def test_words_are_followed_and_no_longer(line: Line) -> None:
    await text_of(line, "/start")
    assert "Nothing is followed." in await text_of(line, "/follow")
    assert "Followed: scandium, Reko Diq, <b>." in await text_of(line, "/follow scandium, Reko Diq, <b>")
    assert (await line.chat()).overlay.follows == ("scandium", "Reko Diq", "<b>")
    assert "Followed: scandium, Reko Diq, <b>" in await text_of(line, "/status")
    assert "That was not followed." in await text_of(line, "/unfollow tin")
    assert "No longer followed: Scandium." in await text_of(line, "/unfollow Scandium")
    assert (await line.chat()).overlay.follows == ("Reko Diq", "<b>")
    assert "Followed here: Reko Diq, <b>." in await text_of(line, "/follow")


@pytest.mark.parametrize("word", ["rule", "Rule"])
async def test_a_rule_is_muted_by_name(line: Line, word: str) -> None:
    assert "did you mean `chips-act`?" in await text_of(line, f"/mute {word} chip-act")
    assert "The rule chips-act muted until you /unmute it." in await text_of(line, f"/mute {word} chips-act")
    assert (await line.chat()).mutes == (Mute("rule:chips-act"),)
    assert "The rule chips-act" in await text_of(line, "/mutes")
    assert "No such rule is muted here. Muted are: chips-act." in await text_of(line, "/unmute rule energy-act")
    assert "The rule chips-act will reach you again." in await text_of(line, f"/unmute {word} chips-act")
    assert "Nothing is muted." in await text_of(line, "/mutes")


async def test_a_thing_is_followed_by_any_of_its_names(line: Line) -> None:
    # A story carries a thing's own name, with its accents and signs.
    assert "Followed: China, Rössing, PG&E." in await text_of(line, "/follow beijing, rossing, pg e")
    assert "No longer followed: pg e, Rossing." in await text_of(line, "/unfollow pg e, Rossing")
    await line.say("/follow terbum")
    assert line.buttons() == {"Follow terbium too": "+:terbium", "Unfollow terbum": "-:terbum"}
    await line.tap("+:terbium", line.message()["message_id"])
    assert (await line.chat()).overlay.follows == ("China", "terbum", "terbium")
    assert "Followed here: China, terbum, terbium." in await text_of(line, "/follows")
    toast, _ = await line.tap(line.buttons()["Unfollow terbum"], line.message()["message_id"])
    assert toast.startswith("Followed here: China, terbium.")
    assert "No longer followed: PRC, Beijing." in await text_of(line, "/unfollow PRC, Beijing")
    assert (await line.chat()).overlay.follows == ("terbium",)


@pytest.mark.parametrize(
    ("command", "mutes", "said"),
    [
        ("/mute china 8h", (Mute("state:cn", NOW + timedelta(hours=8)),), "China muted until 24 Nov 17:30 UTC."),
        (
            "/mute china until 18:00",
            (Mute("state:cn", NOW.replace(hour=18, minute=0)),),
            "China muted until 24 Nov 18:00",
        ),
        ("/mute source Harbour Wire", (Mute("source:harbour wire"),), "What only harbour wire tells muted until you"),
        ("/mute word tariff truce", (Mute("word:tariff truce"),), "What says “tariff truce” muted until you"),
        ("/mute chna 8h", (), "I do not know “chna”. Did you mean this?"),
        ("/mute china until 25:00", (), "I did not understand “until 25:00”. For how long?"),
        ("/mute story", (), "Which story?"),
    ],
)
async def test_what_can_be_named_can_be_muted(line: Line, command: str, mutes: tuple[Mute, ...], said: str) -> None:
    await line.say("/start")
    assert said in await text_of(line, command)
    assert (await line.chat()).mutes == mutes


async def test_a_story_is_muted_by_reply_or_id_and_heard_again_by_its_button(line: Line, store: Redis) -> None:
    told = alert()
    await judged(store, told)
    said = await text_of(line, f"/mute story {told.story.id} 8h")
    assert said == "The story “Ministry puts export licences on…” muted until 24 Nov 17:30 UTC."
    assert "• The story “Ministry puts export licences" in await text_of(line, "/mutes")
    toast, _ = await line.tap(f"u:story:{told.story.id}", line.message()["message_id"])
    assert "will reach you again." in toast
    assert (await line.chat()).mutes == ()


async def test_a_slip_is_one_tap_away(line: Line) -> None:
    await line.say("/mute tariff truze until 18:00")
    assert set(line.buttons().values()) == {"m:policy:510m", "m:word:tariff truze:510m"}
    await line.tap("m:word:tariff truze:510m", line.message()["message_id"])
    assert (await line.chat()).mutes == (Mute("word:tariff truze", NOW + timedelta(minutes=510)),)
    await line.tap("m:state:atlantis:8h", line.message()["message_id"])
    assert len((await line.chat()).mutes) == 1, "nobody knows it, so no button of ours carries it"
