"""Where nobody knows whether a message arrived: silence, crashes, frozen processes, a store brought back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.app import build_send, utc_now
from bot.delivery.lining import hold, line_up_digest
from bot.delivery.queue import Outbox
from bot.rendering import Renderer
from bot.send import Send
from bot.settings import Settings
from pipelines import keys
from pipelines.store import connect
from tests.delivery.scene import Scene
from tests.delivery.stories import apply, judged, make_alert
from tests.telegram.faults import Fault


async def test_a_doubt_outlives_the_move_of_a_group(scene: Scene) -> None:
    scene.server.fault(Fault("silence", chat=-5, delivered=True))
    scene.server.fault(Fault("migrate", chat=-5, migrate_to=-1001, count=None))
    scene.server.world.chat(-1001)
    await scene.put(-5, "a")
    for _ in range(4):
        await scene.work(5)
    (text,) = scene.shown(-1001)
    assert "Repeat" in text


@pytest.mark.parametrize("delivered", [True, False])
async def test_silence_is_repeated_once_and_marked(scene: Scene, delivered: bool) -> None:
    scene.server.fault(Fault("silence", chat=5, count=1, delivered=delivered))
    (story,) = await scene.put(5, "a")
    await scene.work(10)
    assert len(scene.calls(5)) == 2
    assert "Repeat" in scene.shown(5)[-1]
    assert (await scene.row(story, 5)).state == "sent"


async def test_lasting_silence_ends_unknown_after_one_repeat(scene: Scene) -> None:
    scene.server.fault(Fault("silence", chat=5, count=None))
    (story,) = await scene.put(5, "a")
    await scene.put(6, "b")
    for _ in range(5):
        await scene.work(30)
    assert (len(scene.calls(5)), (await scene.row(story, 5)).state) == (2, "unknown")
    assert len(scene.shown(6)) == 1


async def test_a_crash_is_no_silence(scene: Scene) -> None:
    scene.server.fault(Fault("silence", chat=5))
    (story,) = await scene.put(5, "a")
    await scene.crash(5)
    await scene.work(10)
    (text,) = scene.shown(5)
    assert "Repeat" in text
    assert (len(scene.calls(5)), (await scene.row(story, 5)).state) == (2, "sent")


GARBLED = (
    Fault("garbled", delivered=True, count=None, description="<html>ok</html>"),
    Fault("garbled", delivered=True, count=None, description='{"ok": true}'),
    Fault("garbled", delivered=True, count=None, description="<html>ok</html>", coding="gzip"),
    Fault("garbled", delivered=True, count=None, description='{"ok": true, "result": true}'),
    Fault("garbled", delivered=True, count=None, description='{"ok": true, "result": {"message_id": "many"}}'),
)


@pytest.mark.parametrize("fault", GARBLED)
async def test_an_answer_that_cannot_be_read_is_a_silence(scene: Scene, fault: Fault) -> None:
    scene.server.fault(fault)
    (story,) = await scene.put(5, "a")
    for _ in range(5):
        await scene.work(30)
    first, second = scene.shown(5)
    assert ("Repeat" in first, "Repeat" in second) == (False, True)
    assert (await scene.row(story, 5)).state == "unknown"


async def test_of_an_answer_only_the_number_has_to_be_readable(scene: Scene) -> None:
    said = '{"ok": true, "result": {"message_id": 3, "date": 1e15, "chat": {"id": 5, "type": "private"}}}'
    scene.server.fault(Fault("garbled", delivered=True, description=said))
    (story,) = await scene.put(5, "a")
    await scene.work(30)
    assert len(scene.shown(5)) == 1
    row = await scene.row(story, 5)
    assert (row.state, row.message_id) == ("sent", 3)


async def test_server_errors_are_waited_out_without_a_repeat(scene: Scene) -> None:
    scene.server.fault(Fault("502", chat=5, count=3))
    await scene.put(5, "a")
    await scene.work(60)
    await scene.work(60)
    await scene.work(60)
    (text,) = scene.shown(5)
    assert "Repeat" not in text


async def test_what_happened_before_a_restore_is_marked_and_nothing_else(scene: Scene) -> None:
    now, chats = utc_now(), {5: timedelta(minutes=40), 6: timedelta(minutes=20), 7: timedelta(), 8: timedelta()}
    await scene.store.set(keys.RESTORED, (now - timedelta(minutes=30)).timestamp())
    for chat, age in chats.items():
        scene.clock.at = now - age
        await scene.put(chat, f"c{chat}")
    for chat, age in {7: timedelta(minutes=40), 8: timedelta(minutes=20)}.items():
        held = await judged(scene.store, make_alert(f"held for {chat}", now - age))
        await apply(scene.store, *hold(held.story.id, [(chat, now)], 1, now - age, parts=1))
        await apply(scene.store, *line_up_digest(chat, now))
    settings = Settings(chat_rate=100_000)
    send = await build_send(scene.store, settings, scene.outbox, lambda _: scene.sender, lambda: True)
    while await send.step():
        pass
    assert {chat: ["Repeat" in text for text in scene.shown(chat)] for chat in chats} == {
        5: [True],
        6: [False],
        7: [False, True],
        8: [False, False],
    }


async def test_a_store_that_was_never_restored_marks_nothing(scene: Scene) -> None:
    scene.clock.at = utc_now() - timedelta(hours=1)
    await scene.put(5, "a")
    send = await build_send(scene.store, Settings(), scene.outbox, lambda _: scene.sender, lambda: True)
    await send.step()
    assert ["Repeat" in text for text in scene.shown(5)] == [False]


async def test_a_store_that_goes_away_before_the_call_leaves_no_doubt(scene: Scene) -> None:
    (story,) = await scene.put(5, "a")
    async with connect("redis://127.0.0.1:1") as away:
        deliver = scene.deliver_for(scene.outbox, Renderer(away))
        assert await Send(scene.outbox, deliver, scene.clock).step()
    assert (await scene.row(story, 5)).state == "pending"
    await scene.work(10)
    (text,) = scene.shown(5)
    assert "Repeat" not in text


async def test_an_unreachable_server_loses_nothing(scene: Scene) -> None:
    await scene.put(5, "a")
    port = scene.server.port
    await scene.server.stop()
    await scene.work(2)
    await scene.server.start(port)
    await scene.work(10)
    (text,) = scene.shown(5)
    assert "Repeat" not in text


async def test_what_was_taken_over_while_its_process_was_frozen_is_not_sent_late(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    (story,) = await scene.put(5, "a")
    frozen = Outbox(scene.store, "frozen", 1000)
    (taken,), _ = await frozen.take(scene.clock())
    scene.clock.advance(seconds=6)
    assert await scene.outbox.recover(scene.clock()) == 1
    await scene.work()
    late = await scene.deliver_for(frozen).deliver(taken)
    assert "delivery.elsewhere" in caplog.text
    assert await frozen.settle([(taken, late)], scene.clock()) == [False]
    assert len(scene.calls(5)) == 1
    assert (await scene.row(story, 5)).state == "sent"


async def test_what_is_merely_late_is_sent(scene: Scene) -> None:
    await scene.put(5, "a")
    (taken,), _ = await scene.outbox.take(scene.clock())
    scene.clock.advance(seconds=6)
    await scene.deliver_for(scene.outbox).deliver(taken)
    (text,) = scene.shown(5)
    assert "Repeat" not in text
