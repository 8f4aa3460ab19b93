"""Connects to the one store. Writes are never retried blindly: a retried XADD could be written twice."""

from __future__ import annotations

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
