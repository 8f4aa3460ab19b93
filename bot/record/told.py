"""The record as lines for a phone's screen or a terminal. Pure.

Titles come from outside and pass ``text.shown`` before they stand in a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.markup import BLANK, Line, Message, Span, bold, code, compose, line
from bot.messages import news_foot
from bot.record.asked import Asked
from bot.record.words import (
    SIGNS,
    STRANDS,
    asked_words,
    count_signs,
    count_words,
    country_name,
    month_words,
    thin_words,
)
from bot.text import safe_link, shown
from pipelines.record.tables import Tables
from pipelines.record.turns import FIRST_STRANDS, Record, Strand, Turn, months_to

_COUNTRIES = 6
"""Further countries that are listed."""


def render_record(whole: Record, asked: Asked, tables: Tables, today: date, months: int) -> Message:
    """What tightened and what eased supply in the last months, as far as asked."""
    lines = record_lines(whole, asked, tables, today, months)
    if not asked.country:
        lines.append(line("One country in full: ", code("/record pakistan")))
    return compose(lines, foot=news_foot())


def record_lines(whole: Record, asked: Asked, tables: Tables, today: date, months: int) -> list[Line]:
    """Months, then the strands of the country asked for, or else the countries, then how thin all this is."""
    span = months_to(today, months)
    recent = whole.of(since=span[0])
    found = recent.of(topic=asked.topic, country=asked.country)
    lines = [line(bold("Record of resilience"), f" · {asked_words(asked, tables)}"), BLANK]
    for month, count in reversed(found.by_month(span).items()):
        # Before the first story of all nothing was written down, which is not the same as nothing happened.
        kept = whole.since is not None and month >= whole.since.replace(day=1)
        lines.append(line(bold(month_words(month, today)), f"  {count_words(count) if kept else 'not recorded'}"))
    lines.append(BLANK)
    lines += _strands(found, asked.country, tables) if asked.country else _countries(found, tables)
    return [*lines, BLANK, line(thin_words(found))]


def _strands(found: Record, country: str, tables: Tables) -> Iterator[Line]:
    """Each strand with its newest story; the five first ones always, of a country that always has a row."""
    for strand in Strand:
        turns = found.of(strand=strand)
        if not turns.turns and not (strand in FIRST_STRANDS and country in tables.first):
            continue
        yield line(bold(STRANDS[strand]), f"  {count_signs(turns.count())}")
        if turns.turns and (strand in FIRST_STRANDS or country not in tables.first):
            yield _newest(turns.turns[-1])


def _newest(turn: Turn) -> Line:
    title = Span(shown(turn.title, 90) or "(no title)", link=safe_link(turn.link))
    return line(f"{SIGNS[turn.direction]} ", title, f" · {turn.at.day} {turn.at:%b} ", code(turn.story))


def _countries(found: Record, tables: Tables) -> Iterator[Line]:
    """The countries that always have a row, then those with most."""
    others = [name for name in found.by_country() if name not in tables.first]
    for name in (*tables.first, *others[:_COUNTRIES]):
        count = found.of(country=name).count()
        yield line(bold(country_name(name, tables)), f"  {count_signs(count)}")
    nowhere = sum(not turn.countries for turn in found.turns)
    if nowhere:
        yield line(f"No country named  {nowhere}")
