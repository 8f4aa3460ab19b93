"""The embedded server: one owner a folder, guests, take-over, restart."""

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as StoreConnectionError
from redis.exceptions import ResponseError

from pipelines.redis_server import EmbeddedServer, NoServerError, find_binary
from pipelines.store import connect


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """Another temporary folder than the system's, with a short name as sockets need."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@contextlib.asynccontextmanager
async def client_of(url: str) -> AsyncIterator[Redis]:
    client = connect(url)
    try:
        yield client
    finally:
        await client.aclose()


async def kill_server(server: EmbeddedServer) -> None:
    async with client_of(server.url) as client:
        pid = int((await client.info("server"))["process_id"])
    os.kill(pid, signal.SIGKILL)


async def said(caplog: pytest.LogCaptureFixture, words: str) -> None:
    async with asyncio.timeout(20):
        while words not in caplog.text:
            await asyncio.sleep(0.02)


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
    with pytest.raises(NoServerError, match=r"manifest is no manifest; nothing was changed: .* lodestone restore"):
        await server.open()
    await server.close()


async def test_stop_ends_the_wait_before_a_restart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = EmbeddedServer(tmp_path, reserve_mb=0)
    await server.open()
    stop = asyncio.Event()
    watch = asyncio.create_task(server.watch(stop))
    await kill_server(server)
    await said(caplog, "store.died")
    stop.set()
    await watch
    async with client_of(server.url) as client:
        with pytest.raises(StoreConnectionError):
            await client.ping()
    await server.close()


async def test_a_folder_that_cannot_be_written_does_not_end_the_watch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "store"
    server = EmbeddedServer(folder, reserve_mb=0)
    await server.open()
    stop = asyncio.Event()
    watch = asyncio.create_task(server.watch(stop))
    shutil.rmtree(folder)
    await kill_server(server)
    await said(caplog, "store.restart_failed")
    folder.mkdir()
    async with client_of(server.url) as client, asyncio.timeout(20):
        while not await answers(client):
            await asyncio.sleep(0.02)
    stop.set()
    await watch
    await server.close()
    assert caplog.text.count("store.restart_failed") == 1


class Crowded(EmbeddedServer):
    """On a disk that is full until told otherwise."""

    full = True

    def low_on_space(self) -> bool:
        return self.full


async def test_a_server_started_on_a_full_disk_syncs_every_write_once_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pipelines.redis_server")
    server = Crowded(tmp_path)
    await server.open()
    stop = asyncio.Event()
    watch = asyncio.create_task(server.watch(stop))
    async with client_of(server.url) as client:
        assert (await client.config_get("appendfsync"))["appendfsync"] == "everysec"
        server.full = False
        await said(caplog, "store.synced")
        assert (await client.config_get("appendfsync"))["appendfsync"] == "always"
    stop.set()
    await watch
    await server.close()
    assert caplog.text.count("store.synced") == 1


async def test_the_server_knows_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LODESTONE_TELEGRAM_TOKEN", "a secret")
    server = EmbeddedServer(tmp_path, reserve_mb=0)
    await server.open()
    async with client_of(server.url) as client:
        pid = int((await client.info("server"))["process_id"])
    assert psutil.Process(pid).environ() == {}
    await server.close()


async def test_a_guest_with_another_temporary_folder_reads_the_note(tmp_path: Path, elsewhere: Path) -> None:
    owner = EmbeddedServer(tmp_path, reserve_mb=0)
    guest = EmbeddedServer(tmp_path, reserve_mb=0, temporary=elsewhere, patience=5)
    assert guest.url != owner.url
    await owner.open()
    note = (tmp_path / "socket").read_text()
    await guest.open()
    assert (guest.owned, guest.url) == (False, owner.url)
    assert (tmp_path / "socket").read_text() == note == owner.url.removeprefix("unix://") + "\n"
    assert names(elsewhere) == []
    await owner.close()
    # It takes over where its clients look for the server.
    async with client_of(guest.url) as client:
        stop = asyncio.Event()
        watch = asyncio.create_task(guest.watch(stop))
        async with asyncio.timeout(20):
            while not await answers(client):
                await asyncio.sleep(0.02)
        stop.set()
        await watch
    assert guest.owned
    await guest.close()


async def test_a_new_owner_notes_its_own_place(tmp_path: Path, elsewhere: Path) -> None:
    first = EmbeddedServer(tmp_path, reserve_mb=0)
    await first.open()
    await first.close()
    second = EmbeddedServer(tmp_path, reserve_mb=0, temporary=elsewhere)
    await second.open()
    assert second.url.startswith(f"unix://{elsewhere}/")
    assert (tmp_path / "socket").read_text() == second.url.removeprefix("unix://") + "\n"
    await second.close()


@pytest.mark.parametrize("held", ["lock", "owner"])
async def test_a_folder_that_stays_locked_is_named_with_its_remedy(tmp_path: Path, held: str) -> None:
    with (tmp_path / held).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(NoServerError, match=rf"{tmp_path} is locked, .*: stop the process .* LODESTONE_DATA"):
            await EmbeddedServer(tmp_path, reserve_mb=0, patience=0.1).open()
    server = EmbeddedServer(tmp_path, reserve_mb=0)
    await server.open()
    assert server.owned
    await server.close()


async def test_a_server_that_refuses_writes_can_be_joined(tmp_path: Path) -> None:
    owner, guest = EmbeddedServer(tmp_path, reserve_mb=0), EmbeddedServer(tmp_path, reserve_mb=0, patience=5)
    await owner.open()
    (tmp_path / "dump.rdb").mkdir()  # where a snapshot would have to go
    async with client_of(owner.url) as client:
        await client.config_set("save", "900 1")
        await client.bgsave()
        async with asyncio.timeout(20):
            while (await client.info("persistence"))["rdb_last_bgsave_status"] != "err":
                await asyncio.sleep(0.02)
        with pytest.raises(ResponseError, match="MISCONF"):
            await client.ping()
        await guest.open()
        assert not guest.owned
        await client.config_set("save", "")
    await owner.close()


async def test_a_server_that_nobody_owns_is_sent_away(tmp_path: Path, elsewhere: Path) -> None:
    socket = elsewhere / "s"
    (tmp_path / "socket").write_text(f"{socket}\n")
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        words = f"--dir {tmp_path} --port 0 --unixsocket {socket} --appendonly yes --aof-use-rdb-preamble no".split()
        orphan = await asyncio.create_subprocess_exec(
            find_binary(), *words, "--save", "", stdout=subprocess.DEVNULL, pass_fds=(lock.fileno(),)
        )
    try:
        async with client_of(f"unix://{socket}") as client, asyncio.timeout(20):
            while not await answers(client):
                await asyncio.sleep(0.02)
            await client.rpush("list", "kept")
        server, guest = EmbeddedServer(tmp_path, reserve_mb=0), EmbeddedServer(tmp_path, reserve_mb=0)
        await server.open()
        async with asyncio.timeout(20):
            assert await orphan.wait() == 0
        await guest.open()
        assert (server.owned, guest.owned) == (True, False)
        async with client_of(server.url) as client:
            assert await client.llen("list") == 1
        await server.close()
    finally:
        if orphan.returncode is None:
            orphan.kill()


_OWNER = """
import asyncio, pathlib, sys
from pipelines.redis_server import EmbeddedServer

async def main():
    server = EmbeddedServer(pathlib.Path(sys.argv[1]), reserve_mb=0)
    await server.open()
    print(server.url, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child with its parent")
async def test_the_server_dies_with_its_owner(tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OWNER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert owner.stdout is not None
        async with asyncio.timeout(30):
            url = (await owner.stdout.readline()).decode().strip()
            async with client_of(url) as client:
                assert await answers(client)
            owner.kill()
            await owner.wait()
            async with client_of(url) as client:
                while await answers(client):
                    await asyncio.sleep(0.02)
    finally:
        if owner.returncode is None:
            owner.kill()


async def answers(client: Redis) -> bool:
    try:
        return bool(await client.ping())
    except StoreConnectionError:
        return False


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
