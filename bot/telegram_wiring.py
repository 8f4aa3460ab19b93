"""Builds the Telegram side from the settings: the bot, its commands, and what they may touch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from redis.asyncio import Redis

from bot.access import Access
from bot.chat_store import ChatStore
from bot.commands.context import BotContext
from bot.commands.handlers import ALLOWED_UPDATES, build_handlers, on_error, register_commands
from bot.delivery.queue import Outbox
from bot.feed_desk import FeedDesk
from bot.languages.catalogues import Languages
from bot.once import Once
from bot.settings import Settings
from bot.signing import signer_for
from bot.telegram_side import TelegramSide, build_bot
from bot.webhook import Address
from rules.ruleset import RuleSet


def build_telegram(
    settings: Settings,
    store: Redis,
    chats: ChatStore,
    outbox: Outbox,
    clock: Callable[[], datetime],
    rules: Callable[[], RuleSet],
    access: Access,
    consumer: str,
) -> TelegramSide:
    """The Telegram side with every command, for the token of the settings; ``consumer`` is this process by name."""
    assert settings.telegram_token is not None

    async def moved(old: int, new: int) -> None:
        await outbox.move(old, new, clock())

    languages = Languages()
    token = settings.telegram_token.get_secret_value()
    context = BotContext(
        store=store,
        chats=chats,
        clock=clock,
        access=access,
        coins=settings.coins,
        price_max_age=timedelta(seconds=settings.price_max_age),
        moved=moved,
        hold=outbox.hold,
        release=outbox.release,
        signer=signer_for(token),
        rules=rules,
        desk=FeedDesk(
            folder=settings.data,
            source=settings.feeds,
            bases=settings.feed_bases,
            private_hosts=settings.allow_private_hosts,
        ),
        languages=languages,
    )
    return TelegramSide(
        build_bot(token, settings.telegram_base_url, settings.hands),
        build_handlers(context),
        partial(on_error, languages),
        ALLOWED_UPDATES,
        partial(register_commands, access, languages),
        Once(store, int(token.partition(":")[0]), consumer),
        _address(settings),
        paid=settings.paid_broadcast,
    )


def _address(settings: Settings) -> Address | None:
    if settings.webhook_url is None:
        return None
    host, _, port = settings.webhook_listen.rpartition(":")
    return Address(
        url=settings.webhook_url,
        host=host.strip("[]"),
        port=int(port),
        secret=settings.webhook_word,
        connections=settings.webhook_connections,
    )
