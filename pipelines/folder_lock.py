"""The two locks of a store's folder: ``owner`` of the process that answers for it, ``lock`` of the server itself."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


class InUseError(Exception):
    """Somebody else is at work in the folder."""


def take(path: Path) -> int | None:
    """The lock on this file; nothing where somebody has it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


@contextmanager
def alone(folder: Path, *names: str) -> Iterator[None]:
    """Hold these locks of a folder as long as the block runs; raises ``InUseError`` where somebody holds one.

    If none is named: both of a store's folder, so that no server starts there.
    """
    with ExitStack() as held:
        for name in names or ("owner", "lock"):
            lock = take(folder / name)
            if lock is None:
                raise InUseError(f"{folder / name} is locked: somebody is at work there")
            held.callback(os.close, lock)
        yield
