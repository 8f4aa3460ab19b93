"""The record as one JSON object for machines. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.record.asked import Asked
from bot.record.words import country_name
from pipelines.record.tables import Tables
from pipelines.record.turns import Count, Record, Strand, Turn, months_to


def as_row(whole: Record, asked: Asked, tables: Tables, today: date, months: int) -> dict[str, Any]:
    """``{topic, country, since, stories, months, countries, turns}``.

    ``topic`` and ``country`` are null where none was asked for; ``since`` is the day of the first turn. ``months`` is a
    list of ``{month, tightens, eases, unclear}``, oldest first. ``countries`` is a list of ``{country, name, tightens,
    eases, unclear, strands}``, the first ones always there; ``strands`` maps a strand to its counts. ``turns`` is a
    list of ``{story, at, month, direction, strands, topics, by, on, title, link, publisher}``, oldest first: ``by`` are
    the countries that act, ``on`` the others, as ISO codes.
    """
    span = months_to(today, months)
    found = whole.of(topic=asked.topic, country=asked.country, since=span[0])
    names = [asked.country] if asked.country else dict.fromkeys((*tables.first, *found.by_country()))
    return {
        "topic": asked.topic.value if asked.topic is not None else None,
        "country": asked.country or None,
        "since": found.since.isoformat() if found.since is not None else None,
        "stories": found.stories,
        "months": [{"month": f"{month:%Y-%m}", **_counts(count)} for month, count in found.by_month(span).items()],
        "countries": [_country(found.of(country=name), name, tables) for name in names],
        "turns": [_turn(turn) for turn in found.turns],
    }


def _country(found: Record, code: str, tables: Tables) -> dict[str, Any]:
    strands = {strand.value: found.of(strand=strand).count() for strand in Strand}
    return {
        "country": code,
        "name": country_name(code, tables),
        **_counts(found.count()),
        "strands": {name: _counts(count) for name, count in strands.items()},
    }


def _counts(count: Count) -> dict[str, int]:
    return {"tightens": count.tightens, "eases": count.eases, "unclear": count.unclear}


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "story": turn.story,
        "at": turn.at.isoformat(),
        "month": f"{turn.month:%Y-%m}",
        "direction": turn.direction.value,
        "strands": list(turn.strands),
        "topics": list(turn.topics),
        "by": list(turn.by),
        "on": list(turn.on),
        "title": turn.title,
        "link": turn.link,
        "publisher": turn.publisher,
    }
