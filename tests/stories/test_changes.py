"""How a story moves from version to version."""

from datetime import timedelta
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.events import Reading
from pipelines.stories.changes import MOST_CHANGES, MOST_REPORTS, advance, begin
from rules.story import Event, Form, Stage, Story, Tier
from tests.stories.headlines import START, reading

NOW = START + timedelta(hours=1)


def told(*readings: Reading) -> Story:
    """The story of these readings, in order."""
    return reduce(lambda story, one: advance(story, one, NOW), readings[1:], begin(readings[0], "2pp000000", NOW))


_SAID = {
    Stage.NONE: "Oman's chromite trade in figures",
    Stage.RUMOUR: "Oman weighs chromite export ban",
    Stage.PROPOSED: "Oman drafts chromite export ban",
    Stage.ANNOUNCED: "Oman announces chromite export ban",
    Stage.IN_FORCE: "Oman's chromite export ban takes effect",
    Stage.REVERSED: "Oman lifts chromite export ban",
}


def staged(*stages: Stage) -> Story:
    """A story whose reports tell these stages, an hour apart, in words that say so."""
    return told(*(reading(_SAID[stage], name=str(n), stage=stage, hours=n) for n, stage in enumerate(stages)))


def test_a_story_begins_at_version_one() -> None:
    story = told(reading("Oman bans chromite exports", stage=Stage.ANNOUNCED))
    assert (story.version, story.report_count, story.families) == (1, 1, ("thomson-reuters",))
    assert [(change.number, change.kind) for change in story.changes] == [(1, "new")]
    assert [reached.stage for reached in story.stages] == [Stage.ANNOUNCED]
    assert story.first_seen == START
    assert story.lead.title == "Oman bans chromite exports"


@pytest.mark.parametrize(
    ("stages", "history"),
    [
        ([Stage.RUMOUR, Stage.PROPOSED, Stage.ANNOUNCED, Stage.IN_FORCE], "rumour proposed announced in-force"),
        ([Stage.ANNOUNCED, Stage.RUMOUR, Stage.PROPOSED], "announced"),
        ([Stage.NONE, Stage.RUMOUR, Stage.NONE, Stage.RUMOUR], "rumour"),
        ([Stage.ANNOUNCED, Stage.REVERSED, Stage.REVERSED, Stage.ANNOUNCED], "announced reversed"),
        ([Stage.PROPOSED, Stage.REVERSED, Stage.IN_FORCE], "proposed reversed in-force"),
        ([Stage.REVERSED], "reversed"),
    ],
)
def test_stages_only_move_up_or_to_reversed(stages: list[Stage], history: str) -> None:
    story = staged(*stages)
    assert " ".join(reached.stage for reached in story.stages) == history


@pytest.mark.parametrize(
    "fields",
    [
        {"form": Form.OPINION},
        {"form": Form.PRICE_MOVE},
        {"negated": True},
        {"event": Event.MEETING_STATEMENT},
        {"event": Event.PRICE_MOVE},
    ],
)
def test_colour_and_denials_raise_nothing(fields: dict[str, object]) -> None:
    first = reading("Oman weighs chromite ban", stage=Stage.RUMOUR)
    colour = reading("What an Omani chromite ban would do", stage=Stage.IN_FORCE, hours=1, **fields)  # type: ignore[arg-type]
    story = told(first, colour)
    assert [reached.stage for reached in story.stages] == [Stage.RUMOUR]
    assert story.lead.id == first.report.id


def test_changes_are_numbered_by_version_and_say_what_moved() -> None:
    story = told(
        reading("Oman weighs chromite ban", stage=Stage.RUMOUR),
        reading("Oman weighs chromite ban", publisher="Dawn", stage=Stage.RUMOUR, hours=1),
        reading("Muscat ponders stopping chromite", publisher="CNBC", stage=Stage.RUMOUR, hours=2),
        reading("Omani chromite ban signed", publisher="BBC", stage=Stage.ANNOUNCED, hours=3),
    )
    assert [(change.number, change.kind) for change in story.changes] == [
        (1, "new"),
        (2, "copy"),
        (3, "source"),
        (4, "stage"),
        (4, "source"),
    ]
    assert story.changes[3].detail == "rumour → announced"
    assert story.families == ("thomson-reuters", "versant", "bbc")


