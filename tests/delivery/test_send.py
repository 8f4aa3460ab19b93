"""The last stage against a Bot API server that misbehaves: each answer of Telegram leads to its own end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chats import Chat, Kind
from bot.deliver import Deliver, Pace
from bot.delivery.lining import enqueue, hold, line_up_digest
from bot.quiet import Quiet
from bot.rendering import Renderer
from pipelines import keys
from rules.story import Topic
from tests.delivery.scene import Scene
from tests.delivery.stories import apply, judged, make_alert
from tests.telegram.faults import Fault


async def test_an_alert_arrives_once_and_is_written_down(scene: Scene) -> None:
    (story,) = await scene.put(5, "a")
    await scene.work(10)
    (text,) = scene.shown(5)
    assert "dysprosium" in text
    row = await scene.row(story, 5)
    assert (row.state, row.message_id) == ("sent", 1)


async def test_a_429_pauses_its_chat_for_as_long_as_told_and_no_other(scene: Scene) -> None:
    scene.server.fault(Fault("429", chat=5, retry_after=30))
    await scene.put(5, "a")
    await scene.put(6, "b")
    await scene.work(29)
    assert (len(scene.calls(5)), len(scene.shown(6))) == (1, 1)
    await scene.work(2)
    (text,) = scene.shown(5)
    assert "Repeat" not in text


async def test_a_429_without_a_time_backs_off_by_itself(scene: Scene) -> None:
    scene.server.fault(Fault("429", chat=5, count=None))
    await scene.put(5, "a")
    for _ in range(60):
        await scene.work(1)
    assert 4 <= len(scene.calls(5)) <= 8


async def test_floods_in_three_chats_pause_the_bot(scene: Scene) -> None:
    for chat in (5, 6, 7):
        scene.server.fault(Fault("429", chat=chat, retry_after=20))
        await scene.put(chat, f"x{chat}")
    await scene.work()
    await scene.put(8, "quiet")
    await scene.work(15)
    assert scene.calls(8) == []
    await scene.work(10)
    assert len(scene.shown(8)) == 1


async def test_floods_without_a_time_pause_the_bot_too(scene: Scene) -> None:
    for chat in (5, 6, 7):
        scene.server.fault(Fault("429", chat=chat))
        await scene.put(chat, f"x{chat}")
    await scene.work()
    await scene.put(8, "quiet")
    await scene.work()
    assert scene.calls(8) == []
    await scene.work(2)
    assert len(scene.shown(8)) == 1


@pytest.mark.parametrize(
    "description",
    [
        "Forbidden: bot was blocked by the user",
        "Forbidden: user is deactivated",
        "Forbidden: bot was kicked from the group chat",
    ],
)
async def test_a_403_switches_the_chat_off_after_one_call(scene: Scene, description: str) -> None:
    scene.server.fault(Fault("403", chat=5, count=None, description=description))
    story, _ = await scene.put(5, "a", "b")
    await scene.work(60)
    chat = await scene.chats.get(5)
    assert chat is not None
    assert (len(scene.calls(5)), chat.active, description.partition(": ")[2] in chat.why_off) == (1, False, True)
    assert (await scene.row(story, 5)).state == "failed"


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_chat_that_comes_back_while_it_is_being_switched_off_stays_on(scene: Scene, stopped: bool) -> None:
    """It had stopped the bot, or blocks it at the call; then it starts it again before that is written down."""
    await scene.put(5, "a", "b")
    if stopped:
        await scene.chats.switch_off(5, "/stop")
    else:
        scene.server.fault(Fault("403", chat=5))
    deliver = Deliver(
        scene.chats,
        scene.outbox,
        Renderer(scene.store),
        lambda _: scene.sender,
        scene.clock,
        pace=Pace(chat=1, group=3),
    )
    (taken,), _ = await scene.outbox.take(scene.clock())
    receipt = await deliver.deliver(taken)
    assert await scene.outbox.settle([(taken, receipt)], scene.clock()) == [True]
    await scene.chats.change(5, lambda chat: chat and chat.on().with_topic(Topic.CRYPTO, wanted=False))
    await deliver.after(taken, receipt)
    await scene.work(10)
    await scene.work(10)
    chat = await scene.chats.get(5)
    assert chat is not None
    assert (chat.active, len(scene.shown(5))) == (True, 2)


async def test_a_chat_whose_record_cannot_be_read_ends_its_deliveries_and_holds_up_no_other(scene: Scene) -> None:
    (story,) = await scene.put(5, "a")
    await scene.put(6, "b")
    await scene.store.hset(keys.CHATS, "5", b'{"id": 5}')
    await scene.work(60)
    assert len(scene.shown(6)) == 1
    assert (scene.calls(5), (await scene.row(story, 5)).state) == ([], "failed")
    assert await scene.store.hget(keys.CHATS, "5") == b'{"id": 5}'


@pytest.mark.parametrize("status", ["400", "403", "500"])
async def test_half_a_character_in_an_answer_stops_nothing(scene: Scene, status: str) -> None:
    scene.server.fault(Fault(status, chat=5, count=2, description="No: \ud83d and\nmore"))
    await scene.put(5, "a")
    await scene.put(6, "b")
    await scene.work(60)
    assert len(scene.shown(6)) == 1
    (error, *_) = await scene.outbox.errors()
    assert error.endswith("No: and more")


async def test_no_answer_silences_a_chat_for_more_than_a_day(scene: Scene) -> None:
    scene.server.fault(Fault("429", chat=5, retry_after=10**11))
    await scene.put(5, "a")
    await scene.work()
    await scene.work(86_401)
    assert len(scene.shown(5)) == 1


async def test_chat_not_found_is_not_a_network_error(scene: Scene) -> None:
    scene.server.fault(Fault("400", chat=5, count=None, description="Bad Request: chat not found"))
    await scene.put(5, "a")
    await scene.work(60)
    assert len(scene.calls(5)) == 1


async def test_a_group_that_became_a_supergroup_is_followed(scene: Scene) -> None:
    scene.server.fault(Fault("migrate", chat=-5, migrate_to=-1001, count=None))
    scene.server.world.chat(-1001)
    story, _ = await scene.put(-5, "a", "b")
    await scene.work(10)
    assert (len(scene.calls(-5)), len(scene.shown(-1001))) == (1, 2)
    assert (await scene.row(story, -1001)).state == "sent"
    moved = await scene.chats.get(-1001)
    assert moved is not None
    assert (moved.kind, await scene.chats.get(-5)) == (Kind.SUPERGROUP, None)


async def test_a_group_whose_mover_died_is_followed(scene: Scene) -> None:
    scene.server.world.chat(-1001)
    (story,) = await scene.put(-5, "a")
    await scene.chats.migrate(-5, -1001)
    await scene.crash(-5)
    await scene.work(5)
    await scene.work(5)
    assert (len(scene.calls(-5)), len(scene.shown(-1001))) == (0, 1)
    assert (await scene.row(story, -1001)).state == "sent"


async def test_what_comes_in_line_under_an_id_that_a_group_no_longer_has_follows_it(scene: Scene) -> None:
    scene.server.world.chat(-1001)
    await scene.put(-5, "a")
    # The new group was there before the old one, so it is the one that is kept.
    await scene.chats.put(Chat(id=-1001, kind=Kind.SUPERGROUP, created=scene.clock() - timedelta(days=1)))
    await scene.chats.migrate(-5, -1001)
    await scene.outbox.move(-5, -1001, scene.clock())
    late = await judged(scene.store, make_alert("late", scene.clock()))
    await apply(scene.store, *enqueue(late.story.id, [-5], 1, "normal", scene.clock(), parts=1))
    for _ in range(4):
        await scene.work(5)
    assert (len(scene.calls(-5)), len(scene.shown(-1001))) == (0, 2)


@pytest.mark.parametrize(
    "why",
    [
        "Bad Request: can't parse entities: unsupported start tag",
        "Bad Request: inline keyboard button URL 'http://x' is invalid: Wrong HTTP URL",
        "Bad Request: something that nobody has heard of",
    ],
)
async def test_a_refused_message_is_sent_as_plain_text(scene: Scene, why: str) -> None:
    scene.server.fault(Fault("400", chat=5, parsed_only=True, count=None, description=why))
    await scene.put(5, "a")
    await scene.work(10)
    (text,) = scene.shown(5)
    assert "dysprosium" in text
    assert "<b>" not in text
    assert (await scene.outbox.counts())["plain"] == 1


async def test_a_revoked_token_keeps_the_queue_and_asks_seldom(scene: Scene) -> None:
    scene.server.fault(Fault("401", count=3))
    for chat in range(5, 15):
        await scene.put(chat, f"c{chat}")
    for _ in range(60):
        await scene.work(1)
    assert sum(len(scene.calls(chat)) for chat in range(5, 15)) <= 3
    for _ in range(120):
        await scene.work(1)
    assert all(len(scene.shown(chat)) == 1 for chat in range(5, 15))


async def test_a_digest_waits_for_the_end_of_quiet_hours_that_were_drawn_out(scene: Scene) -> None:
    await scene.put(5)
    start = scene.clock()
    alert = await judged(scene.store, make_alert("a", start))
    due, later = start + timedelta(minutes=30), start + timedelta(minutes=90)  # 10:00 and 11:00
    await apply(scene.store, *hold(alert.story.id, [(5, due)], 1, start, parts=1), ("ZREM", keys.DUE, "digest:5"))
    await scene.chats.change(5, lambda chat: chat and replace(chat, quiet=Quiet(9 * 60, 11 * 60)))
    scene.clock.at = due
    await apply(scene.store, *line_up_digest(5, due))
    await scene.work(10)
    assert (scene.calls(5), await scene.outbox.lines(5)) == ([], (alert.story.id,))
    assert (await scene.outbox.depth())["digest"] == 0
    assert await scene.store.zscore(keys.DUE, "digest:5") == later.timestamp()
    scene.clock.at = later
    await apply(scene.store, *line_up_digest(5, later))
    await scene.work(10)
    assert len(scene.shown(5)) == 1
    assert (await scene.row(alert.story.id, 5)).state == "listed"


async def test_while_the_token_is_refused_one_call_at_a_time_tries_it(scene: Scene) -> None:
    fault = scene.server.fault(Fault("401", count=None))
    deliver = scene.deliver_for(scene.outbox)
    for chat in range(5, 25):
        await scene.put(chat, f"c{chat}")
    given, _ = await scene.outbox.take(scene.clock(), range(8))
    assert len(given) == 8
    # Those that were given out with it are not called for any more.
    for taken in given:
        await scene.outbox.settle([(taken, await deliver.deliver(taken))], scene.clock())
    assert fault.hits == 1
    scene.clock.advance(seconds=31)
    (one,), _ = await scene.outbox.take(scene.clock(), range(8))
    assert await scene.outbox.take(scene.clock(), range(1, 8)) == ((), 0.25)
    scene.server.faults.clear()
    await scene.outbox.settle([(one, await deliver.deliver(one))], scene.clock())
    given, _ = await scene.outbox.take(scene.clock(), range(8))
    assert len(given) == 8
