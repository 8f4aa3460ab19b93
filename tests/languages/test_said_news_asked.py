"""The commands and taps about mutes, follows and news leave no English where a language has its own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Kind
from bot.commands.ahead import ahead
from bot.commands.context import Ask, BotContext
from bot.commands.mutes import ask_mute, mute, mute_pressed, unmute, unmute_pressed
from bot.commands.naming import Naming
from bot.commands.news import latest, why
from bot.commands.overlays import follow, follow_pressed, level, unfollow
from bot.commands.record import record
from bot.commands.ruling import rules
from bot.commands.stories import picture
from bot.commands.stories import story as story_of
from bot.markup import Message
from bot.shade import Shade
from bot.signing import signer_for
from bot.taps import Picture, SetFollow, SetMute, Unmute
from pipelines.record.tables import load_tables
from tests.chats.make import NOW
from tests.languages.made_up import MADE_UP, english_left
from tests.languages.test_said_news import CLOCK, MONTHS
from tests.telegram.conftest import RULES


@pytest.fixture(scope="module")
def naming() -> Naming:
    """The gazetteer's names, which take a while to read."""
    return Naming()


@pytest.fixture
def spoken_to(store: Redis, naming: Naming) -> tuple[BotContext, Ask]:
    """A context, and a request of a person who reads the language that is made up."""
    context = BotContext(
        store=store,
        chats=ChatStore(store),
        clock=lambda: NOW,
        rules=lambda: RULES,
        signer=signer_for("1:x"),
        naming=naming,
    )
    ask = Ask(chat_id=5, kind=Kind.PRIVATE, title="", user_id=5, text="", now=NOW, tr=MADE_UP, speaks="en_001")
    return context, ask


@pytest.mark.parametrize(
    ("command", "texts"),
    [
        (mute, ("", "chips", "chips 8h", "qwertz", "chips qwertz", "chips qwertz 3h", "rule qwertz", "story", "!")),
        (mute, ("chips 9000000 h", "reuters", "chnia", "chips until 10:00", "everything")),
        (unmute, ("", "qwertz", "rule qwertz", "chips")),
        (level, ("", "qwertz", "watch", "structural high", "watch critical")),
        (follow, ("", "scandium", "qwertz, chips")),
        (unfollow, ("", "qwertz", "chips")),
        (rules, ("",)),
        (ahead, ("", "qwertz", "chips")),
        (record, ("", "qwertz qwertz", "pakstan")),
        (story_of, ("", "qwertz")),
        (why, ("", "qwertz")),
        (latest, ("",)),
    ],
    ids=[
        "mute",
        "mute more",
        "unmute",
        "level",
        "follow",
        "unfollow",
        "rules",
        "ahead",
        "record",
        "story",
        "why",
        "new",
    ],
)
async def test_commands_leave_no_english(
    command: Any, texts: tuple[str, ...], spoken_to: tuple[BotContext, Ask]
) -> None:
    context, ask = spoken_to
    for text in texts:
        message = await command(context, replace(ask, text=text))
        assert isinstance(message, Message)
        names = (rule.name for rule in context.rules().label_rules)
        lands = (MADE_UP.locale.territories[code] for code in load_tables().first)
        typed = ("qwertz", "reuters", "Reuters", "chnia", "China", "scandium", "Scandium", "chips", "chip", "pakstan")
        assert english_left(message, *typed, *names, *lands, *CLOCK, *MONTHS) == [], f"{text}: {message.plain}"


async def test_taps_leave_no_english(spoken_to: tuple[BotContext, Ask]) -> None:
    context, ask = spoken_to
    answers = [
        await ask_mute(context, ask, "1aaaaaaa1"),
        await mute_pressed(context, ask, SetMute("semiconductor", "8h")),
        await mute_pressed(context, ask, SetMute("energy", "")),
        await unmute_pressed(context, ask, Unmute("semiconductor")),
        await unmute_pressed(context, ask, Unmute("state:qwertz")),
        await follow_pressed(context, ask, SetFollow("qwertz", wanted=True)),
        await follow_pressed(context, ask, SetFollow("qwertz", wanted=False)),
        await picture(context, ask, Picture("1aaaaaaa1", Shade.DARK)),
    ]
    for message in answers:
        assert isinstance(message, Message)
        assert english_left(message, "/mute chips 24h", "qwertz", *CLOCK, *MONTHS) == [], message.plain
