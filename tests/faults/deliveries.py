"""Fills a deployment's store with chats and alerts that wait to be addressed, and accounts for what arrived."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from bot.delivery.ledger import ROWS_PREFIX
from pipelines import keys
from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect
from pipelines.streams import Streams
from rules.verdict import Severity
from tests.delivery.stories import judged, make_alert
from tests.telegram.remote import RemoteTelegram

_NAME = re.compile(r"\(n(\d+)\)")
_STRAGGLE = 0.05
"""Seconds that a call made before a death may arrive after it; the next process takes longer to begin."""


async def fill(data: Path, *, chats: int, alerts: int, urgent_every: int = 0) -> None:
    """Fill the embedded store of a data folder: see ``fill_store``."""
    server = EmbeddedServer(data / "store", reserve_mb=0)
    await server.open()
    store = connect(server.url)
    await fill_store(store, chats=chats, alerts=alerts, urgent_every=urgent_every)
    await store.aclose()
    await server.close()


async def fill_store(store: Redis, *, chats: int, alerts: int, urgent_every: int = 0) -> None:
    """Private chats 1 to ``chats``, and so many alerts that no chat has heard of; every so-manieth is urgent."""
    now, streams = datetime.now(UTC), Streams(store, "filler")
    await streams.create(keys.STREAMS)
    for chat in range(1, chats + 1):
        await ChatStore(store).put(Chat(id=chat, kind=Kind.PRIVATE, created=now, coins=()))
    for number in range(alerts):
        await publish(streams, store, number, urgent=_urgent(number, urgent_every))


async def publish(streams: Streams, store: Redis, number: int, *, urgent: bool = False) -> None:
    """One more alert."""
    severity = Severity.CRITICAL if urgent else Severity.HIGH
    alert = make_alert(f"n{number}", datetime.now(UTC), severity=severity)
    await streams.publish(keys.ALERTS, await judged(store, alert))


async def ledger(store: Redis) -> Counter[str]:
    """How many rows of the ledger are in each state."""
    client: Any = store
    states = Counter[str]()
    async for key in client.scan_iter(match=f"{ROWS_PREFIX}*".replace("{", "[{]").replace("}", "[}]"), count=1000):
        states.update(row.split(b" ", 1)[0].decode() for row in (await client.hgetall(key)).values())
    return states


async def ledger_of(data: Path) -> Counter[str]:
    """The same of an embedded store that nobody uses any more."""
    server = EmbeddedServer(data / "store", reserve_mb=0)
    await server.open()
    store = connect(server.url)
    states = await ledger(store)
    await store.aclose()
    await server.close()
    return states


class Log:
    """The Bot API server's log of delivered messages, read on from where it was left."""

    def __init__(self, telegram: RemoteTelegram) -> None:
        self._telegram = telegram
        self.calls: list[dict[str, Any]] = []
        self._next = 0

    async def read(self) -> int:
        """How many messages have been delivered until now."""
        for call in await self._telegram.calls(since=self._next):
            self._next = call["number"] + 1
            if call["method"] == "sendMessage" and call["delivered"]:
                self.calls.append(call)
        return len(self.calls)


@dataclass(frozen=True)
class Copy:
    """One delivered message: when its call arrived, for whom, of which alert, and whether it says that it repeats."""

    at: float
    chat: int
    number: int
    marked: bool


def copies(calls: Sequence[dict[str, Any]]) -> list[Copy]:
    """The delivered messages of a log of calls."""
    found = []
    for call in calls:
        name = _NAME.search(call["text"])
        if call["method"] == "sendMessage" and call["delivered"] and name:
            found.append(Copy(call["at"], call["chat"], int(name[1]), "Repeat" in call["text"]))
    return found


@dataclass(frozen=True)
class Account:
    """What arrived of what should have: pairs of chat and alert.

    ``repeats``: copies beyond the first, ``unmarked``: those of them without the mark, ``unsaid``: those for which no
    copy of the pair has the mark, ``worst``: most copies of one pair, ``marked_first``: first copies with the mark,
    ``disorder``: those that came after a later one of their lane.
    """

    wanted: int
    arrived: int
    lost: int
    repeats: int
    unmarked: int
    unsaid: int
    worst: int
    marked_first: int
    disorder: int

    @classmethod
    def of(cls, calls: Sequence[dict[str, Any]], *, chats: int, alerts: int, urgent_every: int = 0) -> Account:
        """Count the Bot API server's log of delivered messages."""
        seen, latest = defaultdict[tuple[int, int], list[bool]](list), dict[tuple[int, bool], int]()
        disorder = 0
        for copy in copies(calls):
            seen[copy.chat, copy.number].append(copy.marked)
            lane = copy.chat, _urgent(copy.number, urgent_every)
            disorder += copy.number < latest.get(lane, -1)
            latest[lane] = max(copy.number, latest.get(lane, -1))
        wanted = {(chat, number) for chat in range(1, chats + 1) for number in range(alerts)}
        return cls(
            wanted=len(wanted),
            arrived=len(wanted & set(seen)),
            lost=len(wanted - set(seen)),
            repeats=sum(len(marks) - 1 for marks in seen.values()),
            unmarked=sum(not mark for marks in seen.values() for mark in marks[1:]),
            unsaid=sum(max(0, len(marks) - 1 - sum(marks)) for marks in seen.values()),
            worst=max(map(len, seen.values()), default=0),
            marked_first=sum(marks[0] for marks in seen.values()),
            disorder=disorder,
        )

    def __str__(self) -> str:
        return (
            f"wanted {self.wanted}, lost {self.lost}, repeats {self.repeats} (unmarked {self.unmarked}, most copies "
            f"{self.worst}), marked though first {self.marked_first}, out of order {self.disorder}"
        )


@dataclass(frozen=True)
class Blame:
    """Which death each repeat comes from. ``per_death``: how many; ``worst``: the most for one chat and death."""

    per_death: tuple[int, ...]
    worst: int

    @classmethod
    def of(cls, calls: Sequence[dict[str, Any]], deaths: Sequence[float]) -> Blame:
        """``deaths`` are unix times; a repeat is due to the first death after the copy before it was called for."""
        before, counts = dict[tuple[int, int], float](), Counter[int]()
        by_chat = Counter[tuple[int, int]]()
        for copy in copies(calls):
            pair = copy.chat, copy.number
            if pair in before:
                death = next((at for at, time in enumerate(deaths) if time + _STRAGGLE >= before[pair]), len(deaths))
                counts[death] += 1
                by_chat[death, copy.chat] += 1
            before[pair] = copy.at
        per_death = tuple(counts[death] for death in range(len(deaths) + 1))
        return cls(per_death, max(by_chat.values(), default=0))


def _urgent(number: int, every: int) -> bool:
    return every > 0 and number % every == 0
