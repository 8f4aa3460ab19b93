"""Ten thousand broken headlines down the real line, each message read by the strict parser: none may be refused."""

from __future__ import annotations

import time

import pytest

from pipelines.language.reader import build_reader
from tests.chats.mutated import down_the_line, entries

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

HEADLINES = 10_000


async def test_ten_thousand_broken_headlines() -> None:
    begun = time.process_time(), time.perf_counter()
    found = await down_the_line(list(entries(HEADLINES, seed=11)), build_reader())
    spent, took = time.process_time() - begun[0], time.perf_counter() - begun[1]
    print(f"\nbroken headlines: {found}; {spent:.0f} s of one core, {took:.0f} s")
    assert not found.wrong, found.first
    assert found.sent >= 0.9 * HEADLINES
    assert took < 300
