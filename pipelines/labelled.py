"""Labelled headlines from a JSON Lines file: an entry, and what a reader said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.events import Entry
from pipelines.language.figures import Labels, part_of
from pipelines.rows import each_row, entry_of
from rules.story import Event, Stage, Topic

_SHAPE = (
    'a line is one JSON object such as {"id": "a1", "title": "...", "topics": ["rare-earth"], "structural": true, '
    '"event": "export-control", "stage": "in-force"}, with "date" and "publisher" where known'
)
_UNDATED = "2026-01-01"
"""The day on which a headline without a date is read."""
_TOPICS = [topic.value for topic in Topic]
_EVENTS = [event.value for event in Event]
_STAGES = [stage.value for stage in Stage]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A headline with the labels that are wanted for it."""

    entry: Entry
    wanted: Labels


def read_labelled(lines: Iterable[str], name: str, part: str = "all") -> Iterator[Labelled]:
    """The labelled headlines of these lines that belong to a part (``seen``, ``kept`` or ``all``), in order.

    Raises ``BadRowError`` at the first line that is none, also outside the part. ``name`` is the file's, for the error.
    """
    known: set[str] = set()

    def read(row: Any) -> Labelled:
        made = _labelled(row)
        if made.entry.id in known:
            raise ValueError(f"the id {made.entry.id[:60]!r} has been before, and ids are unique")
        known.add(made.entry.id)
        return made

    for each in each_row(lines, name, read, _SHAPE):
        if part in ("all", part_of(each.entry.id)):
            yield each


def _labelled(row: Any) -> Labelled:
    entry = entry_of({**row, "date": row.get("date") or _UNDATED} if isinstance(row, dict) else row)
    topics, structural = row["topics"], row["structural"]
    if not isinstance(topics, list):
        raise TypeError("topics must be a list")
    if not isinstance(structural, bool):
        raise TypeError("structural must be true or false")
    labels = Labels(
        topics=tuple(_word("topic", topic, _TOPICS) for topic in topics),
        structural=structural,
        event=_word("event", row["event"], _EVENTS),
        stage=_word("stage", row["stage"], _STAGES),
    )
    return Labelled(entry, labels)


def _word(field: str, value: Any, known: list[str]) -> str:
    if value not in known:
        raise ValueError(f"{str(value)[:60]!r} is no {field} (one of {', '.join(known)})")
    return str(value)
