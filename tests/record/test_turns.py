"""From stories to turns: which way, which part of supply, which countries, which month; and how they are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.events import Alert, Entry, Reading
from pipelines.language.lexicon_file import load_lexicon
from pipelines.language.reader import Reader, load_reader
from pipelines.record.phrases import Phrases, fold
from pipelines.record.tables import load_tables
from pipelines.record.told import tell
from pipelines.record.turns import Count, Strand, Told, Turn, gather, months_to
from pipelines.stories.changes import begin
from rules.story import Act, Change, Direction, Event, Move, Source, Stage, StageReached, Tier, Topic
from rules.verdict import Label, Severity, Verdict
from tests.chats.make import NOW, alert, report, story

CASES = yaml.safe_load((Path(__file__).parent / "data" / "turns.yaml").read_text(encoding="utf-8"))
TABLES = load_tables()
TIGHTENS, EASES, UNKNOWN = Direction.TIGHTENS, Direction.EASES, Direction.UNKNOWN
BAN = Act(event=Event.EXPORT_CONTROL, stage=Stage.IN_FORCE, direction=TIGHTENS)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_headline_is_placed(reader: Reader, case: dict[str, Any]) -> None:
    entry = Entry(
        feed="test",
        id="h1",
        url="",
        title=case["title"],
        summary="",
        source=Source("test", "Harbour Wire", "harbour", Tier.WIRE),
        published=NOW,
        first_seen=NOW,
    )
    (read,) = reader.read([entry])
    verdict = Verdict(label=Label.STRUCTURAL, severity=Severity.HIGH, score=60)
    (turn,) = tell(Alert(begin(Reading(entry, read), "1y4k0x9ab", NOW), verdict, NOW, NOW), TABLES).turns
    got = {
        "way": turn.direction.value,
        "strands": [strand.value for strand in turn.strands],
        "by": list(turn.by),
        "others": list(turn.on),
    }
    wanted = {name: value for name, value in case.items() if name != "title"}
    assert {name: got[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    "changed",
    [
        alert(label=Label.WATCH),
        alert(label=Label.NOISE),
        alert(merged="1y4k0x9ab"),
        alert(changes=(Change(1, Move.NEW, NOW, "r1"), Change(2, Move.RETRACTION, NOW, ""))),
    ],
    ids=["watch", "noise", "merged", "retracted"],
)
def test_what_is_not_structural_or_no_more_a_story_of_its_own_counts_nothing(changed: Alert) -> None:
    assert tell(changed, TABLES).turns == ()
    assert len(tell(alert(), TABLES).turns) == 1


def reached(*steps: tuple[Stage, datetime]) -> Alert:
    """A ban that reached these stages, each told by a report of its own."""
    reports = tuple(
        report(number, act=replace(BAN, stage=stage), published=at, title="Ministry and its gallium exports")
        for number, (stage, at) in enumerate(steps, 1)
    )
    stages = tuple(StageReached(each.act.stage, each.published, each.id) for each in reports)
    return alert(*reports, stages=stages)


JULY, AUGUST, LATE_AUGUST = (
    datetime(2026, month, day, 23, 30, tzinfo=UTC) for month, day in ((7, 31), (8, 1), (8, 30))
)


@pytest.mark.parametrize(
    ("steps", "turns"),
    [
        ([(Stage.PROPOSED, JULY), (Stage.ANNOUNCED, AUGUST)], [(8, TIGHTENS)]),
        ([(Stage.ANNOUNCED, JULY), (Stage.IN_FORCE, AUGUST)], [(7, TIGHTENS)]),
        ([(Stage.ANNOUNCED, JULY), (Stage.REVERSED, AUGUST)], [(7, TIGHTENS), (8, EASES)]),
        ([(Stage.ANNOUNCED, AUGUST), (Stage.REVERSED, LATE_AUGUST)], [(8, EASES)]),
        (
            [(Stage.IN_FORCE, JULY), (Stage.REVERSED, AUGUST), (Stage.IN_FORCE, LATE_AUGUST)],
            [(7, TIGHTENS), (8, TIGHTENS)],
        ),
        ([(Stage.REVERSED, AUGUST)], [(8, TIGHTENS)]),
    ],
    ids=["deed", "higher stage", "taken back", "taken back at once", "come again", "begins reversed"],
)
def test_a_story_turns_once_a_month_and_a_reversal_flips_it(
    steps: list[tuple[Stage, datetime]], turns: list[tuple[int, Direction]]
) -> None:
    assert [(turn.month.month, turn.direction) for turn in tell(reached(*steps), TABLES).turns] == turns


def test_the_month_is_that_of_the_deed_in_utc() -> None:
    in_karachi = JULY.astimezone(timezone(timedelta(hours=5)))
    assert in_karachi.month == 8
    (turn,) = tell(reached((Stage.IN_FORCE, in_karachi)), TABLES).turns
    assert (turn.month, turn.at) == (date(2026, 7, 1), JULY)


@pytest.mark.parametrize(
    ("title", "act", "way"),
    [
        ("Ministry bans gallium exports", BAN, TIGHTENS),
        ("Ministry lifts ban on gallium exports", BAN, UNKNOWN),
        ("Ministry halts QT", replace(BAN, event=Event.MONETARY_DECISION), UNKNOWN),
        ("Ministry bans gallium exports after court lifts order", BAN, TIGHTENS),
        ("Ministry bans gallium exports", replace(BAN, negated=True), UNKNOWN),
        ("Ministry signs gallium act", replace(BAN, event=Event.LEGISLATION_RULE), UNKNOWN),
        ("Ministry signs gallium act that bans exports", replace(BAN, event=Event.LEGISLATION_RULE), TIGHTENS),
        ("Ministry and gallium exports", replace(BAN, direction=UNKNOWN), UNKNOWN),
    ],
)
def test_a_direction_in_doubt_is_unclear(title: str, act: Act, way: Direction) -> None:
    (turn,) = tell(alert(report(title=title, act=act)), TABLES).turns
    assert turn.direction is way


def test_a_report_without_a_direction_has_that_of_all_others_at_its_stage() -> None:
    silent, other = report(1, act=replace(BAN, direction=UNKNOWN)), report(2, act=BAN)
    against = report(3, act=replace(BAN, direction=EASES))
    ways = [tell(alert(silent, *more), TABLES).turns[0].direction for more in ((other,), (other, against), (against,))]
    assert ways == [TIGHTENS, UNKNOWN, EASES]


def test_what_was_denied_last_is_unclear() -> None:
    changes = (Change(1, Move.NEW, NOW, "r1"), Change(2, Move.DENIAL, NOW, "r2"))
    (turn,) = tell(Alert(story(changes=changes), alert().verdict, NOW, NOW), TABLES).turns
    assert turn.direction is UNKNOWN


def test_every_name_of_the_tables_is_in_the_gazetteer() -> None:
    known = load_lexicon().entities
    assert [name for name in (*TABLES.countries, *TABLES.shared) if name not in known] == []
    ids = {name for cues in TABLES.strands.values() for name in cues.ids}
    kinds = {name for cues in TABLES.strands.values() for name in cues.kinds}
    assert sorted(ids - set(known)) == []
    assert sorted(kinds - {each.kind for each in known.values()} - {name.partition(":")[0] for name in known}) == []
    assert TABLES.first == ("US", "PK")
    codes = {code for each in TABLES.countries.values() for code in each} | set(TABLES.names.values())
    assert sorted(code for code in codes if code not in TABLES.shown and code not in ("LT", "LV", "EE")) == []


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Minister cuts tariffs", {"cut": (1, -2)}),
        ("Minister cuts some of the tariffs", {"cut": (1, -5)}),
        ("Minister cuts a few of the tariffs", {}),
        ("Rare-earth MINES, mines", {"rare": (0, -2), "mine": (2, -1)}),
        ("Undermines", {}),
        ("", {}),
    ],
)
def test_phrases_are_whole_words_with_room_between(title: str, found: dict[str, tuple[int, int]]) -> None:
    lists = Phrases({"cut": ["cuts .. tariffs"], "rare": ["rare earth", "rare"], "mine": ["mines"]})
    assert lists.find(fold(title).split()) == found


def test_a_phrase_that_begins_or_ends_with_a_gap_is_refused() -> None:
    with pytest.raises(ValueError, match="a part without a word"):
        Phrases({"list": ["cuts .. "]})


def turn(name: str, at: datetime, way: Direction = TIGHTENS, **changes: Any) -> Turn:
    given: dict[str, Any] = {
        "story": name,
        "at": at,
        "direction": way,
        "strands": (Strand.MINING,),
        "topics": (Topic.RARE_EARTH,),
        "by": ("PK",),
        "on": ("US",),
        "title": "A mine opens",
        "link": "https://news.example.org/1",
        "publisher": "Harbour Wire",
    }
    return Turn(**given | changes)


@st.composite
def told(draw: st.DrawFn) -> list[Told]:
    """Versions of a few stories, the later ones with more or other turns; some come twice."""
    found = []
    for number in range(draw(st.integers(0, 5))):
        for version in range(1, draw(st.integers(1, 3)) + 1):
            months = draw(st.lists(st.integers(0, 3), unique=True, max_size=3))
            turns = tuple(
                turn(
                    f"s{number}",
                    datetime(2026, 8 + month, 1 + version, tzinfo=UTC),
                    draw(st.sampled_from([TIGHTENS, EASES, UNKNOWN])),
                    by=draw(st.sampled_from([("US",), ("PK", "US"), ()])),
                    on=draw(st.sampled_from([("US",), ("CN",), ()])),
                )
                for month in sorted(months)
            )
            found += [Told(f"s{number}", version, turns)] * draw(st.integers(1, 2))
    return found


@given(told(), st.randoms())
def test_order_does_not_matter_and_no_story_counts_twice(each: list[Told], luck: Any) -> None:
    shuffled = list(each)
    luck.shuffle(shuffled)
    record = gather(each)
    assert gather(shuffled) == record
    assert gather([*each, *each]) == record
    last = {one.story: one for one in sorted(each, key=lambda one: one.version)}
    assert len(record.turns) == sum(len(one.turns) for one in last.values())
    keys = [(one.story, one.month) for one in record.turns]
    assert len(keys) == len(set(keys))
    months = months_to(date(2026, 11, 30), 4)
    counted = record.by_month(months)
    assert sum(count.all for count in counted.values()) == len(record.turns) == record.count().all
    for code, number in record.by_country().items():
        assert number == record.of(country=code).count().all <= len(record.turns)


def test_a_record_is_cut_by_topic_country_strand_and_day() -> None:
    first = turn("a", JULY)
    second = turn("b", AUGUST, EASES, by=("CN",), on=(), strands=(Strand.OTHER,), topics=(Topic.ENERGY,))
    record = gather([Told("b", 1, (second,)), Told("a", 1, (first,))])
    assert record.turns == (first, second)
    assert record.of(topic=Topic.ENERGY).turns == record.of(since=date(2026, 8, 1)).turns == (second,)
    assert record.of(country="US").turns == record.of(strand=Strand.MINING).turns == (first,)
    assert record.of(country="US", topic=Topic.ENERGY).since is None
    assert (record.since, record.stories, record.count()) == (date(2026, 7, 31), 2, Count(1, 1, 0))


@pytest.mark.parametrize(
    ("last", "number", "months"),
    [(date(2026, 1, 31), 2, [(2025, 12), (2026, 1)]), (date(2024, 2, 29), 1, [(2024, 2)])],
)
def test_months_run_up_to_that_of_the_day(last: date, number: int, months: list[tuple[int, int]]) -> None:
    assert [(month.year, month.month) for month in months_to(last, number)] == months
    assert len(months_to(last, 13)) == 13
    assert timedelta(365) <= months_to(last, 13)[-1] - months_to(last, 13)[0] <= timedelta(366)
