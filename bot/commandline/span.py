"""The days that a command looks back on: ``--from`` and ``--to``, both included; and what was judged on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import click
from redis.asyncio import Redis

from bot.commandline.progress import progress_bar
from pipelines.events import Alert
from pipelines.judged import read_days
from rules.compare import Comparison, join

_DAY = click.DateTime(["%Y-%m-%d"])
_DEFAULT = timedelta(days=29)


def days(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``first`` and ``last``."""
    command = click.option("--to", "last", type=_DAY, help="last day, as 2026-11-24; today")(command)
    return click.option("--from", "first", type=_DAY, help="first day; 29 days before the last")(command)


def between(first: datetime | None, last: datetime | None, now: datetime) -> tuple[date, date]:
    """The first and last day; the 30 days to now where nothing is said."""
    end = last.date() if last else now.date()
    begin = first.date() if first else end - _DEFAULT
    if begin > end:
        raise click.UsageError("--from is after --to; swap the two")
    return begin, end


async def compare_days(
    store: Redis, first: date, last: date, compared: Callable[[Iterable[Alert]], Comparison]
) -> Comparison:
    """What ``compared`` makes of all that was judged on these days; in batches, for a year may not fit in memory."""
    parts = list[Comparison]()
    with progress_bar("days", (last - first).days + 1) as advance:
        day = first
        while day <= last:
            parts += [compared(batch) async for batch in read_days(store, day, day)]
            day += timedelta(days=1)
            advance(1)
    return join(parts)
