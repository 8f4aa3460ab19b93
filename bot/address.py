"""The stage that decides which chats hear of an alert, and puts it in line for them, a page of chats at a time.

A page ends with the event of the next one, at the end of the stream: so one story's long way through the chats holds
up no other, and a crash goes on where it stood. A newer version of a story takes over from an older one's way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from redis.asyncio import Redis

from bot.access import Access
from bot.chat_store import ChatStore
from bot.chats import Chat, Decision, Delivery, DeliveryState, Hold, Kind, Send, decide
from bot.delivery.ledger import Ledger, open_ledger, parts_for
from bot.delivery.queue import enqueue, hold, line_up_digest, unhold
from pipelines import keys
from pipelines.events import Alert, DigestDue, Fanout
from pipelines.judged import KEPT, read_judged
from pipelines.stage import Command, Done, Outcome
from rules.verdict import Label, Severity

LONG = 20_000
"""Deliveries waiting in a lane above which no page is added to it: what waits costs the store memory."""
_LOOK_AGAIN = 0.05


class Address:
    """Compares an alert with what each chat last got of its story; the decision itself is ``chats.decide``.

    ``page`` is the number of chats that one event deals with, ``depths`` says how much waits in each lane.
    """

    def __init__(
        self,
        store: Redis,
        clock: Callable[[], datetime],
        access: Access | None = None,
        depths: Callable[[], Awaitable[dict[str, int]]] | None = None,
        page: int = 500,
    ) -> None:
        self._store = store
        self._chats = ChatStore(store)
        self._ledger = Ledger(store)
        self._clock = clock
        self._access = access or Access()
        self._depths = depths
        self._page = page

    async def handle(self, events: Sequence[Alert | Fanout]) -> Sequence[Outcome]:
        """For each event, the writes that open the ledger's rows of one page and line them up, and the next page."""
        # Two versions of a story in one batch would both find the ledger empty; the newest speaks for all.
        newest = {event.story.id: at for at, event in enumerate(events) if isinstance(event, Alert)}
        return [
            Done() if isinstance(event, Alert) and newest[event.story.id] != at else await self._address(event)
            for at, event in enumerate(events)
        ]

    async def _address(self, event: Alert | Fanout) -> Outcome:
        """The first page of an alert, or a further one; what fell to noise, or has a newer version, goes no further."""
        if isinstance(event, Alert):
            alert: Alert | None = event
            way = Fanout(story=event.story.id, version=event.story.version)
        else:
            alert, way = await read_judged(self._store, event.story), event
        before = int(await self._store.get(keys.addressed(way.story)) or 0)
        if alert is None or alert.verdict.label is Label.NOISE or (way.version < before and not way.chats):
            return Done()
        lane = "urgent" if alert.verdict.severity is Severity.CRITICAL else "normal"
        if self._depths is not None and (await self._depths())[lane] > LONG:
            await asyncio.sleep(_LOOK_AGAIN)
            return Done(outputs=(way,))
        cursor, page = await self._read(way)
        writes = (*_unless_newer(way, before), *await self._line_up(alert, way, lane, page))
        onward = (Fanout(story=way.story, version=way.version, cursor=cursor),) if cursor else ()
        return Done(outputs=onward, writes=writes)

    async def _line_up(self, alert: Alert, way: Fanout, lane: str, page: Sequence[Chat]) -> tuple[Command, ...]:
        """The writes for the chats of one page that want the alert."""
        now, story = self._clock(), alert.story
        begun = await self._ledger.parts(story.id)
        parts = begun or parts_for(await self._chats.count())
        last = await self._last(story.id, page) if begun else {}
        pushed, held, risen = list[int](), list[tuple[int, datetime]](), list[int]()
        for chat in {chat.id: chat for chat in page}.values():
            match self._decide(chat, last, alert, now, again=bool(way.chats)):
                case Send():
                    pushed.append(chat.id)
                    had = last.get(chat.id)
                    if had is not None and had.state is DeliveryState.HELD:
                        risen.append(chat.id)
                case Hold(until):
                    held.append((chat.id, until))
                case _:
                    pass
        return (
            *(open_ledger(story.id, parts, now) if not begun and (pushed or held) else ()),
            *unhold(story.id, risen),
            *enqueue(story.id, pushed, story.version, lane, now, parts=parts),
            *hold(story.id, held, story.version, now, parts=parts),
        )

    async def _read(self, way: Fanout) -> tuple[int, tuple[Chat, ...]]:
        if not way.chats:
            return await self._chats.page(way.cursor, self._page)
        found = [await self._chats.get(chat) or await self._chats.heir(chat) for chat in way.chats]
        return 0, tuple(chat for chat in found if chat is not None)

    async def _last(self, story: str, page: Sequence[Chat]) -> dict[int, Delivery]:
        ids = [each for chat in page for each in (chat.id, chat.former) if each is not None]
        return await self._ledger.last(story, ids)

    def _decide(
        self, chat: Chat, last: dict[int, Delivery], alert: Alert, now: datetime, *, again: bool
    ) -> Decision | None:
        if not self._may_hear(chat):
            return None
        had = last.get(chat.id) or last.get(chat.former or chat.id)
        if again and had is not None and had.state is DeliveryState.FAILED:
            had = None  # an operator wants what failed to be tried once more
        return decide(chat, had, alert, now)

    def _may_hear(self, chat: Chat) -> bool:
        """A chat that subscribed while the bot was open hears nothing once it is private; a group may get a new id."""
        ids = [each for each in (chat.id, chat.former) if each is not None]
        return chat.kind is Kind.TERMINAL or any(map(self._access.admits, ids))


class Digests:
    """The stage that puts a chat's digest in line when the clock says so, where anything is held for it."""

    def __init__(self, clock: Callable[[], datetime], lines: Callable[[int], Awaitable[tuple[str, ...]]]) -> None:
        self._clock = clock
        self._lines = lines

    async def handle(self, events: Sequence[DigestDue]) -> Sequence[Outcome]:
        """For each chat the writes that line its digest up."""
        now = self._clock()
        return [
            Done(writes=line_up_digest(event.chat, now) if await self._lines(event.chat) else ()) for event in events
        ]


def _unless_newer(way: Fanout, before: int) -> tuple[Command, ...]:
    """The writes that hold only while nobody has taken a newer version of the story through the chats."""
    if way.chats:
        return ()
    key = keys.addressed(way.story)
    return (
        ("EXPECT", key, str(before) if before else ""),
        ("SET", key, way.version, "EX", int(KEPT.total_seconds())),
    )
