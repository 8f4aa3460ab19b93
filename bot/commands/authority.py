"""The one check of who may do what, for messages and taps alike, and the audit of what was tried and done."""

from __future__ import annotations

import logging

import telegram
from telegram.error import TelegramError
from telegram.ext import filters

from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.languages.translator import N_
from bot.roles import Grant, Role, Sender, may
from bot.text import clean, cut
from pipelines.audit import LONGEST, AuditRow, note

log = logging.getLogger(__name__)

NOT_YOURS = N_("Only admins of this chat can change its settings.")
NOT_AN_OPERATOR = N_("Only the operators of this bot can do that.")
REFUSALS = {Role.CHAT_ADMIN: NOT_YOURS, Role.OPERATOR: NOT_AN_OPERATOR}
NOT_LISTED = "not an operator"
OUTSIDE = "outside the private chat"


def who_tapped(query: telegram.CallbackQuery) -> Sender | None:
    """Who is behind a tap, always a person; None where Telegram does not say where that was."""
    if query.message is None:
        return None
    chat = query.message.chat
    return Sender(chat=chat.id, private=chat.type == Kind.PRIVATE, user=query.from_user.id)


def who_wrote(update: telegram.Update, message: telegram.Message) -> Sender:
    """Who is behind the message of this update, of whatever kind that is."""
    return Sender(
        chat=message.chat.id,
        private=message.chat.type == Kind.PRIVATE,
        user=message.from_user.id if message.from_user is not None and message.sender_chat is None else None,
        speaks_as=message.sender_chat.id if message.sender_chat is not None else None,
        idle=_idle(update, message),
    )


async def holds(context: BotContext, bot: telegram.Bot, role: Role, sender: Sender) -> bool:
    """Whether the sender has the role; what cannot be found out is no.

    Admins are listed rather than the member looked up, because Telegram promises the latter only to bots that are
    admins themselves.
    """
    grant = may(role, sender, context.access)
    if grant is not Grant.ASK:
        return grant is Grant.YES
    try:
        admins = await bot.get_chat_administrators(sender.chat)
    except TelegramError as error:
        log.warning("admins.unknown chat=%s error=%s", sender.chat, type(error).__name__)
        return False
    return any(admin.user.id == sender.user for admin in admins)


async def note_done(context: BotContext, ask: Ask, what: str) -> None:
    """Write down what an operator did."""
    await note(context.store, AuditRow(at=ask.now, user=ask.user_id, chat=ask.chat_id, what=cut(clean(what), LONGEST)))
    log.info("operator.did what=%r user=%s", what, ask.user_id)


async def note_refused(context: BotContext, ask: Ask, what: str, why: str) -> None:
    """Write down what was refused; ``why`` in fixed words, ``what`` may hold what a person typed."""
    row = AuditRow(at=ask.now, user=ask.user_id, chat=ask.chat_id, what=cut(clean(what), LONGEST), refused=why)
    await note(context.store, row)


def _idle(update: telegram.Update, message: telegram.Message) -> str:
    """Why a message runs nothing, however it reads; "" where it may run. What counts is what a person typed here."""
    reasons = (
        (update.edited_message is not None or update.edited_channel_post is not None, "edited"),
        (update.message is None and update.channel_post is None, "not said to the bot"),
        (bool(message.is_automatic_forward), "from the linked channel"),
        (message.forward_origin is not None, "forwarded"),
        (message.via_bot is not None, "via another bot"),
        (message.business_connection_id is not None or message.sender_business_bot is not None, "in another's name"),
        (bool(filters.StatusUpdate.ALL.check_update(update)), "service message"),
        (
            message.sender_chat is None and message.from_user is not None and message.from_user.is_bot,
            "written by a bot",
        ),
        (message.sender_chat is None and message.from_user is None, "nobody's"),
    )
    return next((why for true, why in reasons if true), "")
