"""/level, /follow and /mute rule, through the real Application."""

from __future__ import annotations

import pytest

from bot.chats import Mute
from bot.overlay import Overlay
from rules.verdict import Label, Severity
from tests.telegram.conftest import Line
from tests.telegram.test_commands import text_of


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
