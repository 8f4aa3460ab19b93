"""What is asked for in plain words, and how the record is told on a phone's screen."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.languages.catalogues import Languages
from bot.record.asked import Asked, read_asked
from bot.record.told import render_record
from bot.record.words import thin_words
from pipelines.record.tables import load_tables
from pipelines.record.turns import Record, Strand, Told, gather
from rules.story import Direction, Topic
from tests.record.test_turns import turn

TABLES = load_tables()
TODAY = date(2026, 11, 27)
EARTH, CHIPS, ENERGY = Topic.RARE_EARTH, Topic.SEMICONDUCTOR, Topic.ENERGY


@pytest.mark.parametrize(
    ("text", "topic", "country"),
    [
        ("", None, ""),
        ("pakistan", None, "PK"),
        ("Pakistan rare earths", EARTH, "PK"),
        ("rare earths in the US", EARTH, "US"),
        ("us", None, "US"),
        ("U.S. chips", CHIPS, "US"),
        ("the United States of America", None, "US"),
        ("PK", None, "PK"),
        ("chips from south korea", CHIPS, "KR"),
        ("DR Congo", None, "CD"),
        ("uk energy", ENERGY, "GB"),
        ("chinese minerals", EARTH, "CN"),
        ("record of energy", ENERGY, ""),
        ("Côte d'Ivoire", None, "CI"),
        ("saudi arabia oil", ENERGY, "SA"),
    ],
)
def test_topics_and_countries_in_plain_words(text: str, topic: Topic | None, country: str) -> None:
    asked = read_asked(text, TABLES)
    assert (asked.topic, asked.country) == (topic, country)
    assert bool(asked.unclear) is (topic is None and not country and bool(text))


@pytest.mark.parametrize(
    ("language", "text", "topic", "country"),
    [
        ("es", "estados unidos tierras raras", EARTH, "US"),
        ("es", "Japón", None, "JP"),
        ("ur", "پاکستان", None, "PK"),
        ("zh", "中国 稀土", EARTH, "CN"),
        ("zh", "pakistan", None, "PK"),
    ],
)
def test_topics_and_countries_as_a_chat_calls_them(language: str, text: str, topic: Topic | None, country: str) -> None:
    assert read_asked(text, TABLES, Languages().of(language)) == Asked(topic, country)


@pytest.mark.parametrize(
    ("text", "unclear", "nearest"),
    [
        ("pakstan", "pakstan", "Pakistan"),
        ("Indonezia", "indonezia", "Indonesia"),
        ("enrgy", "enrgy", "Energy"),
        ("us rare erths", "erths", "Rare earths"),
        ("qwertyuiop", "qwertyuiop", ""),
    ],
)
def test_a_typo_is_answered_with_the_nearest(text: str, unclear: str, nearest: str) -> None:
    asked = read_asked(text, TABLES)
    assert (asked.unclear, asked.nearest) == (unclear, nearest)


@given(st.text(max_size=60))
def test_any_text_is_understood_or_said_to_be_unclear(text: str) -> None:
    asked = read_asked(text, TABLES)
    assert asked.country in ("", *TABLES.names.values())
    assert asked.unclear or not asked.nearest


def record_of(*turns: tuple[str, datetime, Direction, tuple[str, ...], tuple[Strand, ...]]) -> Record:
    made = [turn(name, at, way, by=by, on=(), strands=strands) for name, at, way, by, strands in turns]
    return gather(Told(each.story, 1, (each,)) for each in made)


WHOLE = record_of(
    ("1aaaaaaaa", datetime(2026, 9, 3, tzinfo=UTC), Direction.TIGHTENS, ("US",), (Strand.MINING,)),
    ("1bbbbbbbb", datetime(2026, 11, 2, tzinfo=UTC), Direction.EASES, ("PK",), (Strand.MINING, Strand.INVESTMENT)),
    ("1cccccccc", datetime(2026, 11, 9, tzinfo=UTC), Direction.UNKNOWN, ("PK",), (Strand.OTHER,)),
    ("1dddddddd", datetime(2026, 11, 9, tzinfo=UTC), Direction.EASES, (), (Strand.REFINING,)),
)


def test_a_country_is_told_by_month_and_strand() -> None:
    message = render_record(WHOLE, Asked(country="PK"), TABLES, TODAY, 6)
    assert message.plain.split("\n") == [
        "Record of resilience · Pakistan",
        "",
        "Nov  ▼1 eases  ?1 unclear",
        "Oct  nothing",
        "Sep  nothing",
        "Aug  not recorded",
        "Jul  not recorded",
        "Jun  not recorded",
        "",
        "Mining  ▼1",
        "▼ A mine opens https://news.example.org/1 · 2 Nov 1bbbbbbbb",
        "Refining  –",  # noqa: RUF001
        "Stockpiles  –",  # noqa: RUF001
        "Investment  ▼1",
        "▼ A mine opens https://news.example.org/1 · 2 Nov 1bbbbbbbb",
        "Corridors  –",  # noqa: RUF001
        "Other  ?1",
        "",
        "From 2 structural stories since 2 Nov 2026; of 1 I cannot say which way supply moves.",
        "",
        "Educational, never financial advice.",
    ]


def test_the_overview_has_the_first_rows_even_where_they_are_empty() -> None:
    told = render_record(WHOLE, Asked(), TABLES, TODAY, 6).plain.split("\n")
    assert told[9:13] == [
        "United States  ▲1",
        "Pakistan  ▼1 ?1",
        "No country named  1",
        "",
    ]
    assert "One country in full: /record pakistan" in told
    empty = render_record(Record(), Asked(topic=Topic.CRYPTO), TABLES, TODAY, 2).plain.split("\n")
    assert empty[:4] == ["Record of resilience · Crypto", "", "Nov  not recorded", "Oct  not recorded"]
    assert empty[5:7] == ["United States  –", "Pakistan  –"]  # noqa: RUF001
    assert "From no structural story yet." in empty


def test_a_full_record_fits_one_message() -> None:
    many = gather(
        Told(each.story, 1, (each,))
        for number in range(400)
        for each in [
            turn(
                f"{number:09d}",
                datetime(2026, 6 + number % 6, 1, tzinfo=UTC),
                strands=tuple(Strand),
                title="Ω" * 300,
                link=f"https://news.example.org/{'long' * 300}",
            )
        ]
    )
    for asked in (Asked(), Asked(country="PK"), Asked(country="CN")):
        message = render_record(many, asked, TABLES, TODAY, 6)
        assert len(message.plain) < 30_000
        assert "Educational" in message.text


def test_thin_data_is_said() -> None:
    one = record_of(("1aaaaaaaa", datetime(2026, 8, 3, tzinfo=UTC), Direction.EASES, ("US",), (Strand.MINING,)))
    assert thin_words(one) == "From 1 structural story since 3 Aug 2026."
