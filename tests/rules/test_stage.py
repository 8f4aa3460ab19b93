"""The judge stage on a real store: developments in, verdicts kept, alerts out."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.line import Parts, build_line
from pipelines import keys
from pipelines.events import Alert, Development, Entry, decode
from pipelines.judge import Judge
from pipelines.language.reader import load_reader
from pipelines.rulebook import load_rules
from pipelines.shadow import read_shadow
from pipelines.stage import Stage
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.ruleset import RuleSet
from rules.story import Form, Story
from rules.story import Stage as Reached
from rules.verdict import Label
from tests.conftest import Clock
from tests.rules.stories import NOW, story

RULES = load_rules(None)


def development(**given: object) -> Development:
    wanted = {name: given.pop(name) for name in ("version", "id") if name in given}
    of = replace(story(**given), **wanted)  # type: ignore[arg-type]
    lead = of.lead
    parsed = NOW - timedelta(milliseconds=300)
    entry = Entry(
        feed="f",
        id=lead.id,
        url="",
        title=lead.title,
        summary="",
        source=lead.source,
        published=NOW,
        first_seen=parsed,
    )
    return Development(of, entry)


class Line:
    """The judge stage between its two streams."""

    def __init__(self, store: Redis, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.streams = Streams(store, "c1")
        self.begin_again()

    def begin_again(self, rules: RuleSet = RULES, shadow: RuleSet | None = None) -> None:
        """A new process: nothing remembered."""
        judge = Judge(lambda: rules, self.clock, self.store, lambda: shadow)
        stage = Stage(name="judge", reads=keys.STORIES, feeds=keys.ALERTS, handle=judge.handle)
        self.worker = Worker(self.streams, stage, self.clock)

    async def judge(self, *developments: Development) -> list[Alert]:
        """Send these in and give what came out."""
        await self.streams.create(keys.STREAMS)
        await self.streams.publish(keys.STORIES, *developments)
        assert await self.worker.step(100) == len(developments)
        entries: Any = await self.store.xrange(keys.stream(keys.ALERTS))
        await self.store.xtrim(keys.stream(keys.ALERTS), maxlen=0)
        alerts = [decode(fields[b"e"]) for _, fields in entries]
        return [alert for alert in alerts if isinstance(alert, Alert)]

    async def kept(self, of: Story) -> Alert:
        """The verdict on record."""
        data: Any = await self.store.hget(keys.judged(of.first_seen), of.id)
        data = data or await self.store.hget(keys.judged_noise(of.first_seen), of.id)
        assert data
        alert = decode(zlib.decompress(data))
        assert isinstance(alert, Alert)
        return alert

    async def latest(self) -> list[bytes]:
        latest: Any = await self.store.zrange(keys.LATEST, 0, -1)
        return list(latest)


async def test_structural_and_watch_go_on_and_noise_does_not(store: Redis, clock: Clock) -> None:
    """And all three are on record; only what is structural is among the latest."""
    line = Line(store, clock)
    structural = development(id="s")
    watch = development(id="w", structural=False, stage=Reached.RUMOUR, authority="A2")
    noise = development(id="n", form=Form.PRICE_MOVE)
    alerts = await line.judge(noise, structural, watch)
    assert [(alert.story.id, alert.verdict.label) for alert in alerts] == [("s", Label.STRUCTURAL), ("w", Label.WATCH)]
    assert [(await line.kept(each.story)).verdict.label for each in (structural, watch, noise)] == list(Label)
    assert await line.latest() == [b"s"]
    assert alerts[0].judged == clock()
    assert structural.entry is not None
    assert alerts[0].parsed == structural.entry.first_seen
    assert alerts[0].verdict.rules == RULES.hash


async def test_what_is_older_than_judged_is_dropped(store: Redis, clock: Clock) -> None:
    """Also by a process that has just begun; the same version again is judged again."""
    line = Line(store, clock)
    assert len(await line.judge(development(version=3))) == 1
    assert await line.judge(development(version=2)) == []
    line.begin_again()
    assert await line.judge(development(version=2)) == []
    assert (await line.kept(story())).story.version == 3
    assert len(await line.judge(development(version=3))) == 1
    assert len(await line.judge(development(version=4))) == 1


async def test_a_story_that_falls_leaves_the_latest(store: Redis, clock: Clock) -> None:
    line = Line(store, clock)
    await line.judge(development(version=1))
    line.begin_again()
    (alert,) = await line.judge(development(version=2, negated=True))
    assert alert.verdict.label is Label.NOISE, "who was told is told this too"
    assert await line.judge(development(version=3, negated=True)) == []
    assert await line.latest() == []
    assert (await line.kept(story())).verdict.label is Label.NOISE


async def test_the_latest_are_at_most_a_thousand(store: Redis, clock: Clock) -> None:
    line = Line(store, clock)
    await store.zadd(keys.LATEST, {f"old{n}": n for n in range(1_000)})
    await line.judge(development(id="new"))
    latest = await line.latest()
    assert (len(latest), latest[0], latest[-1]) == (1_000, b"old1", b"new")


async def test_a_record_of_another_version_is_no_hindrance(store: Redis, clock: Clock) -> None:
    """What an older program wrote, or what is torn, is judged anew."""
    line = Line(store, clock)
    await store.hset(keys.judged(story().first_seen), mapping={"s1": b"torn", "s2": zlib.compress(b"Alert/0 {}")})
    assert len(await line.judge(development(id="s1", version=2), development(id="s2", version=2))) == 2


async def test_of_two_processes_one_judges_at_a_time_and_knows_what_the_other_judged(
    store: Redis, clock: Clock
) -> None:
    line = Line(store, clock)
    parts = Parts(store=store, clock=clock, rules=lambda: RULES, reader=load_reader)
    (one,), (two,) = build_line(parts, ["judge"]), build_line(parts, ["judge"])
    first = Streams(store, "one")
    await first.create(keys.STREAMS)
    await judge_with(one, first, development(version=1))
    idle = Worker(first, one, clock)
    await idle.step(1)
    with pytest.raises(RuntimeError, match="another process runs the stage judge"):
        await Worker(Streams(store, "two"), two, clock).step(1)
    await store.delete(keys.lease("judge"))
    await judge_with(two, Streams(store, "two"), development(version=3))
    await judge_with(one, first, development(version=2))
    assert (await line.kept(story())).story.version == 3


OWN = "rules: [{name: mine, when: {words: [gallium]}, then: {points: 7}, because: Mine., status: stable}]\n"


async def test_an_alert_keeps_the_version_that_judged_it(store: Redis, clock: Clock, tmp_path: Path) -> None:
    """The rules are swapped between two events; the one before stays as it was judged."""
    line, first, second = Line(store, clock), development(id="a"), development(id="b")
    await line.judge(first)
    (tmp_path / "own.yaml").write_text(OWN)
    new = load_rules(tmp_path)
    line.begin_again(rules=new)
    (alert,) = await line.judge(second)
    assert alert.verdict.rules == new.hash != RULES.hash
    assert [(await line.kept(each.story)).verdict.rules for each in (first, second)] == [RULES.hash, new.hash]


class Broken:
    """A condition that no loader would let through."""

    def matches(self, story: Story, now: datetime, /) -> bool:
        raise ZeroDivisionError


async def test_a_surprise_in_the_shadow_never_touches_the_verdict(
    store: Redis, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once for each candidate."""
    broken = next(rule for rule in RULES.label_rules)
    candidate = RuleSet([replace(broken, when=Broken())], RULES.weights)
    line = Line(store, clock)
    line.begin_again(shadow=candidate)
    alerts = await line.judge(development(id="a"), development(id="b"))
    assert [(alert.story.id, alert.verdict.label) for alert in alerts] == [
        ("a", Label.STRUCTURAL),
        ("b", Label.STRUCTURAL),
    ]
    assert caplog.text.count("shadow.failed") == 1
    assert await read_shadow(store) == []


async def judge_with(stage: Stage, streams: Streams, *developments: Development) -> None:
    """A process that runs this stage until all of these are dealt with, and ends."""
    await streams.publish(keys.STORIES, *developments)
    stop = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(Worker(streams, stage, lambda: NOW).run(stop))
        while await streams.length(keys.STORIES):
            await asyncio.sleep(0.01)
        stop.set()
