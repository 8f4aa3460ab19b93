"""A copy of the store as it is at one moment, and what is in it.

The server writes all that it holds into a new base file, in a child that sees one moment only. That file never changes
again; a later rewrite takes its name away, but not from who has it open.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from pipelines import aof, keys
from pipelines.store import is_away

_ATTEMPTS = 5
_PASSING = timedelta(hours=1)
"""Heartbeats and leases end within seconds: a key with less than this left is neither counted nor missed."""
_WRITES = frozenset(b"SET RPUSH SADD ZADD HSET HMSET XADD XSETID XCLAIM XGROUP PEXPIREAT SELECT".split())
"""What a rewritten base file is made of. Others would be executed at loading, too, so that nothing else is let in."""


class SnapshotError(RuntimeError):
    """No copy could be made, or it is not what it should be; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a store holds: keys, chats, and rows of the ledger.

    ``until`` is the first moment at which any of it ends by itself, in unix milliseconds; 0 where nothing does. Up to
    then a store loaded from the copy holds just as much, later it may hold less.
    """

    keys: int
    chats: int
    rows: int
    until: int


async def rewrite(store: Redis, folder: Path) -> BinaryIO:
    """The base file of a rewrite that began after this call, open for reading; ``folder`` is the server's own."""
    before = await asyncio.to_thread(aof.base_of, folder)
    for _ in range(_ATTEMPTS):
        try:
            await store.bgrewriteaof()
        except ResponseError as error:  # one is under way, which began before this call
            if is_away(error):
                raise
            await _rewritten(store)
            continue
        await _rewritten(store)
        with suppress(FileNotFoundError):  # another rewrite has just replaced it
            base = await asyncio.to_thread(aof.base_of, folder)
            if base != before:
                return await asyncio.to_thread(base.open, "rb")
    raise SnapshotError("the store's server rewrites its files again and again; try again in a minute")


async def _rewritten(store: Redis) -> None:
    while True:
        told: Any = await store.info("persistence")
        if not told["aof_rewrite_in_progress"] and not told["aof_rewrite_scheduled"]:
            if told["aof_last_bgrewrite_status"] != "ok":
                raise SnapshotError("the store's server could not rewrite its file: free some space and memory")
            return
        await asyncio.sleep(0.05)


def count_file(file: BinaryIO, ledger: str, now: datetime) -> Counts:
    """Count what a base file holds, command by command, without a server; ``ledger`` begins the keys of the ledger."""
    fields, ends = defaultdict[bytes, int](int), dict[bytes, int]()
    prefix = ledger.encode()
    for command in aof.commands(file):
        word = command[0].upper()
        if word not in _WRITES or (word == b"SELECT" and command[1] != b"0"):
            raise SnapshotError(
                f"{file.name} holds the command {word[:40]!r}, and no store of ours does: it is not used"
            )
        if word == b"PEXPIREAT":
            ends[command[1]] = int(command[2])
        elif word in (b"HSET", b"HMSET"):
            fields[command[1]] += (len(command) - 2) // 2
        elif word not in (b"SELECT", b"XGROUP", b"XCLAIM"):
            fields[command[1]] += 0
    return _counts(
        ((key, ends.get(key, -1), count if key.startswith(prefix) else 0) for key, count in fields.items()),
        fields.get(keys.CHATS.encode(), 0),
        now,
    )


async def count_store(store: Redis, ledger: str, now: datetime) -> Counts:
    """Count the same by asking a server; ``now`` is the moment of the copy that it was loaded from."""
    client: Any = store
    found = list[tuple[bytes, int, int]]()
    cursor: Any = 0
    while True:
        cursor, names = await client.scan(cursor, count=1000)
        names = list(dict.fromkeys(names))
        async with client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.execute_command("PEXPIRETIME", name)
            ends = await pipe.execute()
            rows = [name for name in names if name.startswith(ledger.encode())]
            for name in rows:
                pipe.hlen(name)
            lengths = dict(zip(rows, await pipe.execute(), strict=True))
        found += [(name, end, lengths.get(name, 0)) for name, end in zip(names, ends, strict=True)]
        if cursor == 0:
            return _counts(found, await client.hlen(keys.CHATS), now)


def _counts(found: Iterable[tuple[bytes, int, int]], chats: int, now: datetime) -> Counts:
    """Of key, end in unix milliseconds (-1: none) and ledger rows of each; a key that is met twice counts once."""
    passing = int((now + _PASSING).timestamp() * 1000)
    lasting = {key: (end, rows) for key, end, rows in found if end == -1 or end > passing}
    ends = [end for end, _ in lasting.values() if end != -1]
    return Counts(len(lasting), chats, sum(rows for _, rows in lasting.values()), min(ends, default=0))
