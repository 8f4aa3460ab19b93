"""The same sends through python-telegram-bot's own limiter and through the product, one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from datetime import UTC, datetime
from statistics import mean
from typing import Any

from telegram import InlineKeyboardMarkup
from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, ExtBot

from bot.chats import Chat, Kind
from bot.delivery.telegram import keyboard
from bot.markup import Message
from bot.messages import render_alert
from tests.bench.delivery_free import CHATS, FLOOD_WAIT, Run, flood_wait, run, seen
from tests.bench.sending import print_table
from tests.delivery.stories import make_alert
from tests.telegram.remote import telegram_process

_HANDS = 8
_URGENT_AT = 0.25
"""While the one chat has still to wait."""


def main(words: list[str]) -> None:
    """``delivery limiter [SECONDS]``: 60 unless said, each of three runs."""
    asyncio.run(_measure(float(words[0]) if words else 60.0))


async def _measure(seconds: float) -> None:
    sides = {
        "all handed over": await _library(seconds, None),
        f"{_HANDS} at a time": await _library(seconds, _HANDS),
        "Lodestone": await run(seconds, flood=True, urgent_at=_URGENT_AT),
    }
    table = [
        ("", [*sides]),
        ("calls a second", [f"{each.rate:.1f}" for each in sides.values()]),
        ("fullest sliding second", [f"{each.fullest}" for each in sides.values()]),
        ("urgent: to its first call, s", [_waited(each, 0) for each in sides.values()]),
        ("urgent: to its 28th call, s", [_waited(each, 27) for each in sides.values()]),
        ("ordinary calls among the urgent ones", [f"{each.overtaken_by}" for each in sides.values()]),
        ("after a 429: longest silence of the others, s", [f"{each.silence:.2f}" for each in sides.values()]),
        ("mean gap of the others, ms", [f"{mean(each.gaps):.1f}" for each in sides.values()]),
    ]
    print_table(
        f"limiter: {CHATS} chats, {seconds:.0f} s, one told to wait {FLOOD_WAIT} s after the first 50 calls, then an "
        "urgent alert;\n  the library's AIORateLimiter as it comes (30/s), all sends handed over at once, then from a "
        "list that puts the urgent first; Lodestone at 28/s",
        [(what, "  ".join(f"{each:>15}" for each in figures), "") for what, figures in table],
    )


def _waited(side: Run, number: int) -> str:
    return f"{side.urgent[number] - side.asked:.2f}" if len(side.urgent) > number else "not in this run"


async def _library(seconds: float, hands: int | None) -> Run:
    """The library's bot with its limiter; ``hands`` send at a time, or all at once."""
    async with telegram_process("--any-chat", "--slim") as telegram:
        limiter = AIORateLimiter(max_retries=5)
        async with ExtBot(telegram.token, base_url=telegram.base_url, rate_limiter=limiter) as bot:
            await telegram.fault(flood_wait())
            sending = _Sending(bot, hands)
            sending.put("plain", range(1, CHATS + 1))
            await asyncio.sleep(seconds * _URGENT_AT)
            asked = time.time()
            sending.put("urgent", range(1, CHATS + 1), first=True)
            await asyncio.sleep(seconds * (1 - _URGENT_AT))
            found = await seen(telegram, asked, 1)
            await sending.stop()
    return found


class _Sending:
    """Sends in the way of most bots: a task for each message, or some hands that take them from a list."""

    def __init__(self, bot: ExtBot[Any], hands: int | None) -> None:
        self._bot = bot
        self._line = deque[tuple[Message, InlineKeyboardMarkup | None, int]]()
        self._hands = hands
        self._tasks: list[asyncio.Task[None]] = []

    def put(self, name: str, chats: range, *, first: bool = False) -> None:
        """Have an alert sent to these chats."""
        now = datetime.now(UTC)
        message = render_alert(make_alert(name, now), (), Chat(id=1, kind=Kind.PRIVATE, created=now), now)
        buttons = keyboard(message.buttons)
        works = [(message, buttons, chat) for chat in chats]
        if self._hands is None:
            self._tasks += [asyncio.create_task(self._send(*work)) for work in works]
            return
        self._line.extendleft(reversed(works)) if first else self._line.extend(works)
        while len(self._tasks) < self._hands:
            self._tasks.append(asyncio.create_task(self._hand()))

    async def stop(self) -> None:
        """Leave what has not been sent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hand(self) -> None:
        while self._line:
            await self._send(*self._line.popleft())

    async def _send(self, message: Message, buttons: InlineKeyboardMarkup | None, chat: int) -> None:
        with contextlib.suppress(TelegramError):  # what is refused for good is lost here
            await self._bot.send_message(chat, message.text, parse_mode="HTML", reply_markup=buttons)
