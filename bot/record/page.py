"""The record as one self-contained page: nothing is fetched, no script runs, and all text is escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from html import escape
from itertools import groupby

from bot.document import as_document, read_style
from bot.record.asked import Asked
from bot.record.chart import chart, topic_class, topics_in
from bot.record.words import SIGNS, STRANDS, WAYS, asked_words, by_way, country_name, thin_words
from bot.text import capital, safe_link, shown
from bot.words import DISCLAIMER, TOPICS, day_words
from pipelines.record.tables import Tables
from pipelines.record.turns import FIRST_STRANDS, Count, Record, Strand, Turn, months_to

_COUNTRIES = 12
"""Countries with a row besides those that always have one."""
_NEWEST = 3
"""Stories shown of a strand."""
MOST = 500
"""Stories in the list: more than anyone reads, and a browser still opens it."""


def as_page(whole: Record, asked: Asked, tables: Tables, today: date, months: int) -> str:
    """The page: chart, countries by strand, the strands of the first countries, and every story with its source."""
    body = f"<main>\n{chr(10).join(_body(whole, asked, tables, today, months))}\n</main>"
    return as_document(
        f"Lodestone: record of resilience, {asked_words(asked, tables)}",
        read_style("bot.evaluation", "bot.record"),
        body,
    )


def _body(whole: Record, asked: Asked, tables: Tables, today: date, months: int) -> Iterator[str]:
    span = months_to(today, months)
    found = whole.of(topic=asked.topic, country=asked.country, since=span[0])
    wanted = asked_words(asked, tables)
    words = f"{capital(wanted)}, as of {day_words(today)}. {thin_words(found)}"
    yield f"<header><h1>Record of resilience</h1><p>{escape(words)}</p></header>"
    tiles = "".join(
        f'<div class="tile"><b>{number:,}</b><span class="{WAYS[way]}">{SIGNS[way]} {WAYS[way]}</span></div>'
        for way, number in by_way(found.count()).items()
    )
    yield f'<div class="tiles">{tiles}</div>'
    legend = "".join(
        f'<span><i class="{topic_class(topic)}"></i>{escape(TOPICS[topic] if topic else "No topic")}</span>'
        for topic in topics_in(found)
    )
    yield _section(
        "By month",
        "Stories that tighten supply above the line, stories that ease it below, each in the colour of its strongest "
        "field. Unclear ones are not drawn. Shaded months are from before the record began.",
        f'<div class="legend">{legend}</div><div class="wide newest">{chart(found, span, whole.since)}</div>',
    )
    names = [asked.country] if asked.country else _rows(found, tables)
    yield _section(
        "By country and strand",
        "A story counts once in each strand that it is about, and in the row of each country that acts or that it is "
        "about.",
        f'<div class="wide">{_table(found, names, tables)}</div>',
    )
    for code in names if asked.country else tables.first:
        yield _strands(found.of(country=code), code, tables)
    yield _stories(found, tables)
    yield f"<footer>{escape(DISCLAIMER)}</footer>"


def _section(title: str, words: str, body: str) -> str:
    told = f"<p>{escape(words)}</p>" if words else ""
    return f"<section><h2>{escape(title)}</h2>{told}{body}</section>"


def _rows(found: Record, tables: Tables) -> list[str]:
    others = [name for name in found.by_country() if name not in tables.first]
    return [*tables.first, *others[:_COUNTRIES]]


def _table(found: Record, names: Iterable[str], tables: Tables) -> str:
    head = "".join(f"<th>{escape(words)}</th>" for words in ("Country", "All", *STRANDS.values()))
    rows = "".join(
        f'<tr class="{"first" if name in tables.first else ""}"><th>{escape(country_name(name, tables))}</th>'
        + "".join(f"<td>{_signs(count)}</td>" for count in _cells(found.of(country=name)))
        + "</tr>"
        for name in names
    )
    return f'<table class="grid-of-strands"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _cells(row: Record) -> Iterator[Count]:
    yield row.count()
    yield from (row.of(strand=strand).count() for strand in Strand)


def _signs(count: Count) -> str:
    told = (f'<span class="{WAYS[way]}">{SIGNS[way]}{number}</span>' for way, number in by_way(count).items() if number)
    return " ".join(told) or '<span class="soft">–</span>'  # noqa: RUF001


def _strands(row: Record, code: str, tables: Tables) -> str:
    """The five strands of a country, each with its newest stories."""
    cards = "".join(
        f"<div><h3>{escape(STRANDS[strand])} <small>{_signs(turns.count())}</small></h3>{_newest(turns)}</div>"
        for strand in FIRST_STRANDS
        for turns in (row.of(strand=strand),)
    )
    return _section(country_name(code, tables), "", f'<div class="strands">{cards}</div>')


def _newest(turns: Record) -> str:
    if not turns.turns:
        return '<p class="soft">Nothing on record.</p>'
    newest = list(reversed(turns.turns))[:_NEWEST]
    items = (f'<li>{_headline(turn)}<div class="soft">{_about(turn)}</div></li>' for turn in newest)
    return f"<ul>{''.join(items)}</ul>"


def _stories(found: Record, tables: Tables) -> str:
    if not found.turns:
        return _section("Stories", "Nothing on record yet. That is normal: most days bring only a few.", "")
    newest = list(reversed(found.turns))
    months = "".join(
        f"<h3>{month:%B %Y}</h3><ul>{''.join(_story(turn, tables) for turn in turns)}</ul>"
        for month, turns in groupby(newest[:MOST], key=lambda turn: turn.month)
    )
    more = f" The newest {MOST} of {len(newest):,}; --json tells all." if len(newest) > MOST else ""
    return _section("Stories", f"Newest first, each with its source.{more}", f'<div class="stories">{months}</div>')


def _story(turn: Turn, tables: Tables) -> str:
    by = ", ".join(country_name(code, tables) for code in turn.by)
    on = ", ".join(country_name(code, tables) for code in turn.on)
    where = f"{by} on {on}" if by and on else by or on
    strands = ", ".join(STRANDS[strand].lower() for strand in turn.strands if strand is not Strand.OTHER)
    topics = ", ".join(TOPICS[topic].lower() for topic in turn.topics)
    about = " · ".join(filter(None, (_about(turn), escape(where), strands, topics)))
    return f'<li>{_headline(turn)}<div class="soft">{about}</div></li>'


def _headline(turn: Turn) -> str:
    sign = f'<span class="{WAYS[turn.direction]}" title="{WAYS[turn.direction]}">{SIGNS[turn.direction]}</span> '
    title, link = escape(shown(turn.title, 240) or "(no title)"), safe_link(turn.link)
    if link is None:
        return sign + title
    return f'{sign}<a href="{escape(link)}" rel="noopener noreferrer">{title}</a>'


def _about(turn: Turn) -> str:
    told = (day_words(turn.at.date()), shown(turn.publisher, 40), shown(turn.story, 12))
    return escape(" · ".join(filter(None, told)))
