"""The sender to Telegram: makes the call, and leaves out what Telegram does not take until the rest is delivered."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.delivery.answers import Answer, Outgoing, Part, Refused, Sent, Without
from bot.delivery.meaning import meaning
from bot.markup import Buttons

log = logging.getLogger(__name__)

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class _Shape:
    """The parts with which a message is tried."""

    markup: bool
    thread: int | None

    def without(self, part: Part) -> _Shape | None:
        """With that part left out; None where it was not there. An edit is never turned into another message."""
        if part == "markup" and self.markup:
            return replace(self, markup=False)
        if part == "thread" and self.thread is not None:
            return replace(self, thread=None)
        return None


class TelegramSender:
    """Sends messages through a python-telegram-bot ``Bot``; ``paid`` beyond the free rate, at Telegram's price."""

    def __init__(self, bot: Bot, *, paid: bool = False) -> None:
        self._bot = bot
        self._paid = paid

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send, or edit, as HTML with buttons in the chat's thread; without either where Telegram refuses it."""
        # An edit stays where its message is.
        shape = _Shape(markup=True, thread=None if outgoing.edit else outgoing.chat.thread)
        while True:
            answer = await self._call(outgoing, shape)
            if not isinstance(answer, Without):
                return answer
            smaller = shape.without(answer.part)
            if smaller is None:
                return Refused(answer.why)
            log.warning("delivery.without part=%s story=%s why=%s", answer.part, outgoing.story, answer.why)
            shape = smaller

    async def _call(self, outgoing: Outgoing, shape: _Shape) -> Answer | Without:
        message = outgoing.message
        text = message.text if shape.markup else message.plain
        mode = ParseMode.HTML if shape.markup else None
        buttons = keyboard(message.buttons) if shape.markup else None
        try:
            if outgoing.edit is not None:
                await self._bot.edit_message_text(
                    text,
                    outgoing.chat.id,
                    outgoing.edit,
                    parse_mode=mode,
                    reply_markup=buttons,
                    link_preview_options=_NO_PREVIEW,
                )
                return Sent(outgoing.edit, plain=not shape.markup)
            sent = await self._bot.send_message(
                outgoing.chat.id,
                text,
                parse_mode=mode,
                reply_markup=buttons,
                link_preview_options=_NO_PREVIEW,
                message_thread_id=shape.thread,
                disable_notification=outgoing.silent or None,
                allow_paid_broadcast=self._paid or None,
            )
        except TelegramError as error:
            answer = meaning(error)
            if answer is not None:
                return answer
            return Sent(outgoing.edit) if outgoing.edit is not None else Refused(error.message)
        return Sent(sent.message_id, plain=not shape.markup)


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """A message's buttons as Telegram's."""
    rows = [
        [InlineKeyboardButton(b.text, callback_data=b.data or None, url=b.url or None) for b in row] for row in buttons
    ]
    return InlineKeyboardMarkup(rows) if rows else None
