"""The append-only files of a store's folder: what is named, what is there, what is whole.

The server keeps a base file that never changes and a file that grows, both named in a manifest (Redis 7 and Valkey).
It knows no checksums, and beside its files it keeps no word of how long they were; the file ``sizes`` does.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

FOLDER = "appendonlydir"
_MANIFEST = "appendonly.aof.manifest"
_BASE = "appendonly.aof.1.base.aof"
_SIZES = "sizes"
_SNAPSHOTS = (b"REDIS", b"VALKE")
_LINE = 64
"""No line between two values is as long."""
_RECORD = re.compile(rb"\r\n\*\d{1,7}\r\n\$\d{1,9}\r\n")
"""How a record begins after the end of another one: behind a fault it says that the fault is not at the end."""


class BrokenFilesError(Exception):
    """The files cannot all be read; the message names the file and what is wrong there. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Torn:
    """A file whose last record was cut off: up to ``whole`` bytes of ``size`` can be read."""

    path: Path
    whole: int
    size: int


class _Fault(Exception):
    """A record that cannot be read: where it begins, and whether it is only that the data end within it."""

    def __init__(self, at: int, *, cut: bool = False) -> None:
        self.at, self.cut = at, cut
        super().__init__(at)


def base_of(folder: Path) -> Path:
    """The base file that the manifest of a store's folder names."""
    for name, kind in _named(folder):
        if kind == "b":
            return folder / FOLDER / name
    raise BrokenFilesError(f"{folder / FOLDER / _MANIFEST} names no base file")


def target_of(folder: Path) -> Path:
    """Where the base file of a new store in this folder belongs; ``adopt`` then names it to the server."""
    (folder / FOLDER).mkdir(parents=True, mode=0o700)
    return folder / FOLDER / _BASE


def adopt(folder: Path) -> None:
    """Name the base file that was put at ``target_of`` to the server."""
    (folder / FOLDER / _MANIFEST).write_text(f"file {_BASE} seq 1 type b\n")


def holds_store(folder: Path) -> bool:
    """Whether there are append-only files, whole or not, or a note that there were."""
    return (folder / _SIZES).exists() or _any_files(folder)


def size_of(folder: Path) -> int:
    """Bytes of the append-only files that are named."""
    return sum(_sizes_now(folder).values())


def commands(file: BinaryIO) -> Iterator[tuple[bytes, ...]]:
    """The commands of a whole file; raises ``BrokenFilesError`` where it cannot be read on."""
    try:
        for _, words in _records(file):
            yield words
    except _Fault as fault:
        raise BrokenFilesError(f"{file.name} cannot be read from byte {fault.at} on") from None


def missing(folder: Path) -> int:
    """How many bytes at the end were once noted and are gone; raises ``BrokenFilesError`` for any other gap."""
    noted, files = _noted(folder), folder / FOLDER
    if not _any_files(folder):
        if noted:
            raise BrokenFilesError(f"{files} is gone or empty, and {folder / _SIZES} says that it was not")
        return 0
    names = [name for name, _ in _named(folder)]
    sizes = _sizes_now(folder)
    if absent := [name for name in names if name not in sizes]:
        raise BrokenFilesError(f"{files / absent[0]} is gone, and {_MANIFEST} names it")
    for name in names[:-1]:
        if sizes[name] < noted.get(name, 0):
            raise BrokenFilesError(f"{files / name} holds {sizes[name]} bytes and once held {noted[name]}")
    return max(0, noted.get(names[-1], 0) - sizes[names[-1]])


def examine(folder: Path) -> Torn | None:
    """Read all files for a fault: a torn end of the last one, else nothing; raises ``BrokenFilesError`` for others.

    A file that begins as a snapshot cannot be read here and counts as whole.
    """
    names = [name for name, _ in _named(folder)]
    for name in names:
        path = folder / FOLDER / name
        whole, open_since = 0, -1
        try:
            with path.open("rb") as file:
                for end, words in _records(file):
                    word = words[0].upper()
                    open_since = whole if word == b"MULTI" else -1 if word == b"EXEC" else open_since
                    whole = end
        except _Fault:
            pass
        else:
            if open_since < 0:
                continue
        size = path.stat().st_size
        if name != names[-1] or not _nothing_behind(path, whole):
            raise BrokenFilesError(f"{path} is broken at byte {whole} of {size}")
        return Torn(path, open_since if open_since >= 0 else whole, size)
    return None


def cut(torn: Torn, aside: Path) -> Path:
    """Take the torn end off, once it lies in a file of its own in the folder ``aside``; returns that file."""
    aside.mkdir(mode=0o700, exist_ok=True)
    kept = aside / f"{torn.path.name}.from-{torn.whole}"
    while kept.exists():  # torn once more at the same place
        kept = kept.with_name(f"{kept.name}+")
    with torn.path.open("r+b") as file:
        file.seek(torn.whole)
        with kept.open("wb") as copy:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        file.truncate(torn.whole)
        os.fsync(file.fileno())
    return kept


