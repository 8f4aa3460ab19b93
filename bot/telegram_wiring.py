"""Builds the Telegram side from the settings: the bot, its commands, and what they may touch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from redis.asyncio import Redis

from bot.access import Access
from bot.chat_store import ChatStore
from bot.commands.context import BotContext
from bot.commands.handlers import ALLOWED_UPDATES, build_handlers, on_error, register_commands
from bot.delivery.queue import Outbox
from bot.settings import Settings
from bot.telegram_side import TelegramSide, build_bot
from rules.ruleset import RuleSet


def build_telegram(
    settings: Settings,
    store: Redis,
    chats: ChatStore,
    outbox: Outbox,
    clock: Callable[[], datetime],
    rules: Callable[[], RuleSet],
) -> TelegramSide:
    """The Telegram side with every command, for the token of the settings."""
    assert settings.telegram_token is not None

    async def moved(old: int, new: int) -> None:
        await outbox.move(old, new, clock())

    context = BotContext(
        store=store,
        chats=chats,
        clock=clock,
        access=access_of(settings),
        coins=settings.coins,
        price_max_age=timedelta(seconds=settings.price_max_age),
        depths=outbox.depth,
        moved=moved,
        rules=rules,
    )
    bot = build_bot(settings.telegram_token.get_secret_value(), settings.telegram_base_url, settings.hands)
    return TelegramSide(
        bot, build_handlers(context), on_error, ALLOWED_UPDATES, register_commands, paid=settings.paid_broadcast
    )


def access_of(settings: Settings) -> Access:
    """Who may use the bot, by the settings."""
    return Access(
        mode=settings.access, allowed_chats=frozenset(settings.allowed_chats), admins=frozenset(settings.admins)
    )
