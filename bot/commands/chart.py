"""/chart, and an alert's chart by its button: what a coin cost, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from bot.chats import COINS
from bot.commands.context import Ask, BotContext, Drawing, Photo
from bot.commands.finding import survivor
from bot.commands.stories import GONE
from bot.delivery.ledger import Ledger
from bot.languages.translator import N_
from bot.markup import Message
from bot.pictures.captions import alert_chart_caption, chart_caption
from bot.pictures.chart import Looked, Priced, Told, alert_plot, coin_plot
from bot.pictures.curve import points_of
from bot.pictures.plot import Plot
from bot.pictures.studio import NoPictureError
from bot.quoted import absent_words
from bot.replies import say
from bot.shade import Shade
from bot.stretch import Stretch
from bot.taps import AlertChart, Chart
from bot.text import shown
from pipelines import keys
from pipelines.events import Alert
from pipelines.judged import read_judged
from pipelines.prices.history import Step, read_series
from pipelines.prices.measured import news_at, read_reaction, read_usual
from pipelines.prices.reaction import STABLE, threshold
from pipelines.prices.read import read_quotes

NOT_DRAWN = N_("I could not draw it just now. Please try again in a minute; /price tells what coins cost.")
NO_PHOTOS = N_("I may not send pictures here. /price tells what coins cost.")
NO_PRICES = N_("I kept no prices of {coin} at that time. /price tells what it costs now.")
_STRETCHES: Mapping[str, Stretch] = {
    "24h": Stretch.DAY, "1d": Stretch.DAY, "day": Stretch.DAY, "today": Stretch.DAY,
    "7d": Stretch.WEEK, "1w": Stretch.WEEK, "week": Stretch.WEEK,
    "30d": Stretch.MONTH, "1m": Stretch.MONTH, "month": Stretch.MONTH,
}  # fmt: skip


async def chart(context: BotContext, ask: Ask) -> Message | Drawing:
    """A coin by name or symbol, the chat's first where none is named, over 24 hours where nothing else is said."""
    words = ask.text.replace(",", " ").split()[:10]
    stretches = [_STRETCHES[word.lower()] for word in words if word.lower() in _STRETCHES]
    named = " ".join(word for word in words if word.lower() not in _STRETCHES)
    coins = await coins_of(context, ask)
    coin = (await context.listed.coins(context.store, ask.now)).find(named)
    # A coin that no venue lists any more is still the chat's.
    symbol = coin.symbol if coin is not None else up if (up := named.upper()) in coins else shown(named, 20)
    return await coin_chart(context, ask, Chart(symbol or coins[0], (*stretches, Stretch.DAY)[0], Shade.LIGHT))


async def coin_chart(context: BotContext, ask: Ask, pressed: Chart) -> Message | Drawing:
    """A coin's chart, to be drawn; what the person is told where there is none."""
    if (refused := await _unknown(context, ask, pressed.coin)) is not None:
        return refused
    looked = await looked_by(context, ask)
    coin = await read_priced(context, pressed.coin, ask.now - pressed.stretch.length, ask.now)
    plot = coin_plot(coin, pressed.stretch, looked)
    if plot is None:
        return say(ask.tr(NO_PRICES, coin=shown(coin.symbol, 20)))
    coins = await coins_of(context, ask)
    caption = chart_caption(coin, pressed.stretch, pressed.shade, coins, looked)
    return drawing(context, ask, f"chart {coin.symbol} {pressed.stretch}", plot, pressed.shade, caption)


