"""Updates of several chats at a time, but those of one chat in the order in which they came.

Otherwise "/mute chips" and "/unmute chips", sent one after the other, might be dealt with the other way round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import telegram
from telegram.ext import BaseUpdateProcessor


class InOrder(BaseUpdateProcessor):
    """Up to ``chats`` updates at the same time, of one chat one at a time; for ``concurrent_updates``."""

    def __init__(self, chats: int) -> None:
        super().__init__(chats)
        self._last: dict[int, asyncio.Event] = {}

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the chat's update before this one, then deal with it."""
        chat = update.effective_chat if isinstance(update, telegram.Update) else None
        if chat is None or not isinstance(chat.id, int):  # what Telegram would never send has no order to keep
            await coroutine
            return
        before, done = self._last.get(chat.id), asyncio.Event()
        self._last[chat.id] = done
        try:
            if before is not None:
                await before.wait()
            await coroutine
        finally:
            done.set()
            if self._last[chat.id] is done:
                del self._last[chat.id]

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""
