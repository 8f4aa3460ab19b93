"""The embedded server: one owner a folder, guests, take-over, restart."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from pipelines.redis_server import EmbeddedServer, NoServerError
from pipelines.store import connect


async def test_a_second_process_of_the_folder_is_a_guest(tmp_path: Path) -> None:
    owner, guest = EmbeddedServer(tmp_path, reserve_mb=0), EmbeddedServer(tmp_path, reserve_mb=0)
    await owner.open()
    await guest.open()
    assert (owner.owned, guest.owned) == (True, False)
    assert owner.url == guest.url
    await guest.close()
    client = connect(owner.url)
    assert await client.ping()
    await client.aclose()
    await owner.close()


async def test_what_was_acknowledged_survives_kill_nine(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path, reserve_mb=0)
    await server.open()
    stop = asyncio.Event()
    watch = asyncio.create_task(server.watch(stop))
    client = connect(server.url)
    for number in range(50):
        await client.rpush("list", number)
    pid = int((await client.info("server"))["process_id"])
    await client.aclose()
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(20):
        while True:
            client = connect(server.url)
            try:
                kept = await client.llen("list")
                break
            except Exception:
                await asyncio.sleep(0.05)
            finally:
                await client.aclose()
    assert kept == 50
    stop.set()
    await watch
    await server.close()


async def test_a_guest_takes_over_when_owner_and_server_are_gone(tmp_path: Path) -> None:
    owner, guest = EmbeddedServer(tmp_path, reserve_mb=0), EmbeddedServer(tmp_path, reserve_mb=0)
    await owner.open()
    await guest.open()
    await owner.close()
    stop = asyncio.Event()
    watch = asyncio.create_task(guest.watch(stop))
    async with asyncio.timeout(20):
        while not guest.owned:
            await asyncio.sleep(0.02)
    stop.set()
    await watch
    await guest.close()


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("file nonsense\n")
    server = EmbeddedServer(tmp_path, reserve_mb=0)
    with pytest.raises(NoServerError, match=r"server\.log"):
        await server.open()
    await server.close()
