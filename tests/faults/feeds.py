"""What the fault runs on feeds share: feeds that drip, hang or bring news, and how late the loop is."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tests.feeds.servers import FeedServer, Reply, Request, answer, feed, item

LOOPBACK = ("127.0.0.0/8",)
LAG_BAR = 0.2
HANG = feed(item("Hang", "https://e.org/1", more="<a>" * 200_000))


def now() -> datetime:
    return datetime.now(UTC)


async def drip(_: Request, writer: asyncio.StreamWriter) -> None:
    """A good head, then one byte a second."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nContent-Type: text/xml\r\n\r\n")
    with contextlib.suppress(OSError):
        while not writer.transport.is_closing():
            writer.write(b"<")
            await writer.drain()
            await asyncio.sleep(1)


def news(number: int, issue: int) -> Reply:
    """Thirty items, of which two are new in each issue."""
    rows = (
        item(f"Duty {n} set in place {number}", f"https://e.org/{number}/{n}", f"{number}/{n}",
             more=f"<description>{'Some words on it. ' * 15}</description>")
        for n in range(2 * issue + 30, 2 * issue, -1)
    )  # fmt: skip
    return answer(200, feed(*rows))


def share(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class Lags:
    """How late the loop was, looked at a hundred times a second."""

    def __init__(self) -> None:
        self._seconds: list[float] = []

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            self._seconds.append(time.perf_counter() - began - 0.01)

    @property
    def p99(self) -> float:
        return share(self._seconds, 0.99)


def place(server: FeedServer, number: int) -> str:
    """The server under one of many loopback addresses, so that a host's turns do not slow its neighbours."""
    return f"http://127.0.{1 + number // 200}.{1 + number % 200}:{server.port}/{number}"
