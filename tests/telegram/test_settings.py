"""The beginning, the board of settings, coins and a place in a forum: through the real Application, taps counted."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.boards import render_board
from bot.buttons import PAGES, parse
from bot.chats import Chat, Mute
from bot.languages.catalogues import LANGUAGES
from bot.markup import MAX_DATA
from bot.presets import BUDGET, DIGEST, QUIET, Amount, amount, apply, with_amount
from bot.quiet import Quiet
from bot.sound import Sound
from pipelines import keys
from pipelines.prices.coins import COINS, OFFERED, Coin
from pipelines.prices.listing import write_listing
from pipelines.prices.quote import write_quote
from rules.story import Topic
from rules.verdict import Label, Severity
from tests.chats.make import NOW, alert, chat, quote
from tests.telegram.conftest import ADMIN, GROUP, OTHER, PERSON, Line
from tests.telegram.test_commands import judged, text_of

CHIPS, ENERGY, EARTH = Topic.SEMICONDUCTOR, Topic.ENERGY, Topic.RARE_EARTH


class Phone:
    """One message that edits itself, and how often it was tapped."""

    def __init__(self, line: Line, chat: int = PERSON, user: int = PERSON) -> None:
        self.line, self.chat, self.user = line, chat, user
        self.message = line.message(chat)["message_id"]
        self.taps = 0

    async def tap(self, word: str) -> str:
        """Tap the button of that word; the toast."""
        self.taps += 1
        toast, calls = await self.line.tap(self.line.buttons(self.chat)[word], self.message, self.chat, self.user)
        assert [call.method for call in calls] == ["editMessageText"], "the message edits itself"
        return toast

    @property
    def text(self) -> str:
        return str(self.line.message(self.chat)["text"])


async def test_start_to_a_set_up_chat_in_six_taps(line: Line, store: Redis) -> None:
    await store.hset(keys.QUOTES, "SOL", write_quote(quote("SOL", "142.5")))
    await line.say("/start")
    before = len(line.server.world.chats[PERSON].messages)
    phone = Phone(line)
    assert "1 of 3 · Which topics?" in phone.text
    await phone.tap("✓ English")
    await phone.tap("✓ Energy")
    await phone.tap("Next →")
    assert "2 of 3 · How much?" in phone.text
    await phone.tap("Structural, and a watch digest")
    assert "3 of 3 · Which coins?" in phone.text
    await phone.tap("✗ SOL")
    await phone.tap("Done ✓")
    assert phone.taps <= 6
    assert len(line.server.world.chats[PERSON].messages) == before
    chat = await line.chat()
    assert (chat.active, ENERGY in chat.topics, amount(chat)) == (True, False, Amount.DIGEST)
    assert (chat.digest, chat.coins) == ((480,), ("BTC", "ETH", "USDC", "SOL"))
    assert "Done. You get structural news, and what is to be watched in the digest, about all but energy." in phone.text
    assert "▼ A sample: made up, to show how one reads" in phone.text
    assert "SOL $142.50" in phone.text
    assert "Educational, never financial advice." in phone.text
    await phone.tap("Settings")
    assert phone.text.startswith("Settings\nAlerts are on.")


async def test_nothing_after_start_is_enough(line: Line) -> None:
    assert "Alerts are on, about all topics." in await text_of(line, "/start")
    chat = await line.chat()
    assert (chat.active, chat.topics, amount(chat), chat.level) == (
        True,
        tuple(Topic),
        Amount.STRUCTURAL,
        Severity.LOW,
    )
    assert chat.coins


async def test_the_sample_is_the_newest_real_story_where_there_is_one(line: Line, store: Redis) -> None:
    told = alert()
    await judged(store, told)
    await line.say("/start")
    phone = Phone(line)
    for word in ("Next →", "Next →", "Done ✓"):
        await phone.tap(word)
    assert "▼ A sample: the newest that was told" in phone.text
    assert "Ministry puts export licences on terbium into force" in phone.text
    assert line.buttons()["Why"] == f"w:{told.story.id}"
    assert all(parse(data) is not None for data in line.buttons().values())


LINK_CASES: list[tuple[str, tuple[Topic, ...], tuple[str, ...] | None, Amount, str]] = [
    ("chips", (CHIPS,), None, Amount.STRUCTURAL, "Set by your link: Chips."),
    ("rare-earths-chips", (EARTH, CHIPS), None, Amount.STRUCTURAL, "Set by your link: Rare earths, Chips."),
    ("chips-watch-btc", (CHIPS,), ("BTC",), Amount.DIGEST, "Set by your link: Chips; BTC; structural news, and"),
    ("bananas", tuple(Topic), None, Amount.STRUCTURAL, "Your link also says “bananas”, which I do not know"),
    ("chips-x_y", (CHIPS,), None, Amount.STRUCTURAL, "Your link also says “x”, “y”, which"),
    ("-", tuple(Topic), None, Amount.STRUCTURAL, "Alerts are on"),
]


async def test_a_link_carries_a_preset(line: Line) -> None:
    for payload, topics, coins, how, said in LINK_CASES:
        await line.chats.forget(PERSON)
        assert said in await text_of(line, f"/start {payload}")
        chat = await line.chat()
        assert chat.active
        assert (chat.topics, amount(chat)) == (topics, how), payload
        assert chat.coins == (coins or ("BTC", "ETH", "USDC")), payload


async def test_a_link_takes_nothing_from_a_chat_that_is_set(line: Line) -> None:
    await line.say("/start energy-sol-watch")
    await line.say("/start chips-btc-structural")
    chat = await line.chat()
    assert (chat.topics, chat.coins, amount(chat)) == ((CHIPS, ENERGY), ("SOL", "BTC"), Amount.DIGEST)


WISHES: dict[str, Any] = {
    "a topic": lambda chat: CHIPS not in chat.topics,
    "a watch digest": lambda chat: amount(chat) is Amount.DIGEST,
    "all that is to be watched": lambda chat: amount(chat) is Amount.WATCH,
    "severity": lambda chat: chat.level is Severity.HIGH,
    "any coin": lambda chat: OFFERED[-1].symbol in chat.coins,
    "a coin gone": lambda chat: "BTC" not in chat.coins,
    "sound": lambda chat: chat.sound is Sound.OFF,
    **{f"quiet {name}": lambda chat, each=each: chat.quiet == each for name, each in QUIET.items() if each},
    **{f"digest {name}": lambda chat, each=each: chat.digest == each for name, each in DIGEST.items() if each},
    **{f"budget {name}": lambda chat, each=each: chat.budget == each for name, each in BUDGET.items() if each},
    "zone": lambda chat: chat.zone == "Asia/Karachi",
    "a mute": lambda chat: ENERGY not in chat.heard(tuple(Topic), NOW),
    "language": lambda chat: chat.language == "ur",
    "off": lambda chat: not chat.active,
}


async def test_any_setting_is_three_taps_away(line: Line) -> None:
    """The way there is searched among the buttons that were drawn, as a person would look, and then really tapped."""
    await line.say("/start")
    fresh = await line.chat()
    for wish, reached in WISHES.items():
        await line.chats.put(fresh)
        await line.say("/settings")
        phone = Phone(line)
        for word in _way(fresh, reached):
            await phone.tap(word)
        assert phone.taps <= 3, wish
        assert reached(await line.chat()), wish
    assert not (await line.chat()).active, "the last wish was to be left alone"
    await phone.tap("Turn alerts on")
    assert (await line.chat()).active


def _way(start: Chat, reached: Any) -> list[str]:
    """The words of the fewest buttons from the board's first page to the wish."""
    line_up: deque[tuple[Chat, str, list[str]]] = deque([(start, "home", [])])
    seen = {(start, "home")}
    while line_up:
        at, page, way = line_up.popleft()
        if reached(at):
            return way
        if len(way) == 3:
            continue
        for button in (each for row in render_board(at, page, NOW).buttons for each in row):
            _, _, onward, *value = button.data.split(":")
            made = apply(at, onward, value[0], NOW) if value else at
            assert not isinstance(made, str), "a button that is shown can be tapped"
            if (made, onward) not in seen:
                seen.add((made, onward))
                line_up.append((made, onward, [*way, button.text]))
    raise AssertionError("no three taps lead there")


