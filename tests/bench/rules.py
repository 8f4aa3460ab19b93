"""Judging, replaying and loading rules: ``make bench ARGS=rules``. Stories are the headlines of our own corpus."""

from __future__ import annotations

import asyncio
import gc
import itertools
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.commandline.rules_replay import again
from bot.commandline.span import compare_days
from bot.imagined import Told
from pipelines.events import Alert
from pipelines.judged import write_judged
from pipelines.language.reader import build_reader
from pipelines.language.training.rows import own_corpus
from pipelines.redis_server import EmbeddedServer
from pipelines.rulebook import load_rules
from pipelines.store import connect
from pipelines.stories.ids import story_id
from rules.judge import judge
from rules.ruleset import RuleSet
from rules.story import Story

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
STORIES, DAYS = 40_000, 30
_RULE = """
  - name: own-NUMBER
    when: {topics: [rare-earth], event: [tariff, sanction], words: [metal NUMBER, ore NUMBER]}
    unless: {form: opinion}
    then: structural
    because: Number NUMBER.
    status: stable
    examples: {must fire: [Metal NUMBER tariff], must stay quiet: [Ore NUMBER prices rise]}
"""


def main(words: Sequence[str]) -> None:
    """Print the figures."""
    rules = load_rules(None)
    stories = _stories()
    begun = time.perf_counter()
    for story in stories:
        judge(story, rules, NOW)
    print(f"judge with reasons: {len(stories) / (time.perf_counter() - begun):,.0f} stories a second (bar 5,000)")
    asyncio.run(_replay(stories, rules))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_load(Path(folder)))


def _stories() -> list[Story]:
    told = [Told(headline=title) for title in dict.fromkeys(row.title for row in own_corpus())]
    entries = [each.entry(NOW) for each in told]
    reports = build_reader().read(entries)
    return [each.story(entry, report, NOW) for each, entry, report in zip(told, entries, reports, strict=True)]


async def _replay(stories: Sequence[Story], rules: RuleSet) -> None:
    """30 days of 50 feeds, some 40,000 stories, out of a real store."""
    with tempfile.TemporaryDirectory(prefix="lodestone-") as folder:
        server = EmbeddedServer(Path(folder), fsync="no", reserve_mb=0)
        await server.open()
        store: Any = connect(server.url)
        try:
            async with store.pipeline(transaction=False) as pipe:
                for number, story in zip(range(STORIES), itertools.cycle(stories), strict=False):
                    at = NOW - timedelta(days=number % DAYS)
                    own = replace(story, id=story_id(str(number), at, lambda _: False), first_seen=at)
                    for command in write_judged(Alert(own, judge(own, rules, at), at, at)):
                        pipe.execute_command(*command)
                    if number % 1000 == 999:
                        await pipe.execute()
            # The command's own process holds neither the reader nor these headlines.
            gc.collect()
            gc.freeze()
            begun = time.perf_counter()
            first = (NOW - timedelta(days=DAYS)).date()
            found = await compare_days(store, first, NOW.date(), lambda alerts: again(alerts, rules))
            whole = time.perf_counter() - begun
        finally:
            await store.aclose()
            await server.close()
    assert (found.stories, found.differences) == (STORIES, ())
    print(f"replay of {found.stories:,} stories of {DAYS} days: {whole:.1f} s (bar 10)")


async def _load(folder: Path) -> None:
    """500 rules of one's own over the shipped ones, read in a thread while the loop counts its pauses."""
    text = "rules:\n" + "".join(_RULE.replace("NUMBER", str(number)) for number in range(500))
    (folder / "own.yaml").write_text(text)
    pauses, done = list[float](), asyncio.Event()

    async def count() -> None:
        last = time.perf_counter()
        while not done.is_set():
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            pauses.append(now - last - 0.001)
            last = now

    gc.collect()
    gc.freeze()  # as the product does once it has started
    counting = asyncio.create_task(count())
    await asyncio.sleep(0.05)
    begun = time.perf_counter()
    rules = await asyncio.to_thread(load_rules, folder)
    took = time.perf_counter() - begun
    done.set()
    await counting
    print(
        f"load of {len(rules.rules)} rules in a thread: {took * 1000:.0f} ms (bar 300), "
        f"longest pause of the loop {max(pauses) * 1000:.0f} ms (bar 50)"
    )
