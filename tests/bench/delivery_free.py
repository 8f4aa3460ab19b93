"""An alert to 10,000 chats at the default rates, a critical one in the middle, with and without a flood wait."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean
from typing import Any

from tests.bench.full_store import private_chats, put_alert
from tests.bench.sending import Row, at, delivering, print_table
from tests.telegram.faults import Fault
from tests.telegram.remote import RemoteTelegram, telegram_process

CHATS, RATE, FLOOD_WAIT = 10_000, 28, 30


@dataclass
class Run:
    """What the server saw of one run.

    ``asked`` is when the critical alert came onto its stream, ``ordered`` how many were told to wait on order.
    """

    calls: list[dict[str, Any]]
    fullest: int
    asked: float
    ordered: int

    def __post_init__(self) -> None:
        self.flooded = next((call["chat"] for call in self.calls if call["status"] == 429), None)
        self.urgent = [call["at"] for call in self.calls if "(urgent)" in call["text"]]

    @property
    def refused(self) -> int:
        """Calls that the server refused by its limits, without what was ordered."""
        return len([call for call in self.calls if call["status"] == 429]) - self.ordered

    @property
    def rate(self) -> float:
        """Calls a second from the first to the last."""
        return (len(self.calls) - 1) / float(self.calls[-1]["at"] - self.calls[0]["at"])

    @property
    def gaps(self) -> list[float]:
        """Milliseconds between one call and the next to the chats that may be called."""
        times = [call["at"] for call in self.calls if call["chat"] != self.flooded]
        return [(after - before) * 1000 for before, after in pairwise(times)]

    @property
    def silence(self) -> float:
        """The longest time, in seconds, in which no other chat was called after one was told to wait."""
        told = next((call["at"] for call in self.calls if call["status"] == 429), float("inf"))
        later = (float(call["at"]) for call in self.calls if call["at"] >= told and call["chat"] != self.flooded)
        return max((after - before for before, after in pairwise([told, *later])), default=float("nan"))

    @property
    def overtaken_by(self) -> int:
        """Ordinary calls that arrived between the first and the last of the critical alert."""
        first, last = self.urgent[0], self.urgent[-1]
        return sum("(urgent)" not in call["text"] and first < call["at"] < last for call in self.calls)

    @property
    def came_back_after(self) -> str:
        """Seconds until the chat in flood wait was called again. It goes to the end of the line then."""
        times = [float(call["at"]) for call in self.calls if call["chat"] == self.flooded]
        return f"{times[1] - times[0]:.1f}" if len(times) > 1 else "not in this run"


def main(words: list[str]) -> None:
    """``delivery free [SECONDS]``: 120 unless said, each of two runs; 360 are enough for all chats."""
    asyncio.run(_measure(float(words[0]) if words else 120.0))


async def _measure(seconds: float) -> None:
    plain = await run(seconds, flood=False)
    flooded = await run(seconds, flood=True)
    for each, title in ((plain, "no flood wait"), (flooded, f"one chat told to wait {FLOOD_WAIT} s")):
        print_table(f"free: {CHATS} chats, default rates, {seconds:.0f} s, {title}", _rows(each))
    grown = (mean(flooded.gaps) / mean(plain.gaps) - 1) * 100
    print_table(
        "free: what one chat's flood wait does to the others",
        [
            ("mean gap without and with, ms", f"{mean(plain.gaps):.2f}, {mean(flooded.gaps):.2f}", ""),
            ("more with", f"{grown:+.1f} %", "bar +10 %"),
            ("p95 of the gap without and with, ms", f"{at(plain.gaps, 0.95):.1f}, {at(flooded.gaps, 0.95):.1f}", ""),
            ("the chat itself is called again after, s", flooded.came_back_after, f"bar not before {FLOOD_WAIT}"),
        ],
    )


def _rows(run: Run) -> list[Row]:
    off = (run.rate / RATE - 1) * 100
    return [
        ("calls", f"{len(run.calls)}", ""),
        ("mean rate, calls a second", f"{run.rate:.2f} ({off:+.1f} %)", f"bar {RATE} within 3 %"),
        ("fullest sliding second at the server", f"{run.fullest}", "bar never 31"),
        ("refused for being too fast", f"{run.refused}", "bar 0"),
        ("critical alert: stream to its first call, s", f"{run.urgent[0] - run.asked:.2f}", "bar 3"),
        ("critical alert: stream to its 28th call, s", f"{run.urgent[27] - run.asked:.2f}", ""),
        ("ordinary calls among the critical ones", f"{run.overtaken_by}", "bar 0"),
    ]


async def run(seconds: float, *, flood: bool, urgent_at: float = 0.5) -> Run:
    """The product for so many seconds, with a critical alert at that share of them."""
    async with (
        telegram_process("--any-chat", "--slim") as telegram,
        delivering(telegram, private_chats(CHATS)) as scene,
    ):
        await telegram.order("limits", overall=30, chat=1)
        if flood:
            await telegram.fault(flood_wait())
        await put_alert(scene.store, "plain")
        await asyncio.sleep(seconds * urgent_at)
        asked = time.time()
        await put_alert(scene.store, "urgent", critical=True)
        await asyncio.sleep(max(seconds * (1 - urgent_at), 5))
        return await seen(telegram, asked, int(flood))


def flood_wait() -> Fault:
    """What tells one chat of the first ones to wait."""
    return Fault("429", skip=50, retry_after=FLOOD_WAIT)


async def seen(telegram: RemoteTelegram, asked: float, ordered: int) -> Run:
    """What the server saw until now."""
    found = await telegram.counts(chats=False)
    calls = [call for call in await telegram.calls(method="sendMessage") if call["status"]]
    return Run(calls, found["most_in_a_second"], asked, ordered)
