"""What Telegram may do to us (faults 4 to 12): floods, silence, refusals, a lost token; each against the product."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from bot.deliver import Deliver, Pace
from bot.delivery.lining import enqueue
from bot.delivery.queue import Outbox
from bot.delivery.telegram import TelegramSender
from bot.rendering import Renderer
from bot.send import Send
from bot.telegram_side import build_bot
from pipelines.store import connect
from pipelines.streams import Streams
from tests.conftest import Clock
from tests.delivery.stories import apply, judged, make_alert
from tests.faults.deliveries import Account, fill, publish
from tests.line.product import NO_PRICES, Product, lodestone, writing_to
from tests.telegram.answers import ANSWERS
from tests.telegram.counts import most_within
from tests.telegram.faults import Fault
from tests.telegram.remote import RemoteTelegram, telegram_process
from tests.telegram.server import TelegramServer

pytestmark = pytest.mark.faults

CHATS = 40
BAD = 1
"""The chat that the faults of one chat are ordered for."""
NOISE = 0.05
"""Seconds by which the p95 of some hundred messages differs from one window to the next by chance."""
_NAME = re.compile(r"\(n(\d+)\)")
Row = dict[str, Any]


@dataclass
class Storm:
    """The product with its stages address and send, and the Bot API server that turns on it."""

    telegram: RemoteTelegram
    product: Product
    store: Redis
    streams: Streams
    published: dict[int, float] = field(default_factory=dict)

    async def alert(self, count: int = 1, *, every: float = 0.0, urgent: bool = False) -> None:
        """So many further alerts for all chats, one each ``every`` seconds."""
        for _ in range(count):
            number = len(self.published)
            self.published[number] = time.time()
            await publish(self.streams, self.store, number, urgent=urgent)
            await asyncio.sleep(every)

    async def sends(self, chat: int | None = None) -> list[Row]:
        """All calls that were to bring a message, of one chat or of all."""
        return [row for row in await self.telegram.calls(method="sendMessage") if chat in (None, row["chat"])]

    async def delivered(self, most: int, seconds: float) -> list[Row]:
        """Wait until so many messages are delivered, at most so long."""
        until = time.monotonic() + seconds
        while True:
            found = [row for row in await self.sends() if row["delivered"]]
            if len(found) >= most or time.monotonic() > until:
                return found
            await asyncio.sleep(0.2)

    def waits(self, rows: Sequence[Row], numbers: range, *, without: int | None = None) -> list[float]:
        """How long each of these alerts took to its first copy in each chat, in order of size."""
        first = dict[tuple[int, int], float]()
        for row in rows:
            number = number_of(row)
            if number in numbers and row["delivered"] and row["chat"] != without:
                first.setdefault((row["chat"], number), row["at"] - self.published[number])
        return sorted(first.values())

    async def counts(self) -> dict[str, int]:
        return await Outbox(self.store, "reader", 1).counts()

    def account(self, rows: Sequence[Row], chats: int = CHATS) -> Account:
        return Account.of(rows, chats=chats, alerts=len(self.published))


def number_of(row: Row) -> int:
    found = _NAME.search(row["text"])
    assert found is not None
    return int(found[1])


def p95(values: Sequence[float]) -> float:
    return values[int(len(values) * 0.95)]


@contextlib.asynccontextmanager
async def storm(folder: Path, *, chats: int = CHATS, groups: Sequence[int] = (), **more: str) -> AsyncIterator[Storm]:
    """Private chats 1 to ``chats`` and these groups, with nothing to tell them yet, at Telegram's free rate."""
    data = folder / "data"
    await fill(data, chats=chats, alerts=0)
    async with telegram_process("--any-chat") as telegram:
        settings = {
            **writing_to(telegram),
            **NO_PRICES,
            **more,
        }
        async with lodestone(data, "run", "--stage", "address", "--stage", "send", **settings) as product:
            await product.says("telegram.ready")
            store = connect(f"unix://{(data / 'store' / 'socket').read_text().strip()}")
            for group in groups:
                await ChatStore(store).put(Chat(id=group, kind=Kind.GROUP, created=datetime.now(UTC), coins=()))
            yield Storm(telegram, product, store, Streams(store, "tester"))
            await store.aclose()
            assert await product.stop() == 0


def say(row: int, figures: str) -> None:
    print(f"\n{row}: {figures}")


async def test_04_a_chat_that_never_answers(tmp_path: Path) -> None:
    async with storm(tmp_path) as it:
        await it.telegram.fault(Fault("silence", chat=BAD, count=None, delivered=True))
        await it.alert(8, every=2)
        rows = await it.delivered((CHATS - 1) * 8 + 4, 60)
        waits, copies = it.waits(rows, range(8), without=BAD), defaultdict[int, list[bool]](list)
        for row in await it.sends(BAD):
            copies[number_of(row)].append("Repeat" in row["text"])
    worst, found = max(map(len, copies.values())) - 1, p95(waits)
    say(4, f"silence in one chat: repeats of a story {worst} (bar 1); other chats p95 {found:.2f} s (bar 5 s)")
    assert len(waits) == (CHATS - 1) * 8
    assert worst == 1
    assert all(marks in ([False], [False, True]) for marks in copies.values()), "each repeat is marked"
    assert found <= 5


