"""The sender to Telegram: the one place where its answers become the queue's.

Whether a failure means "surely not delivered" decides between a quiet retry and a marked repeat, so each answer is told
apart by code, by text and, for the network's own failures, by whether the request had left.
"""

from __future__ import annotations

import logging
import warnings
from datetime import timedelta

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.chats import Chat
from bot.delivery.answers import Answer, Gone, Moved, Refused, Retry, Sent, Unknown
from bot.markup import Buttons, Message
from bot.transport import never_left

log = logging.getLogger(__name__)

_CHAT_IS_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "not enough rights",
    "have no rights",
    "chat_write",
)
_REVOKED = 30.0
"""Seconds between attempts while the token is refused: it may be a rotation, and the queue waits."""


class TelegramSender:
    """Sends messages through a python-telegram-bot ``Bot``."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, story: str, chat: Chat, message: Message) -> Answer:
        """Send as HTML with buttons; where Telegram refuses that, once more as plain text without them.

        Its reasons are many (a tag, an address under a button), and the plain text has none of what it may dislike.
        """
        answer = await self._post(chat, message.text, ParseMode.HTML, keyboard(message.buttons))
        if not isinstance(answer, Refused):
            return answer
        log.warning("delivery.plain story=%s why=%s", story, answer.why)
        return await self._post(chat, message.plain, None, None)

    async def _post(
        self, chat: Chat, text: str, mode: ParseMode | None, buttons: InlineKeyboardMarkup | None
    ) -> Answer:
        try:
            sent = await self._bot.send_message(
                chat.id,
                text,
                parse_mode=mode,
                reply_markup=buttons,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except TelegramError as error:
            return meaning(error)
        return Sent(sent.message_id)


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """A message's buttons as Telegram's."""
    rows = [
        [InlineKeyboardButton(b.text, callback_data=b.data or None, url=b.url or None) for b in row] for row in buttons
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def meaning(error: TelegramError) -> Answer:  # noqa: PLR0911  one line per answer of Telegram
    """What an error of a send means for the delivery; BadRequest and TimedOut are NetworkErrors, so they go first."""
    why = f"{type(error).__name__}: {error.message}"[:200]
    match error:
        case RetryAfter():
            return Retry(why, _wait(error), flood=True)
        case ChatMigrated():
            return Moved(error.new_chat_id)
        case Forbidden():
            return Gone(error.message)
        case InvalidToken() | Conflict():
            return Retry(why, _REVOKED, everyone=True)
        case BadRequest():
            return Gone(error.message) if _says(error, _CHAT_IS_GONE) else Refused(why)
        case TimedOut():
            return Retry(why) if never_left(error.__cause__) else Unknown(why)
        case NetworkError() if _left_without_answer(error):
            return Unknown(why)
        case NetworkError():
            # "Flood control" without a time and server errors come here: Telegram answered, and did not deliver.
            return Retry(why, flood="too many requests" in why.lower())
        case _:
            # An answer of success that the library could not read.
            return Unknown(why)


def _wait(error: RetryAfter) -> float:
    """Seconds that Telegram asks for; the library warns that the type of this figure will change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def _says(error: TelegramError, phrases: tuple[str, ...]) -> bool:
    return any(phrase in error.message.lower() for phrase in phrases)


def _left_without_answer(error: NetworkError) -> bool:
    """Whether the request may have arrived: something broke after it was made, and no answer was read.

    An answer that says no has no cause, or, where its body is not Telegram's, an error of the library's own.
    """
    cause = error.__cause__
    return cause is not None and not never_left(cause) and not isinstance(cause, TelegramError)