def test_every_button_of_the_board_fits_and_is_understood() -> None:
    full = replace(chat(), coins=tuple(coin.symbol for coin in COINS[:10]))
    for made in (chat(), full, with_amount(chat(), Amount.DIGEST).muted(CHIPS, None, NOW)):
        for page in PAGES:
            for button in (each for row in render_board(made, page, NOW).buttons for each in row):
                assert len(button.data.encode()) <= MAX_DATA - len("~-1000000000000"), "there is room for a channel"
                assert parse(button.data) is not None


async def test_the_board_says_how_things_stand(line: Line) -> None:
    await line.say("/mute chips 8h")
    await line.say("/mute rule chips-act")
    text = await text_of(line, "/settings")
    for told in ("Alerts are off.", "Topics: all", "Coins: BTC, ETH, USDC", "Quiet hours: off", "Mutes: Chips"):
        assert told in text
    phone = Phone(line)
    await phone.tap("Mutes")
    assert await phone.tap("🔕 Chips") == "Set"
    assert (await line.chat()).mutes == (Mute("rule:chips-act"),)
    await phone.tap("← Settings")
    await phone.tap("Language")
    assert "By name too: /lang urdu" in phone.text
    assert set(line.buttons()) == {
        f"✓ {LANGUAGES['en']}",
        *(LANGUAGES[each] for each in ("es", "ur", "zh")),
        "← Settings",
    }
    await phone.tap("← Settings")
    await phone.tap("Quiet hours")
    await phone.tap("22:00 to 07:00")
    assert (await line.chat()).quiet == Quiet(1320, 420)
    assert not (await line.chat()).active, "a setting is no wish for alerts"


