"""Runs the real stages on given entries with the clock taken from them, in a store of their own that is thrown away.

It serves ``simulate``, the demo, comparison and tests: every stage, script and decision is the one that runs live; only
the clock and the last call to Telegram are replaced.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from bot.deliver import Deliver, Pace
from bot.delivery.answers import Answer, Outgoing, Sent
from bot.delivery.queue import Outbox
from bot.delivery.terminal import TERMINAL_CHAT
from bot.line import Parts, build_line
from bot.markup import Message
from bot.rendering import Renderer
from bot.send import Send
from pipelines import keys
from pipelines.due import DueClock
from pipelines.events import Alert, AnyEvent, Development, Entry
from pipelines.judged import read_judged
from pipelines.language.reader import Reader
from pipelines.prices.quote import Quote, write_quote
from pipelines.read import Read
from pipelines.redis_server import EmbeddedServer
from pipelines.stage import Done, Outcome, Stage
from pipelines.store import connect
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.ruleset import RuleSet

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Sending:
    """One message as it would have been sent: ``entries`` are the ids of all entries in the story at that moment.

    ``kind`` is send, edit or reply.
    """

    at: datetime
    kind: str
    alert: Alert
    entries: tuple[str, ...]
    message: Message


class _Clock:
    def __init__(self) -> None:
        self.at = datetime.fromtimestamp(0, UTC)

    def __call__(self) -> datetime:
        return self.at


def everything_chat(now: datetime, coins: tuple[str, ...] = ()) -> Chat:
    """One chat that gets every structural story at any severity."""
    return Chat(id=TERMINAL_CHAT, kind=Kind.TERMINAL, created=now, coins=coins)


async def replay(
    entries: Sequence[Entry],
    *,
    reader: Reader,
    rules: RuleSet,
    coins: tuple[str, ...] = (),
    quotes: Callable[[datetime], Sequence[Quote]] = lambda _: (),
    progress: Callable[[int], None] = lambda _: None,
) -> AsyncIterator[Sending]:
    """Send the entries down the line one by one and yield each message, at the clock of the entry that caused it.

    ``progress`` is told how many entries a step has dealt with; ``quotes`` says what the prices were at a moment.
    """
    with tempfile.TemporaryDirectory(prefix="lodestone-") as folder:
        server = EmbeddedServer(Path(folder), fsync="no", reserve_mb=0)
        await server.open()
        store = connect(server.url)
        try:
            run, read = _Run(store, rules, reader), Read(reader)
            await run.begin(everything_chat(entries[0].published, coins) if entries else None)
            for start in range(0, len(entries), _BATCH):
                chunk = entries[start : start + _BATCH]
                for entry, outcome in zip(chunk, await read.handle(chunk), strict=True):
                    async for sending in run.until(entry.published, quotes):
                        yield sending
                    async for sending in run.take(outcome.outputs if isinstance(outcome, Done) else ()):
                        yield sending
                    progress(1)
        finally:
            await store.aclose()
            await server.close()


class _Run:
    """The line behind ``read``, the clock and the sender, moved by hand."""

    def __init__(self, store: Redis, rules: RuleSet, reader: Reader) -> None:
        self._store: Any = store
        self._streams, self._clock = Streams(store, "replay"), _Clock()
        self._members = defaultdict[str, list[str]](list)
        parts = Parts(store=store, clock=self._clock, rules=lambda: rules, reader=lambda: reader, prices=False)
        self._workers = [
            Worker(self._streams, self._listening(stage) if stage.name == "group" else stage, self._clock)
            for stage in build_line(parts, ("group", "judge", "address"))
            if stage.name not in ("digests", "reactions")
        ]
        self._due = DueClock(store, self._streams, self._clock)
        self._chats, self._made = ChatStore(store), list[Outgoing]()
        outbox, renderer = Outbox(store, "replay", 1e6), Renderer(store, fresh=timedelta())
        pace = Pace(chat=0, group=0)
        deliver = Deliver(self._chats, outbox, renderer, lambda _: self, self._clock, pace=pace)
        self._send = Send(outbox, deliver, self._clock)

    async def begin(self, chat: Chat | None) -> None:
        """Make the streams, and seat the chat."""
        await self._streams.create(keys.STREAMS)
        if chat is not None:
            await self._chats.put(chat)

    async def until(self, moment: datetime, quotes: Callable[[datetime], Sequence[Quote]]) -> AsyncIterator[Sending]:
        """Let the clock run to this moment: what is due on the way is rung in its time."""
        while (at := await self._next_due()) is not None and at <= moment:
            self._clock.at = max(self._clock.at, at)
            await self._due.step()
            async for sending in self._work():
                yield sending
        self._clock.at = max(self._clock.at, moment)
        for quote in quotes(self._clock.at):
            await self._store.hset(keys.QUOTES, quote.symbol, write_quote(quote))

    async def take(self, readings: Sequence[AnyEvent]) -> AsyncIterator[Sending]:
        """Send these readings down the line."""
        await self._streams.publish(keys.READINGS, *readings)
        async for sending in self._work():
            yield sending

    async def send(self, outgoing: Outgoing) -> Answer:
        """Take a message as a sender does, and keep it."""
        self._made.append(outgoing)
        return Sent(len(self._made))

    async def _work(self) -> AsyncIterator[Sending]:
        for worker in self._workers:
            while await worker.step(_BATCH):
                pass
        seen = len(self._made)
        while await self._send.step():
            pass
        for out in self._made[seen:]:
            alert = await read_judged(self._store, out.story)
            assert alert is not None
            kind = "edit" if out.edit else "reply" if out.reply else "send"
            yield Sending(self._clock.at, kind, alert, tuple(self._members[out.story]), out.message)

    async def _next_due(self) -> datetime | None:
        first = await self._store.zrange(keys.DUE, 0, 0, withscores=True)
        return datetime.fromtimestamp(first[0][1], UTC) if first else None

    def _listening(self, stage: Stage) -> Stage:
        """The stage, noting which entry went into which story."""

        async def handle(events: Sequence[object]) -> Sequence[Outcome]:
            outcomes = await stage.handle(events)
            for outcome in outcomes:
                for output in outcome.outputs if isinstance(outcome, Done) else ():
                    if isinstance(output, Development) and output.story.merged:
                        self._members[output.story.merged] += self._members.pop(output.story.id, [])
                    elif isinstance(output, Development) and output.entry is not None:
                        self._members[output.story.id].append(output.entry.id)
            return outcomes

        return replace(stage, handle=handle)
