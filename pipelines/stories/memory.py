"""What is stored of stories, and how the index is rebuilt from it after a restart.

A story's state is one JSON value. Of each recent report a trace is kept: enough to sketch its headline again.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Reading
from pipelines.stage import Command
from pipelines.stories.identity import Item
from pipelines.stories.ids import is_story_id
from pipelines.stories.likeness import Sketch, sketch
from pipelines.stories.text import marks
from rules.story import Event, Form, Report, Story

PAGE = 500
"""Traces read at a time."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What is remembered of a recent report."""

    story: str
    title: str
    publisher: str
    published: datetime
    seen: datetime
    event: Event
    form: Form


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A remembered report that this version cannot read, and its story where at least that can be."""

    id: str
    story: str


@cache
def _traces() -> TypeAdapter[Trace]:
    return TypeAdapter(Trace)


@cache
def _stories() -> TypeAdapter[Story]:
    return TypeAdapter(Story)


def sketch_of(report: Report) -> Sketch:
    """What is compared of a report."""
    found = marks(report.title, report.source.publisher)
    return sketch(found, report.published, report.act.event, report.form)


STATE_KEPT = timedelta(days=600)
"""A bound on how long a state lies that nobody drops: longer than an act stays open without a word of it."""


def write_story(story: Story) -> Command:
    """The write that stores a story's state."""
    return ("SET", keys.story(story.id), _stories().dump_json(story), "EX", int(STATE_KEPT.total_seconds()))


def remember(reading: Reading, story: Story) -> tuple[Command, ...]:
    """The writes that store a story's new version and the report that made it."""
    report, seen = reading.report, reading.entry.first_seen
    trace = Trace(
        story.id, report.title, report.source.publisher, report.published, seen,
        report.act.event, report.form,
    )  # fmt: skip
    return (
        write_story(story),
        ("HSET", keys.TRACES, report.id, _traces().dump_json(trace)),
        ("ZADD", keys.RECENT, seen.timestamp(), report.id),
    )


def drop(reports: Iterable[Item | Unreadable], stories: Iterable[str]) -> tuple[Command, ...]:
    """The writes that forget these reports, and these stories of which no recent report is left."""
    ids = [item.id for item in reports]
    writes: list[Command] = []
    if ids:
        writes += [("ZREM", keys.RECENT, *ids), ("HDEL", keys.TRACES, *ids)]
    return (*writes, *(("DEL", keys.story(story)) for story in stories))


async def read_story(store: Redis, story_id: str) -> Story | None:
    """A story's stored state; None where there is none that this version can read."""
    data = await store.get(keys.story(story_id))
    try:
        return _stories().validate_json(data) if data is not None else None
    except ValidationError:
        return None


async def read_recent(store: Redis) -> AsyncIterator[Item | Unreadable]:
    """All remembered reports, the first seen first; of those that cannot be read enough to drop them."""
    ids: Any = await store.zrange(keys.RECENT, 0, -1)
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        found: Any = await store.hmget(keys.TRACES, page)
        for report_id, data in zip(page, found, strict=True):
            trace = _trace(data)
            if trace is None:
                yield Unreadable(report_id.decode(), _story_of(data))
            else:
                words = marks(trace.title, trace.publisher)
                like = sketch(words, trace.published.astimezone(UTC), trace.event, trace.form)
                yield Item(report_id.decode(), trace.story, trace.seen, like)


def _trace(data: bytes | None) -> Trace | None:
    try:
        return _traces().validate_json(data) if data is not None else None
    except ValidationError:
        return None


def _story_of(data: bytes | None) -> str:
    try:
        raw = json.loads(data or b"")
    except ValueError:
        return ""
    story = raw.get("story") if isinstance(raw, dict) else None
    return story if isinstance(story, str) and is_story_id(story) else ""
