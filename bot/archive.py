"""The file of a backup: a gzip'd tar of plain files, its manifest first. Reading trusts nothing that it says."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from pipelines.feeds.changes import ADDED, REMOVED
from pipelines.snapshot import Counts

FORMAT = 1
STORE, SETTINGS, RULES = "store.aof", "lodestone.yaml", "rules/"
OWN_LIST = "feeds.yaml"
"""Where `lodestone feeds add` keeps a list of one's own, if nothing else is said."""
BESIDE = (SETTINGS, OWN_LIST, ADDED, REMOVED)
"""Files of the data folder that a person wrote, or had written: settings, a list of feeds, and changes in a list."""
_MANIFEST = "manifest.json"
_MANIFEST_BYTES = 4 << 20
_FILES = 2000
_SMALL = 5 << 20
"""No file but the store is larger."""
_STORE_BYTES = 64 << 30
"""The embedded store lives in memory: nobody's is larger."""
_CHUNK = 1 << 20
_BLOCK = tarfile.BLOCKSIZE
_PART = re.compile(r"[^\\/\x00-\x1f\x7f]{1,100}")


class ArchiveError(Exception):
    """The file is no backup that can be used; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the backup: its name, size in bytes, and SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: the counts are those of its member ``store.aof``."""

    format: int
    version: str
    created: AwareDatetime
    counts: Counts
    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(member.size for member in self.members)


_ADAPTER = TypeAdapter(Manifest)


def describe(name: str, file: BinaryIO) -> Member:
    """The member that this open file makes, read from its beginning."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return Member(name, size, digest.hexdigest())


def write_archive(path: Path, manifest: Manifest, files: Sequence[BinaryIO]) -> None:
    """Write the backup to ``path``, which must be new, and bring it onto the disk; ``files`` are in members' order."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, filename="", mtime=0) as packed:
            text = _ADAPTER.dump_json(manifest, indent=1)
            _add(packed, _MANIFEST, len(text), manifest.created, io.BytesIO(text))
            for member, file in zip(manifest.members, files, strict=True):
                file.seek(0)
                _add(packed, member.name, member.size, manifest.created, file)
            packed.write(bytes(2 * _BLOCK))
        raw.flush()
        os.fsync(raw.fileno())


def _add(packed: gzip.GzipFile, name: str, size: int, at: AwareDatetime, file: BinaryIO) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(at.timestamp())
    packed.write(info.tobuf(tarfile.USTAR_FORMAT))
    left = size
    while left and (chunk := file.read(min(_CHUNK, left))):
        packed.write(chunk)
        left -= len(chunk)
    if left:
        raise ArchiveError(f"{name} got shorter while it was copied; try again")
    packed.write(bytes(-size % _BLOCK))


def fits(name: str, size: int) -> bool:
    """Whether a backup may hold a file of this name and size."""
    parts = name.split("/")
    sound = len(name) <= 255 and all(_PART.fullmatch(part) and part not in (".", "..") for part in parts)
    if name == STORE:
        return 0 <= size <= _STORE_BYTES
    return sound and 0 <= size <= _SMALL and (name in BESIDE or (name.startswith(RULES) and len(parts) == 2))


@contextmanager
def _readable(path: Path) -> Iterator[gzip.GzipFile]:
    """The backup's bytes; whatever gzip says of them becomes an ``ArchiveError``."""
    try:
        with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) as packed:
            yield packed
    except (gzip.BadGzipFile, EOFError, zlib.error, tarfile.HeaderError):
        raise ArchiveError(f"{path} is cut off or no backup of ours; take another one") from None


def read_manifest(path: Path, version: str) -> Manifest:
    """What the backup says of itself; raises ``ArchiveError`` for one that this ``version`` cannot use."""
    with _readable(path) as packed:
        return _manifest(path, packed, version)


def unpack(path: Path, version: str, folder: Path) -> Manifest:
    """Write the members into ``folder``; raises ``ArchiveError`` at the first that is not as the manifest says."""
    with _readable(path) as packed:
        manifest = _manifest(path, packed, version)
        for member in manifest.members:
            if _header(path, packed) != (member.name, member.size):
                raise ArchiveError(f"{path} does not hold {member.name} where its manifest says so; take another one")
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                digest = hashlib.sha256()
                for chunk in _body(packed, member.size):
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != member.sha256:
                raise ArchiveError(
                    f"{path}: {member.name} is not what was backed up (its SHA-256 differs); take another"
                )
        if packed.read(_BLOCK).strip(b"\0"):
            raise ArchiveError(f"{path} holds more than its manifest says; take another one")
    return manifest


def _manifest(path: Path, packed: gzip.GzipFile, version: str) -> Manifest:
    name, size = _header(path, packed)
    if name != _MANIFEST or size > _MANIFEST_BYTES:
        raise ArchiveError(f"{path} is no backup of ours: it does not begin with {_MANIFEST}")
    text = b"".join(_body(packed, size))
    try:
        told = TypeAdapter(dict[str, object]).validate_json(text)
        if isinstance(told.get("format"), int) and told["format"] != FORMAT:
            raise ArchiveError(
                f"{path} has format {told['format']}, and this is Lodestone {version}, which reads format {FORMAT}: "
                f"restore it with Lodestone {str(told.get('version'))[:20]!r}"
            )
        manifest = _ADAPTER.validate_json(text)
    except ValidationError:
        raise ArchiveError(f"{path}: {_MANIFEST} cannot be read; take another backup") from None
    if _figures(manifest.version) > _figures(version):
        raise ArchiveError(
            f"{path} was made by Lodestone {manifest.version[:20]}, and this is {version}: update before you restore"
        )
    names = [member.name for member in manifest.members]
    odd = [member.name for member in manifest.members if not fits(member.name, member.size)]
    if odd or len(set(names)) < len(names) or STORE not in names or len(names) > _FILES:
        what = f"the member {odd[0][:80]!r}" if odd else "its list of members"
        raise ArchiveError(f"{path} is refused because of {what}: no backup of ours has such a thing")
    return manifest


def _figures(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version)[:3])


def _header(path: Path, packed: gzip.GzipFile) -> tuple[str, int]:
    """Name and size of the next member, which must be a plain file: a link, a device or a long name is not followed."""
    info = tarfile.TarInfo.frombuf(packed.read(_BLOCK), "utf-8", "surrogateescape")
    if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or info.size < 0:
        raise ArchiveError(f"{path} is refused because of the member {info.name[:80]!r}: it is no plain file")
    return info.name, info.size


def _body(packed: gzip.GzipFile, size: int) -> Iterator[bytes]:
    left = size
    while left:
        chunk = packed.read(min(_CHUNK, left))
        if not chunk:
            raise EOFError
        yield chunk
        left -= len(chunk)
    packed.read(-size % _BLOCK)
