"""An update counts once: replayed, handled elsewhere, its process dead, the store away; polled or pushed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from redis.asyncio import Redis
from telegram import Update
from telegram.ext import TypeHandler

from bot.chats import Chat, Kind
from bot.delivery.answers import Outgoing, Sent
from bot.markup import Message
from bot.once import Once, Turn
from bot.telegram_side import TelegramSide, build_bot
from bot.webhook import Address
from pipelines import keys
from pipelines.store import connect
from pipelines.streams import Streams
from tests.conftest import Clock
from tests.telegram.server import TelegramServer
from tests.telegram.test_webhook import free_port

BOT, SECRET = 4200000042, "a-secret-of-this-test"


# --- the marks


async def nothing() -> None:
    """Work that is done at once."""


async def test_an_update_is_done_once_also_by_other_processes_and_later(store: Redis) -> None:
    done = list[int]()

    async def work() -> None:
        done.append(1)

    assert await Once(store, BOT, "one").run(7, work) is Turn.MINE
    assert await Once(store, BOT, "one").run(7, work) is Turn.DONE
    assert await Once(store, BOT, "two").run(7, work) is Turn.DONE
    assert done == [1]
    assert await store.ttl(keys.update(BOT, 7)) >= 24 * 3600
    assert await Once(store, BOT + 1, "one").run(7, work) is Turn.MINE, "the numbers of another bot are its own"


async def test_what_is_in_hand_is_nobody_elses_while_its_process_lives(store: Redis) -> None:
    one, two, gate = Once(store, BOT, "one"), Once(store, BOT, "two"), asyncio.Event()
    await Streams(store, "one").beat()
    first = asyncio.create_task(one.run(7, lambda: _wait(gate)))
    while not await store.exists(keys.update(BOT, 7)):
        await asyncio.sleep(0)
    assert await one.run(7, nothing) is Turn.ELSEWHERE
    assert await two.run(7, nothing) is Turn.ELSEWHERE
    assert await two.run(8, nothing) is Turn.MINE
    assert 0 < await store.ttl(keys.update(BOT, 7)) <= 120, "a handler that hangs does not hold it for ever"
    gate.set()
    assert await first is Turn.MINE
    assert await two.run(7, nothing) is Turn.DONE


@pytest.mark.parametrize("successor", ["one", "two"])
async def test_what_died_in_hand_is_done_when_it_comes_again(store: Redis, successor: str) -> None:
    streams = Streams(store, "one")
    await streams.beat()
    task = asyncio.create_task(Once(store, BOT, "one").run(7, lambda: _wait(asyncio.Event())))
    while not await store.exists(keys.update(BOT, 7)):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await streams.rest()
    assert await Once(store, BOT, successor).run(7, nothing) is Turn.MINE
    assert await Once(store, BOT, "three").run(7, nothing) is Turn.DONE


async def _wait(gate: asyncio.Event) -> None:
    await gate.wait()


# --- a bot that is called, or polls


@dataclass
class Party:
    """A Telegram side that runs, and which updates reached its handler."""

    side: TelegramSide
    stop: asyncio.Event
    task: asyncio.Task[None]
    seen: list[str] = field(default_factory=list)

    async def end(self) -> None:
        self.stop.set()
        await self.task
        await self.side.close()


Handler = Callable[[str], Awaitable[None]]


@contextlib.asynccontextmanager
async def party(
    server: TelegramServer, store: Redis, holder: str = "one", *, port: int | None = None, handle: Handler | None = None
) -> AsyncIterator[Party]:
    """Pushed to at ``port``, polling where none is given; ended with the block at the latest."""
    seen = list[str]()

    async def note(update: Update, _: Any) -> None:
        assert update.message is not None
        seen.append(update.message.text or "")
        if handle is not None:
            await handle(update.message.text or "")

    async def ready(_: Any) -> None:
        """Nothing to tell."""

    address = None
    if port is not None:
        url = f"http://127.0.0.1:{port}/hook"
        address = Address(url=url, host="127.0.0.1", port=port, secret=SECRET, connections=9)
    side = TelegramSide(
        build_bot(server.token, server.base_url, 4),
        [TypeHandler(Update, note)],
        ready,
        ("message", "my_chat_member"),
        ready,
        Once(store, BOT, holder),
        address,
    )
    stop = asyncio.Event()
    task = asyncio.create_task(side.run(stop, lambda work, stop: work(stop)))
    made = Party(side, stop, task, seen)
    try:
        yield made
    finally:
        await made.end()


async def heard(server: TelegramServer, made: Party, *texts: str) -> None:
    """Until the handler has had these, in this order and no others."""
    async with asyncio.timeout(20):
        while len(made.seen) < len(texts):
            await asyncio.sleep(0.01)
    assert made.seen == list(texts)


async def test_telegram_is_told_where_to_call_and_calls_there(store: Redis) -> None:
    port = free_port()
    async with TelegramServer() as server, party(server, store, port=port) as made:
        await server.say(5, "before it is told")
        await server.until(lambda: server.world.webhook["url"] != "")
        await server.say(5, "a")
        await heard(server, made, "before it is told", "a")
        assert server.world.webhook | {"pending_update_count": 0} == {
            "url": f"http://127.0.0.1:{port}/hook",
            "has_custom_certificate": False,
            "pending_update_count": 0,
            "max_connections": 9,
            "allowed_updates": ["message", "my_chat_member"],
        }
        assert server.world.secret == SECRET
        (call,) = (call for call in server.world.calls if call.method == "setWebhook")
        assert "drop_pending_updates" not in call.params
        await made.end()
        assert server.world.webhook["url"].endswith("/hook"), "what comes meanwhile waits there"
        assert {push.status for push in server.pusher.pushes} == {200}
        assert SECRET not in repr(made.side._address)


async def test_a_replayed_update_is_answered_and_ignored_also_by_another_process(store: Redis) -> None:
    async with TelegramServer() as server:
        async with party(server, store, port=free_port()) as made:
            await server.until(lambda: server.world.webhook["url"] != "")
            await server.say(5, "a")
            await server.until(lambda: bool(server.pusher.pushes))
            update = {
                "message": server.world._message(
                    server.world.chat(5), {"id": 5, "is_bot": False, "first_name": "A"}, "a"
                )
            }
            assert (await server.push_again(1, update)).status == 200
            await heard(server, made, "a")
        async with party(server, store, "two", port=free_port()) as other:
            while not other.side.polling:
                await asyncio.sleep(0.01)
            assert (await server.push_again(1, update)).status == 200
            await server.say(5, "b")
            await heard(server, other, "b")


async def test_updates_of_a_chat_keep_their_order_and_hold_up_no_other(store: Redis) -> None:
    gate = asyncio.Event()

    async def handle(text: str) -> None:
        if text == "slow":
            await gate.wait()

    async with TelegramServer() as server, party(server, store, port=free_port(), handle=handle) as made:
        await server.until(lambda: server.world.webhook["url"] != "")
        server.pusher.held = True
        for chat, text in ((5, "slow"), (5, "after it"), (5, "last"), (6, "beside it")):
            await server.say(chat, text)
        processor, tasks = made.side._application.update_processor, list[Any]()
        for update in server.world.updates[:3]:
            tasks.append(asyncio.create_task(server.pusher.push(update)))
            while processor.current_concurrent_updates < len(tasks):
                await asyncio.sleep(0.001)
        assert (await server.pusher.push(server.world.updates[3])).status == 200
        assert made.seen == ["slow", "beside it"]
        gate.set()
        assert [(await task).status for task in tasks] == [200, 200, 200]
        assert made.seen == ["slow", "beside it", "after it", "last"]


async def test_an_update_whose_process_died_is_handled_by_the_next(store: Redis) -> None:
    """The dead one never comes back to its handler, and its heart has stopped."""
    async with TelegramServer() as server:
        dead = Once(store, BOT, "dead")
        died = asyncio.create_task(dead.run(1, lambda: _wait(asyncio.Event())))
        while not await store.exists(keys.update(BOT, 1)):
            await asyncio.sleep(0)
        await Streams(store, "dead").beat()
        async with party(server, store, port=free_port()) as made:
            await server.until(lambda: server.world.webhook["url"] != "")
            await server.say(5, "a")
            await server.until(lambda: len(server.pusher.pushes) >= 2)
            assert {push.status for push in server.pusher.pushes} == {503}, "perhaps it is still being handled"
            assert made.seen == []
            await Streams(store, "dead").rest()
            await heard(server, made, "a")
            await server.until(lambda: server.world.updates == [])
        died.cancel()


async def test_while_the_store_is_away_pushes_wait_and_polls_go_on(store: Redis) -> None:
    away = connect("redis://127.0.0.1:9")
    async with TelegramServer() as server:
        async with party(server, away, port=free_port()) as pushed:
            await server.until(lambda: server.world.webhook["url"] != "")
            await server.say(5, "a")
            await server.until(lambda: len(server.pusher.pushes) >= 2)
            assert {push.status for push in server.pusher.pushes} == {503}
            assert pushed.seen == []
        async with party(server, away) as polled:
            await heard(server, polled, "a")
    await away.aclose()


async def test_a_taken_port_is_one_line_and_sending_goes_on(store: Redis, clock: Clock, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    port = free_port()
    async with TelegramServer() as server:
        server.world.chat(5)
        async with party(server, store, "one", port=port) as first, party(server, store, "two", port=port) as second:
            while "webhook.deaf" not in caplog.text:
                await asyncio.sleep(0.01)
            (line,) = (record.getMessage() for record in caplog.records if "webhook.deaf" in record.getMessage())
            assert f"listen=127.0.0.1:{port} why=Address already in use remedy=stop what listens there" in line
            while not (first.side.polling or second.side.polling):
                await asyncio.sleep(0.01)
            deaf, hears = (second, first) if first.side.polling else (first, second)
            chat = Chat(id=5, kind=Kind.PRIVATE, created=clock())
            answer = await deaf.side.sender.send(Outgoing(story="s", chat=chat, message=Message("x", "x")))
            assert isinstance(answer, Sent)
            await hears.end()
            while not deaf.side.polling:
                await asyncio.sleep(0.01)
            await server.say(5, "a")
            await heard(server, deaf, "a")
    assert SECRET not in caplog.text


async def test_an_update_that_is_fetched_again_counts_once(store: Redis) -> None:
    """As after a crash between a fetch and the next one, which is what tells Telegram that the first one came."""
    async with TelegramServer() as server:
        async with party(server, store) as made:
            await server.say(5, "a")
            fetched = list(server.world.updates)
            await heard(server, made, "a")
        server.world.updates = fetched
        async with party(server, store, "two") as other:
            await server.say(5, "b")
            await heard(server, other, "b")


async def test_a_torn_poll_is_followed_by_the_next(store: Redis) -> None:
    async with TelegramServer() as server, party(server, store) as made:
        for number in range(2):
            await server.tear_poll()
            await server.say(5, f"after {number}")
            await heard(server, made, *(f"after {each}" for each in range(number + 1)))


async def test_a_poll_waits_until_what_came_is_dealt_with(store: Redis) -> None:
    """The next poll tells Telegram that the last one came: before that, a crash must lose nothing."""
    gate = asyncio.Event()

    async def handle(text: str) -> None:
        if text == "a":
            await gate.wait()

    async with TelegramServer() as server, party(server, store, handle=handle) as made:
        await server.say(5, "a")
        await heard(server, made, "a")
        with pytest.raises(TimeoutError):
            await server.until(lambda: server.polled, 0.2)
        assert [each["message"]["text"] for each in server.world.updates] == ["a"]
        gate.set()
        await server.until(lambda: server.polled and server.world.updates == [])


async def test_what_another_poller_died_over_is_dealt_with_by_the_next(store: Redis) -> None:
    died = asyncio.create_task(Once(store, BOT, "dead").run(1, lambda: _wait(asyncio.Event())))
    while not await store.exists(keys.update(BOT, 1)):
        await asyncio.sleep(0)
    await Streams(store, "dead").beat()
    async with TelegramServer() as server, party(server, store) as made:
        await server.say(5, "a")
        await server.say(6, "b")
        await heard(server, made, "b")
        await Streams(store, "dead").rest()
        await heard(server, made, "b", "a")
    died.cancel()
