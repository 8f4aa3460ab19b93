"""Connects to the one store. Writes are never retried blindly: a retried XADD could be written twice."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as StoreConnectionError
from redis.exceptions import TimeoutError as StoreTimeoutError

BLOCK_MS = 2_000
"""Longest blocking read: under the client's socket time-out, or a quiet stream would look like a dead server."""
_SOCKET_TIMEOUT = 10.0

STORE_IS_AWAY = (StoreConnectionError, StoreTimeoutError, OSError)
"""What the client raises while the server cannot be reached; the cure is to wait and try again."""


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
