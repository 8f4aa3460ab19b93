"""Stories of one affair: the measure and the other side's answer are linked, each way."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines.language.reader import Reader
from pipelines.stories.acts import OpenActs, act_of
from pipelines.stories.links import MOST, answerable, answered, bonds, linked
from pipelines.stories.memory import sketch_of
from rules.story import Link, Move
from tests.stories.headlines import START
from tests.stories.told import begun, opened_act, rows, told


@pytest.mark.parametrize("case", rows("bonds.jsonl"), ids=lambda case: case["now"])
def test_how_a_new_story_stands_to_an_open_act(reader: Reader, case: dict[str, Any]) -> None:
    acts = OpenActs()
    act = opened_act(reader, case["then"])
    assert act is not None
    acts.put(act)
    report = told(reader, case["now"], days=case["days"]).report
    near = answerable(acts, acts.near(report, sketch_of(report)), report)
    found = bonds(near, report, sketch_of(report))
    assert [bond.relation for bond in found] == [case["relation"]] * bool(case["relation"])


def test_one_act_is_answered_the_one_that_is_named(reader: Reader) -> None:
    titles = ("US imposes 34% tariffs on Chinese goods", "US adds 30 Chinese chip firms to entity list")
    acts = [act_of(begun(reader, title, f"a0000000{n}")) for n, title in enumerate(titles)]
    report = told(reader, "China bans gallium exports to US in response to entity list expansion", days=3).report
    found = bonds([act for act in acts if act], report, sketch_of(report))
    assert [(bond.act.title, bond.relation) for bond in found] == [(titles[1], "answered")]


def test_links_are_few_and_an_answer_goes_before_what_is_alike(reader: Reader) -> None:
    story = begun(reader, "Oman bans chromite exports")
    alike = [Link(f"a0000000{n}", "see", "like") for n in range(7)]
    answer = Link("bbbbbbbbb", "answered", "cause")
    full = linked(story, [*alike, answer, Link(story.id, "see", "itself")])
    assert full.links == (answer, *alike[: MOST - 1])
    assert full.version == story.version
    assert linked(full, [Link("a00000000", "answered", "cause")]).links[0].relation == "answered"
    assert linked(full, [replace(answer, relation="see")]).links == full.links


def test_what_is_answered_is_told_once(reader: Reader) -> None:
    story = begun(reader, "US imposes 34% tariffs on Chinese goods")
    answer = begun(reader, "China retaliates with 34% tariffs on US goods", "bbbbbbbbb")
    moved = answered(story, answer, START)
    assert moved.links == (Link("bbbbbbbbb", "answer", answer.lead.title),)
    assert [(change.number, change.kind) for change in moved.since(1)] == [(2, Move.LINK)]
    assert answered(moved, answer, START) is moved
