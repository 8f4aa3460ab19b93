"""What each question answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rules.conditions import publishers
from rules.schema import load
from rules.story import Actor, Direction, Driver, Entity, Event, Form, Stage, Story, Tag, Tier, Topic
from tests.rules.stories import NOW, report, story

RULE = """
rules:
  - name: the-rule
    when:
{when}
    then: {{factor: 1}}
    because: It is so.
    status: stable
"""


def fires(when: str, asked: Story) -> bool:
    text = RULE.format(when="\n".join(f"      {line}" for line in when.splitlines()))
    (rule,) = load({"r.yaml": text}).rules
    return rule.matches(asked, NOW)


@pytest.mark.parametrize(
    ("when", "given", "expected"),
    [
        ("structural: true", {"structural": True}, True),
        ("structural: false", {"structural": True}, False),
        ("p_structural: {at least: 0.6}", {"p_structural": 0.6}, True),
        ("p_structural: {at most: 0.5}", {"p_structural": 0.6}, False),
        ("topics: [energy, rare-earth]", {}, True),
        ("topics: energy", {}, False),
        ("topics: {all: [policy, rare-earth]}", {}, True),
        ("topics: {all: [policy, energy]}", {}, False),
        ("topics: {any: [energy], at least: 0.6}", {"tags": (Tag(Topic.ENERGY, 0.5),)}, False),
        ("topics: {any: [energy], at least: 0.5}", {"tags": (Tag(Topic.ENERGY, 0.5),)}, True),
        ("event: [tariff, export-control]", {}, True),
        ("event: structural-leaning", {"event": Event.TARIFF}, True),
        ("event: noise-leaning", {"event": Event.TARIFF}, False),
        ("stage: in-force", {}, True),
        ("stage: {at least: announced}", {"stage": Stage.ANNOUNCED}, True),
        ("stage: {at least: announced}", {"stage": Stage.PROPOSED}, False),
        ("stage: {at least: proposed}", {"stage": Stage.REVERSED}, False),
        ("stage: reversed", {"stage": Stage.REVERSED}, True),
        ("step: memorandum", {"step": "memorandum"}, True),
        ("direction: tightens", {"direction": Direction.TIGHTENS}, True),
        ("authority: [A1, A2]", {"actors": (Actor("x", "A6"), Actor("y", "A2"))}, True),
        ("authority: [A1, A2]", {"actors": (Actor("x", "A6"),)}, False),
        ("entities: [china]", {"entities": (Entity("china", "China", "state", 0, 5),)}, True),
        ("places: [taiwan]", {"places": ("taiwan",)}, True),
        ("form: [opinion, forecast]", {"form": Form.FORECAST}, True),
        ("hedge: true", {"hedge": "reportedly"}, True),
        ("hedge: false", {}, True),
        ("negated: true", {"negated": True}, True),
        ("tier: [official, wire]", {"tier": Tier.WIRE}, True),
        ("tier: official", {"tier": Tier.WIRE}, False),
        ("publishers: {at least: 2}", {}, False),
        ("driver: liquidity", {"driver": Driver.LIQUIDITY}, True),
        ("driver: liquidity", {"driver": None}, False),
        ("age: {at most: 2 h}", {"published": NOW - timedelta(minutes=119)}, True),
        ("age: {at most: 2 h}", {"published": NOW - timedelta(minutes=121)}, False),
        ("age: {at least: 1 day, at most: 1 week}", {"published": NOW - timedelta(days=3)}, True),
        ("age: {at most: 2 h}", {"published": NOW + timedelta(hours=5)}, True),
        ("amount: {unit: USD, at least: 100 million}", {"usd": 1e8}, True),
        ("amount: {unit: USD, at least: 100 million}", {"usd": 9.9e7}, False),
        ("amount: {unit: t, at least: 1}", {"usd": 1e8}, False),
        ("words: [gallium]", {}, True),
        ("words: [GALLIUM exports]", {}, True),
        ("words: [gall, export]", {}, False),
        ("words: [rare earth]", {"title": "Rare  earth ban"}, True),
        ('words: ["c++", "$5 fee"]', {"title": "The $5 fee stays"}, True),
        ('words: ["a.c"]', {"title": "abc"}, False),
        ("not:\n  words: [gallium]", {}, False),
        ("any:\n  - stage: proposed\n  - words: [gallium]", {}, True),
        ("all:\n  - stage: in-force\n  - words: [germanium]", {}, False),
        ("event: export-control\nstage: proposed", {}, False),
    ],
)
def test_a_question_is_answered_from_the_lead(when: str, given: dict[str, Any], expected: bool) -> None:
    """Each field of a rule asks the report that speaks for the story."""
    assert fires(when, story(**given)) is expected


def test_the_report_that_speaks_is_asked() -> None:
    """A story that went from rumour to force is asked at force."""
    rumour = report("Beijing weighs ban", id="a", stage=Stage.RUMOUR)
    done = report("Beijing bans", id="b", stage=Stage.IN_FORCE)
    assert fires("stage: in-force", story(rumour, done, told_by="b"))
    assert fires("stage: rumour", story(rumour, done, told_by="a"))


def test_only_those_who_say_it_stand_behind_it() -> None:
    """Five publishers of a rumour and one of the act make one publisher of the act."""
    rumours = [report(id=f"r{n}", family=f"f{n}", stage=Stage.RUMOUR) for n in range(5)]
    done = report(id="done", family="wire", stage=Stage.IN_FORCE)
    assert publishers(story(*rumours, done, told_by="done")) == 1
    assert publishers(story(*rumours, done, told_by="r0")) == 5


def test_the_nearest_source_counts() -> None:
    """The tier is the best of those that say what is said now."""
    relay = report(id="a", family="x", tier=Tier.AGGREGATOR)
    register = report(id="b", family="y", tier=Tier.OFFICIAL)
    assert fires("tier: official", story(register, relay, told_by="a"))


def test_age_runs_from_the_first_report_of_the_stage() -> None:
    """A late copy does not make an act young again, and a new stage does."""
    first = report(id="a", published=NOW - timedelta(hours=30))
    late = report(id="b", published=NOW)
    assert fires("age: {at least: 30 h}", story(first, late, told_by="b"))
    rumour = report(id="c", stage=Stage.RUMOUR, published=NOW - timedelta(hours=30))
    assert fires("age: {at most: 1 min}", story(rumour, late, told_by="b"))
