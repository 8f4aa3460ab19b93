"""/story, its picture, and /ahead, through the real Application: what is answered, drawn, and put in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter
from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.commands.stories import GONE, NO_PHOTOS, NOT_DRAWN, picture
from bot.markup import Message
from bot.pictures.studio import Studio
from bot.shade import Shade
from bot.signing import signer_for
from bot.taps import Picture
from pipelines import keys
from pipelines.events import Alert
from pipelines.stories.ahead import begins, mark
from rules.story import Milestone, Move, Story, Topic
from rules.verdict import Label
from tests.chats.hostile import TITLES
from tests.chats.make import NOW, alert, report
from tests.chats.threads import followed
from tests.telegram.conftest import GROUP, OTHER, PERSON, RULES, Line
from tests.telegram.faults import Fault
from tests.telegram.html import parse
from tests.telegram.test_commands import judged, text_of


async def test_by_id_by_words_by_link_and_under_an_alert(line: Line, store: Redis) -> None:
    told = followed()
    await judged(store, told)
    text = await text_of(line, f"/story {told.story.id.upper()}")
    assert "23 Nov 09:50 · Confirmed by North Wire, South Wire" in text
    assert "+11 reports, 1 analysis" in text
    await line.say("/zone Lahore")
    local = await text_of(line, f"/story {told.story.id}")
    assert "23 Nov 14:50 · Confirmed by North Wire, South Wire" in local
    assert "· times in PKT" in local
    await line.say("/zone UTC")
    assert await text_of(line, "/story dysprosium magnets") == text
    assert await text_of(line, f"/story {told.story.reports[2].link}") == text
    assert list(line.buttons()) == ["Why", "Source", "Picture", "Chart"]
    # Under an alert, and under the answer itself: both are about this story.
    for buttons in ([[{"text": "Why", "callback_data": f"w:{told.story.id}"}]], line.message()["reply_markup"]):
        rows = buttons if isinstance(buttons, list) else buttons["inline_keyboard"]
        replied = {
            "message_id": 5,
            "date": 1,
            "chat": {"id": PERSON, "type": "private", "first_name": "Ada"},
            "text": "x",
            "reply_markup": {"inline_keyboard": rows},
        }
        (call,) = await line.say("/story", reply_to_message=replied)
        assert parse(call.text)[0] == text


async def test_what_is_not_known_is_said(line: Line, store: Redis) -> None:
    assert "Reply to an alert with /story" in await text_of(line, "/story")
    for unknown in ("/story 2y4k0x9ab", "/story ../../x", "/story {0.__class__}"):
        assert "I know no such story" in await text_of(line, unknown)
    first, second = alert(report(1, title="A levy on magnets")), alert(report(2, title="A tax on magnets"))
    await judged(store, first, second)
    assert "Which one do you mean?" in await text_of(line, "/story magnets")
    _, calls = await line.tap(line.buttons()["Story 2"], line.message()["message_id"])
    assert " on magnets" in calls[0].text


async def test_one_that_went_on_in_another_is_told_there(line: Line, store: Redis) -> None:
    """However often it went on; a circle, or a way that ends where nothing is kept, ends there too."""
    third = alert(report(3, title="The third"))
    second = alert(report(2, title="The second"), merged=third.story.id)
    first = alert(report(1, title="The first"), merged=second.story.id)
    await judged(store, first, second, third)
    text = await text_of(line, f"/story {first.story.id}")
    assert text.startswith(f"{first.story.id} goes on in this story.\n◆ Structural, high")
    assert "The third" in text
    assert "goes on" not in await text_of(line, f"/story {third.story.id}")
    await judged(store, replace(third, story=replace(third.story, merged=first.story.id)))
    assert "The third" in await text_of(line, f"/story {first.story.id}")
    await judged(store, replace(third, story=replace(third.story, merged="2y4k0x9ab")))
    assert "The third" in await text_of(line, f"/story {first.story.id}")


async def test_the_story_button_tells_the_same(line: Line, store: Redis) -> None:
    told = followed()
    await judged(store, told)
    await line.say("/help")
    toast, (call,) = await line.tap(f"y:{told.story.id}", line.message()["message_id"])
    assert (toast, call.method) == ("", "sendMessage")
    assert "9 Oct · Confirmed by Coast Post" in call.text
    # Under a message from so long ago that Telegram no longer shows it to the bot.
    toast, (again,) = await line.tap(f"y:{told.story.id}", 4_000)
    assert (toast, again.text) == ("", call.text)


async def test_a_picture_comes_by_button_and_changes_in_its_place(line: Line, store: Redis) -> None:
    told = followed()
    await judged(store, told)
    await line.say(f"/story {told.story.id}")
    _, (sent,) = await line.tap(line.buttons()["Picture"], line.message()["message_id"])
    assert (sent.method, sent.status, sent.chat) == ("sendPhoto", 200, PERSON)
    message = line.message()
    assert (message["photo"][0]["width"], message["photo"][0]["height"]) == (1080, 810)
    assert message["caption"].endswith("Educational, never financial advice.")
    assert list(line.buttons()) == ["Dark", "Chart", "Story"]
    light = message["photo"][0]["file_unique_id"]
    _, (edited,) = await line.tap(line.buttons()["Dark"], message["message_id"])
    assert (edited.method, edited.status, edited.message_id) == ("editMessageMedia", 200, message["message_id"])
    assert line.message()["photo"][0]["file_unique_id"] != light
    assert list(line.buttons()) == ["Light", "Chart", "Story"]
    # The same tap again, as from a second phone: Telegram says that nothing changed, and nobody hears of it.
    toast, (again,) = await line.tap(f"p:dark:{told.story.id}", message["message_id"])
    assert (toast, again.status) == ("", 400)
    _, (text,) = await line.tap(line.buttons()["Story"], message["message_id"])
    assert "Confirmed by Coast Post" in text.text


async def test_where_no_picture_may_be_sent_words_are(line: Line, store: Redis) -> None:
    told = followed()
    await judged(store, told)
    await line.say("/help")
    line.server.fault(Fault("no-rights", method="sendPhoto"))
    _, calls = await line.tap(f"p:light:{told.story.id}", line.message()["message_id"])
    assert [(call.method, call.status) for call in calls] == [("sendPhoto", 400), ("sendMessage", 200)]
    assert parse(calls[1].text)[0] == NO_PHOTOS
    _, (gone,) = await line.tap("p:light:2y4k0x9ab", line.message()["message_id"])
    assert parse(gone.text)[0] == GONE


async def test_a_picture_that_cannot_be_drawn_is_said(store: Redis) -> None:
    """Too many wait already, or it would take too long."""
    told, ask = followed(), Ask(chat_id=PERSON, kind=Kind.PRIVATE, title="", user_id=PERSON, text="", now=NOW)
    await judged(store, told)
    for studio in (Studio(waiting=0), Studio(seconds=0)):
        context = BotContext(
            store=store,
            chats=ChatStore(store),
            clock=lambda: NOW,
            rules=lambda: RULES,
            signer=signer_for("1:x"),
            studio=studio,
        )
        drawn = await picture(context, ask, Picture(told.story.id, Shade.DARK))
        assert isinstance(drawn, Message)
        assert drawn.plain == NOT_DRAWN


@pytest.mark.parametrize(
    "data", ["p:pink:2y4k0x9ab", "p:dark", "p:dark:", "p::2y4k0x9ab", "y:", "y", "y:a b", "p:dark:ü"]
)
async def test_a_forged_button_draws_nothing(line: Line, data: str) -> None:
    await line.say("/help")
    toast, calls = await line.tap(data, line.message()["message_id"])
    assert (toast, calls) == ("This button is out of date. /help lists what I can do.", [])


async def test_nobody_draws_in_the_private_chat_of_another(line: Line, store: Redis) -> None:
    told = followed()
    await judged(store, told)
    await line.say("/help")
    toast, calls = await line.tap(f"p:dark:{told.story.id}", line.message()["message_id"], PERSON, OTHER)
    assert (toast != "", calls) == (True, [])


async def test_a_group_reads_along(line: Line, store: Redis) -> None:
    told = followed()
    await judged(store, told)
    (call,) = await line.say(f"/story {told.story.id}", GROUP, PERSON, message_thread_id=9, is_topic_message=True)
    assert (call.params["message_thread_id"], call.status) == ("9", 200)
    _, (photo,) = await line.tap(line.buttons(GROUP)["Picture"], line.message(GROUP)["message_id"], GROUP, OTHER)
    assert (photo.method, photo.thread, photo.status) == ("sendPhoto", 9, 200)


@pytest.mark.parametrize("title", [title for title, _ in TITLES.values() if "\ud83d" not in title])
async def test_a_hostile_title_is_told_as_it_is(line: Line, store: Redis, title: str) -> None:
    told = alert(report(1, title=title))
    await judged(store, told)
    (call,) = await line.say(f"/story {told.story.id}")
    assert call.status == 200
    parse(call.text)


# --- what is ahead


async def coming(store: Any, told: Alert, *days: date) -> None:
    """The story as an open act with these days on which it takes effect, as the line keeps it."""
    story = replace(told.story, milestones=tuple(Milestone(day, Move.EFFECT, "r1") for day in days))
    await store.set(keys.story(story.id), TypeAdapter(Story).dump_json(story))
    await store.zadd(keys.ACTS, {story.id: NOW.timestamp() + 1e7})
    for each in story.milestones:
        await store.zadd(keys.AHEAD, {mark(story.id, each): begins(each.on).timestamp()})


async def test_ahead_lists_the_days_soonest_first(line: Line, store: Redis) -> None:
    assert "I know of no act that takes effect" in await text_of(line, "/ahead")
    first = alert(report(1, title="A levy on <magnets>"))
    second = alert(report(2, title="A ban on chip tools", tags=()), label=Label.WATCH)
    await judged(store, first, second)
    await coming(store, first, date(2026, 12, 24), date(2026, 11, 1))
    await coming(store, second, date(2026, 12, 1))
    text = await text_of(line, "/ahead")
    assert text.split("\n")[2:7] == [
        f"1. 1 Dec 2026 · takes effect in 7 days · {second.story.id}",
        "A ban on chip tools",
        "",
        f"2. 24 Dec 2026 · takes effect in 30 days · {first.story.id}",
        "A levy on <magnets>",
    ]
    _, (call,) = await line.tap(line.buttons()["2"], line.message()["message_id"])
    assert "A levy on &lt;magnets&gt;" in call.text
    assert "chip tools" not in await text_of(line, "/ahead rare earths")
    none = await text_of(line, "/ahead crypto")
    assert none.startswith("I know of no act in crypto that takes effect or ends on a day to come. 2 elsewhere")
    assert "I know no topic “bananas”. There are rare earths, chips" in await text_of(line, "/ahead bananas")
    assert "chip tools" in await text_of(line, "/ahead all")
    assert Topic.CRYPTO not in first.story.lead.topics
