"""/why, /latest and /price: what anyone in a chat may ask."""

from __future__ import annotations

from bot.commands.context import Ask, BotContext
from bot.markup import Message
from bot.messages import render_latest, render_price
from bot.replies import say
from bot.text import shown
from bot.whys import render_choices, render_why
from pipelines.events import Alert
from pipelines.judged import read_judged, read_latest
from pipelines.prices.coins import find_coin
from pipelines.prices.read import read_quotes
from pipelines.titles import find_stories
from rules.explain import Trace, trace
from rules.ruleset import RuleSet

LATEST = 5
_CHOICES = 5


async def why(context: BotContext, ask: Ask) -> Message:
    """Why a story was judged as it was: named by id, by some of its words, by its link, or by replying to its alert."""
    asked = ask.text or ask.story
    if not asked:
        return say(
            "Tap the Why button under an alert, or reply to it with /why. "
            "Or ask for a story that was not sent: /why followed by some of its words, or by its link."
        )
    alert = await read_judged(context.store, asked.lower()) if " " not in asked else None
    if alert is None:
        found = await find_stories(context.store, asked, _CHOICES)
        if not found:
            return say("I know no such story. Give more of its words, its link, or its id; /latest lists the newest.")
        if len(found) > 1:
            return render_choices(found)
        alert = await read_judged(context.store, found[0].story)
    if alert is None:
        return say("I no longer keep that story. /latest lists the newest.")
    return render_why(alert, ask.now, traced(alert, context.rules()))


def traced(alert: Alert, rules: RuleSet) -> Trace | None:
    """The verdict clause by clause; None where other rules are in force than those that judged."""
    return trace(alert.story, rules, alert.judged) if rules.hash == alert.verdict.rules else None


async def latest(context: BotContext, ask: Ask) -> Message:
    """The newest structural stories."""
    return render_latest(await read_latest(context.store, LATEST), ask.now)


async def price(context: BotContext, ask: Ask) -> Message:
    """Prices of the coins named, or of the chat's own; a coin without a price is named beside those that have one."""
    whole = find_coin(ask.text)
    words = [ask.text] if whole is not None else ask.text.replace(",", " ").split()[:10]
    asked = dict.fromkeys(coin.symbol if (coin := find_coin(word)) is not None else shown(word, 20) for word in words)
    kept = tuple(name for name in asked if name in context.coins)
    absent = [name for name in asked if name not in context.coins]
    note = f"I keep no price of {', '.join(absent)}. I have {', '.join(context.coins)}." if absent else ""
    if absent and not kept:
        return say(note)
    chat = await context.chats.get(ask.chat_id)
    symbols = kept or (chat.coins if chat else context.coins)
    quotes = await read_quotes(context.store, symbols)
    return render_price(symbols, quotes, ask.now, max_age=context.price_max_age, note=note)
