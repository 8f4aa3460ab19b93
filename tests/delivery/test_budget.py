"""A chat's budget of messages: counted exactly, whoever sends, dies or moves; and a plan that ends with what waited."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.delivery.queue import Outbox
from bot.quiet import Quiet
from pipelines import keys
from rules.story import Move
from tests.conftest import Clock
from tests.delivery.days import Days
from tests.delivery.living import Living
from tests.delivery.scene import CHAT, Scene

NIGHT = Quiet(22 * 60, 7 * 60)


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
