"""What a process watches of itself: how late its loop is, and how much memory it may still take."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest

from bot.lag import SLOW, Lateness, watch_loop
from bot.memory import ENOUGH, RESERVE, MemoryWatch, memory_left


def test_a_long_wait_counts_for_all_looks_that_it_swallowed() -> None:
    late = Lateness()
    assert late.below(0.99) == 0
    for _ in range(1_000):
        late.add(0.002)
    assert (late.below(0.5), late.below(0.99)) == (0.002, 0.002)
    late.add(1.0)
    assert late.worst == 1.0
    # Twenty-one looks of 1,021 would have found the loop up to a second late.
    assert 0.4 < late.below(0.99) < 0.6
    assert late.told() == f"p50_ms=2 p99_ms={late.below(0.99) * 1000:.0f} worst_ms=1000"


async def test_a_loop_that_is_held_is_one_warning_and_its_figures_come_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot.lag")
    stop = asyncio.Event()
    watch = asyncio.create_task(watch_loop(stop))
    for _ in range(2):
        await asyncio.sleep(0)
        until = time.monotonic() + SLOW + 0.1
        while time.monotonic() < until:
            pass
    stop.set()
    await watch
    assert caplog.text.count("loop.slow") == 1
    (told,) = (record.message for record in caplog.records if "loop.lag" in record.message)
    assert float(told.rpartition("worst_ms=")[2]) >= SLOW * 1000


FIRST = "4:memory:/box/app\n0::/\n"
SECOND = "0::/box/app\n"


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


@pytest.mark.parametrize(
    ("limit", "around", "left"),
    [("1000", "max", 1000 - 700 + 150), ("max", "max", None), ("max", "800", 800 - 700 + 150), ("1000", "800", 250)],
)
def test_what_is_left_is_the_least_of_the_group_and_those_around_it(
    tmp_path: Path, limit: str, around: str, left: int | None
) -> None:
    stat = "anon 500\ninactive_file 100\nactive_file 50\n"
    for folder, most in ((tmp_path / "box/app", limit), (tmp_path / "box", around)):
        group(folder, memory__max=f"{most}\n", memory__current="700\n", memory__stat=stat)
    (tmp_path / "mine").write_text(SECOND)
    assert memory_left(tmp_path, tmp_path / "mine") == left


@pytest.mark.parametrize("folder", ["memory/box/app", "memory"])
def test_the_older_interface_is_read_too(tmp_path: Path, folder: str) -> None:
    stat = "inactive_file 1\ntotal_rss 500\ntotal_inactive_file 100\ntotal_active_file 50\n"
    group(tmp_path / folder, memory__limit_in_bytes="1000\n", memory__usage_in_bytes="700\n", memory__stat=stat)
    (tmp_path / "mine").write_text(FIRST)
    assert memory_left(tmp_path, tmp_path / "mine") == 450


@pytest.mark.parametrize("rows", ["", "nonsense", FIRST, SECOND])
def test_where_nothing_is_limited_or_nothing_can_be_read_there_is_no_limit(tmp_path: Path, rows: str) -> None:
    (tmp_path / "mine").write_text(rows)
    assert memory_left(tmp_path, tmp_path / "mine") is None
    assert memory_left(tmp_path, tmp_path / "no such file") is None


def test_little_memory_is_said_once_and_intake_waits_until_there_is_enough(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.memory")
    found = iter([None, RESERVE, RESERVE - 1, 0, RESERVE, ENOUGH - 1, ENOUGH, RESERVE])
    watch = MemoryWatch(lambda: next(found))
    assert [watch.roomy(float(second)) for second in range(8)] == [True, True, False, False, False, False, True, True]
    assert [record.message.split()[0] for record in caplog.records] == ["memory.low", "memory.back"]
    assert watch.roomy(7.5)  # no new look within a second
