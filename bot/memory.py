"""How much memory is left under the limit that Linux holds this process's group to (a container's, or a unit's)."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

log = logging.getLogger(__name__)

RESERVE = 16 << 20
"""Bytes below which nothing more is taken in: what is in hand has to be finished in them."""
ENOUGH = 20 << 20
"""Bytes at which intake goes on again; more than the reserve, or it would stop and go with every batch."""
_EVERY = 1.0
"""Seconds between looks: one costs a fifth of a millisecond, and is asked for a hundred times a second."""
_NO_LIMIT = 1 << 60
_CGROUPS = Path("/sys/fs/cgroup")
_MINE = Path("/proc/self/cgroup")


class MemoryWatch:
    """Says whether there is memory for more, and says so once in the log each time that changes."""

    def __init__(self, left: Callable[[], int | None] | None = None) -> None:
        self._left = left or memory_left
        self._short = False
        self._look_at = float("-inf")

    def roomy(self, now: float) -> bool:
        """Whether more may be taken in; ``now`` is the loop's time in seconds."""
        if now < self._look_at:
            return not self._short
        self._look_at, left = now + _EVERY, self._left()
        short = left is not None and left < (ENOUGH if self._short else RESERVE)
        if short and not self._short:
            log.error(
                "memory.low left_mb=%d remedy=%s",
                (left or 0) >> 20,
                "give this group more memory, or lower LODESTONE_JUDGED_MB; feeds wait until then",
            )
        elif self._short and not short:
            log.info("memory.back")
        self._short = short
        return not short


def memory_left(groups: Path = _CGROUPS, mine: Path = _MINE) -> int | None:
    """Bytes that may still be taken, the least of the group and those around it; None where nothing is limited.

    What the system only keeps at hand of files does not count, for it makes room by itself.
    """
    return min((left for folder in _folders(groups, mine) if (left := _left(folder)) is not None), default=None)


def _folders(groups: Path, mine: Path) -> Iterator[Path]:
    """The folders of our group and of those around it, of both versions of the interface."""
    rows = list[list[str]]()
    with contextlib.suppress(OSError):
        rows = [line.split(":", 2) for line in mine.read_text().splitlines() if line.count(":") >= 2]
    for _, names, path in rows:
        if names in ("", "memory"):
            root = groups / names
            folder = root / path.lstrip("/")
            yield from (each for each in (folder, *folder.parents) if each == root or root in each.parents)


def _left(folder: Path) -> int | None:
    for limit, used in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
        try:
            most = (folder / limit).read_text().strip()
            if most == "max" or int(most) >= _NO_LIMIT:
                return None
            stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            total = "total_" if "total_rss" in stat else ""
            files = sum(int(stat.get(f"{total}{name}", 0)) for name in ("inactive_file", "active_file"))
            return int(most) - int((folder / used).read_text()) + files
        except (OSError, ValueError):
            continue
    return None
