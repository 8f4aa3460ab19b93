"""kill -9, SIGTERM and SIGSTOP under load, of one process and of many, and of the store: rows 3, 13, 14 and 32.

Nothing is lost; repeats are at most the calls in flight, at most one for each chat and death, and each is marked.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from tests.faults.kills import HANDS, Deployment, deployment

CHATS, ALERTS = 100, 100


async def killed_at_random(made: Deployment, kills: int, number: signal.Signals, seed: int) -> None:
    """Start and end processes until so many have ended, or all has arrived; then one that may finish."""
    rng = random.Random(seed)
    for _ in range(kills):
        before = await made.log.read()
        if before >= made.chats * made.alerts - 2 * HANDS:
            break
        child = await made.start()
        if rng.random() < 0.15:
            await asyncio.sleep(rng.uniform(0, 0.5))  # while it begins
        else:
            await made.delivers(before)
            await asyncio.sleep(rng.uniform(0, 0.08))
        if number is signal.SIGKILL and rng.random() < 0.1:
            child.signal(signal.SIGTERM)
            await asyncio.sleep(rng.uniform(0, 0.1))  # while it ends
        if number is signal.SIGKILL:
            await made.kill(child)
        else:
            child.signal(number)
            assert await child.end(15) == 0, child.log.read_text()[-2000:]
            made.deaths.append(0.0)
    last = await made.start()
    await made.until_all_arrived()
    last.signal(signal.SIGTERM)
    assert await last.end() == 0, last.log.read_text()[-2000:]
    await made.log.read()


def told(made: Deployment, what: str) -> str:
    account, blame = made.account(), made.blame()
    return (
        f"\n{what}: {account}; most for one death {max(blame.per_death, default=0)} (bar {HANDS}), "
        f"beyond the {sum(made.in_flight)} calls in flight {beyond(made)} (bar 0), most for one chat "
        f"and death {blame.worst} (bar 1); first delivery after a start p50 {made.recovered(0.5):.2f} s, "
        f"p95 {made.recovered(0.95):.2f} s (bar 10)"
    )


def beyond(made: Deployment) -> int:
    """Repeats for a death beyond the calls that were in flight at it."""
    repeats = made.blame().per_death
    return sum(max(0, count - calls) for count, calls in zip(repeats, (*made.in_flight, 0), strict=False))


def nothing_lost(made: Deployment, *, repeats: bool) -> None:
    account, blame = made.account(), made.blame()
    assert (account.lost, account.unmarked, account.disorder) == (0, 0, 0)
    assert max(blame.per_death, default=0) <= HANDS
    assert blame.worst <= 1
    assert beyond(made) == 0
    assert repeats or account.repeats == 0


@pytest.mark.faults
async def test_killed_500_times_over_10_000_deliveries(tmp_path: Path) -> None:
    async with deployment(tmp_path, chats=CHATS, alerts=ALERTS, urgent_every=10, rate=200) as made:
        await killed_at_random(made, 500, signal.SIGKILL, 24)
        print(told(made, f"row 3, kill -9 x {len(made.deaths)}"))
        assert len(made.deaths) == 500
        nothing_lost(made, repeats=True)
        assert await made.rows() == {"sent": CHATS * ALERTS}
        assert made.recovered(0.95) <= 10


@pytest.mark.faults
async def test_restarted_100_times_under_load(tmp_path: Path) -> None:
    async with deployment(tmp_path, chats=CHATS, alerts=ALERTS) as made:
        await killed_at_random(made, 100, signal.SIGTERM, 32)
        unclean = sum(_unclean(child.said("run.ended")) for child in made.forge.children.values())
        print(f"{told(made, f'row 32, SIGTERM x {len(made.deaths)}')}; unclean ends {unclean} (bar 0)")
        nothing_lost(made, repeats=False)
        assert unclean == 0


def _unclean(lines: Sequence[str]) -> bool:
    """Whether a process had begun and did not end well; one that was told to stop before has said nothing."""
    return bool(lines) and "clean=True" not in lines[-1]


@pytest.mark.faults
@pytest.mark.parametrize("count", [2, 3])
async def test_several_processes_send_each_delivery_once(tmp_path: Path, count: int) -> None:
    async with deployment(tmp_path, chats=CHATS, alerts=ALERTS, urgent_every=10) as made:
        children = [await made.start() for _ in range(count)]
        await made.until_all_arrived()
        for child in children:
            child.signal(signal.SIGTERM)
        assert [await child.end() for child in children] == [0] * count
        await made.log.read()
        account = made.account()
        print(f"\nrow 13, {count} processes: {len(made.log.calls)} calls for {account.wanted} deliveries; {account}")
        nothing_lost(made, repeats=False)
        assert len(made.log.calls) == CHATS * ALERTS
        assert account.marked_first == 0
        assert await made.rows() == {"sent": CHATS * ALERTS}


@pytest.mark.faults
async def test_a_process_that_is_frozen_past_its_lease_writes_nothing_late(tmp_path: Path) -> None:
    async with deployment(tmp_path, chats=CHATS, alerts=50, rate=200) as made:
        frozen, other = await made.start(), await made.start()
        await made.delivers(0)
        for _ in range(3):
            before = await made.log.read()
            frozen.signal(signal.SIGSTOP)
            await asyncio.sleep(7)
            made.deaths.append(asyncio.get_running_loop().time())
            frozen.signal(signal.SIGCONT)
            await made.delivers(before)
        await made.until_all_arrived()
        for child in (frozen, other):
            child.signal(signal.SIGTERM)
            assert await child.end() == 0, child.log.read_text()[-2000:]
        await made.log.read()
        account = made.account()
        print(
            f"\nrow 14, frozen for 7 s three times: {account} "
            f"(unsaid {account.unsaid}; bar: at most one repeat an alert, each said)"
        )
        # A call that had left its check when all stood still arrives late, behind the marked one, and cannot know it.
        assert (account.lost, account.unsaid) == (0, 0)
        assert account.disorder <= account.unmarked
        assert account.worst <= 2
        assert await made.rows() == {"sent": CHATS * 50}


@pytest.mark.faults
async def test_the_store_is_killed_100_times(tmp_path: Path) -> None:
    rng = random.Random(100)
    async with deployment(tmp_path, chats=CHATS, alerts=ALERTS, rate=100, own_store=False) as made:
        child, kills = await made.start(), 0
        await made.delivers(0)
        while kills < 100 and made.account().lost:
            await asyncio.sleep(rng.uniform(0.2, 1.0))
            servers = [each for each in psutil.Process(child.pid).children() if "valkey" in " ".join(each.cmdline())]
            for server in servers:
                server.kill()
                kills += 1
            before = await made.log.read()
            await made.delivers(before, 10)
        await made.until_all_arrived()
        child.signal(signal.SIGTERM)
        assert await child.end() == 0, child.log.read_text()[-2000:]
        await made.log.read()
        account = made.account()
        print(
            f"\nthe store's process killed {kills} times: {account}; from a kill to the next delivery p50 "
            f"{made.recovered(0.5):.2f} s, p95 {made.recovered(0.95):.2f} s (bar 10)"
        )
        assert kills == 100
        assert (account.lost, account.unmarked) == (0, 0)
        assert made.recovered(0.95) <= 10


async def test_a_few_kills_lose_nothing(tmp_path: Path) -> None:
    async with deployment(tmp_path, chats=20, alerts=6) as made:
        await killed_at_random(made, 3, signal.SIGKILL, 3)
        nothing_lost(made, repeats=True)
        assert await made.rows() == {"sent": 120}
