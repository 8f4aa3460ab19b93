"""Sixty developments of stories through the real reader: what must have moved, and what must not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.events import Entry, Reading
from pipelines.language.reader import build_reader
from pipelines.stories.changes import advance, begin
from pipelines.stories.families import family_of
from rules.story import Change, Move, Source, Story, Tier

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SCRIPT: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("data").joinpath("developments.yaml").read_text("utf-8")
)
MATERIAL = frozenset(Move) - {Move.NEW, Move.SOURCE, Move.LINK, Move.COLOUR, Move.COPY}
"""What a headline may not bring unless the script says so."""


def _entry(row: Mapping[str, Any], name: str) -> Entry:
    at = START + timedelta(hours=row["at"])
    source = Source("script", row["by"], family_of(row["by"]), Tier(row.get("tier", "wire")))
    title = row["says"]
    return Entry(feed="script", id=name, url="", title=title, summary="", source=source, published=at, first_seen=at)


@pytest.fixture(scope="session")
def stories() -> dict[str, Story]:
    """The story of each development. All headlines are read in one batch."""
    entries = {
        (case["name"], place): _entry(row, f"{case['name']} {place}")
        for case in SCRIPT
        for place, row in enumerate(case["story"])
    }
    reports = dict(zip(entries, build_reader().read(list(entries.values())), strict=True))
    told = dict[str, Story]()
    for (name, place), entry in entries.items():
        reading = Reading(entry, reports[name, place])
        clock = entry.first_seen
        told[name] = advance(told[name], reading, clock) if name in told else begin(reading, "2pp000000", clock)
    return told


def test_there_are_sixty() -> None:
    assert len(SCRIPT) >= 60
    assert len({case["name"] for case in SCRIPT}) == len(SCRIPT)


@pytest.mark.parametrize("case", SCRIPT, ids=[case["name"] for case in SCRIPT])
def test_development(case: dict[str, Any], stories: dict[str, Story]) -> None:
    story = stories[case["name"]]
    for place, row in enumerate(case["story"][1:], start=1):
        brought = [change for change in story.changes if change.report == f"{case['name']} {place}"]
        assert _material(brought) == set(row.get("brings", ())), f"{row['says']}: {brought}"
        assert len({change.number for change in brought}) == 1
        assert all(change.detail for change in brought if change.kind in MATERIAL)
        if "voice" in row:
            assert any(change.kind is Move.SOURCE for change in brought) is row["voice"], row["says"]


def _material(changes: list[Change]) -> set[str]:
    return {change.kind.value for change in changes if change.kind in MATERIAL}
