"""/settings, /coins and /here: the board of settings and the taps on it, the chat's coins, and its place in a forum."""

from __future__ import annotations

from dataclasses import replace

from bot.boards import render_board
from bot.chats import Chat, Kind
from bot.commands.context import Ask, BotContext, settle
from bot.commands.hours import settle_hours
from bot.commands.start import step
from bot.markup import Message
from bot.presets import MOST_COINS, TOO_MANY_COINS, apply, read_coins
from bot.replies import say
from bot.taps import Turn
from bot.text import shown
from pipelines.prices.coins import COINS

_AFTER = {"topics": "topics", "level": "coins", "coins": "coins"}
"""Where the beginning goes on after an answer: one of several is an answer, a list is not yet."""


async def settings(context: BotContext, ask: Ask) -> Message:
    """All settings as one message."""
    return render_board(await _chat(context, ask), "home", ask.now, ask.tr)


async def coins(context: BotContext, ask: Ask) -> Message:
    """The coins whose prices stand under each alert: those named, or the choice where none was."""
    if not ask.text:
        return render_board(await _chat(context, ask), "coins", ask.now, ask.tr)
    known_coins = await context.listed.coins(context.store, ask.now)
    wanted, unknown = read_coins(ask.text, known_coins.find)
    if unknown:
        known = ask.tr.joined(coin.symbol for coin in COINS)
        told = ask.tr.joined(shown(word, 20) or ask.tr("that") for word in unknown[:5])
        return say(ask.tr("I know no coin {words}, so nothing was changed. I know {coins}.", words=told, coins=known))
    if len(wanted) > MOST_COINS:
        return say(f"{ask.tr(TOO_MANY_COINS, count=MOST_COINS)} {ask.tr('Nothing was changed.')}")
    await settle(context, ask, lambda chat: replace(chat, coins=wanted))
    if not wanted:
        return say(ask.tr("No prices stand under alerts from now on."), "/coins btc eth")
    coins = ask.tr.joined(wanted)
    return say(ask.tr("Under each alert from now on: {coins}. A new coin's first price takes a minute.", coins=coins))


async def here(context: BotContext, ask: Ask) -> Message:
    """Alerts go to the topic of the forum in which this was said; said outside of one, to the chat as a whole."""
    if ask.kind not in (Kind.GROUP, Kind.SUPERGROUP):
        return say(ask.tr("/here is for a group with topics: write it in the topic in which alerts are to come."))
    chat = await settle(context, ask, lambda chat: replace(chat, thread=ask.thread))
    off = "" if chat.active else f" {ask.tr('They are off; /start turns them on.')}"
    if ask.thread is None:
        told = ask.tr("Alerts come to the group's general place. Write /here in a topic to have them there.")
    else:
        told = ask.tr("Alerts come to this topic from now on.")
    return say(f"{told}{off}")


async def turned(context: BotContext, ask: Ask, turn: Turn) -> tuple[str, Message | None]:
    """What a tap on the board, or on a page of the beginning, sets: a word to the person, and the page to show then.

    No page and no word for what no button of ours carries; no page and a word for what was refused.
    """
    chat = await _chat(context, ask)
    if turn.value:
        wanted = apply(chat, turn.page, turn.value, ask.now)
        if isinstance(wanted, str):
            return wanted and ask.tr(wanted, count=MOST_COINS), None

        def change(known: Chat) -> Chat:
            made = apply(known, turn.page, turn.value, ask.now)
            return known if isinstance(made, str) else made

        chat = await settle_hours(context, ask, change)
        ask = ask.after(context, chat)
    word = ask.tr("Set") if turn.value else ""
    if turn.flow == "s":
        return word, await step(context, ask, chat, _AFTER.get(turn.page, turn.page) if turn.value else turn.page)
    return word, render_board(chat, turn.page, ask.now, ask.tr)


async def _chat(context: BotContext, ask: Ask) -> Chat:
    """The chat as stored; one that is not known yet has a newcomer's settings, and no alerts."""
    return await context.chats.get(ask.chat_id) or ask.newcomer(context).off("never started")
