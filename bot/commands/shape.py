"""What an update must look like before any command sees it.

The library reads JSON without asking whether a number is a number. Telegram sends nothing of the sort, but whoever has
the webhook's secret, or stands in for the server, could; what does not fit is one line of the log and no more.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import telegram
from telegram.ext import ApplicationHandlerStop, BaseHandler

from bot.chats import Kind
from bot.commands.telegram import Telegram

log = logging.getLogger(__name__)

_MOST_ID = 2**52
"""Telegram's ids have at most 52 significant bits."""
_KINDS = frozenset({Kind.PRIVATE, Kind.GROUP, Kind.SUPERGROUP, Kind.CHANNEL})
_LONGEST_TEXT = 8192
_MOST_BUTTONS = 200


class Misshapen(BaseHandler[telegram.Update, Telegram, None]):
    """Stops what no other handler should see, and says so in the log.

    It does so while it is asked: of what a handler has dealt with, the library keeps ids that may be none.
    """

    def __init__(self) -> None:
        super().__init__(_nothing)

    def check_update(self, update: object) -> bool:
        """False where all is as the Bot API says; else nobody else is asked."""
        if isinstance(update, telegram.Update) and not well_formed(update):
            log.warning("update.misshapen id=%s", update.update_id if _is_id(update.update_id) else "?")
            raise ApplicationHandlerStop
        return False


async def _nothing(update: telegram.Update, callback: Telegram) -> None:
    """Never called."""


def well_formed(update: telegram.Update) -> bool:
    """Whether everything in the update that the commands read has the type and the size that the Bot API promises.

    It holds one thing, so that nobody is taken for the person behind another.
    """
    messages = (
        *(update.message, update.edited_message, update.channel_post, update.edited_channel_post),
        *(update.business_message, update.edited_business_message),
    )
    contents = (*messages, update.callback_query, update.my_chat_member)
    return (
        sum(each is not None for each in contents) <= 1
        and all(each is None or _message(each) for each in messages)
        and (update.callback_query is None or _query(update.callback_query))
        and (update.my_chat_member is None or _membership(update.my_chat_member))
    )


def _message(message: telegram.MaybeInaccessibleMessage, *, outer: bool = True) -> bool:
    if not (_chat(message.chat) and _is_id(message.message_id) and isinstance(message.date, datetime)):
        return False
    if not isinstance(message, telegram.Message):
        return True
    text = message.text
    return (
        (text is None or (isinstance(text, str) and len(text) <= _LONGEST_TEXT))
        and all(_entity(each) for each in message.entities)
        and (message.from_user is None or _person(message.from_user))
        and (message.sender_chat is None or _is_id(message.sender_chat.id))
        and all(
            each is None or _is_id(each)
            for each in (message.message_thread_id, message.migrate_to_chat_id, message.migrate_from_chat_id)
        )
        and (message.location is None or _place(message.location))
        and _markup(message.reply_markup)
        and (message.reply_to_message is None or not outer or _message(message.reply_to_message, outer=False))
    )


def _query(query: telegram.CallbackQuery) -> bool:
    return (
        isinstance(query.id, str)
        and query.id.isascii()
        and _person(query.from_user)
        and (query.data is None or isinstance(query.data, str))
        and (query.message is None or _message(query.message))
    )


def _membership(change: telegram.ChatMemberUpdated) -> bool:
    members = (change.old_chat_member, change.new_chat_member)
    return (_chat(change.chat) and _person(change.from_user)) and all(
        isinstance(each, telegram.ChatMember) and isinstance(each.status, str) for each in members
    )


def _chat(chat: Any) -> bool:
    names = (chat.title, chat.first_name, chat.last_name, chat.username) if isinstance(chat, telegram.Chat) else (0,)
    return (
        all(each is None or isinstance(each, str) for each in names)
        and _is_id(chat.id)
        and isinstance(chat.type, str)
        and chat.type in _KINDS
    )


def _person(user: Any) -> bool:
    return (
        isinstance(user, telegram.User)
        and _is_id(user.id)
        and (user.language_code is None or isinstance(user.language_code, str))
    )


def _entity(entity: Any) -> bool:
    return (
        isinstance(entity, telegram.MessageEntity)
        and isinstance(entity.type, str)
        and _is_id(entity.offset)
        and _is_id(entity.length)
    )


def _place(place: telegram.Location) -> bool:
    """Degrees on the globe; what is no number at all compares with none."""
    return all(
        isinstance(each, (int, float)) and not isinstance(each, bool) and -most <= each <= most
        for each, most in ((place.latitude, 90), (place.longitude, 180))
    )


def _markup(markup: telegram.InlineKeyboardMarkup | None) -> bool:
    if markup is None:
        return True
    buttons = [button for row in markup.inline_keyboard for button in row]
    return len(buttons) <= _MOST_BUTTONS and all(
        isinstance(each.text, str) and (each.callback_data is None or isinstance(each.callback_data, str))
        for each in buttons
    )


def _is_id(value: Any) -> bool:
    """A whole number, and no truth value, which Python counts among them."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST_ID
