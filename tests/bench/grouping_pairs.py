"""Pairs of headlines for a person to read: merged ones, and ones that count as two independent voices."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.events import Development, Entry, Reading
from pipelines.group import Group
from pipelines.language.reader import build_reader
from pipelines.redis_server import EmbeddedServer
from pipelines.rows import read_rows
from pipelines.stage import Done
from pipelines.store import connect
from rules.story import Report, Story

BATCH = 256


def show_pairs(file: Path, grouped: Path | None, count: int, seed: int) -> None:
    """Print some of the pairs that ``lodestone group`` put into one story, any pair as likely as any other."""
    rows = _rows(file)
    stories = _stories(grouped.read_text("utf-8") if grouped else _group(file), rows)
    for number, (one, other) in enumerate(merged_pairs(stories, count, seed), 1):
        print(f"{number}. {stories[one]}")
        for item in sorted((one, other), key=lambda item: str(rows[item]["date"])):
            row = rows[item]
            print(f"   {str(row['date'])[:16]}  {row['title']}  [{row.get('publisher') or '-'}; {item}]")


def merged_pairs(stories: Mapping[str, str], count: int, seed: int) -> list[tuple[str, str]]:
    """So many different pairs of ids of one story (all, where there are fewer), drawn evenly from all such pairs."""
    members = dict[str, list[str]]()
    for item, story in stories.items():
        members.setdefault(story, []).append(item)
    groups = [items for items in members.values() if len(items) > 1]
    ends = list(itertools.accumulate(len(items) * (len(items) - 1) // 2 for items in groups))
    total = ends[-1] if ends else 0
    chosen = random.Random(seed).sample(range(total), min(count, total))
    return [_pair(groups, ends, place) for place in chosen]


def _pair(groups: Sequence[Sequence[str]], ends: Sequence[int], place: int) -> tuple[str, str]:
    at = bisect_right(ends, place)
    within = place - (ends[at - 1] if at else 0)
    return next(itertools.islice(itertools.combinations(groups[at], 2), within, None))


def _rows(file: Path) -> dict[str, dict[str, Any]]:
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    return {row["id"]: row for row in rows}


def _stories(text: str, rows: Mapping[str, object]) -> dict[str, str]:
    found = {row["id"]: row["story"] for row in map(json.loads, text.splitlines())}
    if strange := sorted(found.keys() - rows.keys()):
        raise SystemExit(f"{len(strange)} grouped ids are not in the file, first {strange[0]}; name the file grouped")
    return found


def _group(file: Path) -> str:
    command = [sys.executable, "-m", "bot", "group", str(file)]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def show_corroboration(file: Path, count: int, seed: int) -> None:
    """Print some of the pairs of reports that made their story count two families."""
    asyncio.run(_show_corroboration(file, count, seed))


async def _show_corroboration(file: Path, count: int, seed: int) -> None:
    with file.open(encoding="utf-8") as lines:
        entries = list(read_rows(lines, file.name))
    voices = dict[str, dict[str, Report]]()
    pairs = list[tuple[str, str, str, str, str]]()
    stories = set[str]()
    async for story, report in _developments(entries):
        stories.add(story.id)
        known = voices.setdefault(story.id, {})
        for family in set(story.families) - known.keys():
            pairs += [(story.id, before, _line(first), family, _line(report)) for before, first in known.items()]
            known[family] = report
    several = sum(len(known) > 1 for known in voices.values())
    print(f"{len(entries)} headlines, {len(stories)} stories, {several} with two families or more, {len(pairs)} pairs")
    for number, (name, before, one, family, other) in enumerate(
        random.Random(seed).sample(pairs, min(count, len(pairs))), 1
    ):
        print(f"{number}. {name}\n   {before}: {one}\n   {family}: {other}")


def _line(report: Report) -> str:
    return f"{report.published:%Y-%m-%d %H:%M}  {report.title}  [{report.source.publisher or '-'}; {report.id}]"


async def _developments(entries: Sequence[Entry]) -> AsyncIterator[tuple[Story, Report]]:
    """Each version of each story with the report that brought it, from the product's own stage on a store."""
    now = datetime.fromtimestamp(0, UTC)
    with tempfile.TemporaryDirectory(prefix="lodestone-") as folder:
        server = EmbeddedServer(Path(folder), fsync="no", reserve_mb=0)
        await server.open()
        store: Any = connect(server.url)
        try:
            reader, group = build_reader(), Group(store, lambda: now)
            await group.begin()
            for start in range(0, len(entries), BATCH):
                batch = entries[start : start + BATCH]
                for entry, report in zip(batch, reader.read(batch), strict=True):
                    now = max(now, entry.published)
                    for outcome in await group.handle([Reading(entry, report)]):
                        assert isinstance(outcome, Done), outcome
                        for command in outcome.writes:
                            await store.execute_command(*command)
                        for event in outcome.outputs:
                            if isinstance(event, Development) and event.entry is not None:
                                yield event.story, report
        finally:
            await store.aclose()
            await server.close()
