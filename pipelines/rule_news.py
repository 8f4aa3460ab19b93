"""What became of the rules while running: which set is in force, when it was last reloaded or refused, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from pipelines import keys


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleNews:
    """``fault`` is the first fault of the newest refusal, "" once a sound set has been read since."""

    reloads: int = 0
    refusals: int = 0
    reloaded: datetime | None = None
    refused: datetime | None = None
    fault: str = ""


async def note_reload(store: Redis, now: datetime) -> None:
    """Another set is in force."""
    await _note(store, "reloads", {"reloaded": now.isoformat(), "fault": ""})


async def note_refusal(store: Redis, fault: str, now: datetime) -> None:
    """A changed folder was refused."""
    await _note(store, "refusals", {"refused": now.isoformat(), "fault": fault[:500]})


async def read_rule_news(store: Redis) -> RuleNews:
    """What has been noted."""
    client: Any = store
    found = {name.decode(): value.decode() for name, value in (await client.hgetall(keys.RULE_NEWS)).items()}
    return RuleNews(
        reloads=int(found.get("reloads", 0)),
        refusals=int(found.get("refusals", 0)),
        reloaded=_moment(found.get("reloaded")),
        refused=_moment(found.get("refused")),
        fault=found.get("fault", ""),
    )


async def _note(store: Redis, count: str, facts: dict[str, str]) -> None:
    client: Any = store
    async with client.pipeline(transaction=True) as pipe:
        pipe.hincrby(keys.RULE_NEWS, count, 1)
        pipe.hset(keys.RULE_NEWS, mapping=facts)
        await pipe.execute()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
