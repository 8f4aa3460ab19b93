"""From an entry parsed to the call to Telegram, under a steady load, with the memory of all processes beside it.

50 feeds on loopback are polled every second and bring 50 new entries a second, of which 1 % qualify; 20 chats on the
Bot API server for tests. Measured once with the product's rates lifted and once at its default rates.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import html
import itertools
import json
import math
import random
import tempfile
import time
import zlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from aiohttp import web

from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from pipelines import keys
from pipelines.events import Alert, decode
from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect
from pipelines.stories.weights import load_weights
from rules.verdict import Label
from tests.line.product import NO_PRICES, Product, lodestone, writing_to
from tests.telegram.remote import RemoteTelegram, telegram_process

FEEDS, CHATS, QUALIFY = 50, 20, 0.01
_STATES = "China Japan India Vietnam Australia Chile Indonesia Canada Brazil Peru Namibia Malawi Norway Kenya".split()
_COMMON = 5.5
"""The weight below which stand the words of our topics, since the headlines that were counted are about them."""
_METALS = "dysprosium terbium neodymium gallium germanium antimony tungsten graphite lanthanum yttrium cobalt".split()


def structural(rng: random.Random) -> Iterator[str]:
    """Headlines of acts in force, no two about the same state and metal in the same words."""
    forms = (
        "{state} bans {metal} exports to {other}",
        "{state} imposes export licence on {metal} shipments, effective immediately",
        "{state} signs law that nationalises {metal} mines",
        "{state} opens first {metal} refinery in {other}",
    )
    combos = list(itertools.product(forms, _STATES, _METALS, _STATES))
    rng.shuffle(combos)
    for form, state, metal, other in combos:
        yield form.format(state=state, metal=metal, other=other)


def noise(rng: random.Random) -> Iterator[str]:
    """Headlines of words as often as real headlines hold them, in no order: about as like each other as on real days.

    A weight is ``ln(headlines / headlines with the word)``, so that its negative power of e is the word's share. One
    in seven is on a topic by chance, one in two hundred reads as an act.
    """
    stems_by_weight = load_weights().by_stem.items()
    weights = {stem: weight for stem, weight in stems_by_weight if weight >= _COMMON and stem.isalpha()}
    stems, shares = list(weights), [math.exp(-weight) for weight in weights.values()]
    for number in itertools.count():
        yield f"{' '.join(rng.choices(stems, shares, k=9)).capitalize()} {number}"


@dataclass
class Farm:
    """Feeds that bring new entries at a steady rate while ``open``; each request brings what has fallen due."""

    rate: float
    qualify: float = QUALIFY
    items: list[deque[tuple[str, str, float]]] = field(default_factory=lambda: [deque(maxlen=30) for _ in range(FEEDS)])
    published: Counter[str] = field(default_factory=Counter)
    begun: float = 0.0
    open: bool = False
    port: int = 0

    def __post_init__(self) -> None:
        rng = random.Random(50)
        self._structural, self._noise, self._rng, self._number = structural(rng), noise(rng), rng, 0

    def fall_due(self) -> None:
        """Publish as many entries as the time since the start asks for, feed after feed."""
        while self.open and self._number < (time.monotonic() - self.begun) * self.rate:
            self._number += 1
            wanted = self._rng.random() < self.qualify
            title = next(self._structural if wanted else self._noise)
            self.published["qualifying" if wanted else "noise"] += 1
            self.items[self._number % FEEDS].append((f"e{self._number}", title, time.time()))

    async def serve(self, request: web.Request) -> web.Response:
        """One feed."""
        self.fall_due()
        rows = "".join(
            f"<item><title>{html.escape(title)}</title><link>https://example.org/{key}</link><guid>{key}</guid>"
            f"<pubDate>{email.utils.formatdate(at)}</pubDate></item>"
            for key, title, at in reversed(self.items[int(request.match_info["number"])])
        )
        return web.Response(
            text=f'<?xml version="1.0"?><rss version="2.0"><channel><title>f</title>{rows}</channel></rss>',
            content_type="application/rss+xml",
        )

    @contextlib.asynccontextmanager
    async def running(self) -> Any:
        """Serve on loopback; the feeds' addresses are spread, so that the per-host limit stays on."""
        app = web.Application()
        app.router.add_get("/{number}.xml", self.serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        for number in range(FEEDS):
            await web.TCPSite(runner, f"127.0.1.{number + 1}", self.port).start()
            self.port = runner.addresses[0][1]
        yield
        await runner.cleanup()

    def catalogue(self, path: Path) -> Path:
        """The feeds as a catalogue."""
        url = f"http://127.0.1.%d:{self.port}/%d.xml"
        feeds = [
            {"id": f"f{n}", "name": f"Feed {n}", "tier": "wire", "family": f"f{n}", "url": url % (n + 1, n)}
            for n in range(FEEDS)
        ]
        path.write_text(json.dumps({"feeds": feeds}))
        return path


def memory_mb(process: psutil.Process) -> dict[str, float]:
    """Resident memory by kind of process, in MB."""
    sizes = dict[str, float]()
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            command = " ".join(each.cmdline())
            name = "parser" if "parse_child" in command else "store" if "valkey" in command else "lodestone"
            sizes[name] = sizes.get(name, 0) + each.memory_info().rss / 2**20
    return sizes


async def _prepare(data: Path) -> None:
    server = EmbeddedServer(data / "store", reserve_mb=0)
    await server.open()
    store = connect(server.url)
    for chat in range(1, CHATS + 1):
        await ChatStore(store).put(Chat(id=chat, kind=Kind.PRIVATE, created=datetime.now(UTC)))
    await store.aclose()
    await server.close()


async def parsed_and_judged(data: Path) -> dict[str, tuple[float, float]]:
    """When the first entry of each structural story was parsed and when it was judged, by title."""
    server = EmbeddedServer(data / "store", reserve_mb=0)
    await server.open()
    store: Any = connect(server.url)
    found = dict[str, tuple[float, float]]()
    async for key in store.scan_iter(match=f"{keys.TAG}:judged:*"):
        for record in (await store.hgetall(key)).values():
            alert = decode(zlib.decompress(record))
            if isinstance(alert, Alert) and alert.verdict.label is Label.STRUCTURAL:
                found[alert.story.reports[0].title] = (alert.parsed.timestamp(), alert.judged.timestamp())
    await store.aclose()
    await server.close()
    return found


async def _watch(product: Product, seconds: float, peaks: dict[str, float]) -> float:
    process, peak, until = psutil.Process(product.process.pid), 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        sizes = memory_mb(process)
        if sum(sizes.values()) > peak:
            peak = sum(sizes.values())
            peaks.update(sizes)
        await asyncio.sleep(1)
    return peak


@dataclass
class Scene:
    """The product under load: its feeds, its Bot API server, its process and its folder."""

    farm: Farm
    telegram: RemoteTelegram
    product: Product
    data: Path

    def begin(self) -> None:
        """Let entries come."""
        self.farm.begun, self.farm.open = time.monotonic(), True

    async def end(self) -> list[dict[str, Any]]:
        """Let no more entries come, wait until all is sent, stop the product; returns the calls that sent."""
        self.farm.open = False
        count = -1
        while (now := len(await self.telegram.calls(method="sendMessage"))) != count:
            count = now
            await asyncio.sleep(3)
        await self.product.stop()
        return await self.telegram.calls(method="sendMessage")


@contextlib.asynccontextmanager
async def under_load(rate: float, **rates: str) -> AsyncIterator[Scene]:
    """The product, polling ``FEEDS`` feeds that are still quiet, with ``CHATS`` chats."""
    with tempfile.TemporaryDirectory() as folder:
        data, farm = Path(folder) / "data", Farm(rate)
        await _prepare(data)
        async with farm.running(), telegram_process("--any-chat") as telegram:
            settings = {
                **writing_to(telegram),
                **NO_PRICES,
                "feeds": str(farm.catalogue(Path(folder) / "feeds.yaml")),
                "allow_private_hosts": "127.0.0.0/8",
                "poll_interval": "1",
                **rates,
            }
            async with lodestone(data, "run", **settings) as product:
                await product.says("telegram.ready")
                await asyncio.sleep(6)  # the first turns of all feeds are spread over five seconds
                yield Scene(farm, telegram, product, data)


async def measure(seconds: float, rate: float, *, lifted: bool) -> None:
    """One load of so many seconds; prints its figures."""
    rates = {"send_rate": "1000", "chat_rate": "50"} if lifted else {}
    async with under_load(rate, **rates) as scene:
        process, peaks = psutil.Process(scene.product.process.pid), dict[str, float]()
        scene.begin()
        before = _cpu(process)
        peak = await _watch(scene.product, seconds, peaks)
        used = _cpu(process) - before
        calls = await scene.end()
        parsed = await parsed_and_judged(scene.data)
    _report(scene.farm, calls, parsed, seconds, used, peak, peaks, lifted=lifted)


def _cpu(process: psutil.Process) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


def _report(
    farm: Farm,
    calls: list[dict[str, Any]],
    parsed: dict[str, tuple[float, float]],
    seconds: float,
    used: float,
    peak: float,
    peaks: dict[str, float],
    *,
    lifted: bool,
) -> None:
    judging = sorted((judged - at) * 1000 for at, judged in parsed.values())
    waits = sorted(
        (call["at"] - at) * 1000 for call in calls for title, (at, _) in parsed.items() if f">{title}<" in call["text"]
    )
    rates = "rates lifted to 1,000/s and 50/s a chat" if lifted else "default rates, 28/s and 1/s a chat"
    parts = ", ".join(f"{name} {size:.0f}" for name, size in sorted(peaks.items()))
    print(
        f"{rates}: {farm.published.total()} entries in {seconds:.0f} s ({farm.published['qualifying']} qualify), "
        f"{len(calls)} calls to {CHATS} chats\n"
        f"  parsed to call, ms: p50 {_at(waits, 0.5):.0f}  p95 {_at(waits, 0.95):.0f}  p99 {_at(waits, 0.99):.0f}  "
        f"max {_at(waits, 1):.0f}  (n {len(waits)}; bar p99 < 500 where lifted)\n"
        f"  of which parsed to judged: p50 {_at(judging, 0.5):.0f}  p99 {_at(judging, 0.99):.0f}\n"
        f"  resident memory, all processes: peak {peak:.0f} MB (bar 450): {parts}; CPU {used / seconds:.2f} cores",
        flush=True,
    )


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def main(argv: list[str]) -> None:
    """``latency [SECONDS]``: 300 unless said."""
    seconds = float(argv[0]) if argv else 300.0
    for lifted in (True, False):
        asyncio.run(measure(seconds, 50, lifted=lifted))
