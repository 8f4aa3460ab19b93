"""A group of processes that Linux holds to so much memory (cgroup v1 or v2), where we may make one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class MemoryGroup:
    """``folder`` is the group's, ``home`` that of the group in which we are."""

    folder: Path
    home: Path
    second: bool

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """What is started in this block is born into the group; we ourselves only pass through."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (self.home / "cgroup.procs").write_text(str(os.getpid()))

    def resident(self) -> int:
        """Bytes that cannot be dropped: what processes hold, without the files that the system keeps at hand."""
        return self._figure("memory.stat", "anon" if self.second else "total_rss")

    def limit(self, size: int) -> None:
        """From now on, no more than so many bytes, the system's own copies of files included."""
        (self.folder / ("memory.max" if self.second else "memory.limit_in_bytes")).write_text(str(size))

    def killed(self) -> int:
        """How many processes were killed for want of memory."""
        return self._figure("memory.events" if self.second else "memory.oom_control", "oom_kill")

    def _figure(self, file: str, name: str) -> int:
        rows = dict(line.split() for line in (self.folder / file).read_text().splitlines())
        return int(rows[name])


@contextlib.contextmanager
def memory_group() -> Iterator[MemoryGroup | None]:
    """A group of our own while the block runs; None where none may be made."""
    rows = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    second = not any(names == "memory" for _, names, _ in rows)
    root = _ROOT if second else _ROOT / "memory"
    home = root / next(path for _, names, path in rows if names == ("" if second else "memory")).lstrip("/")
    group = MemoryGroup(root / f"lodestone-{os.getpid()}", home, second)
    try:
        group.folder.mkdir()
    except OSError:
        yield None
        return
    try:
        # Version 2 lends the folder but not the limit, unless the parent says so.
        yield group if (group.folder / ("memory.max" if second else "memory.limit_in_bytes")).exists() else None
    finally:
        group.folder.rmdir()
