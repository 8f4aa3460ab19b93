"""Affairs of several headlines: what stays one story, what stays apart, and two stories that turn out to be one."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.stories.identity import How, Index, Item
from pipelines.stories.likeness import Traits, likeness, load_scale, reasons
from pipelines.stories.memory import sketch_of
from rules.story import Event, Form
from tests.stories.headlines import START, reading, sketched

AFFAIRS: dict[str, dict[str, list[dict[str, Any]]]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "affairs.yaml").read_text("utf-8")
)


def _stories(rows: list[dict[str, Any]]) -> list[str]:
    """The story of each row, in the order in which they come."""
    index, stories = Index(), list[str]()
    for number, row in enumerate(rows):
        report = reading(
            row["title"],
            publisher=f"Paper {number}",
            hours=row["hour"],
            event=Event(row.get("event", "other")),
            form=Form(row.get("form", "report")),
        ).report
        sketch = sketch_of(report)
        story = index.place(sketch).story or f"story {number}"
        index.add(Item(report.id, story, report.published, sketch))
        stories.append(story)
    return stories


@pytest.mark.parametrize("name", AFFAIRS["one"])
def test_an_affair_is_one_story(name: str) -> None:
    stories = _stories(AFFAIRS["one"][name])
    assert len(set(stories)) == 1, stories


@pytest.mark.parametrize("name", AFFAIRS["apart"])
def test_two_acts_are_two_stories(name: str) -> None:
    rows = AFFAIRS["apart"][name]
    assert len(set(_stories(rows))) == len(set(_stories(rows[::-1]))) == len(rows)


BRIDGE = (
    "Zimbabwe halts lithium exports from Bikita mine",
    "Bikita lithium held at Beitbridge by order of ministry",
    "Zimbabwe ministry order halts exports of Bikita lithium at Beitbridge",
)


def test_a_headline_between_two_stories_shows_that_they_are_one() -> None:
    index = Index()
    index.add(Item("1", "first", START, sketched(BRIDGE[0])))
    index.add(Item("2", "second", START, sketched(BRIDGE[1])))
    placed = index.place(sketched(BRIDGE[2]))
    assert {placed.story, placed.also} == {"first", "second"}


def test_stories_against_which_something_stands_are_not_one() -> None:
    index = Index()
    index.add(Item("1", "first", START, sketched("Zimbabwe halts lithium exports from Bikita mine")))
    index.add(Item("2", "second", START, sketched("Zimbabwe resumes lithium exports from Bikita mine")))
    placed = index.place(sketched("Lithium exports from Bikita mine in Zimbabwe face order"))
    assert placed.story
    assert not placed.also
    assert not index.one("first", "second")


def test_merged_stories_go_on_as_one() -> None:
    index = Index()
    for number, title in enumerate(BRIDGE):
        index.add(Item(str(number), f"story {number % 2}", START, sketched(title)))
    index.merge("story 1", "story 0")
    assert {item.story for item in index} == {"story 0"}
    assert index.story_of("1") == "story 0"
    assert not index.has_story("story 1")
    index.merge("story 1", "story 0")
    index.forget("0")
    index.forget("2")
    assert index.place(sketched(BRIDGE[1])).story == "story 0"
    index.forget("1")
    assert not index.has_story("story 0")


def test_a_placement_says_why() -> None:
    index = Index()
    index.add(Item("1", "story", START, sketched(BRIDGE[0])))
    placed = index.place(sketched("Trucks with Bikita lithium wait as Zimbabwe closes its border"))
    assert placed.how is How.EVENT
    assert placed.nearest == "1"
    names = [name for name, _ in placed.reasons]
    assert set(names) <= set(Traits._fields)
    assert names[0] == "rarest"
    total = load_scale().base + sum(points for _, points in placed.reasons)
    assert placed.score == pytest.approx(total)
    assert reasons(sketched("Copper"), sketched("Tin")) == ()


@pytest.mark.parametrize(
    ("one", "other", "veto"),
    [
        (
            "Oman signs chromite deal with Tata for $5 million",
            "Oman signs chromite deal with Tata for $80 million",
            "amount",
        ),
        ("Oman opens chromite smelter in Sohar", "Ghana opens chromite smelter in Takoradi", "place"),
        ("Oman lifts chromite export ban at Sohar", "Oman imposes chromite export ban at Sohar", "opposite"),
        ("Oman tungsten refinery opens at Sohar", "Oman nickel refinery opens at Sohar", "matter"),
        ("Albemarle idles Kemerton train", "Covalent idles Kemerton train", "name"),
    ],
)
def test_a_difference_that_matters_forbids_the_merge_and_is_named(one: str, other: str, veto: str) -> None:
    assert likeness(sketched(one), sketched(other)).veto == veto
    assert likeness(sketched(other), sketched(one)).veto == veto


def test_what_is_written_about_an_act_joins_only_where_it_is_plainly_about_that_act() -> None:
    act = sketch_of(reading("Oman halts chromite exports from Sohar", event=Event.EXPORT_CONTROL).report)
    about = "Oman gambles with a halt of chromite exports, and steel mills in Gujarat may pay the price for it"
    index = Index()
    index.add(Item("1", "story", START, act))
    opinion = sketch_of(reading(about, publisher="Dawn", event=Event.ANALYSIS_OPINION, form=Form.OPINION).report)
    report = sketch_of(reading(about, publisher="Dawn", event=Event.EXPORT_CONTROL).report)
    assert opinion.colour
    assert not report.colour
    assert likeness(opinion, act).score < likeness(report, act).score
    assert index.place(opinion).story == index.place(report).story == "story"
