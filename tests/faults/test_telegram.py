"""What Telegram may do to us, against the whole product: rows 4 to 12 of the fault table, each with its pass figure.

Rows 7 and 11 are driven through their full times with a clock that is set, in ``tests/delivery/test_send.py``; here
they run in real time, shortened.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.chat_store import ChatStore
from bot.delivery.reading import OutboxReader
from tests.faults.deliveries import copies
from tests.faults.kills import Deployment, deployment
from tests.telegram.faults import Fault

pytestmark = pytest.mark.faults
CHATS = 40


@asynccontextmanager
async def sending(
    folder: Path, *faults: Fault, alerts: int = 4, rate: float = 100, urgent_every: int = 0
) -> AsyncIterator[Deployment]:
    """The product at work against a server that has been told to misbehave."""
    async with deployment(folder, chats=CHATS, alerts=alerts, rate=rate, urgent_every=urgent_every) as made:
        for fault in faults:
            await made.telegram.fault(fault)
        child = await made.start()
        yield made
        child.signal(signal.SIGTERM)
        assert await child.end(40) == 0, child.log.read_text()[-2000:]


async def sends(made: Deployment, chat: int | None = None) -> list[dict[str, Any]]:
    """All calls that send, answered well or not."""
    calls = await made.telegram.calls(method="sendMessage")
    return [call for call in calls if chat in (None, call["chat"])]


async def until_others_have_all(made: Deployment, silent: int, seconds: float = 60) -> list[float]:
    """When each message to a chat other than ``silent`` arrived, once all have."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await made.log.read()
        found = [copy.at for copy in copies(made.log.calls) if copy.chat != silent]
        if len(found) >= (made.chats - 1) * made.alerts:
            return sorted(found)
        await asyncio.sleep(0.05)
    raise AssertionError("the other chats did not get all")


async def test_row_4_one_chat_is_never_answered(tmp_path: Path) -> None:
    async with sending(tmp_path, Fault("silence", chat=1, count=None, delivered=True), alerts=1) as made:
        times = await until_others_have_all(made, 1)
        p95 = times[int(len(times) * 0.95)] - times[0]
        await asyncio.sleep(50)  # the call, its time-out, the repeat, its time-out
        await made.log.read()
        calls = await sends(made, 1)
        print(f"\nrow 4: calls to the silent chat {len(calls)} (bar 2), others' p95 {p95:.2f} s (bar 5)")
        assert len(calls) == 2
        assert ["Repeat" in call["text"] for call in calls] == [False, True]
        assert p95 <= 5


async def test_row_5_one_chat_is_told_to_wait(tmp_path: Path) -> None:
    async with sending(tmp_path / "calm") as calm:
        times = await until_others_have_all(calm, 1)
        before = (times[-1] - times[0]) / len(times)
    async with sending(tmp_path / "told", Fault("429", chat=1, retry_after=30)) as made:
        times = await until_others_have_all(made, 1)
        beside = (times[-1] - times[0]) / len(times)
        await made.until_all_arrived(60)
        first, second = [call["at"] for call in await sends(made, 1)][:2]
        print(
            f"\nrow 5: others' mean gap {before * 1000:.1f} and {beside * 1000:.1f} ms ({beside / before - 1:+.1%}, "
            f"bar +10 %), asked again after {second - first:.1f} s (bar 30)"
        )
        assert beside <= before * 1.1
        assert second - first >= 30
        assert made.account().repeats == 0


async def test_row_6_a_storm_over_all_chats_for_a_minute(tmp_path: Path) -> None:
    async with sending(tmp_path, Fault("429", count=None, retry_after=10), alerts=10, rate=28, urgent_every=5) as made:
        await asyncio.sleep(60)
        during = len(await sends(made))
        await made.telegram.order("clear")
        await made.until_all_arrived(120)
        found, account = copies(made.log.calls), made.account()
        times = [copy.at for copy in found]
        fullest = max(sum(at <= other < at + 1 for other in times) for at in times)
        urgent = sum(copy.number % 5 == 0 for copy in found[: CHATS * 2])
        print(
            f"\nrow 6: {during} calls in the storm, then {len(found)} messages, lost {account.lost}, repeats "
            f"{account.repeats}, fullest second {fullest} (bar 30), of the first {CHATS * 2} urgent {urgent}"
        )
        assert (account.lost, account.repeats) == (0, 0)
        assert fullest <= 30
        assert urgent >= CHATS * 2 * 0.9  # a chat rests for a second between two of its own


async def test_row_7_a_429_without_a_time(tmp_path: Path) -> None:
    async with sending(tmp_path, Fault("429", chat=1, count=None)) as made:
        await until_others_have_all(made, 1)
        await asyncio.sleep(60)
        calls = len(await sends(made, 1))
        print(f"\nrow 7: calls to the chat in a minute {calls} (bar 8)")
        assert 4 <= calls <= 8


async def test_rows_8_9_and_10_blocked_moved_and_refused(tmp_path: Path) -> None:
    faults = (
        Fault("blocked", chat=1, count=None),
        Fault("migrate", chat=2, migrate_to=-1002, count=None),
        Fault("entities", chat=3, count=None, parsed_only=True),
    )
    async with sending(tmp_path, *faults) as made:
        assert made.store is not None
        until = time.monotonic() + 60
        while time.monotonic() < until and len(await _delivered(made, 3, -1002)) < 8:
            await asyncio.sleep(0.1)
        chats = ChatStore(made.store)
        blocked, moved, counts = await chats.get(1), await chats.get(-1002), await OutboxReader(made.store).counts()
        calls = {chat: len(await sends(made, chat)) for chat in (1, 2)}
        print(f"\nrow 8: calls {calls[1]} (bar 1); row 9: calls to the old id {calls[2]} (bar 1); row 10: {counts}")
        assert calls == {1: 1, 2: 1}
        assert blocked is not None
        assert not blocked.active
        assert moved is not None
        assert await chats.get(2) is None
        assert counts["plain"] == 4
        for chat in (3, -1002):
            texts = [call["text"] for call in await _delivered(made, chat)]
            assert (len(texts), len(set(texts))) == (4, 4)


async def _delivered(made: Deployment, *chats: int) -> list[dict[str, Any]]:
    return [call for chat in chats for call in await sends(made, chat) if call["delivered"]]


@pytest.mark.parametrize(("kind", "row"), [("502", 11), ("500", 11), ("401", 12)])
async def test_rows_11_and_12_telegram_is_broken_or_refuses_the_token(tmp_path: Path, kind: str, row: int) -> None:
    async with sending(tmp_path, Fault(kind, count=None)) as made:
        await asyncio.sleep(60)
        during = len(await sends(made))
        await made.telegram.order("clear")
        await made.until_all_arrived(120)
        account = made.account()
        print(f"\nrow {row}, {kind} for a minute: {during} calls meanwhile; {account}")
        assert (account.lost, account.repeats, account.marked_first) == (0, 0, 0)
        assert kind != "401" or during <= 3
