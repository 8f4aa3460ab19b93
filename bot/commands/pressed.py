"""The taps on buttons: who tapped is checked first, and what no button of ours carries changes nothing."""

from __future__ import annotations

from dataclasses import replace

import telegram

from bot.admin_pages import read_page
from bot.buttons import AskMute, Picture, Pressed, SetMute, SetSound, SetTopic, Show, Story, Unmute, Vote, Why, parse
from bot.commands import mutes, news, sounds, stories, topics
from bot.commands.admin import press_page
from bot.commands.authority import NOT_YOURS, holds, note_refused, who_tapped
from bot.commands.context import Ask, BotContext
from bot.commands.marks import CLOSED, NOT_A_READER, OPEN_FOR, vote_pressed
from bot.commands.operator import press_signed
from bot.commands.telegram import Telegram, read_press, redraw, reply, reply_photo, rewrite, swap_photo, toast
from bot.delivery.telegram import keyboard
from bot.markup import MAX_DATA, Button
from bot.replies import render_mutes, say, topic_rows
from bot.roles import Role, Sender
from bot.signing import Refusal, is_signed
from bot.words import TOPICS

OUT_OF_DATE = "This button is out of date. /help lists what I can do."
TOO_OLD = (
    f"This button was good for {OPEN_FOR.days} days. Write /why and some words of the headline instead: "
    "it tells of every story that is kept."
)

NO_PHOTOS = "I may not send pictures here. /story tells the same in words."


async def press(context: BotContext, update: telegram.Update, callback: Telegram) -> None:
    """One tap."""
    query = update.callback_query
    if query is None:
        return
    ask, sender, data = read_press(query, context.clock()), who_tapped(query), query.data or ""
    wanted = parse(data) if _fits(data) else None
    if ask is None or sender is None:
        await toast(query, OUT_OF_DATE)
    elif _fits(data) and (is_signed(data) or read_page(data) is not None):
        await _operators(context, update, callback, ask, sender)
    elif wanted is None:
        await toast(query, OUT_OF_DATE)
        await note_refused(context, ask, data, Refusal.FORGED if _fits(data) else "data too long")
    elif (told := await _refusal(context, query, ask, sender, wanted)) is not None:
        await toast(query, told)
    elif isinstance(wanted, Vote):
        await toast(query, await vote_pressed(context, ask, wanted))
    elif isinstance(wanted, (Why, Show, Story)):
        await _tell(context, query, ask, wanted)
    elif isinstance(wanted, Picture):
        await _draw(context, query, ask, wanted)
    elif not await holds(context, callback.bot, Role.CHAT_ADMIN, sender):
        await toast(query, NOT_YOURS, loud=True)
    else:
        await _change(context, query, ask, wanted)


async def _operators(
    context: BotContext, update: telegram.Update, callback: Telegram, ask: Ask, sender: Sender
) -> None:
    """A button for operators; each kind sees for itself who pressed."""
    query = update.callback_query
    assert query is not None
    page = read_page(query.data or "")
    if page is None:
        await press_signed(context, query, ask, query.data or "")
    else:
        await press_page(context, update, callback, ask, sender, page)


async def _refusal(
    context: BotContext, query: telegram.CallbackQuery, ask: Ask, sender: Sender, wanted: Pressed
) -> str | None:
    """What the person is told instead of being obeyed; None where nothing speaks against it so far."""
    if not context.access.admits(ask.chat_id):
        return "This bot is private."
    if sender.private and sender.user != sender.chat:
        await note_refused(context, ask, query.data or "", Refusal.FOREIGN)
        return NOT_A_READER if isinstance(wanted, Vote) else NOT_YOURS
    # Telegram gives no date for a message that it no longer shows: that counts as long ago.
    old = query.message is None or ask.now - query.message.date > OPEN_FOR
    if old and isinstance(wanted, Vote):
        return CLOSED
    return TOO_OLD if old and isinstance(wanted, (Why, AskMute)) else None


def _fits(data: str) -> bool:
    return len(data.encode("utf-8", "replace")) <= MAX_DATA


async def _tell(context: BotContext, query: telegram.CallbackQuery, ask: Ask, wanted: Why | Show | Story) -> None:
    await toast(query)
    if not isinstance(query.message, telegram.Message):
        return
    if isinstance(wanted, Why):
        await reply(query.message, await news.why(context, replace(ask, text=wanted.story)))
    elif isinstance(wanted, Story):
        await reply(query.message, await stories.story(context, replace(ask, text=wanted.story)))
    else:
        boards = {"latest": news.latest, "price": news.price, "topics": topics.topics}
        await reply(query.message, await boards[wanted.what](context, ask))


async def _draw(context: BotContext, query: telegram.CallbackQuery, ask: Ask, wanted: Picture) -> None:
    """A picture, in the place of the one under which the other shade was asked for."""
    # Drawing takes a second or two, and a tap that is not answered at once looks lost.
    await toast(query)
    message = query.message
    if not isinstance(message, telegram.Message):
        return
    drawn = await stories.picture(context, ask, wanted)
    if not isinstance(drawn, stories.Photo):
        await reply(message, drawn)
    elif message.photo:
        await swap_photo(query, drawn.png, drawn.caption)
    elif not await reply_photo(message, drawn.png, drawn.caption):
        await reply(message, say(NO_PHOTOS))


async def _change(context: BotContext, query: telegram.CallbackQuery, ask: Ask, wanted: Pressed) -> None:
    match wanted:
        case SetTopic(topic, on):
            chat = await topics.set_topic(context, ask, wanted)
            await toast(query, f"{TOPICS[topic]} {'on' if on else 'off'}")
            await redraw(query, keyboard((*topic_rows(chat), *_other_rows(query))))
        case AskMute(story):
            question = await mutes.ask_mute(context, ask, story)
            await toast(query)
            if isinstance(query.message, telegram.Message):
                await reply(query.message, question)
        case SetSound():
            said = await sounds.set_sound(context, ask, wanted)
            await toast(query, said.plain)
            await rewrite(query, said)
        case SetMute():
            done = await mutes.mute_pressed(context, ask, wanted)
            if done is None:
                await toast(query, OUT_OF_DATE)
                return
            await toast(query, done.plain)
            # Under an alert the buttons stay: its text is news, not a question that has been answered.
            if not ask.story:
                await rewrite(query, done)
        case Unmute():
            done = await mutes.unmute_pressed(context, ask, wanted)
            await toast(query, done.plain)
            chat_now = await context.chats.get(ask.chat_id)
            left = chat_now is not None and bool(chat_now.mutes_at(ask.now))
            await rewrite(query, render_mutes(chat_now, ask.now) if chat_now and left else done)


def _other_rows(query: telegram.CallbackQuery) -> tuple[tuple[Button, ...], ...]:
    """The rows of the message that are no topics, as they are: the start message has some."""
    markup = query.message.reply_markup if isinstance(query.message, telegram.Message) else None
    rows = [
        tuple(Button(each.text, data=str(each.callback_data)) for each in row)
        for row in (markup.inline_keyboard if markup else ())
    ]
    return tuple(row for row in rows if all(isinstance(parse(button.data), Show) for button in row))
