"""Days on which an act takes effect or ends: how a headline names them, and what moves them."""

import pytest

from pipelines.language.reader import Reader
from pipelines.milestones import MOST, follow, named
from rules.story import Milestone, Move
from tests.stories.told import begun, told


def days(milestones: tuple[Milestone, ...]) -> list[str]:
    """Milestones in short: "effect 2026-12-01"."""
    return [f"{each.kind} {each.on}" for each in milestones]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("US tariffs on Brazilian coffee take effect December 1", ["effect 2026-12-01"]),
        ("China to curb graphite exports from December 1", ["effect 2026-12-01"]),
        ("Indonesia to halt bauxite exports effective June 10, 2027", ["effect 2027-06-10"]),
        ("EU carbon border levy enters into force on January 1, 2027", ["effect 2027-01-01"]),
        ("China's dysprosium export licences: rules apply from Dec 5", ["effect 2026-12-05"]),
        ("Kazakhstan to impose uranium export tax as of January 1", ["effect 2027-01-01"]),
        ("US imposes 25% tariff on copper from 2027", ["effect 2027-01-01"]),
        ("中国自12月1日起对稀土出口实施管制", ["effect 2026-12-01"]),
        ("China suspends gallium export ban until Nov 27, 2027", ["lapse 2027-11-27"]),
        ("India extends duty waiver on lentils until 31 March 2027", ["lapse 2027-03-31"]),
        ("Peru's mining permit regime expires December 31", ["lapse 2026-12-31"]),
        ("Turkey suspends steel imports duty through June 30, 2027", ["lapse 2027-06-30"]),
        ("US extends tariff pause on Chinese goods to February 10", ["lapse 2027-02-10"]),
        ("US sanctions waiver for Rosneft Germany lapses on April 29", ["lapse 2027-04-29"]),
        ("商务部宣布暂停镓出口禁令,至2026年12月31日止", ["lapse 2026-12-31"]),
        ("Russia bans fertiliser exports from December 1 to May 31", ["effect 2026-12-01", "lapse 2027-05-31"]),
        ("Trump delays tariffs on Mexican steel until March 4", ["effect 2027-03-04"]),
        ("Congo postpones cobalt quota to February 1", ["effect 2027-02-01"]),
        ("India pushes back chip import licence rule to April 1, 2027", ["effect 2027-04-01"]),
        ("EU sanctions on Russian oil that took effect on November 21", []),
        ("EU sanctions on Russian oil take effect on November 24", []),
        ("Norway bans seabed mining until 2029", []),
        ("Chile aims to double lithium output by 2030", []),
        ("Ministers met on November 12 to discuss tariffs", []),
        ("US Senate votes December 2 on chip export bill", []),
        ("Indonesia bans bauxite exports from January 1, 2060", []),
        ("What China's graphite curbs from December 1 mean for carmakers", []),
    ],
)
def test_what_a_headline_says_will_come(reader: Reader, title: str, expected: list[str]) -> None:
    assert days(named(told(reader, title).report)) == expected


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (("Zimbabwe bans exports of lithium concentrates from January 1, 2027",), ["effect 2027-01-01"]),
        (
            (
                "Zimbabwe bans exports of lithium concentrates from January 1, 2027",
                "Zimbabwe delays ban on lithium concentrate exports to June 30, 2027",
            ),
            ["effect 2027-06-30"],
        ),
        (
            (
                "Zimbabwe bans exports of lithium concentrates from January 1, 2027",
                "Zimbabwe delays ban on lithium concentrate exports indefinitely",
            ),
            [],
        ),
        (
            (
                "Zimbabwe bans exports of lithium concentrates from January 1, 2027",
                "Zimbabwe scraps ban on lithium concentrate exports",
            ),
            [],
        ),
        (
            (
                "China bans gallium exports from December 1",
                "China suspends gallium export ban until Nov 27, 2027",
            ),
            ["lapse 2027-11-27"],
        ),
        (
            (
                "India waives duty on lentil imports until 31 March 2027",
                "India extends waiver of duty on lentil imports until 30 June 2027",
            ),
            ["lapse 2027-06-30"],
        ),
        (
            ("Oman bans chromite exports from December 1", "Oman bans exports of chromite from December 2"),
            ["effect 2026-12-01"],
        ),
        (
            ("US imposes 10% copper tariff from February 1", "US imposes 25% copper tariff from June 1"),
            ["effect 2027-02-01", "effect 2027-06-01"],
        ),
        (("EU proposes levy on Russian fertilisers effective July 1",), []),
        (
            ("Oman bans chromite exports from December 1", "Oman ponders export tax on chromite from March 1"),
            ["effect 2026-12-01"],
        ),
    ],
)
def test_how_reports_move_the_days_of_a_story(reader: Reader, titles: tuple[str, ...], expected: list[str]) -> None:
    story = begun(reader, titles[0])
    for number, title in enumerate(titles[1:]):
        story = follow(story, told(reader, title, days=number + 0.1).report)
    assert days(story.milestones) == expected


def test_a_story_keeps_few_days_the_soonest(reader: Reader) -> None:
    story = begun(reader, "US imposes 10% copper tariff from December 1")
    for month in ("January", "February", "March", "April", "May", "June", "July"):
        story = follow(story, told(reader, f"US imposes further copper tariff from {month} 9").report)
    assert len(story.milestones) == MOST
    assert days(story.milestones)[0] == "effect 2026-12-01"
    assert all(each.kind is Move.EFFECT for each in story.milestones)
