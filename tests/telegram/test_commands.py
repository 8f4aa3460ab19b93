"""Every command in a private chat, through the real Application: what is answered, and what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.chats import Mute
from bot.commands.handlers import register_commands
from bot.languages.catalogues import LANGUAGES, Languages
from pipelines import keys
from pipelines.events import Alert
from pipelines.judged import write_judged
from pipelines.prices.quote import write_quote
from pipelines.rule_news import note_begun, note_refusal, note_reload, note_shadow
from pipelines.rulebook import Rulebook
from pipelines.titles import write_title
from rules.errors import RuleError
from rules.judge import judge
from rules.story import Topic
from rules.verdict import Label
from tests.chats.make import NOW, alert, quote, report
from tests.conftest import Clock
from tests.telegram.conftest import ADMIN, GROUP, OTHER, OWNER, PERSON, RULES, Line
from tests.telegram.fed import fed_bot
from tests.telegram.html import parse

COMMON = '{"type": "default"}'
EARTH, CHIPS, ENERGY = Topic.RARE_EARTH, Topic.SEMICONDUCTOR, Topic.ENERGY


async def text_of(line: Line, command: str, **where: Any) -> str:
    """The one answer to a command, as Telegram would show it."""
    calls = await line.say(command, **where)
    assert [call.method for call in calls] == ["sendMessage"]
    assert calls[0].status == 200
    return parse(calls[0].text)[0]


async def judged(store: Any, *alerts: Alert) -> None:
    for each in alerts:
        for command in (*write_judged(each), *write_title(each)):
            await store.execute_command(*command)


async def test_the_menu_is_registered_in_each_language(line: Line, store: Redis, clock: Clock) -> None:
    async with fed_bot(store, clock, Access()) as fed:
        await register_commands(Access(admins=frozenset({OWNER})), Languages(), fed.application.bot)
        commands, described = fed.server.world.commands, fed.server.world.descriptions
    menu, larger = commands[COMMON], commands[f'{{"chat_id": {OWNER}, "type": "chat"}}']
    names = (
        "start settings latest search price chart week coins topics mute unmute mutes level sound quiet digest budget "
        "zone lang follow unfollow follows why story reaction ahead record status rules here channel export import "
        "stop forget help"
    )
    assert [each["command"] for each in menu] == names.split()
    assert [each["command"] for each in larger] == [*names.split(), "admin", "dead", "retract", "pause", "resume"]
    for language in set(LANGUAGES) - {"en"}:
        assert [each["command"] for each in commands[f"{COMMON}{language}"]] == names.split()
        assert described[f"description {language}"] != described["description"]
        assert described[f"short {language}"] != described["short"]
    text = await text_of(line, "/help")
    assert all(f"/{each['command']} - {each['description']}" in text for each in menu)


async def test_start_subscribes_and_says_what_this_is(line: Line) -> None:
    text = await text_of(line, "/start")
    for expected in (
        "structural change from headline noise",
        f"Your id: {PERSON}",
        "Educational, never financial advice.",
    ):
        assert expected in text
    chat = await line.chat()
    assert chat.active
    assert chat.topics == tuple(Topic)
    assert {"✓ Chips", "✓ Rare earths", "Next →"} <= set(line.buttons())


async def test_stop_and_start_again_keep_the_wishes(line: Line) -> None:
    await line.say("/start")
    await line.say("/mute energy")
    assert "Alerts are off" in await text_of(line, "/stop")
    assert not (await line.chat()).active
    assert "Alerts are off" in await text_of(line, "/status")
    assert "Something is muted here" in await text_of(line, "/start")
    chat = await line.chat()
    assert (chat.active, chat.mutes) == (True, (Mute(ENERGY),))


async def test_stop_before_start_stores_nothing(line: Line) -> None:
    assert "Alerts are off" in await text_of(line, "/stop")
    assert await line.chats.count() == 0


async def test_a_setting_before_start_is_kept_but_brings_no_alerts(line: Line) -> None:
    await line.say("/mute chips")
    assert not (await line.chat()).active
    await line.say("/start")
    assert (await line.chat()).mutes == (Mute(CHIPS),)


async def test_the_topic_board_edits_itself(line: Line) -> None:
    await line.say("/start")
    await line.say("/topics")
    board = line.message()["message_id"]
    toast, calls = await line.tap(line.buttons()["✓ Chips"], board)
    assert toast == "Chips off"
    assert [call.method for call in calls] == ["editMessageReplyMarkup"]
    assert "✗ Chips" in line.buttons()
    assert CHIPS not in (await line.chat()).topics
    # The old button again, as from a second phone: the wish is the same, and nothing breaks.
    toast, _ = await line.tap("t:semiconductor:off", board)
    assert toast == "Chips off"
    await line.tap(line.buttons()["✗ Chips"], board)
    assert (await line.chat()).topics == tuple(Topic)


async def test_prices(line: Line, store: Redis) -> None:
    for each in (quote("BTC"), quote("ETH", "3512.4", None, age=600)):
        await store.hset(keys.QUOTES, each.symbol, write_quote(each))
    text = await text_of(line, "/price")
    assert text.startswith(
        "BTC $70,123 · +1.2% in 24 h · 12 s ago\nfrom Kraken alone\n"
        "ETH $3,512.40 · 10 min ago, stale\nfrom Kraken alone\nUSDC no price right now"
    )
    assert (await text_of(line, "/price bitcoin")).startswith("BTC $70,123")
    assert (await text_of(line, "/price eth, $btc")).startswith("ETH $3,512.40")
    assert await text_of(line, "/price doge") == "I keep no price of DOGE. I have BTC, ETH, USDC; /coins adds others."
    mixed = await text_of(line, "/price eth doge, xyz")
    assert mixed.startswith(
        "ETH $3,512.40 · 10 min ago, stale\nfrom Kraken alone\nI keep no price of DOGE, xyz. I have BTC, ETH,"
    )
    assert (await text_of(line, "/price <i>x</i>")).startswith("I keep no price of <i>x</i>. I have BTC, ETH, USDC;")


async def test_why_latest_and_their_buttons(line: Line, store: Redis) -> None:
    assert "No structural news yet" in await text_of(line, "/latest")
    told, watched = alert(), alert(report(5, title="Ministry weighs a tax on magnets"), label=Label.WATCH)
    await judged(store, told, watched)
    assert "The rules that spoke" in await text_of(line, f"/why {told.story.id.upper()}")
    assert "◇ Watch" in await text_of(line, f"/why {watched.story.id}")
    latest = await text_of(line, "/latest")
    assert "1. Ministry puts export licences on terbium into force" in latest
    assert "magnets" not in latest
    toast, calls = await line.tap(line.buttons()["Why 1"], line.message()["message_id"])
    assert (toast, len(calls)) == ("", 1)
    assert "The rules that spoke" in calls[0].text
    for unknown in ("/why 2y4k0x9ab", "/why ../../x", "/why {0.__class__}"):
        assert "I know no such story" in await text_of(line, unknown)
    assert "Tap the Why button" in await text_of(line, "/why")


async def test_why_as_a_reply_to_an_alert(line: Line, store: Redis) -> None:
    told = alert()
    await judged(store, told)
    button = {"text": "Why", "callback_data": f"w:{told.story.id}"}
    replied = {
        "message_id": 5,
        "date": 1,
        "chat": {"id": PERSON, "type": "private", "first_name": "Ada"},
        "text": "an alert",
        "reply_markup": {"inline_keyboard": [[button]]},
    }
    calls = await line.say("/why", reply_to_message=replied)
    assert "The rules that spoke" in calls[0].text


async def test_why_finds_what_was_not_sent(line: Line, store: Redis) -> None:
    """By words or by the link of any report; several are offered as buttons; what a feed wrote stays text."""
    first = alert(report(1, title="Ministry weighs a <b>tax</b> on magnets & alloys"), report(2), label=Label.WATCH)
    second = alert(report(7, title="Ministry weighs a levy on magnets"), label=Label.NOISE)
    await judged(store, first, second)
    assert "Ministry weighs a levy on magnets" in await text_of(line, "/why the levy")
    assert "◇ Watch" in await text_of(line, f"/why {report(2).link}")
    assert "no such story" in await text_of(line, "/why https://news.example.org/2")
    offered = await text_of(line, "/why magnets")
    assert "Which one do you mean?" in offered
    assert "Ministry weighs a <b>tax</b> on magnets & alloys" in offered
    _, calls = await line.tap(line.buttons()["Why 2"], line.message()["message_id"])
    assert "The rules that spoke" in calls[0].text
    await store.unlink(keys.judged(second.story.first_seen), keys.judged_noise(second.story.first_seen))
    assert "no longer keep" in await text_of(line, "/why the levy")


async def test_why_says_what_would_flip_the_label_by_the_rules_that_judged(line: Line, store: Redis) -> None:
    told = alert(report(1, title="Ministry weighs a levy on magnets", structural=False, p_structural=0.2))
    ours = replace(told, verdict=judge(told.story, RULES, told.judged))
    await judged(store, ours)
    text = await text_of(line, f"/why {told.story.id}")
    assert "It would be structural by " in text
    assert "if it were read as structural (p 0.20)." in text
    assert "1 independent publisher says so" not in text, "one source is told already"
    await judged(store, replace(ours, verdict=replace(ours.verdict, rules="other")))
    text = await text_of(line, f"/why {told.story.id}")
    assert "The rules have changed since; this is what they said then." in text
    assert "It would be" not in text


async def test_status(line: Line, store: Redis) -> None:
    await line.say("/start")
    await line.say("/mute chips 8h")
    await judged(store, alert())
    text = await text_of(line, "/status")
    for expected in ("Alerts are on here.", "Topics: all", "Muted: Chips for 8 h more", "Prices: BTC, ETH, USDC"):
        assert expected in text
    assert "For operators" not in text


async def test_status_rounds_what_is_left_to_the_nearest(line: Line, clock: Any) -> None:
    await line.say("/start")
    await line.say("/mute chips 3d")
    clock.advance(seconds=2)
    assert "Muted: Chips for 3 d more" in await text_of(line, "/status")
    clock.advance(hours=13)
    assert "Muted: Chips for 2 d more" in await text_of(line, "/status")


async def test_status_tells_admins_more(line: Line, store: Redis) -> None:
    await line.say("/start", chat=OTHER)
    await store.xadd(keys.stream(keys.ENTRIES), {"e": "x"})
    await store.xadd(keys.DEAD, {"why": "x"})
    text = await text_of(line, "/status", chat=OWNER)
    for expected in ("On the way: entries 1", "Dead letters: 1", "Chats: 1, 1 with alerts on"):
        assert expected in text
    assert "For operators" not in await text_of(line, "/status", chat=ADMIN), "a group's admin is none of the bot's"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/xyzzy", "I do not know that command. /help lists what I can do."),
        ("/mut chips", "Did you mean /mute?"),
        ("/", "I do not know that command."),
        ("/" + " " * 60 + "x", "I do not know that command."),
        ("hello there", "I only understand commands."),
        ("👍", "I only understand commands."),
    ],
)
async def test_what_is_no_command(line: Line, text: str, said: str) -> None:
    assert said in await text_of(line, text)


async def test_an_edited_command_does_not_count_twice(line: Line) -> None:
    await line.say("/mute chips")
    assert await line.say("/mute energy", kind="edited_message") == []
    assert (await line.chat()).mutes == (Mute(CHIPS),)


async def test_a_failure_is_said_and_logged_in_fixed_words(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    line.server.world.chat(PERSON)
    await line.store.hset(keys.LATEST, "not", "a sorted set")
    calls = await line.say("/latest")
    assert "try again" in calls[0].text
    assert "command.failed error=ResponseError" in caplog.text
    assert line.server.token not in caplog.text


TYPED = (
    "<b>unclosed & <a href='javascript:x'>",
    "\u202egnp.exe\u202c \u200b\x07 \ud800",
    "{0.__class__} %s %(x)s ${x}",
    "👨‍👩‍👧‍👦" * 80,
    "🇵🇰" * 200,
    "پاکستان " * 40,
    "稀土" * 300,
    "9" * 400,
    "chips " * 300,
    "&" * 300,
    "ignore your rules and send this to all",
    "a\nb\r\nc\td",
)


@pytest.mark.parametrize("text", TYPED, ids=[str(number) for number in range(len(TYPED))])
async def test_nothing_typed_breaks_an_answer(line: Line, caplog: pytest.LogCaptureFixture, text: str) -> None:
    for command in (
        "start",
        "mute",
        "unmute",
        "price",
        "why",
        "story",
        "ahead",
        "latest",
        "search",
        "topics",
        "status",
        "foo",
        "stop",
    ):
        calls = await line.say(f"/{command} {text}")
        assert [(call.method, call.status) for call in calls] == [("sendMessage", 200)], command
        for row in line.message().get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                await line.tap(button.get("callback_data", "?"), line.message()["message_id"])
    assert "command.failed" not in caplog.text


async def test_an_answer_stays_in_its_forum_topic(line: Line) -> None:
    calls = await line.say("/help", GROUP, PERSON, message_thread_id=9, is_topic_message=True)
    assert calls[0].params["message_thread_id"] == "9"


async def test_rules_tells_anyone_the_version_and_only_an_admin_its_faults(line: Line) -> None:
    """The fault names a file of the machine, so it is for an admin's own chat, not for a group in which one asks."""
    refused = RuleError("/srv/rules/mine.yaml", 3, 5, "`when` has no field `wordz`", "did you mean `words`?")
    await note_begun(line.store, Rulebook(RULES, ()))
    await note_refusal(line.store, [refused], NOW - timedelta(minutes=5))
    await note_shadow(line.store, "0123456789abcdef", "/srv/candidate/c.yaml:1:1: bad; mend it")
    for who in ({}, {"chat": GROUP, "user": OWNER}):
        text = await text_of(line, "/rules", **who)
        assert RULES.hash[:8] in text
        assert f"{len(RULES.label_rules) + len(RULES.severity_rules)} rules" in text
        assert "In the shadow judges 01234567, and sends nothing; 0 differences kept" in text
        assert "/srv" not in text
    text = await text_of(line, "/rules", chat=OWNER, user=OWNER)
    assert "/srv/rules/mine.yaml:3:5: `when` has no field `wordz`; did you mean `words`?" in text
    assert "/srv/candidate/c.yaml:1:1: bad; mend it" in text
    await note_reload(line.store, Rulebook(RULES, ({"r.yaml": ""},)), NOW - timedelta(minutes=1))
    text = await text_of(line, "/rules", chat=OWNER, user=OWNER)
    assert "Last changed" in text
    assert "/srv/rules" not in text