async def test_no_digest_means_no_watch_digest(line: Line) -> None:
    await line.say("/start watch")
    await line.say("/settings")
    phone = Phone(line)
    await phone.tap("Digest")
    await phone.tap("Off")
    chat = await line.chat()
    assert (chat.digest, amount(chat)) == ((), Amount.STRUCTURAL)
    await line.say("/level watch")
    assert amount(await line.chat()) is Amount.WATCH


async def test_what_no_button_carries_changes_nothing(line: Line) -> None:
    await line.say("/start")
    before = await line.chat()
    for data in (
        *("g:b:level:loud", "g:b:coins:DOGGO+", "g:b:coins:BTC", "g:b:quiet:2500-0000", "g:b:mutes:bananas+", "g:b"),
        *("g:x:home", "g:b:nowhere", "g:b:home:on", "g:s:topics:semiconductor:-", "f:maybe", "g:b:language:xx"),
    ):
        toast, calls = await line.tap(data, line.message()["message_id"])
        assert (toast, calls) == ("This button is out of date. /help lists what I can do.", []), data
    assert await line.chat() == before


async def test_an_old_board_sets_what_it_says(line: Line) -> None:
    """A second phone shows the board of before: its tap is the same wish once more, and harms nothing."""
    await line.say("/start")
    await line.say("/settings")
    phone = Phone(line)
    await phone.tap("Topics")
    stale = line.buttons()["✓ Chips"]
    await phone.tap("✓ Chips")
    toast, calls = await line.tap(stale, phone.message)
    assert (toast, [call.status for call in calls]) == ("Set", [400]), "not modified, which does no harm"
    assert CHIPS not in (await line.chat()).topics
    toast, _ = await line.tap(line.buttons()["✗ Chips"], 4711)
    assert toast == "Set", "the message is gone, the wish is not"


async def test_a_members_tap_turns_no_page_of_a_groups_board(line: Line) -> None:
    await line.say("/settings", GROUP, PERSON)
    before = line.message(GROUP)
    for data in (line.buttons(GROUP)["Topics"], "g:b:topics:semiconductor-", "f:yes"):
        toast, calls = await line.tap(data, before["message_id"], GROUP, PERSON)
        assert (toast, calls) == ("Only admins of this chat can change its settings.", [])
    assert await line.chats.get(GROUP) is None
    phone = Phone(line, GROUP, ADMIN)
    await phone.tap("Topics")
    await phone.tap("✓ Chips")
    assert CHIPS not in (await line.chat(GROUP)).topics
    toast, calls = await line.tap("g:b:topics:energy-", 1, PERSON, OTHER)
    assert (toast, calls) == ("Only admins of this chat can change its settings.", [])


COIN_CASES: list[tuple[str, tuple[str, ...], str]] = [
    ("btc eth", ("BTC", "ETH"), "Under each alert from now on: BTC, ETH."),
    ("$sol, bitcoin and ripple", ("SOL", "BTC", "XRP"), "SOL, BTC, XRP"),
    ("Bitcoin Cash", ("BCH",), "from now on: BCH."),
    ("btc usd coin, Ethereum Classic", ("BTC", "USDC", "ETC"), "from now on: BTC, USDC, ETC."),
    ("btc doggo", ("BTC", "ETH", "USDC"), "I know no coin doggo, so nothing was changed. I know BTC, ETH"),
    ("none", (), "No prices stand under alerts"),
    (" ".join(coin.symbol for coin in COINS), ("BTC", "ETH", "USDC"), "10 coins are the most"),
    ("<b>&", ("BTC", "ETH", "USDC"), "I know no coin <b>&,"),
    ("", ("BTC", "ETH", "USDC"), "Their prices stand under each alert."),
]


