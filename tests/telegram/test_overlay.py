"""/level, /follow and /mute rule, through the real Application."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.chats import Mute
from bot.feed_desk import FeedDesk
from bot.overlay import Overlay
from rules.verdict import Label, Severity
from tests.chats.make import NOW, alert
from tests.telegram.conftest import Line, OpenLine
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
    assert "Followed here: Reko Diq, <b>\n" in await text_of(line, "/follow")


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
    assert "Followed here: China, terbum, terbium\n" in await text_of(line, "/follows")
    toast, _ = await line.tap(line.buttons()["Unfollow terbum"], line.message()["message_id"])
    assert toast.startswith("Followed here: China, terbium\n")
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
        ("/mute source reuters", (Mute("source:reuters"),), "What only Reuters tells muted until you"),
        (
            "/mute Reuters 8h",
            (Mute("source:reuters", NOW + timedelta(hours=8)),),
            "What only Reuters tells muted until 24",
        ),
        (
            "/mute Wall Street Journal",
            (Mute("source:the wall street journal"),),
            "What only The Wall Street Journal tells muted",
        ),
        (
            "/mute Reuters and FT",
            (Mute("source:reuters"), Mute("source:ft")),
            "What only Reuters tells and what only FT",
        ),
        ("/mute Reuters bananas", (), "I did not understand “reuters bananas”."),
        ("/mute china for a long time", (), "I did not understand “a long time”."),
        ("/mute time", (), "Is “time” the source that is to be silent?"),
        ("/mute publisher FT.com", (Mute("source:ft"),), "What only FT tells muted until you"),
        ("/mute source Harbour Wire", (), "I know no source “harbour wire”: no feed and no publisher that I know"),
        ("/mute source wall stret journal", (), "I know no source “wall stret journal”. Did you mean one of these?"),
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


async def test_a_source_is_one_of_those_that_are_known(open_line: OpenLine, tmp_path: Path) -> None:
    row = '- {id: a, name: "Kettle & Anvil Weekly", url: "https://kettle.example/feed", tier: trade}'
    (tmp_path / "list.yaml").write_text(f"feeds:\n{row}\n")
    line = await open_line(Access(), desk=FeedDesk(folder=tmp_path, source=str(tmp_path / "list.yaml")))
    await line.say("/start")
    kettle, anvil = Mute("source:kettle anvil weekly"), Mute("source:anvil weekly")
    assert "What only Kettle & Anvil Weekly tells muted" in await text_of(line, "/mute feed kettle & anvil weekly")
    assert (await line.chat()).mutes == (kettle,)
    await line.say("/mute source Kettel and Anvil Weekly 8h")
    assert line.buttons() == {
        "Mute source Kettle & Anvil Weekly 8h": "m:source:kettle anvil weekly:8h",
        "Mute source kettel and anvil weekly 8h": "m:source:kettel and anvil weekly:8h",
    }
    await line.say("/mute policy and source Anvil Weakly 8h")
    assert list(line.buttons().values()) == ["m:source:anvil weakly:8h", "m:policy:8h"]
    await line.say("/mute source anvil weekly")
    _, (call,) = await line.tap("m:source:anvil weekly:", line.message()["message_id"])
    assert "What only anvil weekly tells</b> muted" in call.text, "whoever means it may have it"
    assert (await line.chat()).mutes == (kettle, anvil)
    # What is muted is heard again by whatever name it is called.
    assert "will reach you again" in await text_of(line, "/unmute source Anvil Weekly")
    assert "What only Kettle & Anvil Weekly tells will" in await text_of(line, "/unmute the kettle & anvil weekly")
    (tmp_path / "feeds-added.yaml").write_text("no list of feeds")
    assert "What only Reuters tells muted" in await text_of(line, "/mute source Reuters"), "a broken list ends nothing"


async def test_a_word_that_may_be_a_source_is_asked_for(line: Line) -> None:
    await line.say("/mute reuters 8h")
    assert line.buttons() == {"Mute source Reuters 8h": "m:source:reuters:8h", "Mute “reuters” 8h": "m:word:reuters:8h"}
    toast, _ = await line.tap("m:source:reuters:8h", line.message()["message_id"])
    assert toast.startswith("What only Reuters tells muted until")


async def test_a_slip_is_one_tap_away(line: Line) -> None:
    await line.say("/mute tariff truze until 18:00")
    assert set(line.buttons().values()) == {"m:policy:510m", "m:word:tariff truze:510m"}
    await line.tap("m:word:tariff truze:510m", line.message()["message_id"])
    assert (await line.chat()).mutes == (Mute("word:tariff truze", NOW + timedelta(minutes=510)),)
    await line.tap("m:state:atlantis:8h", line.message()["message_id"])
    assert len((await line.chat()).mutes) == 1, "nobody knows it, so no button of ours carries it"