async def test_05_a_flood_wait_of_one_chat(tmp_path: Path) -> None:
    async with storm(tmp_path) as it:
        await it.alert(10, every=2)
        await it.delivered(CHATS * 10, 30)
        await it.telegram.fault(Fault("429", chat=BAD, retry_after=30))
        await it.alert(10, every=2)
        rows = await it.delivered(CHATS * 20, 60)
        before, during = (it.waits(rows, numbers, without=BAD) for numbers in (range(10), range(10, 20)))
        refused, *later = [row["at"] for row in await it.sends(BAD)][10:]
        account = it.account(rows)
    calm, hit, pause = p95(before), p95(during), min(later) - refused
    say(5, f"429 in one chat: others p95 {hit:.2f} s after {calm:.2f} s (bar + 10 %); next call after {pause:.2f} s")
    print(f"   {account}")
    assert hit <= calm * 1.1 + NOISE
    assert pause >= 30
    assert (account.lost, account.repeats, account.disorder) == (0, 0, 0)


async def test_06_a_storm_of_floods(tmp_path: Path) -> None:
    chats, seconds = 100, 60.0
    async with storm(tmp_path, chats=chats) as it:
        await it.telegram.fault(Fault("429", count=None, retry_after=5))
        await it.alert(2)
        await it.alert(urgent=True)
        await asyncio.sleep(seconds)
        calls = len(await it.sends())
        await it.telegram.order("clear")
        rows = await it.delivered(chats * 3, 60)
        await asyncio.sleep(2)
        every = [row["at"] for row in await it.sends()]
        account = it.account(rows, chats)
    critical = [number_of(row) == 2 for row in rows]
    early = critical[:chats].count(True)
    own = defaultdict[int, list[int]](list)
    for row in rows:
        own[row["chat"]].append(number_of(row))
    most = most_within(every, 1.0)
    say(6, f"429 everywhere for {seconds:g} s: {calls} calls meanwhile; most calls in a second {most} (bar 30)")
    print(f"   {early} of the first {chats} messages critical; {account}")
    assert (account.lost, account.repeats) == (0, 0)
    assert most <= 30
    assert all(numbers == [2, 0, 1] for numbers in own.values()), "critical first in each chat, the rest in order"
    assert early >= 0.9 * chats


async def test_07_a_flood_without_a_time(tmp_path: Path) -> None:
    async with storm(tmp_path) as it:
        await it.telegram.fault(Fault("429", chat=BAD, count=None))
        await it.alert()
        await it.delivered(CHATS - 1, 20)
        first = (await it.sends(BAD))[0]["at"]
        await asyncio.sleep(max(0.0, first + 60 - time.time()))
        calls = [row["at"] for row in await it.sends(BAD) if row["at"] < first + 60]
    gaps = [later - earlier for earlier, later in pairwise(calls)]
    say(7, f"429 without a time: {len(calls)} calls in the first minute (bar 8), apart {[round(g, 1) for g in gaps]} s")
    assert 4 <= len(calls) <= 8
    assert all(later > earlier for earlier, later in pairwise(gaps))


async def test_08_a_chat_that_blocked_the_bot(tmp_path: Path) -> None:
    async with storm(tmp_path) as it:
        await it.telegram.fault(Fault("blocked", chat=BAD, count=None))
        await it.alert(3)
        await it.delivered((CHATS - 1) * 3, 30)
        before = len(await it.sends(BAD))
        await it.alert()
        rows = await it.delivered((CHATS - 1) * 4, 30)
        after = len(await it.sends(BAD)) - before
        chat = await ChatStore(it.store).get(BAD)
    say(8, f"403 in one chat: calls {before} (bar 1), later {after} (bar 0); {len(rows)} messages to the others")
    assert (before, after, len(rows)) == (1, 0, (CHATS - 1) * 4)
    assert chat is not None
    assert (chat.active, chat.why_off) == (False, "bot was blocked by the user")


async def test_09_a_group_that_became_a_supergroup(tmp_path: Path) -> None:
    old, new = -5, -1001
    async with storm(tmp_path, chats=5, groups=(old,), group_rate="600") as it:
        await it.telegram.fault(Fault("migrate", chat=old, count=None, migrate_to=new))
        await it.alert(2)
        await it.delivered(12, 20)
        await it.alert(2)
        await it.delivered(24, 20)
        asked, told = await it.sends(old), await it.sends(new)
    numbers = [number_of(row) for row in told]
    say(9, f"a group that moved: {len(asked)} calls to the old id (bar 1), to the new one {numbers}")
    assert len(asked) == 1
    assert numbers == [0, 1, 2, 3]
    assert not any("Repeat" in row["text"] for row in told)


