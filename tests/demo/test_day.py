"""The packaged day and what is expected of it fit together, and both travel in the package."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import pytest

FOLDER = resources.files("bot.demo")


@pytest.fixture
def day() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / "day.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def expected() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    return content


def named(expected: dict[str, Any]) -> list[str]:
    """Every id that the expectation names, in its order."""
    stories: list[list[str]] = [*expected["structural"].values(), *expected["watch"].values()]
    rest: list[str] = expected["either"]
    return [row for story in stories for row in story] + rest


def test_day_is_long_enough_for_a_demonstration(day: list[dict[str, Any]]) -> None:
    assert len(day) >= 120


def test_every_row_has_its_fields_and_nothing_else(day: list[dict[str, Any]]) -> None:
    needed = {"id", "title", "link", "date", "publisher"}
    for row in day:
        assert needed <= set(row) <= needed | {"summary"}
        assert all(isinstance(value, str) and value.strip() == value and value for value in row.values())


def test_ids_and_links_are_unique(day: list[dict[str, Any]]) -> None:
    assert len({row["id"] for row in day}) == len(day)
    assert len({row["link"] for row in day}) == len(day)


def test_rows_are_one_day_in_time_order(day: list[dict[str, Any]]) -> None:
    times = [datetime.fromisoformat(row["date"]) for row in day]
    assert times == sorted(times)
    assert {time.tzinfo for time in times} == {UTC}
    assert len({time.date() for time in times}) == 1


def test_no_link_leads_to_a_real_site(day: list[dict[str, Any]]) -> None:
    assert all(row["link"].startswith("https://example.org/") for row in day)


def test_expectation_names_rows_of_the_day_once(day: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    ids = named(expected)
    assert len(ids) == len(set(ids))
    assert set(ids) <= {row["id"] for row in day}


def test_day_is_mostly_noise_as_real_feeds_are(day: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    assert len(named(expected)) < len(day) / 2


def test_stories_are_told_by_several_publishers(day: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    publisher = {row["id"]: row["publisher"] for row in day}
    for ids in expected["structural"].values():
        assert len({publisher[row] for row in ids}) == len(ids)
    assert max(len(ids) for ids in expected["structural"].values()) >= 5
