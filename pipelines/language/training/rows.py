"""Labelled headlines to train on: the repository's own, and with ``--extra`` labels joined to texts kept elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from rules.story import Direction, Event, Form, Stage, Topic

_NEVER = "dev.jsonl"
"""Headlines to measure on. Training refuses them wherever they stand."""


class CorpusError(ValueError):
    """A row that cannot be trained on; the message names file, line and remedy."""


@dataclass(frozen=True, slots=True)
class Row:
    """A headline with its labels. ``form`` and ``direction`` are None where the labeller did not say."""

    id: str
    title: str
    publisher: str
    topics: frozenset[Topic]
    structural: bool
    event: Event
    stage: Stage
    form: Form | None = None
    direction: Direction | None = None

    def falls(self, parts: int, salt: str = "") -> int:
        """Which of ``parts`` equal parts this row falls into, by the hash of its id; the same everywhere."""
        return int(hashlib.sha1(f"{salt}{self.id}".encode(), usedforsecurity=False).hexdigest(), 16) % parts


def own_corpus() -> list[Row]:
    """The headlines written for this project, in the order of their file."""
    place = files("pipelines.language.corpus") / "headlines.jsonl"
    with place.open(encoding="utf-8") as lines:
        return [row_of(label) for label in _read(lines, "corpus/headlines.jsonl")]


def extra_corpus(folder: Path) -> list[Row]:
    """The rows of ``folder/train.jsonl``, then those that ``corpus/labels.jsonl`` labels in other files there.

    A label of ours for a row of ``train.jsonl`` takes the place of the one that it came with.
    """
    texts: dict[str, Mapping[str, Any]] = {}
    for name in ("train.jsonl", "unlabelled.jsonl", "general.jsonl"):
        with (folder / name).open(encoding="utf-8") as lines:
            texts |= {row["id"]: row | {"file": name} for row in _read(lines, name)}
    refused = set()
    if (folder / _NEVER).exists():
        with (folder / _NEVER).open(encoding="utf-8") as lines:
            refused = {row["id"] for row in _read(lines, _NEVER)}
    with (files("pipelines.language.corpus") / "labels.jsonl").open(encoding="utf-8") as lines:
        ours = {label["id"]: label for label in _read(lines, "corpus/labels.jsonl")}
    return [
        row_of({**text, **ours.get(identity, {})})
        for identity, text in texts.items()
        if identity not in refused and (identity in ours or text["file"] == "train.jsonl")
    ]


def row_of(label: Mapping[str, Any]) -> Row:
    """A row from its JSON form; raises ``CorpusError`` where a word is unknown or a field is missing."""
    try:
        return Row(
            id=label["id"],
            title=label["title"],
            publisher=label.get("publisher") or "",
            topics=frozenset(map(Topic, label["topics"])),
            structural=bool(label["structural"]),
            event=Event(label["event"]),
            stage=Stage(label["stage"]),
            form=Form(label["form"]) if label.get("form") else None,
            direction=Direction(label["direction"]) if label.get("direction") else None,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise CorpusError(
            f"{label.get('id', 'a row without id')}: {error!r}; use the words of rules/story.py"
        ) from None


def without_copies(rows: Iterable[Row]) -> list[Row]:
    """The rows without those whose title stands there already."""
    return list({" ".join(row.title.lower().split()): row for row in rows}.values())


def _read(lines: Iterable[str], name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise CorpusError(f"{name}:{number}: {error}; a line is one JSON object") from None
            if not isinstance(row, dict) or "id" not in row:
                raise CorpusError(f"{name}:{number}: no id; a line is one JSON object with an id")
            yield row
