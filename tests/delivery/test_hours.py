"""The clock on the chat's wall: each case is a few days of news, wishes and stops, and what was told when.

What is compared is the whole list, so that a line told twice, a line lost and a message at another minute all show.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.address import Address
from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.commands.handlers import COMMANDS
from bot.delivery.queue import Outbox
from bot.quiet import Quiet
from bot.signing import signer_for
from pipelines import keys
from pipelines.rulebook import load_rules
from pipelines.stage import Stage
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.story import Move
from rules.verdict import Severity
from tests.conftest import Clock
from tests.delivery.living import Living
from tests.delivery.scene import CHAT, Scene, calling
from tests.delivery.stories import judged, make_alert
from tests.delivery.test_digests import Desk

HIGH = Severity.HIGH
BERLIN, KARACHI = "Europe/Berlin", "Asia/Karachi"
NIGHT, WORKING_NIGHT = Quiet(22 * 60, 7 * 60), Quiet(22 * 60, 7 * 60, (0, 1, 2, 3, 4))
LOUD = {"news": Severity.HIGH, "critical": Severity.CRITICAL, "small": Severity.MEDIUM}
DIGEST = {"digest": (8 * 60,)}
_NAMED = re.compile(r"[(](\w+)[)]")


class Days(Desk):
    """The desk with the stage that addresses, gone through from one moment at which something is due to the next."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.store, scene.clock, scene.server, scene.sender)
        streams = Streams(scene.store, "one")
        address = Address(scene.store, scene.clock, depths=self.outbox.depth)
        stage = Stage(
            name="address", reads=keys.ALERTS, feeds=keys.ALERTS, handle=address.handle, batch=1, single_hand=True
        )
        self.streams, self.address = streams, Worker(streams, stage, scene.clock)
        self.context = BotContext(
            store=scene.store,
            chats=self.chats,
            clock=scene.clock,
            rules=lambda: load_rules(None),
            signer=signer_for("1:x"),
        )
        self.told: list[str] = []

    async def happen(self, what: str) -> None:
        """News of that loudness and name, or a command that the chat types."""
        word, _, rest = what.partition(" ")
        if word in LOUD:
            alert = await judged(self.store, make_alert(rest, self.clock(), severity=LOUD[word]))
            await self.streams.publish(keys.ALERTS, alert)
        else:
            run = next(entry.run for entry in COMMANDS if entry.name == word.removeprefix("/"))
            ask = Ask(chat_id=CHAT, kind=Kind.PRIVATE, title="", user_id=CHAT, text=rest, now=self.clock())
            await run(self.context, ask)

    async def settle_all(self) -> None:
        """Do all that is due, a second a message, and write down what was told at this minute."""
        at, before = self.clock(), len(self.calls())
        while True:
            while await self.address.step(1):
                pass
            await super().work()
            if not any((await self.outbox.depth()).values()):
                break
            self.clock.advance(seconds=1)
        for call in self.calls()[before:]:
            names = " ".join(_NAMED.findall(call.text))
            self.told.append(f"{at:%d %H:%M} {'digest ' if 'Digest' in call.text else ''}{names}")

    async def next_due(self) -> datetime | None:
        """When the clock has something to do."""
        raw: Any = self.store
        found = await raw.zrange(keys.DUE, 0, 0, withscores=True)
        return datetime.fromtimestamp(found[0][1], UTC) if found else None

    async def go(self, script: list[tuple[datetime, str]], days: float) -> list[str]:
        """Go through the script and some days more; ``stop`` and ``start`` end and begin all work."""
        end, running = script[-1][0] + timedelta(days=days), True
        rest = [*script, (end, "end")]
        while rest:
            due = await self.next_due() if running else None
            at, what = rest[0]
            if due is not None and due < at:
                self.clock.at = max(self.clock.at, due)
            else:
                self.clock.at = max(self.clock.at, at)
                rest.pop(0)
                running = what == "start" or (running and what != "stop")
                if what not in ("start", "stop", "end"):
                    await self.happen(what)
            if running:
                await self.settle_all()
        return self.told


@pytest.fixture
async def days(store: Redis, clock: Clock) -> AsyncIterator[Days]:
    async with calling(read_seconds=0.3) as (server, sender):
        await Streams(store, "one").create(keys.STREAMS)
        made = Days(Scene(store, clock, server, sender))
        await made.due.claim(1)
        yield made


