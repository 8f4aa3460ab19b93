"""Examines feeds as they are now. The newest item's date tells more than the status: dead feeds answer for years."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.parsing import Parsers
from pipelines.feeds.trouble import BusyError, FeedTrouble, HostBusyError, Reason
from rules.story import Tier

STALE_AFTER = {
    Tier.OFFICIAL: timedelta(days=90),
    Tier.WIRE: timedelta(days=7),
    Tier.TRADE: timedelta(days=30),
    Tier.AGGREGATOR: timedelta(days=14),
}
"""Days without a new item that are usual for no living feed of a tier; a small agency may be silent for weeks."""
_WALLS = {401, 402, 403, 407, 429, 451}
_BUSY_TRIES = 3


class Health(StrEnum):
    """What is the matter with a feed, if anything."""

    WELL = "well"
    STALE = "stale"
    EMPTY = "empty"
    UNDATED = "undated"
    WALLED = "walled"
    DEAD = "dead"
    REFUSED = "refused"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A feed's health, with the newest item's own date, the number of items and a word on what was found."""

    feed: Feed
    health: Health
    newest: datetime | None = None
    items: int = 0
    detail: str = ""


def diagnose(feed: Feed, items: int, newest: datetime | None, now: datetime) -> Diagnosis:
    """The health of a feed that could be read."""
    if not items:
        return Diagnosis(feed, Health.EMPTY, detail="a feed without items")
    if newest is None:
        return Diagnosis(feed, Health.UNDATED, None, items, "no date that can be read")
    age = now - newest
    health = Health.STALE if age > STALE_AFTER[feed.tier] else Health.WELL
    return Diagnosis(feed, health, newest, items, f"newest item {max(0, age.days)} days old")


def explain(feed: Feed, trouble: FeedTrouble) -> Diagnosis:
    """The health of a feed that could not be had."""
    if trouble.reason in {Reason.REFUSED_ADDRESS, Reason.REFUSED_URL}:
        health = Health.REFUSED
    elif trouble.reason is Reason.WALLED or trouble.status in _WALLS:
        health = Health.WALLED
    else:
        health = Health.DEAD
    return Diagnosis(feed, health, detail=f"{trouble.word} {trouble.detail}".strip())


async def examine(
    feeds: Sequence[Feed], fetcher: Fetcher, parsers: Parsers, now: datetime, parallel: int = 16
) -> AsyncGenerator[Diagnosis, None]:
    """Ask every feed once and give each diagnosis as it is found."""
    places = asyncio.Semaphore(parallel)

    async def one(feed: Feed) -> Diagnosis:
        async with places:
            return await _examine(feed, fetcher, parsers, now)

    tasks = [asyncio.create_task(one(feed)) for feed in feeds]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for waiting in tasks:
            waiting.cancel()


async def _examine(feed: Feed, fetcher: Fetcher, parsers: Parsers, now: datetime) -> Diagnosis:
    for attempt in range(_BUSY_TRIES):
        try:
            fetched = await fetcher.get(feed.url, now=now, headers=dict(feed.headers))
            parsed = await parsers.parse(
                fetched.body or b"", url=fetched.url, kind=feed.kind, content_type=fetched.content_type
            )
        except FeedTrouble as trouble:
            return explain(feed, trouble)
        except BusyError as busy:
            if isinstance(busy, HostBusyError) and busy.seconds > 30:
                return Diagnosis(feed, Health.BUSY, detail=f"its host asks to wait {busy.seconds:.0f} s")
            await asyncio.sleep(attempt)
        else:
            newest = datetime.fromtimestamp(parsed.newest, UTC) if parsed.newest else None
            return diagnose(feed, parsed.total, newest, now)
    return Diagnosis(feed, Health.BUSY, detail="its host was busy with our other requests")
