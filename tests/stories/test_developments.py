"""Developments of stories through the real reader: what must have moved, and what must not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.words import moved_words
from pipelines.events import Entry, Reading
from pipelines.language.reader import Reader
from pipelines.stories.changes import advance, begin
from pipelines.stories.families import family_of
from rules.story import Change, Move, Source, Story, Tier
from tests.languages.made_up import MADE_UP, english_left

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_DATA = Path(__file__).with_name("data")
SCRIPT: list[dict[str, Any]] = [
    case
    for name in ("developments.yaml", "developments_further.yaml")
    for case in yaml.safe_load(_DATA.joinpath(name).read_text("utf-8"))
]
MATERIAL = frozenset(Move) - {Move.NEW, Move.SOURCE, Move.LINK, Move.COLOUR, Move.COPY}
"""What a headline may not bring unless the script says so."""


def _entry(row: Mapping[str, Any], name: str) -> Entry:
    at = START + timedelta(hours=row["at"])
    source = Source("script", row["by"], family_of(row["by"]), Tier(row.get("tier", "wire")))
    title = row["says"]
    return Entry(feed="script", id=name, url="", title=title, summary="", source=source, published=at, first_seen=at)


@pytest.fixture(scope="session")
def stories(reader: Reader) -> dict[str, Story]:
    """The story of each development. All headlines are read in one batch."""
    entries = {
        (case["name"], place): _entry(row, f"{case['name']} {place}")
        for case in SCRIPT
        for place, row in enumerate(case["story"])
    }
    reports = dict(zip(entries, reader.read(list(entries.values())), strict=True))
    told = dict[str, Story]()
    for (name, place), entry in entries.items():
        reading = Reading(entry, reports[name, place])
        clock = entry.first_seen
        told[name] = advance(told[name], reading, clock) if name in told else begin(reading, "2pp000000", clock)
    return told


def test_there_are_more_than_sixty() -> None:
    assert len(SCRIPT) >= 110
    assert len({case["name"] for case in SCRIPT}) == len(SCRIPT)


@pytest.mark.parametrize("case", SCRIPT, ids=[case["name"] for case in SCRIPT])
def test_development(case: dict[str, Any], stories: dict[str, Story]) -> None:
    story = stories[case["name"]]
    for place, row in enumerate(case["story"][1:], start=1):
        brought = [change for change in story.changes if change.report == f"{case['name']} {place}"]
        assert _material(brought) == set(row.get("brings", ())), f"{row['says']}: {brought}"
        assert len({change.number for change in brought}) == 1
        assert all(change.detail for change in brought if change.kind in MATERIAL)
        if row.get("apart"):
            assert all(reached.report != f"{case['name']} {place}" for reached in story.stages), row["says"]
        if "voice" in row:
            assert any(change.kind is Move.SOURCE for change in brought) is row["voice"], row["says"]


def test_every_change_can_be_told_in_another_language(stories: dict[str, Story]) -> None:
    """Each form in which the pipelines write down what moved is understood; names and figures are as they stand."""
    seen = set[Move]()
    for story in stories.values():
        acts = [report.act for report in story.reports]
        names = [actor.name for act in acts for actor in act.actors] + [act.target for act in acts if act.target]
        names += [entity.name for report in story.reports for entity in report.entities]
        names += [report.source.publisher for report in story.reports]
        figures = [amount.text for act in acts for amount in act.amounts]
        for change in story.changes:
            told = english_left(moved_words(change, MADE_UP), *filter(None, (*names, *figures)), *_MONTHS)
            assert told == [], f"{change.kind} {change.detail}"
            seen |= {change.kind} if change.detail else set()
    assert seen >= {*MATERIAL, Move.SOURCE} - _NO_REPORT_BRINGS


_MONTHS = tuple(f"{date(2026, month, 1):%b}" for month in range(1, 13))
_NO_REPORT_BRINGS = {Move.EFFECT, Move.LAPSE, Move.MERGED, Move.RETRACTION}


def _material(changes: list[Change]) -> set[str]:
    return {change.kind.value for change in changes if change.kind in MATERIAL}
