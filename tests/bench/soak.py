"""``make soak``: an hour under load; memory and handles must stay flat, and the log quiet, to the last message.

Measured against itself: the mean of the second quarter of the run beside that of the last quarter.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from statistics import mean

import psutil

from tests.bench.latency import CHATS, memory_mb, parsed_and_judged, under_load


def handles(process: psutil.Process) -> int:
    """Open files and sockets of the product and its children."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += each.num_fds()
    return total


def growth(values: list[float]) -> float:
    """Percent from the second quarter to the last; the first one warms up."""
    quarter = max(1, len(values) // 4)
    before, after = mean(values[quarter : 2 * quarter] or values), mean(values[-quarter:])
    return (after / before - 1) * 100 if before else 0.0


async def soak(seconds: float) -> None:
    """Load for so many seconds; prints the figures."""
    async with under_load(50, send_rate="1000", chat_rate="50") as scene:
        process = psutil.Process(scene.product.process.pid)
        memory, files = list[float](), list[float]()
        scene.begin()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            memory.append(sum(memory_mb(process).values()))
            files.append(handles(process))
            await asyncio.sleep(min(10, seconds / 40))
        calls = await scene.end()
        stories = await parsed_and_judged(scene.data)
        loud = [line for line in scene.product.err if " ERROR " in line]
    delivered = {(call["chat"], call["text"]) for call in calls if call["delivered"]}
    print(
        f"{scene.farm.published.total()} entries in {seconds:.0f} s: memory {memory[0]:.0f} to {memory[-1]:.0f} MB, "
        f"growth {growth(memory):+.1f} % (bar 5 %); handles {files[0]:.0f} to {files[-1]:.0f}, {growth(files):+.1f} %\n"
        f"  {len(stories)} structural stories x {CHATS} chats = {len(stories) * CHATS}, delivered {len(delivered)}, "
        f"calls {len(calls)}; errors in the log {len(loud)}",
        flush=True,
    )


def main(argv: list[str]) -> None:
    """``soak [SECONDS]``: 3,600 unless said."""
    asyncio.run(soak(float(argv[0]) if argv else 3600.0))