# what it shows, the month, the chat's wishes, what happens and what is told, each as "day hh:mm ..." in UTC
CASES: list[tuple[str, str, dict[str, Any], str, str]] = [
    (
        "quiet hours over midnight; the gravest rings",
        "2027-01",
        {"zone": BERLIN, "quiet": NIGHT},
        "12 20:59 news a, 12 21:00 news b, 12 23:30 news c, 13 01:00 critical d, 13 05:59 news e, 13 06:01 news f",
        "12 20:59 a, 13 01:00 d, 13 06:00 digest b c e, 13 06:01 f",
    ),
    (
        "the night in which an hour is left out",
        "2027-03",
        {"zone": BERLIN, "quiet": NIGHT},
        (
            "27 20:59 news a, 27 21:00 news b, 28 00:59 news c, 28 01:00 news d, 28 05:01 news e, 28 19:59 news f, "
            "28 20:00 news g"
        ),
        "27 20:59 a, 28 05:00 digest b c d, 28 05:01 e, 28 19:59 f, 29 05:00 digest g",
    ),
    (
        "the night in which an hour comes twice",
        "2027-10",
        {"zone": BERLIN, "quiet": NIGHT},
        "30 19:59 news a, 30 20:00 news b, 31 00:30 news c, 31 01:30 news d, 31 05:59 news e, 31 06:01 news f",
        "30 19:59 a, 31 06:00 digest b c d e, 31 06:01 f",
    ),
    (
        "a digest at an hour that is left out comes an hour later, once",
        "2027-03",
        {"zone": BERLIN, "digest": (150,), "level": HIGH},
        "27 12:00 small a, 28 02:00 small b",
        "28 01:30 digest a, 29 00:30 digest b",
    ),
    (
        "a digest at an hour that comes twice comes the first time",
        "2027-10",
        {"zone": BERLIN, "digest": (150,), "level": HIGH},
        "30 12:00 small a, 31 00:45 small b",
        "31 00:30 digest a, 01 01:30 digest b",
    ),
    (
        "a mute that ends inside quiet hours",
        "2027-01",
        {"zone": "UTC", "quiet": NIGHT},
        "12 22:10 news a, 12 22:20 /mute rare earths 4h, 13 01:00 news b, 13 03:00 news c",
        "13 07:00 digest a c",
    ),
    (
        "a digest that was due while all stood still",
        "2027-01",
        {"zone": "UTC", "level": HIGH, **DIGEST},
        "12 06:00 small a, 12 07:00 stop, 13 09:30 small b, 14 10:30 start",
        "14 10:30 digest a, 15 08:00 digest b",
    ),
    (
        "quiet hours that ended while all stood still",
        "2027-01",
        {"zone": "UTC", "quiet": NIGHT},
        "12 23:00 news a, 12 23:30 stop, 13 12:00 news b, 13 12:01 start",
        "13 12:01 b, 13 12:01 digest a",
    ),
    (
        "a zone further east: what is planned comes sooner",
        "2027-01",
        {"zone": "UTC", "level": HIGH, **DIGEST},
        "12 01:00 small a, 12 02:00 /zone Lahore, 12 04:00 small b",
        "12 03:00 digest a, 13 03:00 digest b",
    ),
    (
        "a zone further west: what is planned comes later",
        "2027-01",
        {"zone": KARACHI, "level": HIGH, **DIGEST},
        "12 01:00 small a, 12 02:00 /zone New York",
        "12 13:00 digest a",
    ),
    (
        "a zone in which it is day: nothing waits any longer",
        "2027-01",
        {"zone": KARACHI, "quiet": NIGHT},
        "12 18:00 news a, 12 19:00 /zone London, 12 21:59 news b, 12 22:00 news c",
        "12 19:00 digest a, 12 21:59 b, 13 07:00 digest c",
    ),
    (
        "other hours while news waits",
        "2027-01",
        {"zone": "UTC", "quiet": NIGHT},
        (
            "12 23:00 news a, 12 23:10 /quiet 22:00-05:00, 13 06:00 news b, 13 22:30 news c, 13 23:00 /quiet off, "
            "13 23:10 news d"
        ),
        "13 05:00 digest a, 13 06:00 b, 13 23:00 digest c, 13 23:10 d",
    ),
    (
        "a digest every week, and one that is ended: what only it would have told goes, the rest comes in the morning",
        "2027-01",
        {"zone": "UTC", "level": HIGH, "budget": 0, **DIGEST},
        (
            "12 09:00 small a, 12 10:00 /digest weekly mon 09:00, 13 10:00 news b, 18 09:30 news c, 18 09:40 small d, "
            "19 10:00 /digest off"
        ),
        "18 09:00 digest a b, 20 08:00 digest c",
    ),
    (
        "a digest every week beside quiet nights: what is small waits for it",
        "2027-01",
        {"zone": "UTC", "quiet": NIGHT, "level": HIGH, "digest": (540,), "digest_days": (0,)},
        "12 09:00 small a, 12 23:00 news b, 13 23:00 small c, 14 23:00 news d, 18 09:10 small e, 18 23:00 news f",
        "13 07:00 digest b, 15 07:00 digest d, 18 09:00 digest a c, 19 07:00 digest f, 25 09:00 digest e",
    ),
    (
        "quiet on the nights of working days alone",
        "2027-01",
        {"zone": KARACHI, "quiet": WORKING_NIGHT},
        (
            "15 16:59 news a, 15 17:00 news b, 15 20:00 news c, 16 02:00 news d, 16 18:00 news e, 17 18:00 news f, "
            "18 18:00 news g"
        ),
        "15 16:59 a, 16 02:00 d, 16 02:00 digest b c, 16 18:00 e, 17 18:00 f, 19 02:00 digest g",
    ),
    (
        "a budget on the day line; the gravest counts and always comes",
        "2027-01",
        {"zone": KARACHI, "budget": 2, **DIGEST},
        (
            "12 18:00 news a, 12 18:30 critical b, 12 18:50 news c, 12 18:55 critical d, 12 19:00 news e, "
            "12 19:01 news f, 12 19:02 news g, 13 18:59 news h, 13 19:00 news i"
        ),
        (
            "12 18:00 a, 12 18:30 b, 12 18:55 d, 12 19:00 e, 12 19:01 f, 13 03:00 digest c g, 13 19:00 i, "
            "14 03:00 digest h"
        ),
    ),
    (
        "a budget on a day of 25 hours, told in the morning where there is no digest",
        "2027-10",
        {"zone": BERLIN, "budget": 1},
        "30 21:59 news a, 30 22:00 news b, 31 22:59 news c, 31 23:00 news d",
        "30 21:59 a, 30 22:00 b, 31 23:00 d, 01 07:00 digest c",
    ),
    (
        "a budget on a day of 23 hours",
        "2027-03",
        {"zone": BERLIN, "budget": 1},
        "27 22:59 news a, 27 23:00 news b, 28 21:59 news c, 28 22:00 news d",
        "27 22:59 a, 27 23:00 b, 28 22:00 d, 29 06:00 digest c",
    ),
    (
        "another zone gives no second budget for the same hours",
        "2027-01",
        {"zone": "UTC", "budget": 1, **DIGEST},
        "12 10:00 news a, 12 11:00 /zone Karachi, 12 12:00 news b, 12 18:59 news c, 12 19:00 news d",
        "12 10:00 a, 12 19:00 d, 13 03:00 digest b c",
    ),
    (
        "a budget and quiet hours together",
        "2027-01",
        {"zone": "UTC", "budget": 1, "quiet": NIGHT},
        (
            "12 10:00 news a, 12 12:00 news b, 12 23:00 news c, 13 06:00 critical d, 13 09:00 news e, "
            "13 10:00 /budget off, 13 10:01 news f"
        ),
        "12 10:00 a, 13 06:00 d, 13 07:00 digest b c, 13 10:00 digest e, 13 10:01 f",
    ),
]


