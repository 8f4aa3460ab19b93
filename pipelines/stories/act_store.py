"""What is stored of open acts and of merges: written by ``judge``, which knows what a story is, read by ``group``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from sys import intern
from typing import Any

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from pipelines import keys
from pipelines.stage import Command
from pipelines.stories.acts import KEPT, MOST, OpenAct, act_of
from pipelines.stories.ids import is_story_id
from rules.story import Story
from rules.verdict import Label

PAGE = 500
"""Acts read at a time."""


@cache
def _acts() -> TypeAdapter[OpenAct]:
    return TypeAdapter(OpenAct)


def keep_open(story: Story, label: Label) -> tuple[Command, ...]:
    """The writes by which a story that was judged joins the open acts, or leaves them as noise or without an act.

    A story that an operator took back leaves them too.
    """
    act = act_of(story) if label is not Label.NOISE and story.retracted is None else None
    if act is None:
        return close([story.id]) if story.version > 1 else ()
    return (
        ("ZADD", keys.ACTS, act.ends.timestamp(), story.id),
        ("HSET", keys.ACT_TRACES, story.id, _acts().dump_json(act)),
    )


def close(stories: Iterable[str]) -> tuple[Command, ...]:
    """The writes by which stories leave the open acts."""
    gone = sorted(stories)
    return (("ZREM", keys.ACTS, *gone), ("HDEL", keys.ACT_TRACES, *gone)) if gone else ()


async def read_acts(store: Redis) -> AsyncIterator[OpenAct]:
    """The open acts, those that stay known longest first, at most ``MOST``; what cannot be read is left out."""
    ids: Any = await store.zrange(keys.ACTS, 0, MOST - 1, desc=True)
    for start in range(0, len(ids), PAGE):
        found: Any = await store.hmget(keys.ACT_TRACES, ids[start : start + PAGE])
        for data in found:
            act = _act(data)
            if act is not None:
                yield act


async def still_open(store: Redis, stories: Sequence[str]) -> dict[str, OpenAct | None]:
    """Those of these stories that were judged structural or watch and are open; None where only the place is known."""
    if not stories:
        return {}
    pipe: Any = store.pipeline(transaction=False)
    async with pipe:
        pipe.zmscore(keys.ACTS, list(stories))
        pipe.hmget(keys.ACT_TRACES, list(stories))
        places, found = await pipe.execute()
    rows = zip(stories, places, found, strict=True)
    return {story: _act(data) for story, place, data in rows if place is not None}


def _act(data: bytes | None) -> OpenAct | None:
    try:
        act = _acts().validate_json(data) if data is not None else None
        return replace(act, words=tuple(map(intern, act.words))) if act is not None else None
    except ValidationError:
        return None


def write_alias(merged: str, into: str, now: datetime) -> tuple[Command, ...]:
    """The write that says in which story a merged one goes on."""
    return (("HSET", keys.ALIASES, merged, f"{into} {now.timestamp():.0f}"),)


async def read_aliases(store: Redis, now: datetime) -> tuple[dict[str, str], tuple[str, ...]]:
    """Each merged story and the one in which it goes on, and those that are too old to be asked for."""
    client: Any = store
    aliases, old = dict[str, str](), list[str]()
    for merged, value in (await client.hgetall(keys.ALIASES)).items():
        into, _, at = value.decode("ascii", "replace").partition(" ")
        if is_story_id(into) and at.isdecimal() and _recent(int(at), now):
            aliases[merged.decode()] = into
        else:
            old.append(merged.decode())
    return aliases, tuple(old)


def _recent(at: int, now: datetime) -> bool:
    return datetime.fromtimestamp(at, UTC) > now - KEPT - timedelta(days=30)


def survivor(aliases: dict[str, str], story: str) -> str:
    """The story in which this one goes on in the end; itself where it was never merged."""
    for _ in range(20):  # a merge goes into the older story, so that there is no circle; a torn store may hold one
        if story not in aliases:
            break
        story = aliases[story]
    return story
