"""Feeds that drip, hang the parser or are dead (faults 25 to 27): each is cut in time, and others go on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Poll
from pipelines.feeds.feed import Feed, decode_state
from pipelines.feeds.fetcher import Fetcher, Limits
from pipelines.feeds.parsing import Parsers
from pipelines.feeds.schedule import QUARANTINE
from pipelines.fetch import Fetch
from pipelines.stage import Done
from tests.feeds.servers import FeedServer, Reply, Request, answer, feed, item, serving

pytestmark = pytest.mark.faults

LOOPBACK = ("127.0.0.0/8",)
LAG_BAR = 0.2
HANG = feed(item("Hang", "https://e.org/1", more="<a>" * 200_000))
DEADLINE = 5.0
"""Seconds for one fetch here; the product's 20 s are the same mechanism with another number."""


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


@dataclass
class Line:
    """The stage over some feeds. It polls many at once, and each poll's seconds are kept."""

    stage: Fetch
    store: Redis
    feeds: dict[str, Feed]
    lags: list[float] = field(default_factory=list)

    async def poll(self, feed_id: str) -> float:
        began = time.perf_counter()
        (done,) = await self.stage.handle([Poll(feed_id)])
        took = time.perf_counter() - began
        assert isinstance(done, Done)
        for command in done.writes:
            await self.store.execute_command(*command)  # type: ignore[no-untyped-call]
        return took

    async def round(self, *, over: float = 0.0) -> dict[str, float]:
        """Each feed polled once, their turns spread over so many seconds; the seconds that each took."""

        async def turn(place: int, feed_id: str) -> float:
            await asyncio.sleep(over * place / len(self.feeds))
            return await self.poll(feed_id)

        with self._watched():
            took = await asyncio.gather(*(turn(place, feed_id) for place, feed_id in enumerate(self.feeds)))
        return dict(zip(self.feeds, took, strict=True))

    async def reason(self, feed_id: str) -> str:
        stored: bytes | None = await self.store.hget(keys.FEEDS, feed_id)  # type: ignore[assignment]
        return decode_state(stored, self.feeds[feed_id].url).reason

    async def until_next(self, feed_id: str) -> float:
        due = await self.store.zscore(keys.DUE, f"poll:{feed_id}")
        assert due is not None
        return float(due) - now().timestamp()

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            self.lags.append(time.perf_counter() - began - 0.01)

    @property
    def lag(self) -> float:
        return share(self.lags, 0.99)


@contextlib.asynccontextmanager
async def line(store: Redis, urls: dict[str, str]) -> AsyncIterator[Line]:
    """The stage as the product builds it, with a shorter deadline; each feed has an address of its own."""
    await store.flushall()
    feeds = {feed_id: Feed(id=feed_id, url=url, name=feed_id) for feed_id, url in urls.items()}
    fetcher, parsers = Fetcher(LOOPBACK, Limits(seconds=DEADLINE)), Parsers()
    try:
        yield Line(Fetch(feeds, fetcher, parsers, store, now), store, feeds)
    finally:
        await parsers.aclose()
        await fetcher.aclose()


def place(server: FeedServer, number: int) -> str:
    """The server under one of many loopback addresses, so that a host's turns do not slow its neighbours."""
    return f"http://127.0.{1 + number // 200}.{1 + number % 200}:{server.port}/{number}"


async def test_25_a_feed_that_drips_is_cut_at_the_deadline(store: Redis) -> None:
    async with serving("0.0.0.0") as server:
        server.pages["*"] = drip
        async with line(store, {f"drip{n}": place(server, n) for n in range(20)}) as running:
            took = await running.round()
            reasons = {await running.reason(feed_id) for feed_id in running.feeds}
            print(
                f"\n25: 20 feeds at 1 byte/s, deadline {DEADLINE:g} s: cut after {min(took.values()):.2f} to "
                f"{max(took.values()):.2f} s, loop lag p99 {running.lag * 1000:.1f} ms"
            )
            assert reasons == {"timeout"}
            assert max(took.values()) <= DEADLINE + 1
            assert Limits().seconds <= 20
            assert running.lag <= LAG_BAR


async def test_26_a_feed_that_hangs_the_parser_is_killed_and_quarantined_after_three(store: Redis) -> None:
    async with serving("0.0.0.0") as server:
        server.pages["*"] = answer(200, HANG)
        async with line(store, {"hang": place(server, 0)}) as running:
            took, waits = list[float](), list[float]()
            for _ in range(3):
                took += (await running.round()).values()
                waits.append(await running.until_next("hang"))
            assert await running.reason("hang") == "parse-hang"
            print(
                f"\n26: killed after {', '.join(f'{one:.2f}' for one in took)} s; next try in "
                f"{', '.join(f'{one / 3600:.2f}' for one in waits)} h; loop lag p99 {running.lag * 1000:.1f} ms"
            )
            assert max(took) <= 2.5
            assert waits[1] < QUARANTINE / 2 < QUARANTINE - 60 <= waits[2]
            assert running.lag <= LAG_BAR


FEEDS, ROUNDS, SPREAD = 200, 3, 5.0
DEAD = ("refused", "404", "drip", "hang")


async def rounds(store: Redis, *, with_dead: bool, over: float) -> tuple[list[list[float]], float]:
    """Seconds of the healthy feeds' polls in each round, and the loop's lag."""
    async with serving("0.0.0.0") as server:
        urls, healthy = dict[str, str](), list[int]()
        pages = {"404": answer(404), "drip": drip, "hang": answer(200, HANG)}
        for number in range(FEEDS):
            dead = DEAD[number // 10 % 4] if number % 10 in {2, 5, 8} else ""
            url = place(server, number)
            if not dead:
                healthy.append(number)
            elif not with_dead:
                continue
            elif dead == "refused":
                url = url.replace(str(server.port), "9")
            else:
                server.pages[f"/{number}"] = pages[dead]
            urls[f"f{number}"] = url
        found = []
        async with line(store, urls) as running:
            for issue in range(ROUNDS):
                for number in healthy:
                    server.pages[f"/{number}"] = news(number, issue)
                took = await running.round(over=over)
                found.append([took[f"f{number}"] for number in healthy])
                assert {await running.reason(f"f{number}") for number in healthy} == {""}
            return found, running.lag


@pytest.mark.parametrize("over", [SPREAD, 0.0], ids=["spread as at a start", "all at once"])
async def test_27_healthy_feeds_do_not_wait_for_dead_ones(store: Redis, over: float) -> None:
    without, _ = await rounds(store, with_dead=False, over=over)
    beside, lag = await rounds(store, with_dead=True, over=over)
    print(
        f"\n27: 200 feeds, 30 % dead, turns over {over:g} s; seconds of healthy feeds without | with the dead; "
        f"loop lag p99 {lag * 1000:.1f} ms"
    )
    for number, (alone, amid) in enumerate(zip(without, beside, strict=True), 1):
        figures = (
            f"{name} {share(alone, part):.3f} | {share(amid, part):.3f} "
            f"({share(amid, part) / share(alone, part) - 1:+.0%})"
            for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
        )
        print(f"    round {number}: {', '.join(figures)}")
        # Spread turns take some ms, of which a tenth is noise. All at once, 60 more polls share two cores.
        assert share(amid, 0.95) <= share(alone, 0.95) * 1.1 + (0.02 if over else 1.0)
    assert lag <= LAG_BAR