def read(month: str, row: str) -> tuple[datetime, str]:
    day, clock, what = row.strip().split(" ", 2)
    return datetime.fromisoformat(f"{month}-{day}T{clock}").replace(tzinfo=UTC), what


@pytest.mark.parametrize(("month", "wishes", "script", "told"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
async def test_each_line_comes_once_and_at_its_time(
    days: Days, clock: Clock, month: str, wishes: dict[str, Any], script: str, told: str
) -> None:
    happens = [read(month, row) for row in script.split(", ")]
    clock.at = happens[0][0]
    await days.seat(**wishes)
    assert await days.go(happens, 8) == told.split(", ")
    assert await days.outbox.lines(CHAT) == ()


# --- the budget's count


async def test_the_budget_is_exact_whoever_sends_and_whoever_dies(days: Days, clock: Clock) -> None:
    chats, stories, budget = range(1, 7), 9, 4
    for chat in chats:
        await days.seat(chat, budget=budget)
    for number in range(stories):
        await days.happen(f"news n{number}")
    while await days.address.step(1):
        pass
    boxes = [Outbox(days.store, name, 1000) for name in ("p", "q", "r")]
    for turn in range(6 * stories):
        given = [(box, taken) for box in boxes for taken in (await box.take(clock(), (0, 1)))[0]]
        if turn % 5 == 4:
            # All died before they called: their rows say so, and their chats go to others.
            assert await days.outbox.recover(clock()) == len(given)
        else:
            made = [days.deliver_for(box).deliver(taken) for box, taken in given]
            receipts = await asyncio.gather(*made)
            for (box, taken), receipt in reversed(list(zip(given, receipts, strict=True))):
                assert await box.settle([(taken, receipt)], clock()) == [True]
        clock.advance(seconds=1)
    for chat in chats:
        sent = [call for call in days.calls(chat) if "Digest" not in call.text]
        assert len(sent) == budget
        assert len(await days.outbox.lines(chat)) == stories - budget
        assert len(await days.outbox.spent(chat)) == budget


async def test_replies_count_and_edits_do_not(scene: Scene) -> None:
    living = Living(scene)
    await scene.seat(budget=2)
    await living.begin()
    for kind, spent in ((Move.AMOUNT, 1), (Move.STAGE, 2), (Move.AMOUNT, 2), (Move.STAGE, 2)):
        await living.wait(minutes=15)
        await living.move(kind)
        await living.wait(minutes=1)
        assert len(await scene.outbox.spent(CHAT)) == spent
    assert living.calls() == ["send", "edit", "reply to 1", "edit", "edit", "edit"]
    assert await scene.outbox.lines(CHAT) == (living.alert.story.id,)


async def test_a_repeat_after_a_crash_counts_once(scene: Scene) -> None:
    living = Living(scene)
    await scene.seat(budget=2)
    await living.streams.create(keys.STREAMS)
    await living.publish(living.alert)
    dead = Outbox(scene.store, "dead", 1000)
    (taken,), _ = await dead.take(scene.clock())
    await scene.deliver_for(dead).deliver(taken)  # Telegram has it, and nobody wrote that down
    assert await scene.outbox.recover(scene.clock()) == 1
    await scene.work(2)
    assert (len(scene.calls()), len(await scene.outbox.spent(CHAT))) == (2, 1)


async def test_a_group_that_moves_takes_its_count_along(days: Days, clock: Clock) -> None:
    await days.seat(-5, budget=1)
    await days.happen("news a")
    await days.settle_all()
    assert len(await days.outbox.spent(-5)) == 1
    await days.chats.migrate(-5, -1005)
    await days.outbox.move(-5, -1005, clock())
    assert (len(await days.outbox.spent(-5)), len(await days.outbox.spent(-1005))) == (0, 1)
    days.server.world.chat(-1005)
    clock.advance(minutes=5)
    await days.happen("news b")
    await days.settle_all()
    assert (len(days.calls(-1005)), len(await days.outbox.lines(-1005))) == (0, 1)


async def test_without_a_budget_nothing_is_counted(days: Days) -> None:
    await days.seat()
    await days.happen("news a")
    await days.settle_all()
    assert (len(days.calls()), await days.outbox.spent(CHAT)) == (1, ())


async def test_what_nothing_waits_for_is_planned_no_longer(days: Days, clock: Clock) -> None:
    await days.seat(quiet=NIGHT)
    clock.at = clock.at.replace(hour=23)
    await days.happen("news a")
    await days.settle_all()
    assert await days.next_due() == (clock() + timedelta(days=1)).replace(hour=7, minute=0, second=0)
    (story,) = await days.outbox.lines(CHAT)
    raw: Any = days.store
    await raw.zrem(f"{keys.TAG}:out:lines:{CHAT}", story)
    await days.happen("/quiet 23:00-08:00")
    assert await days.next_due() is None
    assert (await days.chats.get(CHAT)) == replace(
        (await days.chats.get(CHAT)) or pytest.fail("no chat"), quiet=Quiet(23 * 60, 8 * 60)
    )
