"""The last stage against a Bot API server that misbehaves: each answer of Telegram leads to its own end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Chat, Delivery, Kind
from bot.deliver import Deliver, Pace
from bot.delivery.ledger import Ledger
from bot.delivery.queue import Outbox, enqueue
from bot.delivery.telegram import TelegramSender
from bot.rendering import Renderer
from bot.send import Send
from bot.telegram_side import build_bot
from tests.conftest import Clock
from tests.delivery.stories import apply, judged, make_alert
from tests.telegram.faults import Fault
from tests.telegram.server import TelegramServer


@dataclass
class Scene:
    """A sender, its queue and the server that it calls."""

    store: Redis
    clock: Clock
    server: TelegramServer
    send: Send
    chats: ChatStore
    outbox: Outbox

    async def put(self, chat: int, *names: str) -> list[str]:
        """Line up one story a name for a chat; returns their ids."""
        kind = Kind.PRIVATE if chat > 0 else Kind.GROUP
        await self.chats.put(Chat(id=chat, kind=kind, created=self.clock()))
        self.server.world.chat(chat)
        ids = list[str]()
        for name in names:
            alert = await judged(self.store, make_alert(name, self.clock()))
            await apply(self.store, *enqueue(alert.story.id, [chat], 1, "normal", self.clock(), parts=1))
            ids.append(alert.story.id)
        return ids

    async def work(self, seconds: float = 0) -> None:
        """Send all that may go now, and what may go until ``seconds`` later."""
        while await self.send.step():
            pass
        if seconds:
            self.clock.advance(seconds=seconds)
            await self.work()

    async def crash(self, chat: int) -> None:
        """Another process takes the chat's next delivery and dies before it calls Telegram."""
        (taken,), _ = await Outbox(self.store, "dead", 1000).take(self.clock())
        assert taken.chat_id == chat
        assert await self.outbox.recover(self.clock()) == 1

    async def row(self, story: str, chat: int) -> Delivery:
        return (await Ledger(self.store).last(story, [chat]))[chat]

    def calls(self, chat: int) -> list[str]:
        return [call.text for call in self.server.world.calls if call.method == "sendMessage" and call.chat == chat]

    def shown(self, chat: int) -> list[str]:
        return [message["text"] for message in self.server.world.chats[chat].messages.values()]


@pytest.fixture
async def scene(store: Redis, clock: Clock) -> AsyncIterator[Scene]:
    async with TelegramServer() as server:
        bot = build_bot(server.token, server.base_url, 4, read_seconds=0.3)
        await bot.initialize()
        sender, outbox = TelegramSender(bot), Outbox(store, "one", 1000)
        chats, renderer = ChatStore(store), Renderer(store)
        deliver = Deliver(chats, outbox, renderer, lambda _: sender, clock, pace=Pace(chat=1, group=3))
        yield Scene(store, clock, server, Send(outbox, deliver, clock), chats, outbox)
        await bot.shutdown()


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


async def test_a_doubt_outlives_the_move_of_a_group(scene: Scene) -> None:
    scene.server.fault(Fault("silence", chat=-5, delivered=True))
    scene.server.fault(Fault("migrate", chat=-5, migrate_to=-1001, count=None))
    scene.server.world.chat(-1001)
    await scene.put(-5, "a")
    for _ in range(4):
        await scene.work(5)
    (text,) = scene.shown(-1001)
    assert "Repeat" in text


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
    Fault(
        "garbled",
        delivered=True,
        count=None,
        description='{"ok": true, "result": {"message_id": 3, "date": 1e15, "chat": {"id": 5, "type": "private"}}}',
    ),
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


async def test_server_errors_are_waited_out_without_a_repeat(scene: Scene) -> None:
    scene.server.fault(Fault("502", chat=5, count=3))
    await scene.put(5, "a")
    await scene.work(60)
    await scene.work(60)
    await scene.work(60)
    (text,) = scene.shown(5)
    assert "Repeat" not in text


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


async def test_an_unreachable_server_loses_nothing(scene: Scene) -> None:
    await scene.put(5, "a")
    port = scene.server.port
    await scene.server.stop()
    await scene.work(2)
    await scene.server.start(port)
    await scene.work(10)
    (text,) = scene.shown(5)
    assert "Repeat" not in text
