"""Backs a deployment up while it runs, and brings it back: the store at one moment, own rules and feeds, settings."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from redis.asyncio import Redis

from bot.app import open_store
from bot.archive import (
    BESIDE,
    FORMAT,
    RULES,
    STORE,
    ArchiveError,
    Manifest,
    describe,
    fits,
    read_manifest,
    unpack,
    write_archive,
)
from bot.decisions import OLD_NEWS
from bot.delivery.ledger import ROWS_PREFIX
from bot.logs import redact
from bot.settings import Settings
from pipelines import aof, keys
from pipelines.folder_lock import InUseError, alone
from pipelines.redis_server import EmbeddedServer, NoServerError
from pipelines.snapshot import Counts, SnapshotError, count_file, count_store, rewrite
from pipelines.store import connect

_LOCK = "backup.lock"
_TEMPORARY = ".backup-"


class BackupError(Exception):
    """No backup was made, or nothing was restored; the message says why and what to do. All is as it was."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought back: what the backup says, what its store holds now, and what was there and was kept."""

    manifest: Manifest
    found: Counts
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """Who does it: the settings of the deployment, this program's version, the clock, and who is told of each step."""

    settings: Settings
    version: str
    clock: Callable[[], datetime]
    step: Callable[[int], None]

    @property
    def folder(self) -> Path:
        """The folder of the embedded store; raises ``BackupError`` where the store is not ours."""
        if self.settings.redis_url is not None:
            raise BackupError(
                "the store is the server of REDIS_URL: back up and restore it with that server's own means "
                "(its append-only files or a snapshot), or unset REDIS_URL if you meant the embedded store"
            )
        return self.settings.data / "store"


BACK_UP_STEPS, RESTORE_STEPS = 5, 2
"""How many steps either of the two tells of."""


async def back_up(work: Work, path: Path, *, force: bool) -> Manifest:
    """Write a backup to ``path`` and try it: it is there only after it was loaded from an empty folder."""
    folder, data = work.folder, work.settings.data
    _refuse(folder, path, force=force)
    beside = path.with_name(f".{path.name}.new")
    with _told(), alone(data, _LOCK):
        try:
            beside.unlink(missing_ok=True)  # of one that was killed
            async with open_store(work.settings) as (store, _):
                await _write(work, store, folder, beside)
            work.step(1)
            async with _tried(work, beside) as (manifest, _, _):
                beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(path.parent)
    work.step(1)
    return manifest


async def restore(work: Work, path: Path) -> Restored:
    """Bring the backup back into the data folder, whose store must be empty; what is there besides stays as it is."""
    folder, data = work.folder, work.settings.data
    with _told():
        if aof.holds_store(folder):
            raise BackupError(
                f"{folder} holds a store already: keep it aside (mv {folder} {folder}.old), or set LODESTONE_DATA to "
                "another folder; nothing was changed"
            )
        await asyncio.to_thread(read_manifest, path, work.version)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
        with alone(data, _LOCK), alone(folder):
            async with _tried(work, path, work.clock()) as (manifest, found, temporary):
                kept = _put(work, temporary)
            aof.forget_sizes(folder)
            _sync_folder(folder)
            _sync_folder(data)
    work.step(1)
    return Restored(manifest, found, kept)


async def _write(work: Work, store: Redis, folder: Path, target: Path) -> None:
    _room(work, 3 * await asyncio.to_thread(aof.size_of, folder))
    with ExitStack() as opened:
        base = opened.enter_context(await rewrite(store, folder))
        now = work.clock()
        work.step(1)
        counts = await asyncio.to_thread(count_file, base, ROWS_PREFIX, now)
        files = {STORE: base} | {name: opened.enter_context(each.open("rb")) for name, each in _own(work.settings)}
        manifest = await asyncio.to_thread(_manifest, work, now, counts, files)
        work.step(1)
        await asyncio.to_thread(write_archive, target, manifest, list(files.values()))


def _manifest(work: Work, now: datetime, counts: Counts, files: dict[str, BinaryIO]) -> Manifest:
    members = tuple(describe(name, file) for name, file in files.items())
    for member in members:
        if not fits(member.name, member.size):
            raise BackupError(f"{member.name[:200]} is too large for a backup, or has a name that none can hold")
        if member.name != STORE and _secret_in(files[member.name], work.settings):
            raise BackupError(f"{member.name} holds what looks like a secret: take it out, a backup must hold none")
    return Manifest(FORMAT, work.version, now, counts, members)


def _own(settings: Settings) -> Iterator[tuple[str, Path]]:
    """What a person wrote and the store does not hold: settings, changes in the list of feeds, and rules."""
    for name in BESIDE:
        if (settings.data / name).is_file():
            yield name, settings.data / name
    if settings.rules_folder.is_dir():
        for path in sorted(settings.rules_folder.iterdir()):
            if path.suffix in {".yaml", ".yml", ".json"} and path.is_file():
                yield RULES + path.name, path


