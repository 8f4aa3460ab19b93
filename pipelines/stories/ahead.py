"""What lies ahead: the days on which known acts take effect or lapse, the soonest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.stories.memory import read_story
from rules.story import Milestone, Move, Story

MOST = 2_000
"""Days looked through at a time: an act has a few of them."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A day on which a story's act takes effect (``kind`` effect) or ends (lapse), and the story."""

    on: date
    kind: Move
    story: Story


def mark(story_id: str, milestone: Milestone) -> str:
    """The stable name of a milestone: of its place in the clock and among the days ahead."""
    return f"act:{story_id}:{milestone.kind}:{milestone.on:%Y-%m-%d}"


def begins(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)


async def read_ahead(store: Redis, now: datetime, until: datetime) -> tuple[Coming, ...]:
    """The milestones of open acts (stories judged structural or watch) from today to ``until``, soonest first."""
    today = begins(now.astimezone(UTC).date()).timestamp()
    found: Any = await store.zrange(keys.AHEAD, today, until.timestamp(), byscore=True, offset=0, num=MOST)
    wanted = dict[str, set[str]]()
    for member in found:
        name = member.decode()
        wanted.setdefault(name.split(":")[1], set()).add(name)
    coming: list[Coming] = []
    for story_id, names in wanted.items():
        story = await read_story(store, story_id) if await store.zscore(keys.ACTS, story_id) is not None else None
        if story is not None and not story.merged and story.retracted is None:
            coming += [Coming(each.on, each.kind, story) for each in story.milestones if mark(story_id, each) in names]
    return tuple(sorted(coming, key=lambda each: (each.on, each.story.first_seen, each.story.id, each.kind)))
