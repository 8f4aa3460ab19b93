"""The words and signs in which the record is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.record.asked import Asked
from bot.words import TOPICS
from pipelines.record.tables import Tables
from pipelines.record.turns import Count, Record, Strand
from rules.story import Direction

SIGNS: Mapping[Direction, str] = {Direction.TIGHTENS: "▲", Direction.EASES: "▼", Direction.UNKNOWN: "?"}
WAYS: Mapping[Direction, str] = {
    Direction.TIGHTENS: "tightens",
    Direction.EASES: "eases",
    Direction.UNKNOWN: "unclear",
}
STRANDS: Mapping[Strand, str] = {
    Strand.MINING: "Mining",
    Strand.REFINING: "Refining",
    Strand.STOCKPILE: "Stockpiles",
    Strand.INVESTMENT: "Investment",
    Strand.CORRIDOR: "Corridors",
    Strand.EXPORT_RULE: "Export rules",
    Strand.IMPORT_RULE: "Import rules",
    Strand.MONEY: "Money",
    Strand.OTHER: "Other",
}


def by_way(count: Count) -> dict[Direction, int]:
    """The count by direction."""
    return {Direction.TIGHTENS: count.tightens, Direction.EASES: count.eases, Direction.UNKNOWN: count.unclear}


def count_words(count: Count) -> str:
    """A count as "▲2 tightens  ▼1 eases", what is nought left out; "nothing" for none."""
    parts = [f"{SIGNS[way]}{number} {WAYS[way]}" for way, number in by_way(count).items() if number]
    return "  ".join(parts) or "nothing"


def count_signs(count: Count) -> str:
    """The same in signs alone: "▲2 ▼1 ?1"; a dash for none."""
    return " ".join(f"{SIGNS[way]}{number}" for way, number in by_way(count).items() if number) or "–"  # noqa: RUF001


def asked_words(asked: Asked, tables: Tables) -> str:
    """What the record is of: "United States, rare earths"."""
    parts = [country_name(asked.country, tables)] if asked.country else []
    parts += [TOPICS[asked.topic]] if asked.topic is not None else []
    return ", ".join([*parts[:1], *(part.lower() for part in parts[1:])]) or "all countries and topics"


def country_name(code: str, tables: Tables) -> str:
    """A country as readers know it."""
    return {"US": "United States"}.get(code, tables.shown.get(code, code))


def month_words(month: date, today: date) -> str:
    """A month as "Nov", with the year where it is another one."""
    return f"{month:%b}" if month.year == today.year else f"{month:%b %Y}"


def day_words(day: date) -> str:
    """A day as "3 Aug 2026"."""
    return f"{day.day} {day:%b %Y}"


def thin_words(record: Record) -> str:
    """How much stands behind the record: "from 14 structural stories since 3 Aug 2026, 3 of them unclear"."""
    if record.since is None:
        return "From no structural story yet."
    number = record.stories
    stories = "1 structural story" if number == 1 else f"{number:,} structural stories"
    unclear = len({turn.story for turn in record.turns if turn.direction is Direction.UNKNOWN})
    aside = f"; of {unclear:,} I cannot say which way supply moves" if unclear else ""
    return f"From {stories} since {day_words(record.since)}{aside}."
