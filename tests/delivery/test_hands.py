"""The sender at work: many chats, many hands, two processes' worth of them, and an end while calls are under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import pytest
from redis.asyncio import Redis

from bot.app import utc_now
from bot.chat_store import ChatStore
from bot.chats import Chat, DeliveryState, Kind
from bot.deliver import Deliver, Pace
from bot.delivery.ledger import Ledger
from bot.delivery.lining import enqueue
from bot.delivery.queue import Outbox, Receipt, Taken
from bot.delivery.telegram import TelegramSender
from bot.rendering import Renderer
from bot.send import Send
from bot.telegram_side import build_bot
from pipelines.streams import Streams
from tests.delivery.stories import apply, judged, make_alert
from tests.telegram.server import TelegramServer

SENT = DeliveryState.SENT


class Counted(Outbox):
    """An outbox that remembers how many answers it wrote in each step."""

    def __init__(self, store: Redis, consumer: str) -> None:
        super().__init__(store, consumer, 100_000)
        self.written = list[int]()

    async def settle(self, receipts: Sequence[tuple[Taken, Receipt]], now: datetime) -> list[bool]:
        self.written.append(len(receipts))
        return await super().settle(receipts, now)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@asynccontextmanager
async def sending(
    store: Redis, server: TelegramServer, outbox: Outbox, hands: int, stop: asyncio.Event
) -> AsyncIterator[asyncio.Task[None]]:
    """A process's sender, with its bot."""
    bot = build_bot(server.token, server.base_url, hands)
    await bot.initialize()
    sender = TelegramSender(bot)
    deliver = Deliver(
        ChatStore(store), outbox, Renderer(store), lambda _: sender, utc_now, pace=Pace(chat=0.0, group=0.0)
    )
    running = asyncio.create_task(Send(outbox, deliver, utc_now, parallel=hands).run(stop))
    try:
        yield running
    finally:
        stop.set()
        await running
        await bot.shutdown()


async def line_up(store: Redis, server: TelegramServer, chats: Sequence[int], *names: str) -> list[str]:
    """Line up one story a name for each of the chats; returns their ids."""
    for chat in chats:
        await ChatStore(store).put(Chat(id=chat, kind=Kind.PRIVATE, created=utc_now()))
        server.world.chat(chat)
    ids = list[str]()
    for name in names:
        alert = await judged(store, make_alert(name, utc_now()))
        await apply(store, *enqueue(alert.story.id, chats, 1, "normal", utc_now(), parts=1))
        ids.append(alert.story.id)
    return ids


def shown(server: TelegramServer, chat: int) -> list[str]:
    return [message["text"] for message in server.world.chats[chat].messages.values()]


def reached(server: TelegramServer, chats: Sequence[int], messages: int) -> bool:
    return sum(len(shown(server, chat)) for chat in chats) >= messages


async def test_two_processes_of_many_hands_send_each_message_once_and_in_order(
    store: Redis, server: TelegramServer
) -> None:
    chats, names = range(1, 121), ("first", "second", "third")
    stories = await line_up(store, server, chats, *names)
    outboxes = [Counted(store, "one"), Counted(store, "two")]
    for outbox in ("one", "two"):
        await Streams(store, outbox).beat(ttl_ms=60_000)
    stop = asyncio.Event()
    async with sending(store, server, outboxes[0], 16, stop), sending(store, server, outboxes[1], 16, stop):
        await server.until(partial(reached, server, chats, len(chats) * len(names)))
    for chat in chats:
        assert [name for text in shown(server, chat) for name in names if f"({name})" in text] == list(names)
        assert not any("Repeat" in text for text in shown(server, chat))
    for story in stories:
        rows = await Ledger(store).last(story, chats)
        assert {chat: row.state for chat, row in rows.items()} == dict.fromkeys(chats, SENT)
    assert (sum((await outboxes[0].depth()).values()), await outboxes[0].calling()) == (0, 0)
    assert all(outbox.written for outbox in outboxes), "both had their part"
    assert max(max(outbox.written) for outbox in outboxes) > 1, "answers that come together are written together"
    assert sum(sum(outbox.written) for outbox in outboxes) == len(chats) * len(names)


async def test_calls_under_way_at_the_end_are_finished_and_no_more_are_begun(
    store: Redis, server: TelegramServer
) -> None:
    chats, hands = range(1, 21), 5
    (story,) = await line_up(store, server, chats, "a")
    server.freeze()
    outbox, stop = Counted(store, "one"), asyncio.Event()
    async with sending(store, server, outbox, hands, stop):
        await server.until(lambda: server.frozen == hands)
        stop.set()
        server.release()
    states = [row.state for row in (await Ledger(store).last(story, chats)).values()]
    assert (states.count(SENT), states.count(DeliveryState.PENDING)) == (hands, len(chats) - hands)
    assert sum(len(shown(server, chat)) for chat in chats) == hands
    assert (await outbox.calling(), (await outbox.depth())["normal"]) == (0, len(chats) - hands)


async def test_what_an_ended_process_left_goes_on_in_the_next_without_a_mark(
    store: Redis, server: TelegramServer
) -> None:
    chats = range(1, 41)
    await line_up(store, server, chats, "a", "b")
    for consumer, enough in (("one", 20), ("two", 80)):
        async with sending(store, server, Counted(store, consumer), 4, asyncio.Event()):
            await server.until(partial(reached, server, chats, enough))
    texts = [shown(server, chat) for chat in chats]
    assert [len(each) for each in texts] == [2] * len(chats)
    assert not any("Repeat" in text for each in texts for text in each)
