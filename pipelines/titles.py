"""A bounded index of titles: which judged story a person means by some words or a link."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Alert
from pipelines.stage import Command
from rules.verdict import Label

KEPT = 20_000
"""Stories that can be found by their words: the newest ones, whatever they were judged."""
# A word; of scripts that write without spaces, each character.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_TITLE = 200
_AT_ONCE = 1000
_STOP = frozenset("a an and as at by for from in is it of on or that the to what why with".split())


@dataclass(frozen=True, slots=True)
class Found:
    """A story that was found: its id, title, label and the unix time of its verdict."""

    story: str
    title: str
    label: Label
    at: float


def write_title(alert: Alert) -> tuple[Command, ...]:
    """The write by which a story can be found by its newest title and the links of its reports."""
    story = alert.story
    # Of a link only a digest is kept: it is compared, never shown.
    links = ",".join(dict.fromkeys(_digest(report.link) for report in story.reports if report.link))
    row = (f"{alert.judged.timestamp():.0f}", alert.verdict.label, links, _line(story.lead.title)[:_TITLE])
    return (("HSET", keys.TITLES, alert.story.id, "\t".join(row)),)


async def trim_titles(store: Redis) -> int:
    """Drop all but the newest; how many went."""
    client: Any = store
    if await client.hlen(keys.TITLES) <= KEPT:
        return 0
    ages = [(found.at, found.story) async for found, _ in _rows(store)]
    old = [story for _, story in sorted(ages)[:-KEPT]]
    for first in range(0, len(old), _AT_ONCE):
        await client.hdel(keys.TITLES, *old[first : first + _AT_ONCE])
    return len(old)


async def find_stories(store: Redis, asked: str, most: int = 5) -> list[Found]:
    """The stories that somebody means: by an exact link, else by words, the best first.

    A title that holds more of the words comes first, of equal ones the newer; one that holds fewer than half of them is
    not meant. A title of just these words, or one that alone holds them all, is meant by itself. The search reads the
    whole index once: it is for a person's question, not for the line.
    """
    words, link = words_of(asked), asked.strip()
    digest = _digest(link) if link.startswith(("http://", "https://")) else ""
    hits = list[tuple[float, Found]]()
    async for found, its in _rows(store):
        if digest:
            share = 3.0 * (digest in its)
        else:
            title = words_of(found.title)
            share = 2.0 if words and words == title else len(words & title) / len(words) if words else 0.0
        if share >= 0.5:
            hits.append((share, found))
    best = max((share for share, _ in hits), default=0.0)
    near = [hit for hit in hits if hit[0] >= best - 0.25]
    near.sort(key=lambda hit: (-hit[0], -hit[1].at, hit[1].story))
    if [share for share, _ in near].count(1.0) == 1:
        near = near[:1]
    return [found for _, found in near[:most]]


async def _rows(store: Redis) -> AsyncIterator[tuple[Found, list[str]]]:
    """Each story with the digests of its links; a row that is not of this form is left out."""
    client: Any = store
    async for story, row in client.hscan_iter(keys.TITLES, count=_AT_ONCE):
        parts: list[str] = row.decode(errors="replace").split("\t")
        if len(parts) == 4 and parts[0].isdigit() and parts[1] in set(Label):
            yield Found(story.decode(), parts[3], Label(parts[1]), float(parts[0])), parts[2].split(",")


def _digest(link: str) -> str:
    return hashlib.blake2b(link.encode(errors="replace"), digest_size=6).hexdigest()


def words_of(text: str) -> frozenset[str]:
    """The words of a text that tell stories apart: lower case, without accents and without the commonest."""
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return frozenset(_WORD.findall(text.lower())) - _STOP


def _line(text: str) -> str:
    return " ".join(text.split())