def test_a_report_that_is_in_the_story_changes_nothing() -> None:
    one = reading("Oman bans chromite exports")
    story = told(one)
    assert advance(story, one, NOW) is story


def test_who_speaks() -> None:
    """The highest stage, then a direct publisher, then the tier, then the earliest."""
    rumour = reading("Oman may ban chromite", publisher="Reuters", stage=Stage.RUMOUR)
    relay = reading("Oman bans chromite", publisher="MSN", tier=Tier.AGGREGATOR, stage=Stage.ANNOUNCED, hours=1)
    trade = reading(
        "Oman has banned chromite", publisher="Mining Weekly", tier=Tier.TRADE, stage=Stage.ANNOUNCED, hours=2
    )
    wire = reading("Omani ban on chromite", publisher="AFP", tier=Tier.WIRE, stage=Stage.ANNOUNCED, hours=3)
    later = reading("Oman puts ban on chromite", publisher="Bloomberg", tier=Tier.WIRE, stage=Stage.ANNOUNCED, hours=4)
    assert told(rumour, relay).lead.id == relay.report.id
    assert told(rumour, relay, trade).lead.id == trade.report.id
    assert told(rumour, relay, trade, wire).lead.id == wire.report.id
    assert told(rumour, relay, trade, wire, later).lead.id == wire.report.id


def test_after_a_reversal_the_reversal_speaks() -> None:
    ban = reading("Oman bans chromite exports", stage=Stage.IN_FORCE)
    end = reading("Oman suspends its chromite export ban", publisher="BBC", stage=Stage.REVERSED, hours=30)
    assert told(ban, end).lead.id == end.report.id


def test_a_large_story_keeps_the_first_the_nearest_the_speaker_and_the_newest() -> None:
    readings = [
        reading(f"Oman chromite report {n}", publisher=f"Paper {n}", tier=Tier.TRADE, stage=Stage.RUMOUR, hours=n)
        for n in range(60)
    ]
    readings[10] = reading("Royal decree on chromite", publisher="Gazette", tier=Tier.OFFICIAL, hours=10)
    readings[15] = reading("Chromite ban signed", publisher="Papyrus", tier=Tier.TRADE, stage=Stage.ANNOUNCED, hours=15)
    story = told(*readings)
    kept = [report.id for report in story.reports]
    assert len(kept) == MOST_REPORTS
    assert (story.version, story.report_count) == (60, 60)
    assert kept[0] == readings[0].report.id
    assert story.told_by == readings[15].report.id
    assert {readings[10].report.id, readings[15].report.id} <= set(kept)
    assert kept[-17:] == [one.report.id for one in readings[-17:]]
    assert len(story.changes) <= MOST_CHANGES
    assert story.changes[0].kind == "new"
    assert story.changes[-1].number == 60


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Stage)), st.sampled_from(list(Tier)), st.integers(0, 3)), min_size=1, max_size=45
    )
)
@settings(max_examples=60, deadline=None)
def test_a_story_always_holds_together(rows: list[tuple[Stage, Tier, int]]) -> None:
    story = told(
        *(
            reading(f"Word{n} word{who}x", name=str(n), publisher=f"Paper {who}", tier=tier, stage=stage, hours=n)
            for n, (stage, tier, who) in enumerate(rows)
        )
    )
    assert story.version == story.report_count == len(rows)
    assert story.reports[0].id == "0"
    assert story.lead.id == story.told_by
    assert len(story.reports) <= MOST_REPORTS
    assert len(set(story.families)) == len(story.families)
    numbers = [change.number for change in story.changes]
    assert numbers == sorted(numbers)
    assert len(set(story.changes)) == len(story.changes) <= MOST_CHANGES
    ladder = [reached.stage for reached in story.stages if reached.stage is not Stage.REVERSED]
    assert all(higher.at_least(lower) and higher is not lower for lower, higher in pairwise(ladder))
