"""/start and its three questions, and /stop: being written to, and no longer."""

from __future__ import annotations

from dataclasses import replace

from bot.chats import Chat
from bot.commands.context import Ask, BotContext
from bot.markup import Message
from bot.onboarding import render_done, render_start, render_step
from bot.presets import Linked, read_link
from bot.replies import render_stopped
from bot.sample import TITLE, own_sample
from pipelines.judged import read_latest
from pipelines.prices.read import read_quotes


async def start(context: BotContext, ask: Ask) -> Message:
    """Alerts come here from now on; what was set before is kept. A link may carry a preset: ``?start=chips-btc``."""
    newcomer = ask.newcomer(context)
    linked = read_link("-".join(ask.text.split())) if ask.text else Linked()

    was_known = False

    def begun(known: Chat | None) -> Chat:
        nonlocal was_known
        was_known = known is not None
        chat = replace(known or newcomer, kind=newcomer.kind, title=newcomer.title).on()
        return linked.on(chat, fresh=known is None)

    chat = await context.chats.change(ask.chat_id, begun)
    return render_start(
        chat or newcomer, ask.user_id, ask.now, linked if ask.text else None, ask.tr, fresh=not was_known
    )


async def step(context: BotContext, ask: Ask, chat: Chat, page: str) -> Message:
    """The page of one question; after the last, what is set and an alert to see: a real one where there is any.

    Who changed the language is greeted anew, in that one.
    """
    if page == "language":
        return render_start(chat, ask.user_id, ask.now, tr=ask.tr)
    if page != "done":
        return render_step(chat, page, ask.tr)
    newest = await read_latest(context.store, 1)
    alert = newest[0] if newest else own_sample(ask.now, ask.tr(TITLE))
    quotes = await read_quotes(context.store, chat.coins)
    return render_done(chat, alert, quotes, ask.now, context.price_max_age, ours=not newest, tr=ask.tr)


async def stop(context: BotContext, ask: Ask) -> Message:
    """No more alerts here."""
    await context.chats.switch_off(ask.chat_id, "stopped")
    return render_stopped(ask.tr)