async def alert_chart(context: BotContext, ask: Ask, pressed: AlertChart) -> Message | Drawing:
    """The price of a coin around a story's alert, to be drawn; what the person is told where there is none."""
    alert = await read_judged(context.store, pressed.story)
    if alert is None:
        return say(ask.tr(GONE))
    alert, coins = await survivor(context.store, alert), await coins_of(context, ask)
    symbol = pressed.coin or coins[0]
    if (refused := await _unknown(context, ask, symbol)) is not None:
        return refused
    looked, told = await looked_by(context, ask), await told_at(context.store, alert, ask.chat_id)
    since, to = told.around(ask.now)
    coin = await read_priced(context, symbol, since, min(ask.now, to))
    coin = replace(coin, habit=await read_usual(context.store, symbol, told.news))
    measured = sum(each not in STABLE for each in dict.fromkeys((*coins, symbol)))
    plot = alert_plot(alert, told, coin, looked, threshold(measured))
    if plot is None:
        return say(ask.tr(NO_PRICES, coin=shown(symbol, 20)))
    caption = alert_chart_caption(alert, coin, pressed.shade, coins, looked, told)
    return drawing(context, ask, f"alert {alert.story.id} {symbol}", plot, pressed.shade, caption)


def drawing(context: BotContext, ask: Ask, what: str, plot: Plot, shade: Shade, caption: Message) -> Drawing:
    """The picture of a plot, of which one version is kept for each chat's zone and language."""

    async def draw() -> Photo | Message:
        looked = await looked_by(context, ask)
        try:
            png = await context.studio.plot(f"{what} {looked.zone} {looked.tr.language}", plot, shade, ask.now)
        except NoPictureError:
            return say(ask.tr(NOT_DRAWN))
        return Photo(png, caption, ask.tr(NO_PHOTOS))

    return Drawing(draw)


async def looked_by(context: BotContext, ask: Ask) -> Looked:
    """From where the chat looks: its clock and language, to the minute, so that the other shade is the same picture."""
    chat = await context.chats.get(ask.chat_id)
    return Looked(ask.now.replace(second=0, microsecond=0), chat.zone if chat else "UTC", ask.tr)


async def coins_of(context: BotContext, ask: Ask) -> tuple[str, ...]:
    """The chat's coins, or those that everybody has where it has none."""
    chat = await context.chats.get(ask.chat_id)
    return (chat.coins if chat else ()) or context.coins or COINS


async def read_priced(context: BotContext, symbol: str, since: datetime, until: datetime) -> Priced:
    """A coin with what it cost then; the quote at hand is the newest point."""
    store = context.store
    coin = (await context.listed.coins(store, context.clock())).find(symbol)
    series = [await read_series(store, symbol, step, since, until) for step in _steps(until - since)]
    (quote, *_) = (*await read_quotes(store, (symbol,)), None)
    return Priced(symbol, coin.name if coin is not None else "", points_of(series, since, until, quote))


async def told_at(store: Redis, alert: Alert, chat: int) -> Told:
    """When the news came out, by which its reaction is measured, and when the chat got its message.

    A chat without one is shown when others were told, or else when the story became what it is.
    """
    story = alert.story
    reaction = await read_reaction(store, story.id)
    delivery = (await Ledger(store).last(story.id, [chat])).get(chat)
    if delivery is not None and delivery.message_id is not None:
        sent = delivery.at
    elif reaction is not None:
        sent = reaction.alert
    else:
        became = await store.zscore(keys.LATEST, story.id)
        sent = datetime.fromtimestamp(float(became), UTC) if became is not None else story.first_seen
    if reaction is not None:
        return Told(reaction.news, sent)
    return Told(news_at(min(report.published for report in story.reports), sent), sent)


def _steps(length: timedelta) -> tuple[Step, ...]:
    """What is read for so long a time: minutes where they can be told apart in a picture."""
    return (Step.MINUTE, Step.QUARTER) if length <= timedelta(days=2) else (Step.QUARTER,)


async def _unknown(context: BotContext, ask: Ask, symbol: str) -> Message | None:
    """What is said of a coin whose price nobody keeps."""
    if symbol in {*context.coins, *await context.chats.coins()}:
        return None
    return say(absent_words((shown(symbol, 20),), context.coins, ask.tr))
