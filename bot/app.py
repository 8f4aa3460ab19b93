"""Wires the rooms together and keeps them alive: the only module that reads the clock and knows every part."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from bot.access import Access
from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from bot.deliver import Deliver, Pace
from bot.delivery.answers import Answer, Outgoing, Retry, Sender
from bot.delivery.queue import Outbox
from bot.delivery.terminal import TERMINAL_CHAT
from bot.rendering import Renderer
from bot.send import Send
from bot.settings import Settings
from pipelines import keys
from pipelines.neighbours import Neighbours, name_of, this_process
from pipelines.redis_server import EmbeddedServer
from pipelines.store import STORE_TROUBLE, Disk, connect, disk_of
from pipelines.streams import Streams
from pipelines.tasks import end

log = logging.getLogger(__name__)

STOP_LIMIT = 8.0
"""Seconds that rooms have to finish what they hold; what is left is picked up at the next start."""
_BEAT_SECONDS = 1.5
CLAIM_PATIENCE = 6.0
"""Seconds to wait for the clock: a dead owner's lease expires in four."""


def utc_now() -> datetime:
    """The time of day; everything else is given it."""
    return datetime.now(UTC)


def consumer_name() -> str:
    """This process among all of its deployment, for heartbeats and leases."""
    return name_of(socket.gethostname(), os.getpid(), secrets.token_hex(2), this_process())


class StoppedError(Exception):
    """A signal came before everything was open: nothing was begun, nothing is wrong."""


class Running:
    """The tasks of this process: one that ends in a surprise ends all, loudly."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.failed = False
        self._opening: asyncio.Task[Any] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work`` until it returns or all are stopped."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def stop_on_signals(self) -> None:
        """SIGTERM and Ctrl-C ask for a clean stop; a second Ctrl-C does not wait."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)

    @contextlib.contextmanager
    def opening(self) -> Iterator[None]:
        """A signal breaks off what is awaited in this block: ``StoppedError``."""
        task = self._opening = asyncio.current_task()
        try:
            yield
        except asyncio.CancelledError:
            if task is None or not self.stop.is_set():
                raise
            task.uncancel()
            raise StoppedError from None
        finally:
            self._opening = None

    async def finish(self) -> None:
        """Stop all; what does not end in time is cancelled."""
        self.stop.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_LIMIT)
            for task in late:
                log.info("stop.cut task=%s", task.get_name())
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1)

    def _signalled(self) -> None:
        if self.stop.is_set():
            for task in self._tasks:
                task.cancel()
        self.stop.set()
        if self._opening is not None:
            self._opening.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task.failed task=%s", task.get_name(), exc_info=error)
            self.failed = True
            self.stop.set()


@asynccontextmanager
async def open_store(
    settings: Settings, running: Running | None = None
) -> AsyncIterator[tuple[Redis, EmbeddedServer | None]]:
    """The store that the settings name, else the embedded one of the data folder, kept alive while ``running``."""
    if settings.redis_url is not None:
        store, server = connect(settings.redis_url.get_secret_value()), None
        with contextlib.suppress(*STORE_TROUBLE):
            await _warn_of_lazy_disk(store)
    else:
        server = EmbeddedServer(settings.data / "store", reserve_mb=settings.disk_reserve_mb)
        try:
            await server.open()
        except BaseException:
            await server.close()  # what has started is not left behind
            raise
        store = connect(server.url)
    watching = asyncio.Event()
    watch = asyncio.create_task(server.watch(watching)) if server and running else None
    try:
        yield store, server
    finally:
        watching.set()
        if watch is not None:
            await watch
        await store.aclose()
        if server is not None:
            await server.close()


async def _warn_of_lazy_disk(store: Redis) -> None:
    match await disk_of(store):
        case Disk.SOME_TIME:
            word, cost = (
                "store.lazy",
                "a power cut may repeat or lose up to two seconds, or all that is not on the disk",
            )
        case Disk.ON_REQUEST:
            word, cost = "store.everysec", "each call to Telegram waits up to a second for the disk"
        case Disk.AT_ONCE:
            return
    log.warning("%s cost=%s remedy=%s", word, cost, "set appendonly yes and appendfsync always")


@asynccontextmanager
async def heartbeat(streams: Streams, neighbours: Neighbours) -> AsyncIterator[None]:
    """Say that this process lives as long as the block runs, so that others leave alone what it holds.

    With each beat it looks whether others have died, so that what they held is free at once.
    """

    async def beat() -> None:
        while True:
            with contextlib.suppress(*STORE_TROUBLE):
                await streams.beat()
                await neighbours.bury()
            await asyncio.sleep(_BEAT_SECONDS)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        await end(task)
        with contextlib.suppress(*STORE_TROUBLE):
            await streams.rest()


def access_of(settings: Settings) -> Access:
    """Who may use the bot, by the settings."""
    return Access(
        mode=settings.access, allowed_chats=frozenset(settings.allowed_chats), admins=frozenset(settings.admins)
    )


class _NoTelegram:
    """Keeps what waits for Telegram chats while no token is set."""

    async def send(self, outgoing: Outgoing) -> Answer:  # noqa: ARG002  the protocol's
        return Retry("no bot token is set", after=300)


def choose_sender(terminal: Sender, telegram: Sender | None) -> Any:
    """Which sender serves which chat."""
    absent = _NoTelegram()
    return lambda chat: terminal if chat.kind is Kind.TERMINAL else telegram or absent


async def seat_terminal(chats: ChatStore, settings: Settings) -> None:
    """Without a token the terminal is the chat; with one it is switched off."""
    if settings.telegram_token is None:
        blank = Chat(id=TERMINAL_CHAT, kind=Kind.TERMINAL, created=utc_now(), coins=settings.coins)
        await chats.change(TERMINAL_CHAT, lambda chat: (chat or blank).on())
    else:
        await chats.switch_off(TERMINAL_CHAT, "a bot token is set")


async def build_send(store: Redis, settings: Settings, outbox: Outbox, senders: Any, ready: Any) -> Send:
    """The last stage at the rates of the settings."""
    noted = await store.get(keys.RESTORED)
    restored = datetime.fromtimestamp(float(noted), UTC) if noted else None
    renderer = Renderer(store, max_age=timedelta(seconds=settings.price_max_age))
    pace = Pace(chat=1 / settings.chat_rate, group=60 / settings.group_rate)
    deliver = Deliver(ChatStore(store), outbox, renderer, senders, utc_now, pace=pace, restored=restored)
    return Send(outbox, deliver, utc_now, parallel=settings.hands, ready=ready)