async def test_coins(line: Line) -> None:
    await line.say("/start")
    fresh = await line.chat()
    for words, coins, said in COIN_CASES:
        await line.chats.put(fresh)
        assert said in await text_of(line, f"/coins {words}")
        assert (await line.chat()).coins == coins, words
        assert set(coins) <= await line.chats.coins(), "so that their prices are kept"


async def test_a_chosen_coin_can_be_asked_for_at_once(line: Line) -> None:
    assert "I keep no price of SOL." in await text_of(line, "/price sol")
    await line.say("/coins solana")
    assert (await text_of(line, "/price sol")).startswith("SOL no price right now")


WOJAK = Coin("WOJAK", "Wojak Finance", None, kraken="WOJAKUSD", kraken_key="WOJAKUSD", coinbase="WOJAK-USD")


@pytest.mark.parametrize("words", ["wojak", "$WOJAK", "btc and Wojak Finance", "wojak finance, eth"])
async def test_a_coin_that_only_a_venue_lists_can_be_chosen(line: Line, store: Redis, words: str) -> None:
    await write_listing(store, [WOJAK])
    assert "WOJAK" in await text_of(line, f"/coins {words}")
    assert "WOJAK" in (await line.chat()).coins
    assert "WOJAK" in await line.chats.coins(), "so that its price is kept"
    await store.hset(keys.QUOTES, "WOJAK", write_quote(quote("WOJAK", "0.5")))
    assert (await text_of(line, "/price wojak finance")).startswith("WOJAK $0.50")
    await line.say("/coins")
    assert "✓ WOJAK" in line.buttons(), "it can be taken away"
    toast, _ = await line.tap(line.buttons()["✓ WOJAK"], line.message()["message_id"])
    assert toast == "Set"
    assert "WOJAK" not in (await line.chat()).coins
    assert "✗ WOJAK" not in line.buttons(), "buttons offer the well-known ones"


async def test_a_coin_that_no_venue_lists_any_more_has_no_price(line: Line) -> None:
    await line.say("/start")
    await line.chats.put(replace(await line.chat(), coins=("WOJAK",)))
    assert (await text_of(line, "/price")).startswith("WOJAK no price right now")
    assert (await text_of(line, "/price wojak")).startswith("WOJAK no price right now")
    assert "I know no coin wojak" in await text_of(line, "/coins btc wojak")
    await line.say('/import {"sound": "off"}')
    assert (await line.chat()).sound is Sound.OFF, "what the chat has is no reason to refuse the rest"
    assert (await line.chat()).coins == ("WOJAK",)


async def test_a_full_list_of_coins_says_so(line: Line) -> None:
    await line.say("/coins " + " ".join(coin.symbol for coin in COINS[:10]))
    await line.say("/coins")
    toast, calls = await line.tap(line.buttons()[f"✗ {OFFERED[-1].symbol}"], line.message()["message_id"])
    assert (toast, calls) == ("10 coins are the most: each is a line of every alert.", [])
    assert len((await line.chat()).coins) == 10


async def test_here_binds_a_topic_of_a_forum(line: Line) -> None:
    in_topic: Any = {"message_thread_id": 9, "is_topic_message": True}
    assert "Only admins" in await text_of(line, "/here", chat=GROUP, user=PERSON, **in_topic)
    said = await text_of(line, "/here", chat=GROUP, user=ADMIN, **in_topic)
    assert said == "Alerts come to this topic from now on. They are off; /start turns them on."
    assert (await line.chat(GROUP)).thread == 9
    # A reply outside of a forum has a thread too, but is no topic.
    assert "general" in await text_of(line, "/here", chat=GROUP, user=ADMIN, message_thread_id=9)
    assert (await line.chat(GROUP)).thread is None
    assert "/here is for a group with topics" in await text_of(line, "/here")


def test_watch_level_of_a_newcomer_is_structural() -> None:
    assert (amount(chat()), chat().overlay.least) == (Amount.STRUCTURAL, Label.STRUCTURAL)
