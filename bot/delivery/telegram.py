"""The sender to Telegram: makes the call, and leaves out what Telegram does not take until the rest is delivered."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.request import RequestData

from bot.delivery.answers import Answer, Fixed, Outgoing, Part, Refused, Sent, Unknown, Without
from bot.delivery.meaning import meaning
from bot.markup import Buttons

log = logging.getLogger(__name__)

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True).to_json()


@dataclass(frozen=True, slots=True)
class _Shape:
    """The parts with which a message is tried."""

    markup: bool
    thread: int | None
    reply: int | None

    def without(self, part: Part) -> _Shape | None:
        """With that part left out; None where it was not there. An edit is never turned into another message."""
        if part == "markup" and self.markup:
            return replace(self, markup=False)
        if part == "thread" and self.thread is not None:
            return replace(self, thread=None)
        if part == "reply" and self.reply is not None:
            return replace(self, reply=None)
        return None


class TelegramSender:
    """Sends messages through a python-telegram-bot ``Bot``; ``paid`` beyond the free rate, at Telegram's price."""

    def __init__(self, bot: Bot, *, paid: bool = False) -> None:
        self._bot = bot
        self._paid = paid

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send, or edit, as HTML with buttons in the chat's thread; without either where Telegram refuses it."""
        # An edit stays where its message is.
        shape = _Shape(markup=True, thread=None if outgoing.edit else outgoing.chat.thread, reply=outgoing.reply)
        while True:
            answer = await self._call(outgoing, shape)
            if not isinstance(answer, Without):
                return answer
            smaller = shape.without(answer.part)
            if smaller is None:
                return Fixed(answer.why) if answer.part == "edit" and outgoing.edit else Refused(answer.why)
            log.warning("delivery.without part=%s story=%s why=%s", answer.part, outgoing.story, answer.why)
            shape = smaller

    async def _call(self, outgoing: Outgoing, shape: _Shape) -> Answer | Without:
        message, edit = outgoing.message, outgoing.edit
        fields = {
            "chat_id": str(outgoing.chat.id),
            "text": message.text if shape.markup else message.plain,
            "link_preview_options": _NO_PREVIEW,
        }
        if shape.markup:
            fields["parse_mode"] = ParseMode.HTML.value
            if buttons := _encoded(message.buttons):
                fields["reply_markup"] = buttons
        if edit is not None:
            fields["message_id"] = str(edit)
        else:
            wishes = {"disable_notification": outgoing.silent, "allow_paid_broadcast": self._paid}
            fields |= {name: "true" for name, wanted in wishes.items() if wanted}
            if shape.thread is not None:
                fields["message_thread_id"] = str(shape.thread)
            if shape.reply is not None:
                fields["reply_parameters"] = _reply_to(shape.reply)
        try:
            told = await self._ask("sendMessage" if edit is None else "editMessageText", fields)
            return Sent(int(told["message_id"]) if edit is None else edit, plain=not shape.markup)
        except TelegramError as error:
            answer = meaning(error)
            if answer is not None:
                return answer
            return Sent(edit) if edit is not None else Refused(error.message)
        except (LookupError, TypeError, ValueError) as error:
            return Unknown(f"an answer that cannot be read: {type(error).__name__}")

    async def _ask(self, method: str, fields: dict[str, str]) -> Any:
        """Telegram's answer as it came, with the library's errors.

        Its objects for what goes and comes would take half of a call's time, and of what was sent only the number is
        wanted.
        """
        return await self._bot.request.post(f"{self._bot.base_url}/{method}", cast("RequestData", _Fields(fields)))


@dataclass(frozen=True, slots=True)
class _Fields:
    """What a call carries, encoded already: as much of the library's ``RequestData`` as a transport reads of it."""

    json_parameters: dict[str, str]
    multipart_data: None = None
    contains_files: bool = False


def _reply_to(message: int) -> str:
    """A reply that goes out even where what it answers has been deleted."""
    return ReplyParameters(message, allow_sending_without_reply=True).to_json()


@lru_cache(maxsize=256)
def _encoded(buttons: Buttons) -> str:
    """A message's buttons as a call carries them; the same ones go to many chats."""
    made = keyboard(buttons)
    return "" if made is None else made.to_json()


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """A message's buttons as Telegram's."""
    rows = [
        [InlineKeyboardButton(b.text, callback_data=b.data or None, url=b.url or None) for b in row] for row in buttons
    ]
    return InlineKeyboardMarkup(rows) if rows else None
