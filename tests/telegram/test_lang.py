"""/lang, and the commands about settings driven whole in a made-up language: no English is left in what comes back."""

from __future__ import annotations

from bot.access import Access
from bot.commands.pressed import OUT_OF_DATE
from bot.languages.catalogues import LANGUAGES, Languages
from pipelines.prices.coins import COINS
from tests.languages.made_up import MADE_UP, english_left
from tests.languages.test_said_settings import KNOWN, PLAIN
from tests.telegram.conftest import ADMIN, GROUP, OWNER, PERSON, Line, OpenLine

CHANNEL = -100900800700600
COMMANDS = (
    *("/start", "/start chips-watch-xyzzy", "/settings", "/coins", "/coins btc", "/coins none", "/coins 42", "/topics"),
    *("/coins " + " ".join(coin.symbol for coin in COINS), "/here", "/sound", "/sound all", "/sound 42", "/status"),
    *("/quiet", "/quiet 22-7 weekdays", "/quiet 42", "/quiet 7-7", "/quiet weekends", "/quiet off", "/quiet 22-7 42x"),
    *("/digest", "/digest 8", "/digest soon", "/digest every 6 hours", "/digest off", "/budget", "/budget 5"),
    *("/budget lots", "/budget 0", "/budget off", "/zone", "/zone 42", "/zone USA", "/zone UTC", "/lang", "/lang 42"),
    *("/export", "/import", "/import 42", "/channel", "/channel 42", "/channel off"),
    *("/forget", "/stop"),
)
TAPS = (
    *("g:b:home", "g:b:topics:energy-", "g:b:level:digest", "g:b:coins:SOL+", "g:b:sound:all", "g:b:quiet:2200-0700"),
    *(
        "g:b:digest:0800",
        "g:b:mutes:crypto+",
        "g:b:alerts:off",
        "g:b:language",
        "g:s:topics:energy+",
        "g:s:level:watch",
    ),
    *("g:s:coins:SOL-", "g:s:done", "t:energy:off", "o:off", "s:topics", "g:b:level:loud", "f:no", "f:yes"),
)
TYPED = ("xyzzy", "USA", "structural", "all", "off", "soon", "lots", "hours", "usa")


async def test_the_whole_bot_answers_in_the_chats_language(open_line: OpenLine) -> None:
    line: Line = await open_line(Access(admins=frozenset({OWNER})), languages=Languages(MADE_UP))
    await line.chats.put(PLAIN)
    for command in COMMANDS:
        (call,) = await line.say(command)
        assert english_left(call.text, *KNOWN, *TYPED) == [], command
        assert english_left("\n".join(line.buttons()), *KNOWN) == [], command
    await line.say("/start")
    await line.say("/forget")
    shown = line.message()["message_id"]
    for data in TAPS:
        toast, calls = await line.tap(data, shown)
        told = [toast, *(call.text for call in calls), *line.buttons()]
        assert english_left("\n".join(told), *KNOWN) == [], data


async def test_a_group_is_greeted_and_a_channel_set_in_the_readers_language(open_line: OpenLine) -> None:
    line: Line = await open_line(Access(admins=frozenset({OWNER})), languages=Languages(MADE_UP))
    line.server.world.chat(CHANNEL, "channel", "Signals", admins={PERSON})
    await line.chats.put(PLAIN)
    for command in (f"/channel {CHANNEL}", "/channel", "/start", "/settings", "/forget", "/lang urdu"):
        (call,) = await line.say(command)
        assert english_left(call.text, *KNOWN) == [], command
        assert english_left("\n".join(line.buttons()), *KNOWN) == [], command
    assert (await line.chat(CHANNEL)).language == "ur", "the channel speaks it; who set that reads their own"
    assert (await line.chat()).language == "en_001"


async def test_lang_answers_in_the_new_language_at_once(open_line: OpenLine) -> None:
    line: Line = await open_line(Access(admins=frozenset({OWNER})), languages=Languages(MADE_UP))
    line.server.world.chat(GROUP, title="Desk", admins={ADMIN})
    await line.chats.put(PLAIN)
    (call,) = await line.say("/lang inglés")
    assert call.text == "Alerts and answers here come in English from now on."
    await line.chats.put(PLAIN)
    (call,) = await line.say('/import {"language": "en"}')
    assert call.text == "These settings hold here from now on. /settings shows them."
    await line.chats.put(PLAIN)
    await line.say("/lang")
    assert set(line.buttons()) == {*LANGUAGES.values(), f"← {MADE_UP('Settings')}"}
    toast, calls = await line.tap(line.buttons()["English"], line.message()["message_id"])
    assert (toast, [call.text.startswith("<b>Language</b>") for call in calls]) == ("Set", [True])
    assert line.buttons()["✓ English"] == "g:b:language:en"
    await line.say("/lang urudu")
    assert set(line.buttons()) == {"اردو"}
    await line.tap(line.buttons()["اردو"], line.message()["message_id"])
    assert (await line.chat()).language == "ur"
    (call,) = await line.say("/lang ur", GROUP, PERSON)
    assert "Only admins" in call.text
    await line.say("/lang ur", GROUP, ADMIN)
    assert (await line.chat(GROUP)).language == "ur"


async def test_the_first_page_greets_anew_in_the_language_that_was_tapped(open_line: OpenLine) -> None:
    line: Line = await open_line(Access(admins=frozenset({OWNER})), languages=Languages(MADE_UP))
    await line.chats.put(PLAIN)
    await line.say("/start")
    _, calls = await line.tap(line.buttons()["English"], line.message()["message_id"])
    assert [call.method for call in calls] == ["editMessageText"]
    assert "tells structural change from headline noise" in calls[0].text
    assert {"✓ English", "✓ Chips", "Next →"} <= set(line.buttons())
    assert (await line.chat()).active


async def test_a_tap_of_which_telegram_names_no_chat_is_answered_in_the_persons_language(line: Line) -> None:
    since = len(line.server.world.calls)
    line.server.world.queries["q"] = False
    person = {"id": PERSON, "is_bot": False, "first_name": "Person", "language_code": "es-AR"}
    query = {"id": "q", "from": person, "chat_instance": "1", "inline_message_id": "1", "data": "t:crypto:off"}
    await line.server.update("callback_query", query)
    await line.read(since)
    assert line.server.world.answers[-1]["text"] == Languages().of("es")(OUT_OF_DATE)
