"""Judged stories as they were last judged, with all that the rules saw: one compressed record a story, by day.

Kept for 400 days, or up to a cap: then the oldest days of noise go, and only after all of them older days of the rest.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Alert, UnreadableEvent, decode, encode
from pipelines.stage import Command
from pipelines.stories.ids import day_of
from rules.verdict import Label

KEPT = timedelta(days=400)
_LATEST_KEPT = 1000
_BATCH = 500
_TOLD, _NOISE = f"{keys.TAG}:judged:", f"{keys.TAG}:judged-noise:"


def write_judged(alert: Alert, before: Label = Label.NOISE) -> tuple[Command, ...]:
    """The writes that keep an alert; a structural one joins the latest.

    One that was so ``before``, is taken back or goes on in another story leaves them.
    """
    story, label = alert.story, alert.verdict.label
    told, noise = keys.judged(story.first_seen), keys.judged_noise(story.first_seen)
    key, other = (noise, told) if label is Label.NOISE else (told, noise)
    writes: list[Command] = [
        ("HSET", key, story.id, zlib.compress(encode(alert), 3)),
        ("EXPIRE", key, int(KEPT.total_seconds())),
    ]
    if story.version > 1:
        writes.append(("HDEL", other, story.id))
    if label is Label.STRUCTURAL and not story.retracted and not story.merged:
        writes += [
            # Its place is the moment when it became so: a second source does not make it news again.
            ("ZADD", keys.LATEST, "NX", alert.judged.timestamp(), story.id),
            ("ZREMRANGEBYRANK", keys.LATEST, 0, -_LATEST_KEPT - 1),
        ]
    elif Label.STRUCTURAL in (before, label):
        writes.append(("ZREM", keys.LATEST, story.id))
    return tuple(writes)


async def read_judged(store: Redis, story_id: str) -> Alert | None:
    """The story as last judged; None for an id that is unknown, malformed or no longer kept."""
    try:
        day = day_of(story_id)
    except ValueError:
        return None
    (alert,) = await read_records(store, [(day, story_id)])
    return alert


async def read_records(store: Redis, wanted: Sequence[tuple[date, str]]) -> list[Alert | None]:
    """The records of these days and story ids, in one round trip; None where there is none that can be read."""
    async with store.pipeline(transaction=False) as pipe:
        for day, story_id in wanted:
            pipe.hget(keys.judged(day), story_id)
            pipe.hget(keys.judged_noise(day), story_id)
        found = await pipe.execute()
    return [open_record(told or noise) for told, noise in zip(found[::2], found[1::2], strict=True)]


async def read_days(store: Redis, first: date, last: date) -> AsyncIterator[list[Alert]]:
    """All stories of these days, both included, as last judged; a batch at a time, oldest day first.

    The day is that of a story's first report. Records that cannot be read are left out.
    """
    client: Any = store
    day = first
    while day <= last:
        # A hash that grows while it is read tells some fields twice, and a story may move to the other key meanwhile.
        told = set[bytes]()
        for key in (keys.judged(day), keys.judged_noise(day)):
            cursor: Any = None
            while cursor != 0:
                cursor, found = await client.hscan(key, cursor or 0, count=_BATCH)
                yield [
                    alert
                    for story, record in found.items()
                    if story not in told and (alert := open_record(record)) is not None
                ]
                told.update(found)
        day += timedelta(days=1)


async def read_told(store: Redis, first: date, last: date) -> AsyncIterator[list[tuple[str, bytes]]]:
    """The records of these days that were not noise, by story, unopened; a batch at a time, oldest day first.

    A record may come twice. ``open_record`` opens one: whoever has seen these very bytes need not.
    """
    client: Any = store
    day = first
    while day <= last:
        cursor: Any = None
        while cursor != 0:
            cursor, found = await client.hscan(keys.judged(day), cursor or 0, count=_BATCH)
            yield [(story.decode(), record) for story, record in found.items()]
        day += timedelta(days=1)


async def trim_judged(store: Redis, cap_mb: float) -> int:
    """Drop the oldest days until the records fit into ``cap_mb``, noise first; returns how many days went."""
    client: Any = store
    sizes = dict[str, int]()
    for prefix in (_NOISE, _TOLD):
        found = [key.decode() async for key in client.scan_iter(match=f"{prefix}*", count=1000)]
        for key in sorted(found):
            sizes[key] = int(await client.memory_usage(key, samples=20) or 0)
    total, dropped = sum(sizes.values()), 0
    for key, size in sizes.items():
        if total <= cap_mb * 2**20:
            break
        await client.unlink(key)
        total, dropped = total - size, dropped + 1
    return dropped


def open_record(record: bytes | None) -> Alert | None:
    """The record, or None where another version of this program wrote it or it is torn."""
    if record is None:
        return None
    try:
        alert = decode(zlib.decompress(record))
    except (UnreadableEvent, zlib.error):
        return None
    return alert if isinstance(alert, Alert) else None


async def read_structural(store: Redis, since: datetime, until: datetime) -> list[tuple[datetime, Alert]]:
    """The stories that became structural in [``since``, ``until``) and are so still: when, and each; oldest first."""
    found: Any = await store.zrangebyscore(keys.LATEST, since.timestamp(), f"({until.timestamp()}", withscores=True)
    ids = [(story.decode(), datetime.fromtimestamp(at, UTC)) for story, at in found]
    alerts = await read_records(store, [(day_of(story), story) for story, _ in ids])
    return [(at, alert) for (_, at), alert in zip(ids, alerts, strict=True) if alert is not None]


async def read_latest(store: Redis, count: int) -> list[Alert]:
    """The newest structural stories, newest first."""
    ids: Any = await store.zrevrange(keys.LATEST, 0, count - 1)
    found = [await read_judged(store, each.decode()) for each in ids]
    return [alert for alert in found if alert is not None]
