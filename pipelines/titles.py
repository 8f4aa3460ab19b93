"""A bounded index of titles: which judged story a person means by some words or a link."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Alert
from pipelines.stage import Command
from rules.verdict import Label

KEPT = 20_000
"""Stories that can be found by their words: the newest ones, whatever they were judged."""
_WORD = re.compile(r"[^\W_]+")
_TITLE, _LINK = 200, 300
_STOP = frozenset("a an and as at by for from in is it of on or that the to what why with".split())


@dataclass(frozen=True, slots=True)
class Found:
    """A story that was found: its id, title, label and the unix time of its verdict."""

    story: str
    title: str
    label: Label
    at: float


def write_title(alert: Alert) -> tuple[Command, ...]:
    """The writes by which a story can be found by its newest title and link."""
    lead, story = alert.story.lead, alert.story.id
    row = "\t".join((alert.verdict.label, _line(lead.title)[:_TITLE], _line(lead.link)[:_LINK]))
    return (
        ("HSET", keys.TITLES, story, row),
        ("ZADD", keys.TITLES_AT, alert.judged.timestamp(), story),
    )


async def trim_titles(store: Redis) -> int:
    """Drop all but the newest; how many went."""
    client: Any = store
    old = await client.zrevrange(keys.TITLES_AT, KEPT, -1)
    if old:
        await client.hdel(keys.TITLES, *old)
        await client.zrem(keys.TITLES_AT, *old)
    return len(old)


async def find_stories(store: Redis, asked: str, most: int = 5) -> list[Found]:
    """The stories that somebody means: by an exact link, else by words, the best first.

    A title that holds more of the words comes first, of equal ones the newer; one that holds fewer than half of them is
    not meant. The search reads the whole index once: it is for a person's question, not for the line.
    """
    client: Any = store
    words = words_of(asked)
    link = asked.strip() if asked.strip().startswith(("http://", "https://")) else ""
    hits = list[tuple[float, str, str, Label]]()
    async for story, row in client.hscan_iter(keys.TITLES, count=2000):
        label, title, url = (*row.decode().split("\t"), "", "")[:3]
        share = 2.0 * (url == link[:_LINK]) if link else _share(words, title)
        if share >= 0.5:
            hits.append((share, story.decode(), title, Label(label)))
    if not hits:
        return []
    best = max(share for share, *_ in hits)
    near = [hit for hit in hits if hit[0] >= best - 0.25]
    times = await client.zmscore(keys.TITLES_AT, [story for _, story, *_ in near])
    found = [
        (share, Found(story, title, label, time or 0.0))
        for (share, story, title, label), time in zip(near, times, strict=True)
    ]
    found.sort(key=lambda each: (-each[0], -each[1].at))
    return [each for _, each in found[:most]]


def words_of(text: str) -> frozenset[str]:
    """The words of a text that tell stories apart: lower case, without accents and without the commonest."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return frozenset(_WORD.findall(plain.lower())) - _STOP


def _share(words: frozenset[str], title: str) -> float:
    return len(words & words_of(title)) / len(words) if words else 0.0


def _line(text: str) -> str:
    return " ".join(text.split())
