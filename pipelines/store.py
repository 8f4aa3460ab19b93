"""Connects to the one store. Writes are never retried blindly: a retried XADD could be written twice."""

from __future__ import annotations

from enum import Enum
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as StoreConnectionError
from redis.exceptions import MasterDownError, OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as StoreTimeoutError

BLOCK_MS = 2_000
"""Longest blocking read: under the client's socket time-out, or a quiet stream would look like a dead server."""
_SOCKET_TIMEOUT = 10.0

STORE_IS_AWAY = (StoreConnectionError, StoreTimeoutError, ConnectionError)
"""What the client raises while the server cannot be reached; the cure is to wait and try again."""
STORE_TROUBLE = (*STORE_IS_AWAY, ResponseError)
"""What is worth a look by ``is_away``: a server that answers may still refuse all writes for a while."""


def is_away(error: BaseException) -> bool:
    """Whether waiting is the cure: the server is out of reach, out of disk or memory, or has been made a replica."""
    if isinstance(error, (*STORE_IS_AWAY, ReadOnlyError, OutOfMemoryError, MasterDownError)):
        return True
    return isinstance(error, ResponseError) and str(error).startswith(("MISCONF", "LOADING", "CLUSTERDOWN"))


def connect(url: str) -> Redis:
    """A client for ``redis://``, ``rediss://`` or ``unix://``; connects on first use. Replies are bytes."""
    return Redis.from_url(
        url,
        socket_timeout=_SOCKET_TIMEOUT,
        socket_connect_timeout=5.0,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        protocol=2,
        max_connections=256,
    )


class Disk(Enum):
    """When what the server has acknowledged is on its disk."""

    AT_ONCE = "at once"
    ON_REQUEST = "within a second, and WAITAOF waits for it"
    SOME_TIME = "nobody can say when"


async def disk_of(store: Redis) -> Disk:
    """What this server's settings promise; a server that hides them promises nothing."""
    server: Any = store
    try:
        kept = await server.config_get("append*")
        if kept.get("appendonly") != "yes" or kept.get("appendfsync") not in ("always", "everysec"):
            return Disk.SOME_TIME
        if kept["appendfsync"] == "always":
            return Disk.AT_ONCE
        await server.execute_command("WAITAOF", 0, 0, 1)  # waits for nothing: an older server does not know the word
        return Disk.ON_REQUEST
    except ResponseError as error:
        if is_away(error):
            raise
        return Disk.SOME_TIME


async def on_disk(pipe: Any, limit_ms: int = 8_000) -> Any:
    """Run a pipeline of one command and wait until its writes are on the disk; returns the command's answer.

    Both go over one connection, since the server waits for the writes of the connection that asks. The limit stays
    under the client's socket time-out.
    """
    pipe.execute_command("WAITAOF", 1, 0, limit_ms)
    answer, (local, _) = await pipe.execute()
    if not local:
        raise StoreTimeoutError(f"the store's disk has not followed within {limit_ms / 1000:g} s")
    return answer
