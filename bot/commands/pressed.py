"""The taps on buttons: who tapped is checked first, and what no button of ours carries changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import telegram

from bot.admin_pages import read_page
from bot.aiming import unaim
from bot.buttons import parse
from bot.commands import (
    carrying,
    chart,
    hours,
    mutes,
    news,
    overlays,
    reaction,
    settings,
    sounds,
    stories,
    topics,
    week,
)
from bot.commands.admin import press_page
from bot.commands.authority import NOT_YOURS, holds, note_refused, who_tapped
from bot.commands.channels import afar, find_channel
from bot.commands.context import Ask, BotContext, Drawing, Photo, spoken
from bot.commands.marks import CLOSED, NOT_A_READER, OPEN_FOR, vote_pressed
from bot.commands.operator import press_signed
from bot.commands.silence import what_is_held
from bot.commands.telegram import Telegram, read_press, redraw, reply, reply_photo, rewrite, swap_photo, toast
from bot.delivery.telegram import keyboard
from bot.languages.catalogues import nearest
from bot.languages.translator import N_
from bot.markup import MAX_DATA, Button, Message
from bot.mute_replies import render_mutes
from bot.replies import topic_rows
from bot.roles import Role, Sender
from bot.signing import Refusal, is_signed
from bot.taps import (
    AlertChart,
    AskMute,
    Chart,
    Forget,
    Picture,
    Pressed,
    Reacted,
    SetFollow,
    SetMute,
    SetSound,
    SetTopic,
    SetZone,
    Show,
    Story,
    Turn,
    Unmute,
    Vote,
    Week,
    Why,
)
from bot.words import TOPICS

OUT_OF_DATE = N_("This button is out of date. /help lists what I can do.")
TOO_OLD = N_(
    "This button was good for {days} days. Write /why and some words of the headline instead: "
    "it tells of every story that is kept."
)

ASKED_FOR = timedelta(minutes=15)
"""How long the question whether to erase everything may be answered."""


Drawn = Picture | Chart | AlertChart | Week
Told = Why | Show | Story | Reacted | Drawn
"""What changes nothing, and anyone may ask."""


async def press(context: BotContext, update: telegram.Update, callback: Telegram) -> None:
    """One tap."""
    query = update.callback_query
    if query is None:
        return
    ask, sender, sent = read_press(query, context.clock()), who_tapped(query), query.data or ""
    data, target = unaim(sent) if _fits(sent) else (sent, None)
    wanted = parse(data) if _fits(data) else None
    if ask is None or sender is None:
        await toast(query, context.languages.of(nearest(query.from_user.language_code))(OUT_OF_DATE))
        return
    ask = await spoken(context, ask)
    if _fits(data) and (is_signed(data) or read_page(data) is not None):
        await _operators(context, update, callback, ask, sender)
    elif wanted is None:
        await toast(query, ask.tr(OUT_OF_DATE))
        await note_refused(context, ask, data, Refusal.FORGED if _fits(data) else "data too long")
    elif (told := await _refusal(context, query, ask, sender, wanted)) is not None:
        await toast(query, told)
    elif target is not None:
        await _press_afar(context, callback, query, ask, wanted, target)
    elif isinstance(wanted, Vote):
        await toast(query, await vote_pressed(context, ask, wanted))
    elif isinstance(wanted, Told):
        await _tell(context, query, ask, wanted)
    elif not await holds(context, callback.bot, Role.CHAT_ADMIN, sender):
        await toast(query, ask.tr(NOT_YOURS), loud=True)
    else:
        await _change(context, query, ask, wanted)


async def _press_afar(
    context: BotContext, callback: Telegram, query: telegram.CallbackQuery, ask: Ask, wanted: Pressed, target: int
) -> None:
    """A tap in private that acts on a channel, by whoever is among its admins now."""
    ask = replace(ask, find=partial(find_channel, callback.bot, query.from_user.id))
    there = await afar(context, ask, target)
    if there is None or isinstance(wanted, (Vote, AskMute)):
        await toast(query, ask.tr(NOT_YOURS), loud=True)
    elif isinstance(wanted, Told):
        await _tell(context, query, there, wanted)
    else:
        await _change(context, query, there, wanted)


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
        return ask.tr("This bot is private.")
    if sender.private and sender.user != sender.chat:
        await note_refused(context, ask, query.data or "", Refusal.FOREIGN)
        return ask.tr(NOT_A_READER if isinstance(wanted, Vote) else NOT_YOURS)
    # Telegram gives no date for a message that it no longer shows: that counts as long ago.
    old = query.message is None or ask.now - query.message.date > OPEN_FOR
    if old and isinstance(wanted, Vote):
        return ask.tr(CLOSED, days=OPEN_FOR.days)
    if isinstance(wanted, Forget) and (query.message is None or ask.now - query.message.date > ASKED_FOR):
        return ask.tr(OUT_OF_DATE)
    return ask.tr(TOO_OLD, days=OPEN_FOR.days) if old and isinstance(wanted, (Why, AskMute)) else None


def _fits(data: str) -> bool:
    return len(data.encode("utf-8", "replace")) <= MAX_DATA


async def _tell(context: BotContext, query: telegram.CallbackQuery, ask: Ask, wanted: Told) -> None:
    if isinstance(wanted, Drawn):
        await _draw(context, query, ask, wanted)
        return
    await toast(query)
    if not isinstance(query.message, telegram.Message):
        return
    if isinstance(wanted, Why):
        await reply(query.message, await news.why(context, replace(ask, text=wanted.story)))
    elif isinstance(wanted, Story):
        await reply(query.message, await stories.story(context, replace(ask, text=wanted.story)))
    elif isinstance(wanted, Reacted):
        await reply(query.message, await reaction.reaction(context, replace(ask, text=wanted.story)))
    else:
        boards = {"latest": news.latest, "price": news.price, "topics": topics.topics}
        await reply(query.message, ask.aimed(await boards[wanted.what](context, ask)))


async def _draw(context: BotContext, query: telegram.CallbackQuery, ask: Ask, wanted: Drawn) -> None:
    """A picture, in the place of the one under which another was asked for."""
    # Drawing takes a second or two, and a tap that is not answered at once looks lost.
    await toast(query)
    message = query.message
    if not isinstance(message, telegram.Message):
        return
    drawn = await _drawn(context, ask, wanted)
    if isinstance(drawn, Drawing):
        drawn = await drawn.rest()
    if isinstance(drawn, Photo) and message.photo:
        await swap_photo(query, drawn)
    else:
        await reply_photo(message, drawn)


async def _drawn(context: BotContext, ask: Ask, wanted: Drawn) -> Photo | Message | Drawing:
    match wanted:
        case Picture():
            return await stories.picture(context, ask, wanted)
        case Chart():
            return await chart.coin_chart(context, ask, wanted)
        case AlertChart():
            return await chart.alert_chart(context, ask, wanted)
        case Week():
            return await week.week_chart(context, ask, wanted)


async def _change(context: BotContext, query: telegram.CallbackQuery, ask: Ask, wanted: Pressed) -> None:
    match wanted:
        case SetTopic(topic, on):
            chat = await topics.set_topic(context, ask, wanted)
            told = N_("{topic} on") if on else N_("{topic} off")
            await toast(query, ask.tr(told, topic=ask.tr(TOPICS[topic])))
            rows = ask.aimed(Message("", "", topic_rows(chat, ask.tr))).buttons
            await redraw(query, keyboard((*rows, *_other_rows(query))))
        case AskMute(story):
            question = await mutes.ask_mute(context, ask, story)
            await toast(query)
            if isinstance(query.message, telegram.Message):
                await reply(query.message, ask.aimed(question))
        case SetSound():
            said = await sounds.set_sound(context, ask, wanted)
            await toast(query, said.plain)
            await rewrite(query, ask.aimed(said))
        case Turn() | Forget():
            await _turn(context, query, ask, wanted)
        case SetMute() | SetZone():
            await _answered(context, query, ask, wanted)
        case SetFollow() | Unmute():
            await _listed(context, query, ask, wanted)


async def _answered(context: BotContext, query: telegram.CallbackQuery, ask: Ask, wanted: SetMute | SetZone) -> None:
    """A tap on a question, whose place the answer takes."""
    if isinstance(wanted, SetMute):
        done = await mutes.mute_pressed(context, ask, wanted)
    else:
        done = await hours.zone_pressed(context, ask, wanted)
    await toast(query, ask.tr(OUT_OF_DATE) if done is None else done.plain)
    # Under an alert the buttons stay: its text is news, not a question that has been answered.
    if done is not None and not ask.story:
        await rewrite(query, ask.aimed(done))


async def _listed(context: BotContext, query: telegram.CallbackQuery, ask: Ask, wanted: SetFollow | Unmute) -> None:
    """A tap on a list of what is followed or muted, which is brought up to date."""
    if isinstance(wanted, SetFollow):
        done = page = await overlays.follow_pressed(context, ask, wanted)
    else:
        done = page = await mutes.unmute_pressed(context, ask, wanted)
        chat = await context.chats.get(ask.chat_id)
        if chat is not None and (chat.mutes_at(ask.now) or chat.overlay.muted_rules):
            page = render_mutes(chat, ask.now, await what_is_held(context, ask.chat_id), ask.tr)
    await toast(query, done.plain)
    await rewrite(query, ask.aimed(page))


async def _turn(context: BotContext, query: telegram.CallbackQuery, ask: Ask, wanted: Turn | Forget) -> None:
    """A tap on a message that turns its own pages."""
    if isinstance(wanted, Forget):
        word, page = "", await carrying.forget_pressed(context, ask, wanted)
    else:
        word, shown = await settings.turned(context, ask, wanted)
        if shown is None:
            await toast(query, word or ask.tr(OUT_OF_DATE), loud=bool(word))
            return
        page = shown
    await toast(query, word)
    await rewrite(query, ask.aimed(page))


def _other_rows(query: telegram.CallbackQuery) -> tuple[tuple[Button, ...], ...]:
    """The rows of the message that are no topics, as they are: the start message has some."""
    markup = query.message.reply_markup if isinstance(query.message, telegram.Message) else None
    rows = [
        tuple(Button(each.text, data=str(each.callback_data)) for each in row)
        for row in (markup.inline_keyboard if markup else ())
    ]
    return tuple(row for row in rows if all(isinstance(parse(unaim(button.data)[0]), Show) for button in row))
