"""``make soak``: a day of traffic at 24 times the speed; memory and handles must stay flat, and every row be true.

50 feeds, private chats and groups, some with quiet hours and some with digests; the Bot API server blocks, floods and
fails now and then, and some who blocked the bot come back. Then what the ledger says is held against the server's log.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import Any

import psutil

from bot.chats import Chat, Kind
from bot.delivery.queue import Outbox
from bot.quiet import MINUTES_A_DAY, Quiet
from pipelines import keys
from pipelines.streams import Streams
from rules.verdict import Severity
from tests.bench.full_store import fill_chats, joined
from tests.bench.latency import Farm, memory_mb
from tests.bench.reconcile import Reconciled, Told, read_ledger, reconcile, told_by
from tests.line.product import NO_PRICES, Product, lodestone, writing_to
from tests.telegram.faults import Fault
from tests.telegram.remote import RemoteTelegram, telegram_process

SPEED = 24
CHATS, ENTRIES_A_SECOND, QUALIFY = 300, 2.0, 0.05
_LONGEST_DRAIN = 420.0
_BAR = 5.0


def main(argv: list[str]) -> None:
    """``soak [SECONDS]``: 3,600 unless said. Exit code 1 where a bar is missed."""
    raise SystemExit(asyncio.run(soak(float(argv[0]) if argv else 3600.0)))


def soak_chats(seconds: float, now: datetime) -> Iterator[Chat]:
    """A third of the run is quiet for a fifth of the chats; a tenth has digests; a tenth are groups."""
    span = max(1, int(seconds / 180))
    every = max(2, int(seconds / 720))
    for number in range(1, CHATS + 1):
        chat = Chat(id=number, kind=Kind.PRIVATE, created=now)
        if number % 10 in (1, 2):
            begun = now + timedelta(minutes=1 + (number % 3) * span * 0.9)
            start = begun.hour * 60 + begun.minute
            yield _with(chat, quiet=Quiet(start, (start + span) % MINUTES_A_DAY))
        elif number % 10 == 3:
            yield _with(chat, level=Severity.CRITICAL, digest=tuple(range(number % every, MINUTES_A_DAY, every)))
        elif number % 10 == 4:
            yield Chat(id=-number, kind=Kind.GROUP, created=now)
        else:
            yield chat


def _with(chat: Chat, **wishes: Any) -> Chat:
    return Chat(id=chat.id, kind=chat.kind, created=chat.created, **wishes)


@dataclass
class Watch:
    """What is seen of the product while it runs."""

    telegram: RemoteTelegram
    product: Product
    memory: list[dict[str, float]] = field(default_factory=list)
    handles: list[float] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    blocked: dict[int, float] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    _next: int = 0

    def sample(self) -> None:
        """Memory by kind of process, and open files and sockets of all."""
        process = psutil.Process(self.product.process.pid)
        self.memory.append(memory_mb(process))
        count = 0
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                count += each.num_fds() if "parse_child" not in " ".join(each.cmdline()) else 0
        self.handles.append(count)

    async def read(self, *, to_the_end: bool = False) -> None:
        """The server's log from where it was left, up to the first call that has no answer yet."""
        for call in await self.telegram.calls(since=self._next):
            if not (to_the_end or call["status"] or call["delivered"]) and time.time() - call["at"] < 30:
                return
            self._next = call["number"] + 1
            if call["method"] != "sendMessage":
                continue
            self.statuses[call["status"]] = self.statuses.get(call["status"], 0) + 1
            if call["status"] == 403:
                self.blocked[call["chat"]] = call["at"]
                self.refused.add(call["chat"])
            if (each := told_by(call)) is not None:
                self.told.append(each)

    async def come_back(self, after: float) -> None:
        """Some who blocked the bot start it again."""
        for chat, at in list(self.blocked.items()):
            if chat > 0 and time.time() - at > after:
                del self.blocked[chat]
                await self.telegram.order("say", chat_id=chat, text="/start")


async def misbehave(telegram: RemoteTelegram, rng: random.Random, period: float) -> None:
    """Order a fault every so often, for ever."""
    while True:
        await asyncio.sleep(rng.uniform(0.5, 1.5) * period)
        await telegram.fault(_fault(rng))


def _fault(rng: random.Random) -> Fault:
    match rng.choices(("429", "5xx", "close", "blocked"), (3, 3, 2, 1))[0]:
        case "429":
            return Fault("429", retry_after=rng.randint(1, 4))
        case "5xx":
            return Fault(rng.choice(("500", "502", "504-html")), count=rng.randint(1, 5))
        case "close":
            return Fault("close", delivered=rng.random() < 0.5)
        case kind:
            return Fault(kind)


