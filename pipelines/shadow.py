"""Where a candidate set of rules, judging in the shadow of the live one, says otherwise. Kept apart, and bounded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.stage import Command
from rules.compare import difference
from rules.story import Story
from rules.verdict import Verdict

KEPT = timedelta(days=30)
MOST = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowed:
    """A story on which the two sets differ: the verdicts as "label, severity" with the first reason of each."""

    kind: str
    story: str
    title: str
    at: datetime
    live: str
    live_because: str
    shadow: str
    shadow_because: str
    rules: str
    """Hash of the candidate set."""
    live_rules: str = ""
    """Hash of the set in force."""


def write_shadow(story: Story, live: Verdict, shadow: Verdict, now: datetime) -> tuple[Command, ...]:
    """The writes that keep a difference, or take back one that is no longer."""
    kind = difference(live, shadow)
    if kind is None:
        return () if story.version == 1 else (("HDEL", keys.SHADOW, story.id), ("ZREM", keys.SHADOW_AT, story.id))
    row = {
        "kind": kind,
        "title": story.lead.title,
        "at": now.isoformat(),
        "live": f"{live.label}, {live.severity}",
        "live_because": _first(live),
        "shadow": f"{shadow.label}, {shadow.severity}",
        "shadow_because": _first(shadow),
        "rules": shadow.rules,
        "live_rules": live.rules,
    }
    return (
        ("HSET", keys.SHADOW, story.id, json.dumps(row, ensure_ascii=False)),
        ("ZADD", keys.SHADOW_AT, now.timestamp(), story.id),
    )


async def read_shadow(store: Redis) -> list[Shadowed]:
    """All differences that are kept, newest first."""
    client: Any = store
    ids: Sequence[bytes] = await client.zrevrange(keys.SHADOW_AT, 0, -1)
    rows = await client.hmget(keys.SHADOW, ids) if ids else []
    found = [(story.decode(), json.loads(row)) for story, row in zip(ids, rows, strict=True) if row]
    return [Shadowed(story=story, **{**row, "at": datetime.fromisoformat(row["at"])}) for story, row in found]


async def count_shadow(store: Redis) -> int:
    """How many differences are kept."""
    return int(await store.zcard(keys.SHADOW_AT))


async def trim_shadow(store: Redis, now: datetime) -> int:
    """Drop what is older than 30 days or beyond the newest 5,000; how many went."""
    client: Any = store
    old = await client.zrangebyscore(keys.SHADOW_AT, "-inf", (now - KEPT).timestamp())
    many = await client.zrevrange(keys.SHADOW_AT, MOST, -1)
    gone = {*old, *many}
    if gone:
        await client.hdel(keys.SHADOW, *gone)
        await client.zrem(keys.SHADOW_AT, *gone)
    return len(gone)


async def clear_shadow(store: Redis) -> None:
    """Forget all differences."""
    await store.delete(keys.SHADOW, keys.SHADOW_AT)


def _first(verdict: Verdict) -> str:
    return next((f"{reason.because} [{reason.rule or 'no rule'}]" for reason in verdict.reasons), "")
