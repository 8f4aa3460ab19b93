"""/chart, an alert's chart and /week through the real Application: what is drawn, and what is told instead."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.buttons import parse
from bot.chats import DeliveryState
from bot.commands.chart import NO_PHOTOS, NO_PRICES, NOT_DRAWN, told_at
from bot.commands.stories import GONE
from bot.commands.week import NOTHING
from bot.delivery.ledger import ledger_key, open_ledger
from bot.pictures.chart import Told
from bot.pictures.studio import Studio
from bot.shade import Shade
from bot.stretch import Stretch
from bot.taps import AlertChart, Chart, Week
from pipelines import keys
from pipelines.prices.history import Step, write_close
from pipelines.prices.measured import begin_reaction
from pipelines.prices.quote import Quote, write_quote
from rules.story import Tag, Topic
from tests.chats.make import NOW, alert, report
from tests.telegram.conftest import GROUP, OTHER, PERSON, Line, OpenLine
from tests.telegram.faults import Fault
from tests.telegram.html import parse as parsed
from tests.telegram.test_commands import judged, text_of
from tests.telegram.world import Call

HOSTILE = "稀土 $x^2$ \\frac{1}{2} <b>&amp; \u202eevil " + "W" * 200


async def priced(store: Any, symbol: str = "BTC", *, hours: int = 30, price: float = 90_000) -> None:
    """Closes of each quarter of an hour up to now, and a quote."""
    async with store.pipeline(transaction=False) as pipe:
        for number in range(hours * 4, -1, -1):
            paid = Decimal(str(price * (1 + 0.01 * math.sin(number / 9))))
            for command in write_close(symbol, paid, NOW - number * Step.QUARTER.value):
                pipe.execute_command(*command)
        await pipe.execute()
    await quoted(store, symbol, str(price))


async def quoted(store: Any, symbol: str, price: str) -> None:
    quote = Quote(symbol, Decimal(price), None, NOW, ("one",))
    await store.hset(keys.QUOTES, symbol, write_quote(quote))


async def photo_of(line: Line, command: str, **where: Any) -> Call:
    """The picture that a command is answered with; until it comes, Telegram shows that one is on its way."""
    world = line.server.world
    before = len(world.calls)
    first, *_ = await line.say(command, **where)
    assert (first.method, first.params["action"]) == ("sendChatAction", "upload_photo")
    await line.server.until(lambda: any(call.method == "sendPhoto" for call in world.calls[before:]))
    (sent,) = [call for call in world.calls[before:] if call.method == "sendPhoto"]
    assert sent.status == 200
    return sent


async def told_instead(line: Line, command: str) -> str:
    """What a command says where it would draw, after it has begun to."""
    world = line.server.world
    before = len(world.calls)
    await line.say(command)

    def mine() -> list[Call]:
        return [call for call in world.calls[before:] if call.method == "sendMessage" and call.chat == PERSON]

    await line.server.until(lambda: bool(mine()))
    return parsed(mine()[0].text)[0]


async def test_a_chart_comes_and_is_turned_into_its_other_shade_in_its_place(line: Line, store: Redis) -> None:
    await priced(store)
    await photo_of(line, "/chart bitcoin 24h")
    message = line.message()
    assert (message["photo"][0]["width"], message["photo"][0]["height"]) == (1080, 810)
    assert message["caption"].startswith("BTC $90,000 · ")
    assert message["caption"].endswith("Educational, never financial advice.")
    assert list(line.buttons()) == ["✓ BTC", "ETH", "USDC", "✓ 24h", "7d", "30d", "Dark"]
    light = message["photo"][0]["file_unique_id"]
    toast, (edited,) = await line.tap(line.buttons()["Dark"], message["message_id"])
    assert (toast, edited.method, edited.message_id) == ("", "editMessageMedia", message["message_id"])
    assert line.message()["photo"][0]["file_unique_id"] != light
    assert list(line.buttons())[-1] == "Light"
    # A coin without a past is said, and the picture stays.
    _, (said,) = await line.tap(line.buttons()["ETH"], message["message_id"])
    assert parsed(said.text)[0] == NO_PRICES.format(coin="ETH")
    # Where no picture may be sent, words are: the drawing is at hand.
    line.server.fault(Fault("no-rights", method="sendPhoto"))
    assert await told_instead(line, "/chart") == NO_PHOTOS


async def test_an_alerts_chart_comes_by_button_under_the_story_whatever_its_title(line: Line, store: Redis) -> None:
    about = alert(report(1, title=HOSTILE))
    await judged(store, about)
    await priced(store)
    await line.say(f"/story {about.story.id}")
    toast, (sent,) = await line.tap(line.buttons()["Chart"], line.message()["message_id"])
    assert (toast, sent.method, sent.status) == ("", "sendPhoto", 200)
    assert ", 4 min after the news" in line.message()["caption"]
    assert list(line.buttons()) == ["✓ BTC", "ETH", "USDC", "Dark", "Picture", "Story"]
    # It is about the story, as far as an answer to it goes.
    assert parse(line.buttons()["Dark"]) == AlertChart(about.story.id, "BTC", Shade.DARK)
    _, (gone,) = await line.tap("h:light::2y4k0x9ab", line.message()["message_id"])
    assert parsed(gone.text)[0] == GONE


async def test_the_week_comes_without_prices_too(line: Line, store: Redis) -> None:
    assert await text_of(line, "/week") == NOTHING
    old = replace(alert(report(1)), judged=NOW - timedelta(days=8))
    await judged(store, old)
    assert await text_of(line, "/week") == NOTHING
    await judged(store, *(alert(report(n, tags=(Tag(topic, 0.9),))) for n, topic in enumerate(Topic, 2)))
    await photo_of(line, "/week", chat=GROUP, user=OTHER)
    assert line.message(GROUP)["caption"].startswith("7 structural changes in seven days")
    message = line.message(GROUP)["message_id"]
    _, (edited,) = await line.tap(line.buttons(GROUP)["Dark"], message, GROUP, OTHER)
    assert (edited.method, edited.status) == ("editMessageMedia", 200)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("/chart", NO_PRICES.format(coin="BTC")),
        ("/chart eth 30d", NO_PRICES.format(coin="ETH")),
        ("/chart 7d USD Coin", NO_PRICES.format(coin="USDC")),
        ("/chart bananas", "I keep no price of bananas. I have BTC, ETH, USDC; /coins adds others."),
        ("/chart {0.__class__} week", "I keep no price of {0.__class__}. I have BTC, ETH, USDC; /coins adds others."),
        ("/chart sol", "I keep no price of SOL. I have BTC, ETH, USDC; /coins adds others."),
    ],
)
async def test_what_cannot_be_drawn_is_told(line: Line, asked: str, answer: str) -> None:
    assert await told_instead(line, asked) == answer


async def test_bare_it_is_the_chats_first_coin(line: Line) -> None:
    await line.say("/start")
    await line.say("/coins eth btc")
    first = (await line.chat()).coins[0]
    assert await told_instead(line, "/chart") == NO_PRICES.format(coin=first)


async def test_a_drawing_that_fails_is_said(open_line: OpenLine, store: Redis) -> None:
    line = await open_line(Access(), studio=Studio(waiting=0))
    await priced(store, hours=1)
    assert await told_instead(line, "/chart btc") == NOT_DRAWN


@pytest.mark.parametrize(
    "data",
    [
        "c:dark:24h:", "c:dark:2h:BTC", "c:pink:24h:BTC", "c:dark:24h:a b", "c:dark:24h:" + "A" * 21, "k:", "k:dark:1",
        "h:dark:BTC", "h:dark:a b:2y4k0x9ab", "h::BTC:2y4k0x9ab",
    ],
)  # fmt: skip
def test_a_forged_button_is_no_button(data: str) -> None:
    assert parse(data) is None


def test_buttons_carry_what_they_draw() -> None:
    assert parse("c:dark:7d:BTC") == Chart("BTC", Stretch.WEEK, Shade.DARK)
    assert parse("h:light::2y4k0x9ab") == AlertChart("2y4k0x9ab", "", Shade.LIGHT)
    assert parse("k:dark") == Week(Shade.DARK)


async def test_an_alert_is_told_when_its_message_was_sent(store: Any) -> None:
    """Without a message, when others were told; news counts from when its reaction is measured."""
    published = NOW - timedelta(minutes=30)
    about = alert(report(1, published=published))
    story = about.story.id
    await judged(store, about)
    assert await told_at(store, about, 5) == Told(published, NOW)
    later = NOW + timedelta(minutes=2)
    for command in begin_reaction(story, published, later):
        await store.execute_command(*command)
    assert await told_at(store, about, 5) == Told(published, later)
    for command in open_ledger(story, 1, NOW):
        await store.execute_command(*command)
    sent = NOW + timedelta(minutes=20)
    await store.hset(ledger_key(story, 5, 1), "5", f"{DeliveryState.SENT} 1 1 0 {int(sent.timestamp())} 77 1")
    assert await told_at(store, about, 5) == Told(published, sent)


async def test_news_that_was_old_by_then_counts_from_the_alert(store: Any) -> None:
    old = alert(report(2, published=NOW - timedelta(hours=2)))
    await judged(store, old)
    assert await told_at(store, old, 5) == Told(NOW, NOW)
