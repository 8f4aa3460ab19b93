"""/why, /latest and /price: what anyone in a chat may ask."""

from __future__ import annotations

from bot.buttons import why_data
from bot.commands.context import Ask, BotContext
from bot.commands.finding import find
from bot.languages.translator import N_
from bot.markup import Message
from bot.messages import render_latest, render_price
from bot.quoted import absent_words
from bot.replies import say
from bot.text import shown
from bot.whys import WHY, render_why
from pipelines.events import Alert
from pipelines.judged import read_latest
from pipelines.prices.read import read_quotes
from rules.explain import Trace, trace
from rules.ruleset import RuleSet

LATEST = 5
_HINT = N_(
    "Tap the Why button under an alert, or reply to it with /why. "
    "Or ask for a story that was not sent: /why followed by some of its words, or by its link."
)


async def why(context: BotContext, ask: Ask) -> Message:
    """Why a story was judged as it was: named by id, by some of its words, by its link, or by replying to its alert."""
    found = await find(context, ask, _HINT, why_data, WHY)
    if isinstance(found, Message):
        return found
    alert, _ = found
    chat = await context.chats.get(ask.chat_id)
    return render_why(alert, ask.now, traced(alert, context.rules()), ask.tr, chat.zone if chat else "UTC")


def traced(alert: Alert, rules: RuleSet) -> Trace | None:
    """The verdict clause by clause; None where other rules are in force than those that judged."""
    return trace(alert.story, rules, alert.judged) if rules.hash == alert.verdict.rules else None


async def latest(context: BotContext, ask: Ask) -> Message:
    """The newest structural stories."""
    return render_latest(await read_latest(context.store, LATEST), ask.now, ask.tr)


async def price(context: BotContext, ask: Ask) -> Message:
    """Prices of the coins named, or of the chat's own; a coin without a price is named beside those that have one."""
    coins = await context.listed.coins(context.store, ask.now)
    words = [ask.text] if coins.find(ask.text) is not None else ask.text.replace(",", " ").split()[:10]
    known = {*context.coins, *await context.chats.coins()} if words else set(context.coins)
    # A coin that no venue lists any more is still a chosen one, and has no price rather than no name.
    asked = dict.fromkeys(
        coin.symbol if (coin := coins.find(word)) else up if (up := word.upper()) in known else shown(word, 20)
        for word in words
    )
    kept = tuple(name for name in asked if name in known)
    absent = [name for name in asked if name not in known]
    note = absent_words(absent, context.coins, ask.tr)
    if absent and not kept:
        return say(note)
    chat = await context.chats.get(ask.chat_id)
    symbols = kept or (chat.coins if chat else context.coins)
    quotes = await read_quotes(context.store, symbols)
    return render_price(symbols, quotes, ask.now, max_age=context.price_max_age, note=note if absent else "", tr=ask.tr)
