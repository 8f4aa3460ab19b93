"""The edge to Telegram: reads an update into an ``Ask``, checks rights, and sends what a command answers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import telegram
from telegram import InlineKeyboardMarkup, InputMediaPhoto, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import CallbackContext, ExtBot

from bot.buttons import parse
from bot.chats import Kind
from bot.commands.context import Ask, Photo
from bot.delivery.telegram import keyboard
from bot.languages.catalogues import nearest
from bot.markup import Message, escape
from bot.taps import AlertChart, Picture, Reacted, Story, Why
from bot.text import clean

log = logging.getLogger(__name__)

Telegram = CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]
"""What the library passes to every callback."""

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
"""No card for the links of a message: it would stand over the next one."""


def read_ask(message: telegram.Message, now: datetime) -> Ask:
    """What a typed command asks for."""
    _, _, text = (message.text or "").replace("\n", " ").partition(" ")
    answered = message.reply_to_message
    return Ask(
        chat_id=message.chat.id,
        kind=Kind(message.chat.type),
        title=clean(message.chat.effective_name or ""),
        user_id=_person(message),
        text=text.strip()[:300],
        now=now,
        story=story_under(answered),
        thread=message.message_thread_id if message.is_topic_message else None,
        whole=_after_command(message.text or ""),
        quoted=(answered.text or "") if answered is not None else "",
        speaks=nearest(message.from_user.language_code if message.from_user else None),
    )


def read_press(query: telegram.CallbackQuery, now: datetime) -> Ask | None:
    """Where a button was pressed and by whom; None where Telegram does not say where."""
    if query.message is None:
        return None
    chat = query.message.chat
    return Ask(
        chat_id=chat.id,
        kind=Kind(chat.type),
        title=clean(chat.effective_name or ""),
        user_id=query.from_user.id,
        text="",
        now=now,
        story=story_under(query.message),
        speaks=nearest(query.from_user.language_code),
    )


def story_under(message: telegram.MaybeInaccessibleMessage | None) -> str:
    """The story that a message is about, by its buttons; empty for any other message."""
    markup = message.reply_markup if isinstance(message, telegram.Message) else None
    pressed = [parse(str(button.callback_data)) for row in (markup.inline_keyboard if markup else ()) for button in row]
    stories = {each.story for each in pressed if isinstance(each, (Why, Story, Reacted, Picture, AlertChart))}
    return stories.pop() if len(stories) == 1 else ""


async def reply(message: telegram.Message, answer: Message) -> None:
    """Answer in the same chat and thread; plain where Telegram refuses the HTML or the buttons.

    In a group it is a reply, also where the question was deleted meanwhile.
    """
    try:
        await message.reply_text(
            answer.text,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(answer.buttons),
            link_preview_options=NO_PREVIEW,
            allow_sending_without_reply=True,
        )
    except BadRequest as error:
        log.warning("reply.plain why=%s", error.message)
        await message.reply_text(answer.plain, link_preview_options=NO_PREVIEW, allow_sending_without_reply=True)


async def rewrite(query: telegram.CallbackQuery, answer: Message) -> None:
    """Turn the message under whose button the person pressed into the answer."""
    await put_in_place(query.edit_message_text, answer)


async def put_in_place(edit: Callable[..., Awaitable[Any]], answer: Message) -> None:
    """Have the answer take a message's place; ``edit`` is what the library offers for that message."""
    try:
        await edit(
            answer.text,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(answer.buttons),
            link_preview_options=NO_PREVIEW,
        )
    except BadRequest as error:
        unless_harmless(error)


async def reply_photo(message: telegram.Message, drawn: Photo | Message) -> None:
    """Answer with a picture; in words where there is none, or Telegram does not take one here."""
    if isinstance(drawn, Message):
        await reply(message, drawn)
        return
    try:
        await message.reply_photo(
            drawn.png,
            drawn.caption.text,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(drawn.caption.buttons),
            allow_sending_without_reply=True,
            filename="story.png",
        )
    except BadRequest as error:
        log.warning("photo.refused why=%s", error.message)
        await reply(message, Message(escape(drawn.instead), drawn.instead))


async def swap_photo(query: telegram.CallbackQuery, drawn: Photo) -> None:
    """Put another picture in the place of the one under which the person pressed."""
    caption = drawn.caption
    photo = InputMediaPhoto(drawn.png, caption.text, parse_mode=ParseMode.HTML, filename="story.png")
    try:
        await query.edit_message_media(photo, reply_markup=keyboard(caption.buttons))
    except BadRequest as error:
        unless_harmless(error)


async def redraw(query: telegram.CallbackQuery, buttons: InlineKeyboardMarkup | None) -> None:
    """Give the message other buttons."""
    try:
        await query.edit_message_reply_markup(buttons)
    except BadRequest as error:
        unless_harmless(error)


async def toast(query: telegram.CallbackQuery, text: str = "", *, loud: bool = False) -> None:
    """Say a word to the person who pressed, and stop the button's clock."""
    try:
        await query.answer(text[:200] or None, show_alert=loud)
    except BadRequest as error:
        unless_harmless(error)


def _after_command(text: str) -> str:
    """All that stands after the command, line by line as it was written."""
    words = text.split(maxsplit=1)
    return words[1] if len(words) > 1 else ""


def _person(message: telegram.Message) -> int | None:
    """The person who wrote; nobody where a chat speaks, though Telegram then names a stand-in user."""
    return message.from_user.id if message.from_user is not None and message.sender_chat is None else None


def unless_harmless(error: BadRequest) -> None:
    """Old messages and old taps end in errors that mean no harm; anything else goes on to the error handler."""
    text = error.message.lower()
    if not any(words in text for words in ("not modified", "too old", "to edit not found", "can't be edited")):
        raise error
