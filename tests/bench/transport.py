"""Messages a second through the library's bot, over its httpx and over our aiohttp, 60 ms from a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.request import BaseRequest, HTTPXRequest

from bot.transport import AiohttpRequest
from tests.telegram.remote import telegram_process

_FLIGHTS = (8, 64, 128)
_SECONDS = 5.0
_TEXT = "<b>Structural</b> " + "x" * 380
_BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton(f"Button {n}", callback_data=f"b{n}") for n in range(3)]])


def main(words: Sequence[str]) -> None:
    """``transport [SECONDS]``: how long each row is measured."""
    asyncio.run(_run(float(words[0]) if words else _SECONDS))


async def _run(seconds: float) -> None:
    print(f"{'transport':10} {'in flight':>9} {'msg/s':>7} {'cpu ms/msg':>11} {'p99 ms':>7} {'failed':>7}")
    async with telegram_process("--any-chat", "--slim", "--latency", "0.06") as server:
        for name, request, flight in _requests():
            async with Bot(server.token, base_url=server.base_url, request=request) as bot:
                await _measure(bot, name, flight, seconds)


def _requests() -> Iterator[tuple[str, BaseRequest, int]]:
    for flight in _FLIGHTS:
        yield "httpx", HTTPXRequest(flight, pool_timeout=30, read_timeout=20, httpx_kwargs={"verify": False}), flight
        yield "aiohttp", AiohttpRequest(flight), flight


async def _measure(bot: Bot, name: str, flight: int, seconds: float) -> None:
    took, failed = list[float](), 0
    begun, cpu = time.perf_counter(), time.process_time()

    async def hand(number: int) -> None:
        nonlocal failed
        while time.perf_counter() - begun < seconds:
            at = time.perf_counter()
            try:
                await bot.send_message(number + 1, _TEXT, parse_mode="HTML", reply_markup=_BUTTONS)
            except Exception:
                failed += 1
            took.append(time.perf_counter() - at)

    await asyncio.gather(*(hand(number) for number in range(flight)))
    span, used = time.perf_counter() - begun, time.process_time() - cpu
    p99 = sorted(took)[int(len(took) * 0.99)] * 1000
    print(
        f"{name:10} {flight:9} {len(took) / span:7.0f} {used / len(took) * 1000:11.2f} {p99:7.0f} {failed:7}",
        flush=True,
    )