async def test_10_markup_that_is_refused(tmp_path: Path) -> None:
    async with storm(tmp_path, chats=5) as it:
        await it.telegram.fault(Fault("entities", chat=BAD, count=None, parsed_only=True))
        await it.alert()
        await it.delivered(5, 20)
        await asyncio.sleep(1)
        rows, counts = await it.sends(BAD), await it.counts()
    copies = [row for row in rows if row["delivered"]]
    say(
        10,
        f"bad entities: {len(rows)} calls, {len(copies)} copy (bar 1), counter plain {counts.get('plain', 0)} (bar 1)",
    )
    assert (len(rows), len(copies), counts["plain"]) == (2, 1, 1)
    assert "<" not in copies[0]["text"]


async def test_11_server_errors_for_a_minute(tmp_path: Path) -> None:
    async with storm(tmp_path) as it:
        await it.telegram.fault(Fault("502", count=None))
        await it.alert(3)
        await asyncio.sleep(60)
        calls = len(await it.sends())
        await it.telegram.order("clear")
        rows = await it.delivered(CHATS * 3, 90)
        await asyncio.sleep(2)
        account = it.account(await it.sends())
    say(11, f"502 for a minute: {calls} calls meanwhile; {len(rows)} messages after it; {account}")
    assert (account.lost, account.repeats, account.marked_first, account.disorder) == (0, 0, 0, 0)


async def test_11_server_errors_for_ten_minutes(store: Redis, clock: Clock) -> None:
    chats, kinds = 200, ("500", "502", "502-json", "504", "500-html", "504-html")
    assert set(kinds) == {name for name, (code, _) in ANSWERS.items() if code >= 500}
    async with TelegramServer(any_chat=True) as server:
        bot = build_bot(server.token, server.base_url, 8, read_seconds=5)
        await bot.initialize()
        sender, outbox, book = TelegramSender(bot), Outbox(store, "one", 28), ChatStore(store)
        deliver = Deliver(book, outbox, Renderer(store), lambda _: sender, clock, pace=Pace(chat=1, group=3))
        send = Send(outbox, deliver, clock)
        ids = range(1, chats + 1)
        for chat in ids:
            await book.put(Chat(id=chat, kind=Kind.PRIVATE, created=clock(), coins=()))
        story = (await judged(store, make_alert("n0", clock()))).story.id
        await apply(store, *enqueue(story, ids, 1, "normal", clock(), parts=4))
        for kind in kinds * 500:
            server.fault(Fault(kind, count=1))
        begun = clock()
        while (clock() - begun).total_seconds() < 600:
            while await send.step():
                pass
            clock.advance(seconds=0.2)
        calls = [call for call in server.world.calls if call.method == "sendMessage"]
        waiting = (await outbox.depth())["normal"]
        server.faults.clear()
        while (await outbox.depth())["normal"]:
            while await send.step():
                pass
            clock.advance(seconds=0.2)
        sent = server.world.sent()
        await bot.shutdown()
    took = (clock() - begun).total_seconds() - 600
    say(
        11, f"5xx of all kinds for ten minutes: {len(calls)} calls, {waiting} of {chats} wait; all told in {took:.0f} s"
    )
    print(f"   lost {chats - len({call.chat for call in sent})}, repeats {len(sent) - chats} (bar 0)")
    assert waiting == chats
    assert not any(call.delivered for call in calls)
    assert sorted(call.chat or 0 for call in sent) == list(ids)
    assert not any("Repeat" in call.text for call in sent)


async def test_12_a_token_that_is_revoked(tmp_path: Path) -> None:
    async with storm(tmp_path) as it:
        await it.alert()
        await it.delivered(CHATS, 20)
        begun = len(it.product.err)
        await it.telegram.fault(Fault("401", method="*", count=None))
        revoked = time.time()
        await it.alert(3)
        await asyncio.sleep(90)
        calls = [row for row in await it.telegram.calls() if row["at"] >= revoked and row["status"] == 401]
        waiting = sum((await Outbox(it.store, "reader", 1).depth()).values())
        await it.telegram.order("clear")
        back = time.time()
        rows = await it.delivered(CHATS * 4, 60)
        loud = [line for line in it.product.err[begun:] if " ERROR " in line]
        account = it.account(rows)
    sends = [row["at"] for row in calls if row["method"] == "sendMessage"]
    most, every = most_within(sends, 60.0), most_within([row["at"] for row in calls], 60.0)
    went_on = min(row["at"] for row in rows if row["at"] >= back) - back
    say(12, f"a refused token: most sends in a minute {most} (bar 3), with polls {every}; loud lines {len(loud)}")
    print(f"   {waiting} waited; the first message {went_on:.1f} s after the token worked again; {account}")
    assert (account.lost, account.repeats) == (0, 0)
    assert waiting == CHATS * 3
    assert most <= 3
    assert len(loud) == 1
    assert "telegram.token_refused" in loud[0]
