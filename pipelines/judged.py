"""Judged stories as they were last judged, with all that the rules saw: one compressed record a story, by day."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Alert, decode, encode
from pipelines.stage import Command
from pipelines.stories.ids import day_of
from rules.verdict import Label

KEPT = timedelta(days=400)
_LATEST_KEPT = 1000


def write_judged(alert: Alert, before: Label = Label.NOISE) -> tuple[Command, ...]:
    """The writes that keep an alert; a structural one joins the latest, one that was so ``before`` leaves them."""
    story = alert.story
    key = keys.judged(story.first_seen)
    writes: list[Command] = [
        ("HSET", key, story.id, zlib.compress(encode(alert), 3)),
        ("EXPIRE", key, int(KEPT.total_seconds())),
    ]
    if alert.verdict.label is Label.STRUCTURAL:
        writes += [
            ("ZADD", keys.LATEST, alert.judged.timestamp(), story.id),
            ("ZREMRANGEBYRANK", keys.LATEST, 0, -_LATEST_KEPT - 1),
        ]
    elif before is Label.STRUCTURAL:
        writes.append(("ZREM", keys.LATEST, story.id))
    return tuple(writes)


async def read_judged(store: Redis, story_id: str) -> Alert | None:
    """The story as last judged; None for an id that is unknown, malformed or no longer kept."""
    try:
        day = day_of(story_id)
    except ValueError:
        return None
    record: Any = await store.hget(keys.judged(day), story_id)
    if record is None:
        return None
    alert = decode(zlib.decompress(record))
    assert isinstance(alert, Alert)
    return alert


async def read_latest(store: Redis, count: int) -> list[Alert]:
    """The newest structural stories, newest first."""
    ids: Any = await store.zrevrange(keys.LATEST, 0, count - 1)
    found = [await read_judged(store, each.decode()) for each in ids]
    return [alert for alert in found if alert is not None]
