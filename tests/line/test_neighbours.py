"""Who is surely dead, told by real processes; and what is never taken for dead."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.app import consumer_name, heartbeat
from pipelines import keys
from pipelines.neighbours import (
    Neighbours,
    Process,
    Stat,
    has_ended,
    name_of,
    parse_stat,
    process_of,
    surely_dead,
    this_process,
)
from pipelines.store import connect
from pipelines.streams import Streams

PLACE = "0123456789ab"
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process began")
SAY_WHO = "from bot.app import consumer_name\nprint(consumer_name(), flush=True)\ninput()"


@given(
    host=st.text(st.characters(codec="ascii", exclude_characters=" \n", exclude_categories=["Cc"])),
    pid=st.integers(1, 4_194_304),
    began=st.integers(0, 2**63),
    token=st.text("0123456789abcdef", min_size=4, max_size=8),
)
def test_a_name_tells_its_process_whatever_the_host_is_called(host: str, pid: int, began: int, token: str) -> None:
    process = Process(PLACE, pid, began)
    assert process_of(name_of(host, pid, token, process)) == process


@pytest.mark.parametrize(
    "name", ["", "filler", "host-12-ab12", f"host-{PLACE}-0-5-ab12", f"host-{PLACE}-12-5-ab12 0", f"h-{PLACE}-12-x-ab"]
)
def test_other_names_tell_nothing(name: str) -> None:
    assert process_of(name) is None


@pytest.mark.parametrize("program", ["python", "a) Z 1 (b", "x y", ")", ""])
def test_a_program_may_be_called_anything(program: str) -> None:
    fields = " ".join(["S", *("0" for _ in range(16)), "3", "0", "98765", "1", "2"])
    assert parse_stat(f"77 ({program}) {fields}\n".encode()) == Stat("S", 3, 98765)


@pytest.mark.parametrize("fields", range(20))
def test_a_line_that_ends_early_tells_nothing(fields: int) -> None:
    line = " ".join(["77 (python)", "S", *["1"] * 18][:fields])
    assert parse_stat(line.encode()) is None


@pytest.mark.parametrize(
    ("stat", "ended"),
    [
        (Stat("S", 1, 500), False),
        (Stat("T", 1, 500), False),  # stopped, not dead
        (Stat("D", 1, 500), False),
        (Stat("Z", 3, 500), False),  # its first thread has ended, the others work
        (Stat("Z", 1, 500), True),
        (Stat("X", 0, 500), True),
        (Stat("S", 1, 501), True),  # its pid went to another
    ],
)
def test_what_a_pid_stands_for_now(stat: Stat, ended: bool) -> None:
    assert has_ended(Process(PLACE, 12, 500), stat) is ended


@asynccontextmanager
async def somebody() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A process that says its consumer name and waits."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", SAY_WHO, stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    try:
        yield process, (await process.stdout.readline()).decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@linux
async def test_only_what_has_ended_is_dead() -> None:
    here = this_process()
    assert here is not None
    async with somebody() as (process, name):
        other = process_of(name)
        assert other is not None
        assert (other.place, other.pid) == (here.place, process.pid)
        assert not surely_dead(other, here)
        os.kill(other.pid, signal.SIGSTOP)
        assert not surely_dead(other, here)
        assert surely_dead(replace(other, began=other.began - 1), here)  # it began before the one that has its pid
        process.kill()
        await process.wait()
        assert surely_dead(other, here)
        for place in ("ba9876543210", ""):  # another machine, boot or namespace
            assert not surely_dead(replace(other, place=place), here)
    assert not surely_dead(here, here)


@linux
def test_one_that_nobody_has_buried_yet_is_dead() -> None:
    here, child = this_process(), os.posix_spawn("/bin/sh", ["sh", "-c", "read x"], {}, file_actions=())
    assert here is not None
    stat = parse_stat(Path(f"/proc/{child}/stat").read_bytes())
    assert stat is not None
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    try:
        assert surely_dead(Process(here.place, child, stat.began), here)
    finally:
        os.waitpid(child, 0)


@linux
async def test_the_dead_lose_heart_and_leases_at_once(store: Redis) -> None:
    me, neighbours = Streams(store, consumer_name()), Neighbours(store, this_process())
    await me.beat()
    async with somebody() as (process, name):
        other, far = Streams(store, name), Streams(store, "elsewhere-12-ab12")
        for each in (other, far):
            await each.beat()
        assert await other.acquire("copy", 60_000)
        assert await far.acquire("clock", 60_000)
        assert await neighbours.bury() == 0
        assert await me.acquire("copy", 60_000) is None
        process.kill()
        await process.wait()
        assert await neighbours.bury() == 1
    assert not await store.exists(keys.alive(name))
    assert await me.acquire("copy", 60_000)
    assert await me.acquire("clock", 60_000) is None
    members = await store.smembers(keys.CONSUMERS)
    assert members == {me.consumer.encode(), far.consumer.encode()}


async def test_without_certainty_the_heartbeat_decides(store: Redis) -> None:
    neighbours = Neighbours(store, None)
    for name in (consumer_name(), f"host-{PLACE}-4000000-5-ab12"):
        await Streams(store, name).beat()
    assert await neighbours.bury() == 0
    assert await store.scard(keys.CONSUMERS) == 2
    await store.delete(keys.alive(f"host-{PLACE}-4000000-5-ab12"))
    assert await neighbours.bury() == 0
    assert await store.scard(keys.CONSUMERS) == 1


async def test_who_rests_is_gone_from_the_list(store: Redis) -> None:
    streams = Streams(store, consumer_name())
    await streams.beat()
    await streams.rest()
    assert await store.exists(keys.CONSUMERS, keys.alive(streams.consumer)) == 0


async def test_a_heart_stops_whenever_it_is_told_to(store: Redis, store_url: str) -> None:
    for step in range(30):
        fresh = connect(store_url)  # the first beat connects, and a client that connects swallows a cancellation
        streams = Streams(fresh, consumer_name())
        async with asyncio.timeout(10), heartbeat(streams, Neighbours(fresh, None)):
            for _ in range(step):
                await asyncio.sleep(0)
        await fresh.aclose()
        assert not await store.exists(keys.alive(streams.consumer))
