"""Entries for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.events import Entry
from rules.story import Source, Tier

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def entry(title: str, *, publisher: str = "", summary: str = "", at: datetime = AT, name: str = "e1") -> Entry:
    """An entry with this title."""
    source = Source("test", publisher, publisher, Tier.TRADE)
    return Entry(feed="test", id=name, url="", title=title, summary=summary, source=source, published=at, first_seen=at)
