"""The packaged day, sent down the real line: nearly every structural story is told, once, and little else is."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources
from typing import Any

import pytest_asyncio

from bot.replay import Sending, replay
from pipelines.language.reader import load_reader
from pipelines.rows import read_rows
from pipelines.rulebook import load_rules

FOLDER = resources.files("bot.demo")
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
STRUCTURAL: dict[str, list[str]] = EXPECTED["structural"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told() -> list[Sending]:
    """Every message of the day."""
    with (FOLDER / "day.jsonl").open(encoding="utf-8") as file:
        entries = list(read_rows(file, "day.jsonl"))
    return [sending async for sending in replay(entries, reader=load_reader(), rules=load_rules(None))]


def stories_of(sending: Sending) -> set[str]:
    """The expected stories that a message is about."""
    return {name for name, ids in STRUCTURAL.items() if set(ids) & set(sending.entries)}


def test_nearly_every_structural_story_is_told(told: list[Sending]) -> None:
    missed = set(STRUCTURAL) - {name for sending in told if sending.kind == "send" for name in stories_of(sending)}
    assert len(missed) <= 2, missed


def test_little_else_is_told(told: list[Sending]) -> None:
    idle = [s.message.plain for s in told if not stories_of(s) and not set(s.entries) & set(EXPECTED["either"])]
    assert len(idle) <= 2, idle


def test_hardly_a_story_is_told_twice(told: list[Sending]) -> None:
    times = Counter(name for sending in told if sending.kind == "send" for name in stories_of(sending))
    assert sum(times.values()) - len(times) <= 2, times


def test_every_message_says_why(told: list[Sending]) -> None:
    assert [s.message.plain for s in told if "Why: " not in s.message.plain] == []
