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
from pipelines.events import Alert, Development, Entry
from pipelines.judged import read_judged
from pipelines.language.reader import Reader
from pipelines.prices.quote import Quote, write_quote
from pipelines.redis_server import EmbeddedServer
from pipelines.stage import Done, Outcome, Stage
from pipelines.store import connect
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.ruleset import RuleSet

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Sending:
    """One message as it would have been sent: ``entries`` are the ids of all entries in the story at that moment."""

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


class _Recorder:
    """A sender that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []

    async def send(self, outgoing: Outgoing) -> Answer:
        self.sent.append((outgoing.story, outgoing.message))
        return Sent(len(self.sent))


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
        hashes: Any = store
        try:
            streams, clock, recorder = Streams(store, "replay"), _Clock(), _Recorder()
            await streams.create(keys.STREAMS)
            parts = Parts(store=store, clock=clock, rules=lambda: rules, reader=lambda: reader)
            members = defaultdict[str, list[str]](list)
            line = [
                _listening(stage, members) if stage.name == "group" else stage
                for stage in build_line(parts, ("read", "group", "judge", "address"))
            ]
            read, *others = (Worker(streams, stage, clock) for stage in line if stage.name != "digests")
            outbox = Outbox(store, "replay", 1e6)
            renderer = Renderer(store, fresh=timedelta())
            chats, pace = ChatStore(store), Pace(chat=0, group=0)
            send = Send(outbox, Deliver(chats, outbox, renderer, lambda _: recorder, clock, pace=pace), clock)
            if entries:
                await chats.put(everything_chat(entries[0].published, coins))
            for start in range(0, len(entries), _BATCH):
                chunk = entries[start : start + _BATCH]
                await streams.publish(keys.ENTRIES, *chunk)
                await read.step(_BATCH)
                for entry in chunk:
                    clock.at = max(clock.at, entry.published)
                    for quote in quotes(clock.at):
                        await hashes.hset(keys.QUOTES, quote.symbol, write_quote(quote))
                    for worker in others:
                        await worker.step(1)
                    while await send.step():
                        story, message = recorder.sent.pop()
                        alert = await read_judged(store, story)
                        assert alert is not None
                        yield Sending(clock.at, "send", alert, tuple(members[story]), message)
                    progress(1)
        finally:
            await store.aclose()
            await server.close()


def _listening(stage: Stage, members: dict[str, list[str]]) -> Stage:
    """The stage, noting which entry went into which story."""

    async def handle(events: Sequence[object]) -> Sequence[Outcome]:
        outcomes = await stage.handle(events)
        for outcome in outcomes:
            for output in outcome.outputs if isinstance(outcome, Done) else ():
                if isinstance(output, Development) and output.entry is not None:
                    members[output.story.id].append(output.entry.id)
        return outcomes

    return replace(stage, handle=handle)
