"""What operators changed in the list of feeds while running: feeds that were added, and ids that were taken out.

Both lie as files in the data folder, over whatever list the settings name, so that a newer catalogue still arrives.
Each change writes one file, whole or not at all.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.feeds.catalogue import CatalogueError, Mistake, read_catalogue, read_file, write_catalogue
from pipelines.feeds.feed import Feed

ADDED = "feeds-added.yaml"
"""A list of feeds as ``catalogue.yaml`` is one."""
REMOVED = "feeds-removed.txt"
"""One id a line; what follows a '#' is a remark."""
_LOCK = ".feeds.lock"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_HEAD = "# Feeds of the list that operators took out in the chat, one id a line. A line removed here brings one back.\n"

Signature = tuple[tuple[int, int, int] | None, ...]
"""Size, time of change and inode of each file; None where there is none."""


@dataclass(frozen=True, slots=True)
class FeedChanges:
    """Feeds that were added, and ids of listed ones that are not polled."""

    added: tuple[Feed, ...] = ()
    removed: frozenset[str] = frozenset()

    def over(self, base: Sequence[Feed]) -> tuple[Feed, ...]:
        """The list with the changes laid over it; what was added and is listed meanwhile is not polled twice."""
        kept = tuple(feed for feed in base if feed.id not in self.removed)
        return (*kept, *fresh(kept, self.added))


def read_changes(folder: Path) -> FeedChanges:
    """What was changed, as the files in the data folder say; raises ``CatalogueError`` with every mistake in them."""
    added, removed = folder / ADDED, folder / REMOVED
    feeds = read_catalogue(read_file(added), str(added)) if added.exists() else ()
    return FeedChanges(feeds, _read_removed(removed) if removed.exists() else frozenset())


def signature(folder: Path) -> Signature:
    """What a change of the files changes."""
    return tuple(_facts(folder / name) for name in (ADDED, REMOVED))


def add_feed(folder: Path, base: Sequence[Feed], feed: Feed) -> Feed | None:
    """Have the feed polled, under an id that is free; None where its address is polled already.

    One of the list that was taken out comes back as the list has it.
    """
    with _alone(folder):
        changes = read_changes(folder)
        known = next((each for each in base if each.url == feed.url), None)
        if known is not None and known.id in changes.removed:
            _write_removed(folder, changes.removed - {known.id})
            return known
        # An id that was taken out may come back, so it is not free.
        found = fresh((*base, *changes.added), (feed,))
        if found:
            data = write_catalogue((*changes.added, *found))
            read_catalogue(data, "the new list")  # whatever a title holds, what is written can be read again
            write_atomically(folder / ADDED, data)
        return found[0] if found else None


def remove_feed(folder: Path, base: Sequence[Feed], feed_id: str) -> bool:
    """Have the feed of this id polled no longer; False where none of that id was."""
    with _alone(folder):
        changes = read_changes(folder)
        kept = tuple(feed for feed in changes.added if feed.id != feed_id)
        if len(kept) < len(changes.added):
            if kept:
                write_atomically(folder / ADDED, write_catalogue(kept))
            else:  # a list must hold a feed
                (folder / ADDED).unlink()
            return True
        if feed_id in changes.removed or all(feed.id != feed_id for feed in base):
            return False
        _write_removed(folder, changes.removed | {feed_id})
        return True


def fresh(kept: Sequence[Feed], found: Sequence[Feed]) -> tuple[Feed, ...]:
    """What of ``found`` is not listed yet by its address, under ids that are free."""
    ids, urls, new = {feed.id for feed in kept}, {feed.url for feed in kept}, list[Feed]()
    for feed in found:
        if feed.url in urls:
            continue
        free = next(one for n in range(len(ids) + 2) if (one := f"{feed.id}-{n + 1}" if n else feed.id) not in ids)
        ids.add(free)
        urls.add(feed.url)
        new.append(replace(feed, id=free))
    return tuple(new)


def id_for(title: str) -> str:
    """An id made of a feed's title."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:56].strip("-") or "feed"


def write_atomically(path: Path, data: bytes) -> None:
    """Write the file so that a reader, and a crash, find it as it was or as it is to be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _read_removed(path: Path) -> frozenset[str]:
    ids, mistakes = set[str](), list[Mistake]()
    for number, row in enumerate(read_file(path).decode("utf-8", "replace").splitlines(), 1):
        word = row.partition("#")[0].strip()
        if word and not _ID.fullmatch(word):
            mistakes.append(Mistake(str(path), number, 1, f"{word[:40]!r} is no feed's id; `lodestone feeds list` has"))
        elif word:
            ids.add(word)
    if mistakes:
        raise CatalogueError(tuple(mistakes))
    return frozenset(ids)


def _write_removed(folder: Path, ids: frozenset[str]) -> None:
    write_atomically(folder / REMOVED, (_HEAD + "".join(f"{each}\n" for each in sorted(ids))).encode())


def _facts(path: Path) -> tuple[int, int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two operators, in two processes even, change one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
