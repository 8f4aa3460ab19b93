"""Headlines from a JSON Lines file as entries: ``{id, title, date, publisher, summary?, link?}``, one a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from pipelines.events import Entry
from pipelines.stories.families import family_of
from rules.story import Source, Tier

_T = TypeVar("_T")
_TITLE_CAP, _SUMMARY_CAP = 500, 2_000
"""Characters; the same caps as for a feed's items."""


class BadRowError(ValueError):
    """A line that is not a headline; the message names file, line and remedy."""


def read_rows(lines: Iterable[str], name: str) -> Iterator[Entry]:
    """The entries of these lines, in order; blank lines are passed over. An unknown publisher is neutral.

    Raises ``BadRowError`` at the first bad line. ``name`` is the file's, for the error.
    """
    return each_row(lines, name, entry_of, _SHAPE)


def each_row(lines: Iterable[str], name: str, read: Callable[[Any], _T], shape: str) -> Iterator[_T]:
    """What ``read`` makes of each line's JSON; what it cannot read is named with file, line and the right ``shape``."""
    for number, text in enumerate(lines, 1):
        if text.strip():
            try:
                made = read(json.loads(text))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise BadRowError(f"{name}:{number}: {_why(error)}; {shape}") from None
            yield made


_SHAPE = (
    'a line is one JSON object such as {"id": "a1", "title": "...", "date": "2026-11-24T09:30:00", "publisher": "..."}'
)


def entry_of(row: Any) -> Entry:
    """The entry of one parsed line; raises where it is none."""
    if not isinstance(row, dict):
        raise TypeError("not an object")
    for field in ("id", "title", "date"):
        if not isinstance(row[field], str) or not row[field].strip():
            raise ValueError(f"{field} must be text")
    publisher = row.get("publisher") or ""
    summary, link = row.get("summary") or "", row.get("link") or row.get("url") or ""
    if not all(isinstance(value, str) for value in (publisher, summary, link)):
        raise ValueError("publisher, summary and link must be text")
    if any(map(_halved, (row["id"], row["title"], publisher, summary, link))):
        raise ValueError("half of a character, a lone surrogate such as \\ud83d")
    at = datetime.fromisoformat(row["date"])
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    source = Source("file", publisher, family_of(publisher, link), Tier.TRADE)
    return Entry(
        feed="file",
        id=row["id"],
        url=link,
        title=row["title"][:_TITLE_CAP],
        summary=summary[:_SUMMARY_CAP],
        source=source,
        published=at,
        first_seen=at,
    )


def _halved(text: str) -> bool:
    """Whether the text holds what JSON can escape and UTF-8 cannot write: a title cut through an emoji."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def _why(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__
