"""The record as lines for a phone's screen or a terminal. Pure.

Titles come from outside and pass ``text.shown`` before they stand in a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.languages.translator import ENGLISH, Translator
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
from bot.words import short_day_words
from pipelines.record.tables import Tables
from pipelines.record.turns import FIRST_STRANDS, Record, Strand, Turn, months_to

_COUNTRIES = 6
"""Further countries that are listed."""


def render_record(
    whole: Record, asked: Asked, tables: Tables, today: date, months: int, tr: Translator = ENGLISH
) -> Message:
    """What tightened and what eased supply in the last months, as far as asked."""
    lines = record_lines(whole, asked, tables, today, months, tr)
    if not asked.country:
        lines.append(line(*tr.parts("One country in full: {example}", example=code("/record pakistan"))))
    return compose(lines, foot=news_foot(tr))


def record_lines(
    whole: Record, asked: Asked, tables: Tables, today: date, months: int, tr: Translator = ENGLISH
) -> list[Line]:
    """Months, then the strands of the country asked for, or else the countries, then how thin all this is."""
    span = months_to(today, months)
    recent = whole.of(since=span[0])
    found = recent.of(topic=asked.topic, country=asked.country)
    lines = [line(bold(tr("Record of resilience")), f" · {asked_words(asked, tables, tr)}"), BLANK]
    for month, count in reversed(found.by_month(span).items()):
        # Before the first story of all nothing was written down, which is not the same as nothing happened.
        kept = whole.since is not None and month >= whole.since.replace(day=1)
        told = count_words(count, tr) if kept else tr("not recorded")
        lines.append(line(bold(month_words(month, today, tr)), f"  {told}"))
    rows = [*(_strands(found, asked.country, tables, tr) if asked.country else _countries(found, tables, tr))]
    return [*lines, *([BLANK, *rows] if rows else []), BLANK, line(thin_words(found, tr))]


def _strands(found: Record, country: str, tables: Tables, tr: Translator) -> Iterator[Line]:
    """Each strand with its newest story; the five first ones always, of a country that always has a row."""
    for strand in Strand:
        turns = found.of(strand=strand)
        if not turns.turns and not (strand in FIRST_STRANDS and country in tables.first):
            continue
        yield line(bold(tr(STRANDS[strand])), f"  {count_signs(turns.count())}")
        if turns.turns and (strand in FIRST_STRANDS or country not in tables.first):
            yield _newest(turns.turns[-1], tr)


def _newest(turn: Turn, tr: Translator) -> Line:
    title = Span(shown(turn.title, 90) or tr("(no title)"), link=safe_link(turn.link))
    return line(f"{SIGNS[turn.direction]} ", title, f" · {short_day_words(turn.at, tr)} ", code(turn.story))


def _countries(found: Record, tables: Tables, tr: Translator) -> Iterator[Line]:
    """The countries that always have a row, then those with most."""
    others = [name for name in found.by_country() if name not in tables.first]
    for name in (*tables.first, *others[:_COUNTRIES]):
        count = found.of(country=name).count()
        yield line(bold(country_name(name, tables, tr)), f"  {count_signs(count)}")
    nowhere = sum(not turn.countries for turn in found.turns)
    if nowhere:
        yield line(f"{tr('No country named')}  {tr.number(nowhere)}")