def told(torn: Torn | None, kept: Path | None, short: int) -> str:
    """What was lost at the end of the last file, for the log: a torn record, ``short`` noted bytes, or both."""
    lost = short + (torn.size - torn.whole if torn else 0)
    means = "a write was cut off, as when the power goes, before it was acknowledged: it counts as not made"
    if short:
        means = "what had been on the disk is gone: what was sent may be sent again, and a backup may hold the rest"
    return f"lost_bytes={lost} kept={kept or 'nothing'} means={means}"


def sizes(folder: Path) -> dict[str, int]:
    """The sizes of the named files as they are now; nothing where they cannot be told."""
    try:
        return _sizes_now(folder)
    except (BrokenFilesError, OSError):
        return {}


def note_sizes(folder: Path, known: dict[str, int]) -> None:
    """Note sizes that are sure to be on the disk, so that a file that got shorter is found out at the next start."""
    if not known or known == _noted(folder):
        return
    beside = folder / f".{_SIZES}.new"
    with contextlib.suppress(OSError):  # a full disk: the older note is still right
        beside.write_text("".join(f"{size} {name}\n" for name, size in known.items()))
        beside.replace(folder / _SIZES)


def forget_sizes(folder: Path) -> None:
    """Drop the note: other files are about to come."""
    (folder / _SIZES).unlink(missing_ok=True)


def _any_files(folder: Path) -> bool:
    return any((folder / FOLDER).glob("*.aof*"))


def _named(folder: Path) -> list[tuple[str, str]]:
    """The files that the manifest names, in the order of loading, each with its kind: b for base, i for growing."""
    path = folder / FOLDER / _MANIFEST
    try:
        lines = [line.split(" ") for line in path.read_text().splitlines() if line]
        named = [(line[1], line[5]) for line in lines if line[0] == "file" and line[5] in ("b", "i")]
    except FileNotFoundError:
        raise BrokenFilesError(f"{path} is gone, and the files that it named are there") from None
    except (IndexError, UnicodeDecodeError):
        raise BrokenFilesError(f"{path} is no manifest") from None
    if not named or any("/" in name for name, _ in named):
        raise BrokenFilesError(f"{path} names no file of the store")
    return named


def _sizes_now(folder: Path) -> dict[str, int]:
    found = {}
    for name, _ in _named(folder):
        with contextlib.suppress(FileNotFoundError):
            found[name] = (folder / FOLDER / name).stat().st_size
    return found


def _noted(folder: Path) -> dict[str, int]:
    try:
        lines = (folder / _SIZES).read_text().splitlines()
        return {name: int(size) for size, _, name in (line.partition(" ") for line in lines)}
    except (OSError, ValueError):
        return {}


def _records(file: BinaryIO) -> Iterator[tuple[int, tuple[bytes, ...]]]:
    """Each command of a file with the offset behind it."""
    if os.fstat(file.fileno()).st_size == 0:
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:5] not in _SNAPSHOTS:
            yield from _parsed(data)


def _parsed(data: mmap.mmap | bytes) -> Iterator[tuple[int, tuple[bytes, ...]]]:
    at = 0
    while at < len(data):
        if data[at : at + 1] == b"#":  # a time stamp, which some servers write between two commands
            at = _line(data, at, at)[1]
            continue
        count, after = _figure(data, at, at, b"*")
        words = []
        for _ in range(count):
            size, after = _figure(data, at, after, b"$")
            if after + size + 2 > len(data):
                raise _Fault(at, cut=True)
            if data[after + size : after + size + 2] != b"\r\n":
                raise _Fault(at)
            words.append(data[after : after + size])
            after += size + 2
        at = after
        yield at, tuple(words)


def _figure(data: mmap.mmap | bytes, record: int, at: int, sign: bytes) -> tuple[int, int]:
    line, after = _line(data, record, at)
    if line[:1] != sign or not line[1:].isdigit() or (sign == b"*" and int(line[1:]) < 1):
        raise _Fault(record)
    return int(line[1:]), after


def _line(data: mmap.mmap | bytes, record: int, at: int) -> tuple[bytes, int]:
    end = data.find(b"\r\n", at, at + _LINE)
    if end < 0:
        raise _Fault(record, cut=len(data) - at < _LINE)
    return data[at:end], end + 2


def _nothing_behind(path: Path, at: int) -> bool:
    """Whether the file simply ends in the record that begins here, or a crash left zeros in the place of its rest."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if _RECORD.search(data, at) is not None:
            return False
        try:
            deque(_parsed(data[at:].rstrip(b"\0")), maxlen=0)
        except _Fault as fault:
            return fault.cut
        return True
