"""Little memory (fault 22): a day's news in what the product has been seen to hold and 64 MB, and in less still."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path

import psutil
import pytest

from tests.bench.latency import memory_mb
from tests.faults.load import under_load
from tests.faults.memory_group import memory_group

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3_000)]

SECONDS = float(os.environ.get("MEMORY_SECONDS", "120"))
"""How long the limit is held; 1800 for the half hour of the table."""
WARM, SPARE = 30.0, 64
RATE, QUALIFY = 6_000 / SECONDS, 0.01
"""A day's headlines in that time, as real days are."""


async def test_22_memory_is_short(tmp_path: Path) -> None:
    with memory_group() as group:
        entered = group.entered if group else contextlib.nullcontext
        async with under_load(tmp_path, rate=RATE, qualify=QUALIFY, born=entered) as load:
            load.begin()
            await asyncio.sleep(WARM)
            process = psutil.Process(load.product.process.pid)
            before = memory_mb(process)
            size = group.resident() if group else sum(before.values()) * 2**20
            if group:
                group.limit(int(size) + SPARE * 2**20)
            peak, until = 0.0, time.monotonic() + SECONDS
            while time.monotonic() < until:
                await asyncio.sleep(1)
                assert load.product.process.returncode is None, load.product.err[-20:]
                peak = max(peak, group.resident() if group else sum(memory_mb(process).values()) * 2**20)
            after, killed = memory_mb(process), group.killed() if group else 0
            account = await load.end()
    held = f"held to {size / 2**20:.0f} + {SPARE} MB" if group else "NO limit can be set here; growth measured instead"
    parts = ", ".join(f"{name} {before[name]:.0f} to {after[name]:.0f} MB" for name in sorted(before))
    print(
        f"\n22: {held} for {SECONDS:g} s at {RATE:g} entries a second: peak {(peak - size) / 2**20:+.0f} MB "
        f"(bar {SPARE}), killed {killed}; {parts}; {account}"
    )
    assert killed == 0
    assert peak - size <= SPARE * 2**20
    assert (account.unread, account.lost, account.marked, account.doubled, account.dead) == (0, 0, 0, 0, 0)
    assert not [line for line in load.product.err if " ERROR " in line]


async def test_22_where_even_that_is_not_left_the_feeds_wait_first(tmp_path: Path) -> None:
    with memory_group() as group:
        if group is None:
            pytest.skip("no group of processes with a limit of its own can be made here")
        async with under_load(tmp_path, rate=30, qualify=0.05, born=group.entered) as load:
            load.begin()
            await load.next_message(20)
            await asyncio.sleep(15)
            store = load.server().memory_info().rss
            # Less than the reserve is left at once, whatever the system keeps at hand of files.
            group.limit(group.resident() + 14 * 2**20)
            low = await load.product.says("memory.low")
            await asyncio.sleep(3)
            first = load.farm.published.total()
            await asyncio.sleep(12)
            asked = load.farm.published.total() - first
            grown = load.server().memory_info().rss - store
            alive, killed = load.product.process.returncode is None, group.killed()
            group.limit(2**40)
            await load.product.says("memory.back")
            await asyncio.sleep(3)
            account = await load.end()
    told = sum("memory.low" in line for line in load.product.err)
    print(
        f"\n22: limit 14 MB over what is held: {low.split('memory.low ')[1]} (said {told} times); killed {killed}, "
        f"{asked} entries asked for meanwhile, the store grew by {grown / 2**20:.1f} MB; {account}"
    )
    assert alive
    assert (killed, told, asked) == (0, 1, 0)
    assert (account.unread, account.lost, account.doubled, account.dead) == (0, 0, 0, 0)
