"""Verdicts rebuilt from what is kept: the story, the rules by their hash, the moment."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Alert, Development, Entry, encode
from pipelines.judge import Judge
from pipelines.judged import read_days
from pipelines.kept_rules import keep_rule_set, read_rule_set
from pipelines.rulebook import Rulebook, load_rulebook
from pipelines.shadow import clear_shadow, read_shadow, trim_shadow
from pipelines.stage import Done
from pipelines.titles import KEPT, find_stories, search_stories, trim_titles, write_title
from rules.judge import judge
from rules.ruleset import RuleSet
from rules.story import Form, Source, Stage, Story, Tier
from rules.verdict import Label, Severity, Verdict
from tests.conftest import Clock
from tests.delivery.stories import apply
from tests.rules.drawn import stories
from tests.rules.stories import NOW, story

OWN = "rules: [{name: mine, when: {words: [gallium]}, then: {points: 7}, because: Mine., status: stable}]\n"


def development(told: Story) -> Development:
    lead = told.lead
    source = Source("f", "P", "p", Tier.WIRE)
    entry = Entry(
        feed="f",
        id=lead.id,
        url="",
        title=lead.title,
        summary="",
        source=source,
        published=lead.published,
        first_seen=lead.published,
    )
    return Development(told, entry)


async def judged(store: Redis, clock: Clock, rulebook: Rulebook, *told: Story, shadow: Rulebook | None = None) -> None:
    room = Judge(lambda: rulebook.rules, clock, store, lambda: shadow.rules if shadow else None)
    await keep_rule_set(store, rulebook, clock())
    for outcome in await room.handle([development(each) for each in told]):
        assert isinstance(outcome, Done)
        await apply(store, *outcome.writes)


async def kept(store: Redis) -> list[Alert]:
    days = read_days(store, (NOW - timedelta(days=3)).date(), NOW.date())
    return [alert async for batch in days for alert in batch]


@pytest.fixture
def books(tmp_path: Path) -> tuple[Rulebook, Rulebook]:
    """The shipped rules, and the same with one of an admin's own."""
    (tmp_path / "own.yaml").write_text(OWN)
    return load_rulebook(None), load_rulebook(tmp_path)


@pytest.fixture
def read() -> dict[str, RuleSet]:
    """Rule sets read back from the store, by hash: the texts of one are the same whatever is judged by it."""
    return {}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=stories())
async def test_any_verdict_rebuilds_byte_for_byte(
    store: Redis, clock: Clock, books: tuple[Rulebook, Rulebook], read: dict[str, RuleSet], told: Story
) -> None:
    """Judged by one set, then, a version later, by another; each kept verdict is its own set's."""
    await store.flushall()
    for number, book in enumerate(books):
        version = replace_version(told, number)
        await judged(store, clock, book, version)
        (alert,) = await kept(store)
        assert await store.hexists(keys.RULE_SETS, alert.verdict.rules)
        rules = read.get(alert.verdict.rules) or await read_rule_set(store, alert.verdict.rules)
        assert rules is not None
        read[alert.verdict.rules] = rules
        again = Alert(alert.story, judge(alert.story, rules, alert.judged), alert.judged, alert.parsed)
        assert encode(again) == encode(alert)


async def test_a_set_is_kept_for_400_days_after_its_last_verdict(store: Redis, clock: Clock, tmp_path: Path) -> None:
    """However long it was in force, and however long ago that began."""
    books = list[Rulebook]()
    for points in (1, 2, 3, 4):
        (tmp_path / "own.yaml").write_text(OWN.replace("7", str(points)))
        books.append(load_rulebook(tmp_path))

    async def held() -> list[int]:
        return [number for number, book in enumerate(books) if await read_rule_set(store, book.rules.hash) is not None]

    for number, days in enumerate((0, 300, 300, 200)):
        clock.advance(days=days)
        await keep_rule_set(store, books[number], clock())
    # The first judged for days 0 to 300, the second to day 600, the third to day 800.
    assert await held() == [1, 2, 3]
    clock.advance(days=300)
    await keep_rule_set(store, books[3], clock())
    assert await held() == [2, 3]


async def test_texts_that_this_version_refuses_are_no_rule_set(store: Redis) -> None:
    texts = zlib.compress(json.dumps([{"own.yaml": "rulez: []\n"}]).encode())
    await store.hset(keys.RULE_SETS, "0123456789abcdef", texts)
    assert await read_rule_set(store, "0123456789abcdef") is None


def replace_version(told: Story, more: int) -> Story:
    return replace(told, id="1y2aaaaaa", version=told.version + more)


def stories_of(*titles: str) -> list[Story]:
    return [
        replace(story(title=title, id=title, link=f"https://example.org/{number}"), id=f"1y2aaaa{number}")
        for number, title in enumerate(titles)
    ]


