"""The disk fills up (fault 20): intake and sending stop and say so once, no store breaks, all resumes by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.load import Load, under_load

pytestmark = pytest.mark.faults

RATE, QUALIFY = 10.0, 0.1
SIZE, RESERVE = 64, 24
FULL = 15.0
"""Seconds for which the disk stays full: less news than a feed's thirty items holds."""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own of ``SIZE`` MB; skips where none may be mounted."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=700", "tmpfs", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False) if shutil.which("mount") else None
    if done is None or done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip() if done else 'there is no mount'}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, *, leave_mb: float) -> Path:
    """Put a file into the folder until only so much is free."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        while (free := shutil.disk_usage(folder).free - leave_mb * 2**20) > 0:
            file.write(b"x" * max(1, min(int(free), 2**20)))
            file.flush()
            os.fsync(file.fileno())
    return ballast


def said(load: Load, word: str) -> int:
    return sum(f" {word}" in line for line in load.product.err)


async def stands_still(load: Load) -> int:
    """Wait for ``disk.low``, then for what was in hand to end; how many messages there are then."""
    await load.product.says("disk.low")
    await asyncio.sleep(3)
    return len(await load.sent())


async def test_20_below_the_reserve_all_waits(tmp_path: Path) -> None:
    """On any file system: the reserve is set a little under what is free, then that little is used up."""
    reserve = shutil.disk_usage(tmp_path).free // 2**20 - 300
    async with under_load(tmp_path, rate=RATE, qualify=QUALIFY, disk_reserve_mb=str(reserve)) as load:
        load.begin()
        await load.next_message(20)
        ballast = load.data / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(tmp_path).free - (reserve - 200) * 2**20)
        before = await stands_still(load)
        await asyncio.sleep(8)
        amid = len(await load.sent())
        ballast.unlink()
        resumed = await load.next_message(20)
        await asyncio.sleep(3)
        account = await load.end()
    print(
        f"\n20: reserve of {reserve} MB reached: {amid - before} messages while it lasted, disk.low said "
        f"{said(load, 'disk.low')} times, disk.back {said(load, 'disk.back')}; "
        f"first message {resumed:.1f} s after; {account}"
    )
    assert amid == before
    assert (said(load, "disk.low"), said(load, "disk.back"), said(load, "store.died")) == (1, 1, 0)
    assert (account.unread, account.lost, account.marked, account.doubled, account.dead) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("leave_mb", [8, 0], ids=["under the reserve", "to the last byte"])
async def test_20_a_small_disk_fills_up(tmp_path: Path, leave_mb: int) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with under_load(disk, rate=RATE, qualify=QUALIFY, disk_reserve_mb=str(RESERVE)) as load:
            load.begin()
            await load.next_message(20)
            await asyncio.sleep(3)
            ballast = fill(disk, leave_mb=leave_mb)
            before = await stands_still(load)
            await asyncio.sleep(FULL)
            amid = len(await load.sent())
            ballast.unlink()
            freed = time.monotonic()
            resumed = await load.next_message(60)
            async with asyncio.timeout(60):
                while said(load, "store.died") and not said(load, "store.synced"):
                    await asyncio.sleep(0.1)
            synced = time.monotonic() - freed
            await asyncio.sleep(5)
            account = await load.end()
    print(
        f"\n20: {SIZE} MB disk filled, {leave_mb} MB left, for {FULL:g} s: {amid - before} messages while it lasted; "
        f"disk.low said {said(load, 'disk.low')} times, server restarted {said(load, 'store.died')} times; "
        f"first message {resumed:.1f} s after space returned, each write synced again after {synced:.1f} s; {account}"
    )
    assert amid == before
    assert (said(load, "disk.low"), said(load, "disk.back")) == (1, 1)
    assert (account.unread, account.lost, account.doubled, account.dead) == (0, 0, 0, 0)
