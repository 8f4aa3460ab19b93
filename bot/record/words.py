"""The words and signs in which the record is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from babel.dates import format_skeleton

from bot.languages.translator import ENGLISH, N_, Translator
from bot.record.asked import Asked
from bot.words import TOPICS, day_words, topics_within
from pipelines.record.tables import Tables
from pipelines.record.turns import Count, Record, Strand
from rules.story import Direction

SIGNS: Mapping[Direction, str] = {Direction.TIGHTENS: "▲", Direction.EASES: "▼", Direction.UNKNOWN: "?"}
WAYS: Mapping[Direction, str] = {
    Direction.TIGHTENS: N_("tightens"),
    Direction.EASES: N_("eases"),
    Direction.UNKNOWN: N_("unclear"),
}
STRANDS: Mapping[Strand, str] = {
    Strand.MINING: N_("Mining"),
    Strand.REFINING: N_("Refining"),
    Strand.STOCKPILE: N_("Stockpiles"),
    Strand.INVESTMENT: N_("Investment"),
    Strand.CORRIDOR: N_("Corridors"),
    Strand.EXPORT_RULE: N_("Export rules"),
    Strand.IMPORT_RULE: N_("Import rules"),
    Strand.MONEY: N_("Money"),
    Strand.OTHER: N_("Other"),
}


def by_way(count: Count) -> dict[Direction, int]:
    """The count by direction."""
    return {Direction.TIGHTENS: count.tightens, Direction.EASES: count.eases, Direction.UNKNOWN: count.unclear}


def count_words(count: Count, tr: Translator = ENGLISH) -> str:
    """A count as "▲2 tightens  ▼1 eases", what is nought left out; "nothing" for none."""
    parts = [f"{SIGNS[way]}{tr.number(number)} {tr(WAYS[way])}" for way, number in by_way(count).items() if number]
    return "  ".join(parts) or tr("nothing")


def count_signs(count: Count) -> str:
    """The same in signs alone: "▲2 ▼1 ?1"; a dash for none."""
    return " ".join(f"{SIGNS[way]}{number}" for way, number in by_way(count).items() if number) or "–"  # noqa: RUF001


def asked_words(asked: Asked, tables: Tables, tr: Translator = ENGLISH) -> str:
    """What the record is of: "United States, rare earths"."""
    if asked.country:
        topic = topics_within([asked.topic], tr) if asked.topic is not None else ""
        return tr.joined((country_name(asked.country, tables, tr), topic))
    return tr("all countries and topics") if asked.topic is None else tr(TOPICS[asked.topic])


def country_name(code: str, tables: Tables, tr: Translator = ENGLISH) -> str:
    """A country as readers know it."""
    name = {"US": "United States"}.get(code, tables.shown.get(code, code))
    return name if tr is ENGLISH else tr.locale.territories.get(code, name)


def month_words(month: date, today: date, tr: Translator = ENGLISH) -> str:
    """A month as "Nov", with the year where it is another one."""
    same = month.year == today.year
    if tr is ENGLISH:
        return f"{month:%b}" if same else f"{month:%b %Y}"
    return format_skeleton("MMM" if same else "yMMM", month, locale=tr.locale)


def thin_words(record: Record, tr: Translator = ENGLISH) -> str:
    """How much stands behind the record: "from 14 structural stories since 3 Aug 2026, 3 of them unclear"."""
    if record.since is None:
        return tr("From no structural story yet.")
    day = day_words(record.since, tr)
    unclear = len({turn.story for turn in record.turns if turn.direction is Direction.UNKNOWN})
    if not unclear:
        return tr.plural(
            "From {count} structural story since {day}.",
            "From {count} structural stories since {day}.",
            record.stories,
            day=day,
        )
    return tr.plural(
        "From {count} structural story since {day}; of {unclear} I cannot say which way supply moves.",
        "From {count} structural stories since {day}; of {unclear} I cannot say which way supply moves.",
        record.stories,
        day=day,
        unclear=unclear,
    )
