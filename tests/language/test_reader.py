"""The reader as a whole: any text, offsets, order, summaries, amounts, dates, actors, and speed-free guarantees."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.events import Reading
from pipelines.language.amounts import amounts, dates
from pipelines.language.inflection import inflect
from pipelines.language.lexicon_file import load_lexicon
from pipelines.language.reader import Reader, build_reader
from pipelines.language.text import clean
from pipelines.read import Read
from pipelines.stage import Done
from rules.story import Driver, Stage, Topic
from tests.language.entries import entry

WORDS = st.sampled_from(
    "US China bans ban the to sanctions 25 % tariffs as after , : ; — | ? not may says Fed cuts rates chips H20 oil "
    "rare earths $5bn U.S. 's \u200b \u202e é 中 Ж &amp; - by over will lifts sources say deal signs law".split(" ")
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=40).map(" ".join)))
def test_no_text_makes_it_raise_and_offsets_lie_within_the_title(reader: Reader, title: str) -> None:
    (report,) = reader.read([entry(title)])
    assert report.title == title
    assert 0 <= report.p_structural <= 1
    assert all(0 <= entity.start < entity.end <= len(title) for entity in report.entities)
    assert all(0 < tag.probability <= 1 for tag in report.tags)
    assert [tag.probability for tag in report.tags] == sorted((tag.probability for tag in report.tags), reverse=True)


@pytest.mark.parametrize("title", ["", " ", "?", ":", "—" * 50, "\x00\x1b[31m", "US " * 4000, "🙂" * 300, "a" * 10_000])
def test_odd_titles_have_no_act(reader: Reader, title: str) -> None:
    (report,) = reader.read([entry(title)])
    assert report.act.stage is Stage.NONE
    assert not report.structural


def test_reports_come_in_order_whatever_the_batch(reader: Reader) -> None:
    titles = [f"US imposes {number}% tariffs on Canada" for number in range(600)]
    together = reader.read([entry(title, name=str(number)) for number, title in enumerate(titles)])
    alone = reader.read([entry(titles[599], name="599")])
    assert [report.id for report in together] == [str(number) for number in range(600)]
    assert together[599] == alone[0]


def test_entities_point_into_the_original_title(reader: Reader) -> None:
    title = "Chi\u200bna\u2019s ministry &amp; Lynas halt NdFeB sales"
    (report,) = reader.read([entry(title)])
    found = {entity.id: title[entity.start : entity.end] for entity in report.entities}
    assert found["state:cn"] == "Chi\u200bna"
    assert found["miner:lynas"] == "Lynas"
    assert found["product:ndfeb"] == "NdFeB"


def test_case_tells_the_country_from_the_pronoun(reader: Reader) -> None:
    pronoun, country = reader.read([entry("Tell us about your oil"), entry("US sells oil")])
    assert "state:us" not in {entity.id for entity in pronoun.entities}
    assert "state:us" in {entity.id for entity in country.entities}


def test_actors_carry_their_authority_and_the_passive_names_them_after_by(reader: Reader) -> None:
    active, passive = reader.read([entry("Fed cuts interest rates"), entry("Tariffs struck down by Supreme Court")])
    assert [(actor.name, actor.authority) for actor in active.act.actors] == [("Fed", "A1")]
    assert passive.act.actors[0].name == "Supreme Court"


def test_target_places_and_driver(reader: Reader) -> None:
    report, rates, fight = reader.read(
        [
            entry("China bans exports of gallium to Japan"),
            entry("Bank of England cuts interest rates to 4%"),
            entry("Village fair opens"),
        ]
    )
    assert report.act.target == "gallium"
    assert report.act.places == ("China", "Japan")
    assert report.driver is Driver.SUPPLY
    assert rates.driver is Driver.LIQUIDITY
    assert fight.driver is None


def test_a_summary_adds_topics_but_never_makes_a_weak_title_structural(reader: Reader) -> None:
    summary = "China bans exports of rare earths, gallium and germanium with immediate effect, the ministry says."
    with_summary, without = reader.read(
        [entry("Ministers react to China move", summary=summary), entry("Ministers react")]
    )
    assert Topic.RARE_EARTH in with_summary.topics
    assert Topic.RARE_EARTH not in without.topics
    assert not with_summary.structural
    assert with_summary.act.stage is Stage.NONE


def test_the_version_names_lexicon_and_code(reader: Reader) -> None:
    assert reader.version == build_reader().version
    assert reader.read([entry("US lifts sanctions on Venezuelan oil")])[0].reader == reader.version


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$7.4bn refinery", [(7.4e9, "USD")]),
        ("US$820M scheme", [(8.2e8, "USD")]),
        ("£450m and €1 billion", [(4.5e8, "GBP"), (1e9, "EUR")]),
        ("500 million dollars", [(5e8, "USD")]),
        ("25% tariffs, 137,000 bpd, 10 MW", [(25, "%"), (137_000, "bbl/d"), (10, "MW")]),
        ("cut by 50 basis points", [(50, "bp")]),
        ("2,000 tonnes a year of NdPr", [(2000, "t/y")]),
        ("holds 90% of the world's refining capacity", [(90, "% of supply")]),
        ("70 percent of global rare earth output", [(70, "% of supply")]),
        ("shares fall 5% of late", [(5, "%")]),
        ("in 2026", []),
    ],
)
def test_amounts(text: str, wanted: list[tuple[float, str]]) -> None:
    assert [(quantity.value, quantity.unit) for quantity in amounts(text)] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("from April 1", [date(2026, 4, 1)]),
        ("from 1 April 2027", [date(2027, 4, 1)]),
        ("since Dec 20", [date(2025, 12, 20)]),
        ("until 2030", [date(2030, 12, 31)]),
        ("on February 31", []),
    ],
)
def test_dates(text: str, wanted: list[date]) -> None:
    assert list(dates(text, datetime(2026, 3, 2, tzinfo=UTC))) == wanted


@pytest.mark.parametrize(
    ("title", "publisher", "wanted"),
    [
        ("China bans gallium exports - Reuters", "", "China bans gallium exports"),
        ("China bans gallium exports | Meridian", "Meridian", "China bans gallium exports"),
        ("China bans gallium exports — The Valley Observer", "", "China bans gallium exports"),
        ("China bans gallium exports - again", "Reuters", "China bans gallium exports - again"),
        ("US-backed firm", "", "US backed firm"),
    ],
)
def test_tails_go_and_hyphens_part(title: str, publisher: str, wanted: str) -> None:
    assert clean(title, publisher).text == wanted


def test_verbs_bend() -> None:
    assert inflect("ban", {"ban": "bans banned banning banned"})[1:3] == ("bans", "banned")
    assert inflect("shut down", {"shut": "shuts shut shutting shut"})[1] == "shuts down"
    assert inflect("levy", {}) == ("levy", "levies", "levied", "levying", "levied")
    assert inflect("impose", {}) == ("impose", "imposes", "imposed", "imposing", "imposed")
    assert inflect("slap", {})[2] == "slapped"


def test_the_lexicon_is_large_and_points_nowhere_unknown() -> None:
    lexicon = load_lexicon()
    verbs = {phrase for phrase, senses in lexicon.phrases.items() if any(sense.kind == "verb" for sense in senses)}
    elements = [identity for identity in lexicon.entities if identity.startswith("element:")]
    assert len(verbs) > 500
    assert len(elements) == 17
    assert {verb.otherwise for verb in lexicon.verbs.values() if verb.needs} <= set(lexicon.verbs)
    groups = {name for boost in lexicon.frames["boosts"] for name in boost.get("verbs", ())}
    assert groups <= set(lexicon.verbs)
    assert {event for boost in lexicon.frames["boosts"] for event in boost["events"]} <= set(lexicon.events)


async def test_the_stage_gives_one_reading_per_entry_in_order(reader: Reader) -> None:
    entries = [entry("Fed cuts interest rates", name="a"), entry("Village fair opens", name="b")]
    outcomes = await Read(reader).handle(entries)
    readings = [outcome.outputs[0] for outcome in outcomes if isinstance(outcome, Done)]
    assert all(isinstance(reading, Reading) for reading in readings)
    assert [reading.entry.id for reading in readings if isinstance(reading, Reading)] == ["a", "b"]
    assert [reading.report.structural for reading in readings if isinstance(reading, Reading)] == [True, False]
