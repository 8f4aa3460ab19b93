"""Which consumers of this machine are surely dead, so that nobody waits until their heartbeat has run out.

A consumer's name says where its process runs, its pid, and when it began. Only what this machine's kernel knows for
certain counts as a death: for all else (another machine or namespace, a process that is stopped, no ``/proc`` to ask)
the heartbeat decides.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from pipelines import keys

log = logging.getLogger(__name__)

_PROC = Path("/proc")
_NAME = re.compile(r"-([0-9a-f]{12})-([1-9]\d{0,8})-(\d{1,19})-[0-9a-f]+$", re.ASCII)

_BURY = """
-- KEYS: the set of consumers, the set of jobs. ARGV: prefix of heartbeats, prefix of leases, then for each consumer its
-- name and whether it is surely dead (1 or 0). Answer: how many of the dead were still taken for living.
local buried, dead = 0, {}
for at = 3, #ARGV, 2 do
  local alive = ARGV[1] .. ARGV[at]
  if ARGV[at + 1] == '1' then
    dead[ARGV[at]] = true
    buried = buried + redis.call('DEL', alive)
  end
  -- One that lives after all says so at its next beat.
  if redis.call('EXISTS', alive) == 0 then redis.call('SREM', KEYS[1], ARGV[at]) end
end
for _, job in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  local holder = string.match(redis.call('GET', ARGV[2] .. job) or '', '^%S+ (.*)$')
  if holder and dead[holder] then redis.call('DEL', ARGV[2] .. job) end
end
return buried
"""


@dataclass(frozen=True, slots=True)
class Process:
    """A process: ``pid`` means something in the one kernel and namespace that ``place`` stands for.

    ``began`` is when it began, in that kernel's ticks.
    """

    place: str
    pid: int
    began: int


@dataclass(frozen=True, slots=True)
class Stat:
    """What ``/proc/PID/stat`` says: the state's letter, how many threads there are, and the tick of the begin."""

    state: str
    threads: int
    began: int


def name_of(host: str, pid: int, token: str, process: Process | None) -> str:
    """A consumer's name; ``token`` is of hexadecimal digits and tells two of one process apart."""
    if process is None:
        return f"{host}-{pid}-{token}"
    return f"{host}-{process.place}-{process.pid}-{process.began}-{token}"


def process_of(name: str) -> Process | None:
    """The process of a consumer, where its name tells it."""
    found = _NAME.search(name)
    return Process(found[1], int(found[2]), int(found[3])) if found else None


def parse_stat(text: bytes) -> Stat | None:
    """A line of ``/proc/PID/stat``; the program's name in it may hold anything, brackets and spaces too."""
    fields = text.rpartition(b")")[2].split()
    try:
        return Stat(fields[0].decode("ascii"), int(fields[17]), int(fields[19]))
    except (IndexError, ValueError):
        return None


def has_ended(process: Process, stat: Stat) -> bool:
    """Whether the process is over, by what its pid stands for now: another, or one of which only the exit is left."""
    if stat.began != process.began:
        return True
    # A program whose first thread has ended is shown as a zombie while others still work.
    return stat.state in ("X", "x") or (stat.state == "Z" and stat.threads <= 1)


def this_process() -> Process | None:
    """This process, or None where nothing certain can be said of processes, as on other systems than Linux."""
    try:
        # A /proc of another namespace numbers its processes otherwise.
        if str((_PROC / "self").readlink()) != str(os.getpid()):
            return None
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        stat = parse_stat((_PROC / "self/stat").read_bytes())
        spaces = [str((_PROC / "self/ns/pid").readlink())]
    except (OSError, ValueError):
        return None
    if not boot or stat is None:
        return None
    with suppress(OSError):  # where a kernel knows it, a begin is told by the clock of the one who asks
        spaces.append(str((_PROC / "self/ns/time").readlink()))
    place = hashlib.sha256("\n".join((boot, *spaces, os.uname().nodename)).encode()).hexdigest()[:12]
    return Process(place, os.getpid(), stat.began)


def surely_dead(process: Process, here: Process) -> bool:
    """Whether that process is over for certain, as seen from ``here``; False where there is any doubt."""
    if process.place != here.place:
        return False
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it is somebody else's, and so it is there
    try:
        stat = parse_stat((_PROC / str(process.pid) / "stat").read_bytes())
    except OSError:
        return False  # hidden from us, or gone just now: the next look will tell
    return stat is not None and has_ended(process, stat)


class Neighbours:
    """The consumers of one store, as seen from this process."""

    def __init__(self, store: Redis, here: Process | None) -> None:
        self._store: Any = store
        self._here = here
        self._bury = store.register_script(_BURY)

    async def bury(self) -> int:
        """End the heartbeats and leases of who is surely dead, and return how many hearts still seemed to beat."""
        names = [name.decode() for name in await self._store.smembers(keys.CONSUMERS)]
        others = [(name, process_of(name)) for name in sorted(names)]
        words = [word for name, process in others for word in (name, str(int(self._ended(process))))]
        if not words:
            return 0
        places = [keys.CONSUMERS, keys.JOBS]
        buried = int(await self._bury(keys=places, args=[keys.alive(""), keys.lease(""), *words]))
        if buried:
            log.info("neighbours.buried count=%d", buried)
        return buried

    def _ended(self, process: Process | None) -> bool:
        return process is not None and self._here is not None and surely_dead(process, self._here)
