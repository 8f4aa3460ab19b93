"""``lodestone demo``: a packaged day of invented news through the real stages, and what a chat would hold then."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import click

from bot.chats import COINS
from bot.commandline.options import JSON, RULES
from bot.commandline.progress import progress_bar
from bot.commandline.simulate import print_row
from bot.replay import Sending, replay
from bot.settings import load_settings
from bot.terminal import to_terminal
from pipelines.language.reader import load_reader
from pipelines.prices.quote import Quote
from pipelines.rows import read_rows
from pipelines.rulebook import load_rules

_PRICES = (("BTC", "91480", "1.8"), ("ETH", "3034.5", "2.4"), ("USDC", "0.9999", "0.0"))
"""Invented, like the day."""


@click.command()
@RULES
@JSON
def demo(*, rules: Path | None, as_json: bool) -> None:
    """Send a packaged day of invented news down the real line, and show what a chat would have got."""
    settings, name = load_settings({"rules": rules}), "day.jsonl"
    entries = list(read_rows(files("bot.demo").joinpath(name).read_text("utf-8").splitlines(), name))

    async def work() -> list[Sending]:
        with progress_bar("the day goes by", len(entries)) as advance:
            reader, rule_set = load_reader(), load_rules(settings.rules)
            messages = replay(entries, reader=reader, rules=rule_set, coins=COINS, quotes=_quotes, progress=advance)
            return [sending async for sending in messages]

    sent = asyncio.run(work())
    if as_json:
        for sending in sent:
            print_row(sending)
        return
    colour = sys.stdout.isatty()
    for sending in sent:
        print(f"\n{_time(sending.at, colour=colour)}\n{to_terminal(sending.message, colour=colour)}")
    publishers = len({entry.source.publisher for entry in entries})
    print(
        f"\n{len(entries)} invented headlines of one day from {publishers} publishers: {len(sent)} messages, "
        f"{len(entries) - len(sent)} headlines that were noise or told the same story."
        "\n`make run` does this with the world's feeds."
    )


def _quotes(at: datetime) -> Sequence[Quote]:
    as_of = at - timedelta(seconds=9)
    return [Quote(symbol, Decimal(price), Decimal(change), as_of, ("demo",)) for symbol, price, change in _PRICES]


def _time(at: datetime, *, colour: bool) -> str:
    text = f"── {at:%H:%M} UTC " + "─" * 50
    return f"\x1b[2m{text}\x1b[0m" if colour else text
