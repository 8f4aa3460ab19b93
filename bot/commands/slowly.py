"""Answers that take a while: something is said at once, and the answer takes its place when it is there.

The work goes on beside the updates, for the next poll waits until all updates of the last one are dealt with.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import telegram
from telegram.constants import ChatAction, ParseMode
from telegram.error import TelegramError

from bot.commands.context import Drawing, Slow
from bot.commands.telegram import NO_PREVIEW, Telegram, put_in_place, reply_photo, rewrite
from bot.markup import Message


async def reply_slowly(callback: Telegram, update: telegram.Update, message: telegram.Message, answer: Slow) -> None:
    """Answer a message."""
    sent = await message.reply_text(
        answer.first.text, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW, allow_sending_without_reply=True
    )
    _begin(callback, update, answer, lambda rest: put_in_place(sent.edit_text, rest))


async def reply_drawing(
    callback: Telegram, update: telegram.Update, message: telegram.Message, answer: Drawing
) -> None:
    """Answer a message by a picture; until it is there, Telegram shows that one is on its way."""
    with contextlib.suppress(TelegramError):  # a channel shows nothing of the kind
        await message.reply_chat_action(ChatAction.UPLOAD_PHOTO)

    async def work() -> None:
        await reply_photo(message, await answer.rest())

    callback.application.create_task(work(), update)


async def rewrite_slowly(
    callback: Telegram, update: telegram.Update, query: telegram.CallbackQuery, answer: Slow
) -> None:
    """Turn the message under whose button the person pressed into the answer."""
    await rewrite(query, answer.first)
    _begin(callback, update, answer, lambda rest: rewrite(query, rest))


def _begin(callback: Telegram, update: telegram.Update, answer: Slow, show: Callable[[Message], Any]) -> None:
    async def work() -> None:
        await show(await answer.rest())

    # Its failures go to the application's error handler, which tells the person.
    callback.application.create_task(work(), update)
