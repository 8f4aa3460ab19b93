"""/reaction through the real Application: by id, by words, under an alert, by button, and what is not known."""

from __future__ import annotations

from datetime import timedelta

from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.history import write
from pipelines.prices.measured import begin_reaction, measure, write_moves
from pipelines.prices.reaction import HORIZONS
from pipelines.prices.read import read_quotes
from pipelines.prices.told import keep_told
from tests.chats.make import NOW, alert, report
from tests.reaction.told import quote, remember
from tests.telegram.conftest import PERSON, Line
from tests.telegram.test_commands import judged, text_of


async def test_a_story_and_its_prices(line: Line, store: Redis) -> None:
    told = alert()
    published = told.story.lead.published
    await judged(store, told)
    assert "I did not look at prices after that story" in await text_of(line, f"/reaction {told.story.id}")
    await remember(store, "BTC", 70_000.0, published)
    await quote(store, published - timedelta(seconds=40), BTC=70_000.0, ETH=3_500.0)
    await quote(store, NOW - timedelta(seconds=10), BTC=70_350.0)
    await write(store, begin_reaction(told.story.id, published, NOW))
    await keep_told(store, told.story.id, await read_quotes(store, ["BTC"]), NOW, timedelta(days=1))
    await quote(store, published + HORIZONS[0] - timedelta(seconds=40), BTC=71_400.0)
    await write(store, write_moves(told.story.id, HORIZONS[0], await measure(store, published, HORIZONS[0])))
    text = await text_of(line, f"/reaction {told.story.id.upper()}")
    assert "Measured from publication, 24 Nov 09:26 UTC; alert at 24 Nov 09:30 UTC." in text
    assert "BTC $70,000 at publication · $70,350 at the alert\nAfter 15 min: +2.0%, " in text
    assert " times its usual move\n" in text
    assert "ETH $3,500.00 at publication · $3,500.00 at the alert\n" in text, "four minutes old is near enough"
    assert "USDC no price at the time" in text
    assert text == await text_of(line, "/reaction terbium licences")
    replied = {
        "message_id": 5,
        "date": 1,
        "chat": {"id": PERSON, "type": "private", "first_name": "Ada"},
        "text": "an alert",
        "reply_markup": {"inline_keyboard": [[{"text": "Why", "callback_data": f"w:{told.story.id}"}]]},
    }
    (call,) = await line.say("/reaction", reply_to_message=replied)
    assert "Measured from publication" in call.text
    await store.delete(keys.QUOTES)


async def test_what_is_not_known_is_said(line: Line, store: Redis) -> None:
    assert "Reply to an alert with /reaction" in await text_of(line, "/reaction")
    assert "I know no such story" in await text_of(line, "/reaction 2y4k0x9ab")
    first, second = alert(report(1, title="A levy on magnets")), alert(report(2, title="A tax on magnets"))
    await judged(store, first, second)
    assert "Which one do you mean?" in await text_of(line, "/reaction magnets")
    _, calls = await line.tap(line.buttons()["Prices 2"], line.message()["message_id"])
    assert "I did not look at prices after that story" in calls[0].text


async def test_one_that_went_on_in_another_is_told_there_and_a_chat_without_coins_is_told_so(
    line: Line, store: Redis
) -> None:
    second = alert(report(2, title="The second"))
    first = alert(report(1, title="The first"), merged=second.story.id)
    await judged(store, first, second)
    await write(store, begin_reaction(second.story.id, NOW, NOW))
    assert "Prices after: The second" in await text_of(line, f"/reaction {first.story.id}")
    await line.say("/coins none")
    assert "This chat has chosen no coins" in await text_of(line, f"/reaction {first.story.id}")
