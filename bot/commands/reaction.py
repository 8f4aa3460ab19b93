"""/reaction: whether the chat's coins moved after a story, and by how many of their usual moves."""

from __future__ import annotations

from bot.buttons import reaction_data
from bot.commands.context import Ask, BotContext
from bot.commands.finding import find, survivor
from bot.delivery.ledger import Ledger
from bot.languages.translator import N_
from bot.markup import Message
from bot.reaction_replies import NO_COINS, NOT_LOOKED_AT, Prices, render_reaction
from bot.replies import say
from pipelines.prices.measured import price_at, read_reaction
from pipelines.prices.told import read_told

_HINT = N_(
    "Reply to an alert with /reaction, and I tell what your coins did after it. "
    "Or name a story: /reaction followed by its id, some of its words, or its link."
)
_BUTTON = N_("Prices {number}")


async def reaction(context: BotContext, ask: Ask) -> Message:
    """What the chat's coins did over the three horizons, as far as these have passed."""
    found = await find(context, ask, _HINT, reaction_data, _BUTTON)
    if isinstance(found, Message):
        return found
    alert, _ = found
    known = await read_reaction(context.store, alert.story.id)
    if known is None:
        # What was told as another story was looked at there.
        alert = await survivor(context.store, alert)
        known = await read_reaction(context.store, alert.story.id)
    if known is None:
        return say(ask.tr(NOT_LOOKED_AT))
    chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    if not chat.coins:
        return say(ask.tr(NO_COINS))
    row = (await Ledger(context.store).last(alert.story.id, [chat.id])).get(chat.id)
    sent = row.at if row is not None and row.message_id is not None else known.alert
    told = {each.symbol: float(each.price) for each in await read_told(context.store, alert.story.id, chat.coins, sent)}
    published = dict[str, float]()
    for coin in chat.coins:
        price = None if coin in told else await price_at(context.store, coin, known.alert)
        if price is not None:
            told[coin] = price
        before = next((move.before for span in known.moves for move in known.of(span, [coin])), None)
        before = before or await price_at(context.store, coin, known.news)
        published |= {coin: before} if before is not None else {}
    return render_reaction(alert, known, Prices(published, told), chat, ask.now, ask.tr)
