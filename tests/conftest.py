"""What all tests share: a real Valkey per worker, emptied for each test, and a clock that stands still."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect


class Clock:
    """A clock that moves when told to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **parts: float) -> None:
        """Move the clock on, in the words of ``timedelta``."""
        self.at += timedelta(**parts)


_LONGEST = (
    "line",
    "training",
    "faults",
    "test_queue_machine.py",
    "test_studio.py",
    "test_told.py",
    "test_explain.py",
    "test_check.py",
    "test_rules_suggest.py",
    "test_rules_compare.py",
    "test_kept.py",
    "test_mutated.py",
    "test_hostile.py",
)
"""Folders and files that take longest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: whoever begins one at the end keeps all others waiting."""
    items.sort(key=lambda item: not {item.path.name, item.path.parent.name} & set(_LONGEST))


def pytest_collection_finish() -> None:
    """What is loaded by now stays for good: no search for garbage need look through it, as in the product itself."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def clock() -> Clock:
    """A still clock on a working day."""
    return Clock(datetime(2026, 11, 24, 9, 30, tzinfo=UTC))


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server for this test process; without fsync, since no test here pulls the plug."""
    with asyncio.Runner() as runner:
        server = EmbeddedServer(Path(tmp_path_factory.mktemp("store")), fsync="no", reserve_mb=0)
        runner.run(server.open())
        yield server.url
        runner.run(server.close())


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Redis]:
    """An empty store."""
    client = connect(store_url)
    await client.flushall()
    yield client
    await client.aclose()


Now = Callable[[], datetime]