async def test_a_story_is_found_by_its_words_and_by_its_link(store: Redis, clock: Clock) -> None:
    told = stories_of(
        "China bans gallium exports",
        "China bans germanium exports",
        "Chile opens lithium plant",
        "Été à Paris",
        "中国禁止镓出口",
    )
    for each in told:
        await judged(store, clock, load_rulebook(None), each)
        clock.advance(minutes=1)

    async def titles(asked: str) -> list[str]:
        return [each.title for each in await find_stories(store, asked)]

    assert await titles("gallium") == ["China bans gallium exports"]
    assert await titles("what about the lithium plant in Chile?") == ["Chile opens lithium plant"]
    assert await titles("china bans exports") == ["China bans germanium exports", "China bans gallium exports"]
    assert await titles("ete paris") == ["Été à Paris"]
    assert await titles("https://example.org/2") == ["Chile opens lithium plant"]
    assert await titles("https://example.org/9") == []
    assert await titles("copper smelter strike") == []
    assert await titles("?") == []
    assert await titles("镓出口") == ["中国禁止镓出口"]
    # The one title that is meant, though another shares most of its words.
    assert await titles("China bans gallium exports") == ["China bans gallium exports"]
    assert await trim_titles(store) == 0


async def test_the_index_of_titles_keeps_the_newest_and_stays_small(store: Redis, clock: Clock) -> None:
    (one,) = stories_of("China suspends export licences for eleven rare earths and magnets made of them")
    noise = Verdict(label=Label.NOISE, severity=Severity.LOW, score=0.0)
    # Older than all of them, but no noise, which does not take its place.
    await judged(store, clock, load_rulebook(None), *stories_of("China bans gallium exports"))
    clock.advance(days=30)
    async with store.pipeline(transaction=False) as pipe:
        for number in range(KEPT + 3):
            each = replace(one, id=f"1y2{number:06d}", reports=(replace(one.lead, title=f"{one.lead.title} {number}"),))
            judged_at = clock() + timedelta(seconds=number)
            for command in write_title(Alert(each, noise, judged_at, judged_at)):
                pipe.execute_command(*command)
        await pipe.execute()
    assert await trim_titles(store) == 3
    assert await find_stories(store, "2 magnets suspends licences") != []
    titles = [each.title for each in await find_stories(store, "magnets suspends licences")]
    assert [int(title.rpartition(" ")[2]) for title in titles] == [KEPT + 2 - back for back in range(5)]
    assert await store.hexists(keys.TITLES, "1y2000002") == 0
    assert await store.hexists(keys.TITLES, "1y2000003") == 1
    assert [each.title for each in await find_stories(store, "gallium")] == ["China bans gallium exports"]
    assert int(await store.memory_usage(keys.TITLES, samples=0) or 0) < 5 * 2**20


async def test_a_row_of_another_version_is_passed_over(store: Redis, clock: Clock) -> None:
    (one,) = stories_of("China bans gallium exports")
    await store.hset(keys.TITLES, "1y2old", "noise\tChina bans gallium exports\thttps://example.org/0")
    await judged(store, clock, load_rulebook(None), one)
    assert [each.story for each in await find_stories(store, "gallium")] == [one.id]
    # One from before there were words beside the title.
    await store.hset(keys.TITLES, "1y2older", "1700000000\tnoise\tabcdef123456\tChile bans gallium imports")
    assert [each.story for each in (await search_stories(store, "gallium", {})).found] == [one.id, "1y2older"]


async def test_the_shadow_differs_is_kept_and_agrees_again(store: Redis, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("disable: [minerals-act, minerals-trade-limits]\n")
    live, candidate = load_rulebook(None), load_rulebook(tmp_path)
    (ban,) = stories_of("China bans gallium exports")
    await judged(store, clock, live, ban, shadow=candidate)
    (found,) = await read_shadow(store)
    assert (found.kind, found.title) == ("lost", "China bans gallium exports")
    assert found.live.startswith("structural")
    assert found.shadow.startswith("noise")
    assert found.rules == candidate.rules.hash != live.rules.hash
    assert [alert.verdict.label for alert in await kept(store)] == [Label.STRUCTURAL]

    quiet = replace_version(ban, 1)
    opinion = replace(
        quiet,
        id=ban.id,
        reports=(replace(quiet.lead, form=Form.OPINION, act=replace(quiet.lead.act, stage=Stage.NONE)),),
    )
    await judged(store, clock, live, opinion, shadow=candidate)
    assert await read_shadow(store) == []


async def test_the_shadow_is_bounded_and_can_be_cleared(store: Redis, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("disable: [minerals-act, minerals-trade-limits]\n")
    live, candidate = load_rulebook(None), load_rulebook(tmp_path)
    await judged(store, clock, live, *stories_of("China bans gallium exports"), shadow=candidate)
    assert await trim_shadow(store, clock()) == 0
    clock.advance(days=31)
    assert await trim_shadow(store, clock()) == 1
    await judged(store, clock, live, *stories_of("China bans gallium exports"), shadow=candidate)
    await clear_shadow(store)
    assert await read_shadow(store) == []