def _secret_in(file: BinaryIO, settings: Settings) -> bool:
    file.seek(0)
    text = file.read().decode("utf-8", "replace")
    return redact(text, settings.secrets) != text


@asynccontextmanager
async def _tried(work: Work, path: Path, noted: datetime | None = None) -> AsyncIterator[tuple[Manifest, Counts, Path]]:
    """A temporary folder with the backup, once a server has loaded it and holds what the manifest says.

    Three counts must agree: the manifest's, that of the file's commands, and that of the server that loaded them. The
    store that comes of it knows that it was restored at ``noted``, so that what may have been told is marked.
    """
    data = work.settings.data
    for left in data.glob(f"{_TEMPORARY}*"):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    _room(work, read_manifest(path, work.version).size)
    temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=data))
    try:
        manifest = await asyncio.to_thread(unpack, path, work.version, temporary)
        base = aof.target_of(temporary / "store")
        (temporary / STORE).replace(base)
        aof.adopt(temporary / "store")
        try:
            with base.open("rb") as file:
                written = await asyncio.to_thread(count_file, file, ROWS_PREFIX, manifest.created)
            work.step(1)
            found = await _loaded(temporary / "store", manifest.created, noted)
        except (SnapshotError, aof.BrokenFilesError, NoServerError) as error:
            raise BackupError(f"{path} cannot be used: {error}") from None
        _compare(path, manifest, written, found, work.clock())
        yield manifest, found, temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


async def _loaded(folder: Path, created: datetime, noted: datetime | None) -> Counts:
    server = EmbeddedServer(folder, fsync="no", reserve_mb=0)
    try:
        await server.open()
        store = connect(server.url)
        try:
            counts = await count_store(store, ROWS_PREFIX, created)
            if noted is not None:
                await store.set(keys.RESTORED, noted.timestamp(), ex=OLD_NEWS)
            return counts
        finally:
            await store.aclose()
    finally:
        await server.close()


def _compare(path: Path, manifest: Manifest, written: Counts, found: Counts, now: datetime) -> None:
    """What has an end may have come to it since the backup was made; up to then all must be there."""
    said, ended = manifest.counts, manifest.counts.until and now.timestamp() * 1000 >= manifest.counts.until
    less = found.keys <= said.keys and found.rows <= said.rows and found.chats == said.chats
    if written != said or not (less if ended else found == said):
        raise BackupError(f"{path} does not hold what it says: {_words(said)} are noted, {_words(found)} were loaded")


def _put(work: Work, temporary: Path) -> tuple[str, ...]:
    """Move all into place, the store last; what is already there is kept and named. Undone if any of it fails."""
    data, rules, kept, made = work.settings.data, work.settings.rules_folder, list[str](), list[Path]()
    new_folder = not rules.exists()
    files = [(temporary / name, data / name) for name in BESIDE]
    own = temporary / RULES
    files += [(each, rules / each.name) for each in sorted(own.iterdir())] if own.is_dir() else []
    try:
        for source, target in files:
            if target.exists():
                kept += [str(target)] if target.read_bytes() != source.read_bytes() else []
            elif source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                made.append(target)
                shutil.copyfile(source, target)
        os.rename(temporary / "store" / aof.FOLDER, work.folder / aof.FOLDER)  # noqa: PTH104  over an empty folder, too
    except BaseException:
        for target in made:
            target.unlink(missing_ok=True)
        if new_folder and rules.exists():
            rules.rmdir()
        raise
    return tuple(kept)


def _refuse(folder: Path, path: Path, *, force: bool) -> None:
    if not force and path.exists():
        raise BackupError(f"{path} exists: name another file, or say --force to replace it")
    if not aof.holds_store(folder):
        raise BackupError(f"{folder} holds no store yet, so there is nothing to back up: see LODESTONE_DATA")


def _room(work: Work, size: int) -> None:
    """A full disk would stop the store that is at work."""
    work.settings.data.mkdir(parents=True, exist_ok=True)
    free, need = shutil.disk_usage(work.settings.data).free, size + (work.settings.disk_reserve_mb << 20)
    if free < need:
        raise BackupError(
            f"{work.settings.data} has {free >> 20} MB left and this needs {(need >> 20) + 1} MB: free some space"
        )


def _words(counts: Counts) -> str:
    return f"{counts.keys} keys, {counts.chats} chats and {counts.rows} delivery rows"


@contextmanager
def _told() -> Iterator[None]:
    """All that may be wrong with files, as one kind of error."""
    try:
        yield
    except (ArchiveError, SnapshotError, aof.BrokenFilesError) as error:
        raise BackupError(str(error)) from None
    except InUseError as error:
        raise BackupError(f"{error}: stop what runs with this data folder, or set LODESTONE_DATA to another") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