async def soak(seconds: float) -> int:
    """Load for so many seconds; prints the figures and says 1 where a bar is missed."""
    with tempfile.TemporaryDirectory() as folder:
        data, farm = Path(folder) / "data", Farm(ENTRIES_A_SECOND, qualify=QUALIFY)
        await fill_chats(data, soak_chats(seconds, datetime.now(UTC)))
        async with farm.running(), telegram_process("--any-chat") as telegram:
            settings = {
                **writing_to(telegram),
                **NO_PRICES,
                "feeds": str(farm.catalogue(Path(folder) / "feeds.yaml")),
                "allow_private_hosts": "127.0.0.0/8",
                "poll_interval": "5",
                "send_rate": str(28 * SPEED),
                "chat_rate": str(SPEED),
                "group_rate": str(20 * SPEED),
            }
            async with lodestone(data, "run", **settings) as product:
                await product.says("telegram.ready", 90)
                await asyncio.sleep(6)  # the first turns of all feeds are spread over five seconds
                watch = Watch(telegram, product)
                farm.begun, farm.open = time.monotonic(), True
                await _load(watch, seconds)
                farm.open = False
                async with joined(data) as store:
                    drained = await _drain(watch, store)
                code = await product.stop()
            await watch.read(to_the_end=True)
        async with joined(data) as store:
            waiting = {int(item[7:]) for item in await store.zrange(keys.DUE, 0, -1) if item.startswith(b"digest:")}
            found = reconcile(await read_ledger(store), watch.told, watch.refused, waiting)
    return _report(watch, found, farm.published.total(), seconds, drained, code)


async def _load(watch: Watch, seconds: float) -> None:
    trouble = asyncio.create_task(misbehave(watch.telegram, random.Random(24), max(2.0, seconds / 300)))
    until, pause = time.monotonic() + seconds, min(10.0, seconds / 60)
    try:
        while time.monotonic() < until:
            watch.sample()
            await watch.read()
            await watch.come_back(seconds / 20)
            await asyncio.sleep(pause)
    finally:
        trouble.cancel()
        await watch.telegram.order("clear")


async def _drain(watch: Watch, store: Any) -> float:
    """Wait until nothing is on the way and no digest is due soon; returns how many seconds that took."""
    begun, streams, outbox = time.monotonic(), Streams(store, "soak"), Outbox(store, "soak", 1)
    while time.monotonic() < begun + _LONGEST_DRAIN:
        lengths = [await streams.length(name) for name in keys.STREAMS if name not in (keys.POLLS, keys.PROBES)]
        soon = await store.zrangebyscore(keys.DUE, "-inf", time.time() + _LONGEST_DRAIN)
        digests = [item for item in soon if item.startswith(b"digest:")]
        on_the_way = sum(lengths) + sum((await outbox.depth()).values()) + len(digests)
        if not on_the_way and await outbox.idle(datetime.now(UTC), 60):
            break
        await watch.read()
        await asyncio.sleep(1)
    return time.monotonic() - begun


def growth(values: list[float], of: Callable[[list[float]], float] = mean) -> float:
    """Percent from the second quarter to the last; the first one warms up."""
    quarter = max(1, len(values) // 4)
    before, after = of(values[quarter : 2 * quarter] or values), of(values[-quarter:])
    return (after / before - 1) * 100 if before else 0.0


def _report(watch: Watch, found: Reconciled, entries: int, seconds: float, drained: float, code: int) -> int:
    sizes = {name: [each.get(name, 0.0) for each in watch.memory] for name in ("lodestone", "store", "parser")}
    loud = [line for line in watch.product.err if " ERROR " in line or line.startswith("Traceback")]
    bars = {
        f"memory of the product grows by {growth(sizes['lodestone']):+.1f} % (bar {_BAR:g} %)": growth(
            sizes["lodestone"]
        )
        <= _BAR,
        # Connections come and go with the load; what leaks is open also where there is least.
        f"handles, the least in a quarter, grow by {growth(watch.handles, min):+.1f} % (bar {_BAR:g} %), "
        f"{min(watch.handles):.0f} to {max(watch.handles):.0f}": growth(watch.handles, min) <= _BAR,
        f"errors in the log: {len(loud)}, exit code {code}": not loud and code == 0,
        f"ledger beside the server: {found.wrong.total()} rows do not fit": not found.wrong,
        f"drained in {drained:.0f} s": drained < _LONGEST_DRAIN,
    }
    told = ", ".join(f"{name} {values[0]:.0f} to {values[-1]:.0f}" for name, values in sizes.items())
    statuses = ", ".join(f"{status or 'none'}: {count}" for status, count in sorted(watch.statuses.items()))
    states = ", ".join(f"{state} {count}" for state, count in sorted(found.states.items()))
    print(
        f"{seconds:.0f} s at {SPEED} times the speed: {entries} entries, {CHATS} chats; load of the machine "
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n"
        f"  memory, MB: {told}\n"
        f"  answers of the server: {statuses}\n"
        f"  alerts delivered {found.alerts}, digests {found.digests}, of which marked repeats {found.marked}\n"
        f"  rows {sum(found.states.values())}: {states}"
    )
    for words, met in bars.items():
        print(f"  {'met   ' if met else 'MISSED'} {words}")
    for line in (*found.wrong.items(), *found.examples, *loud[:10]):
        print(f"    {line}")
    return 0 if all(bars.values()) else 1
