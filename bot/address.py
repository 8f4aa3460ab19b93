"""The stage that decides which chats hear of an alert, and puts it in line for them, a page of chats at a time.

A page ends with the event of the next one, at the end of the stream: so one story's long way through the chats holds
up no other, and a crash goes on where it stood. A newer version of a story takes over from an older one's way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from redis.asyncio import Redis

from bot.access import Access
from bot.broadcast import is_broadcast
from bot.chat_store import ChatStore
from bot.chats import Chat, Delivery, DeliveryState, Kind, moved_at
from bot.decisions import Decision, Edit, Hold, KeepBack, Later, Reply, Send, decide, told_of
from bot.delivery.broadcasts import PAGE as BROADCAST_PAGE
from bot.delivery.broadcasts import may_go, page_later, page_of, read_broadcast
from bot.delivery.kept import keep_back, let_go
from bot.delivery.ledger import Head, Ledger, note_edits, open_ledger, parts_for
from bot.delivery.lining import enqueue, follow, hold, hold_line, line_up_digest, put_aside, unhold
from bot.delivery.scripts import LANES
from bot.editing import APART, Edits
from bot.mutings import Mute
from bot.price_edits import PriceEdits
from pipelines import keys
from pipelines.events import Alert, DigestDue, Fanout, encode
from pipelines.judged import KEPT, read_judged
from pipelines.prices.measured import begin_reaction
from pipelines.stage import Command, Done, Outcome
from pipelines.streams import postpone
from rules.story import Story
from rules.verdict import Label, Severity

LONG = 20_000
"""Deliveries waiting in a lane above which no page is added to it: what waits costs the store memory."""
_LOOK_AGAIN = 0.05
_UNDER_WAY = timedelta(seconds=20)
"""After so long a call that was under way has mostly been answered."""


class Address:
    """Compares an alert with what each chat last got of its story; the decision itself is ``decisions.decide``.

    ``page`` is the number of chats that one event deals with, ``depths`` says how much waits in each lane. ``prices``:
    what they do after a story is looked at.
    """

    def __init__(
        self,
        store: Redis,
        clock: Callable[[], datetime],
        access: Access | None = None,
        depths: Callable[[], Awaitable[dict[str, int]]] | None = None,
        page: int = 500,
        *,
        prices: bool = True,
    ) -> None:
        self._store = store
        self._chats = ChatStore(store)
        self._ledger = Ledger(store)
        self._clock = clock
        self._access = access or Access()
        self._depths = depths
        self._page = page
        self._prices = PriceEdits(store, clock, self._read, self._may_hear, depths)
        self._look_at_prices = prices

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
        if isinstance(event, Fanout) and is_broadcast(event.story):
            return await self._broadcast(event)
        if isinstance(event, Fanout) and event.moves:
            return await self._prices.page(event)
        if isinstance(event, Alert):
            alert: Alert | None = event
            way = Fanout(story=event.story.id, version=event.story.version)
        else:
            alert, way = await read_judged(self._store, event.story), event
        before = int(await self._store.get(keys.addressed(way.story)) or 0)
        if alert is None or (way.version < before and not way.chats):
            return Done()
        head = await self._ledger.head(way.story)
        if head is None and alert.verdict.label is Label.NOISE:
            return Done()  # nobody has been told, and nobody is to be
        lane, depth = _lane(alert), await self._depth()
        if depth[lane] > LONG:
            await asyncio.sleep(_LOOK_AGAIN)
            return Done(outputs=(way,))
        cursor, page = await self._read(way, self._page)
        writes = (*_unless_newer(way, before), *await self._line_up(alert, way, head, page, room=depth["edit"] < LONG))
        onward = (Fanout(story=way.story, version=way.version, cursor=cursor),) if cursor else ()
        return Done(outputs=onward, writes=writes)

    async def _line_up(
        self, alert: Alert, way: Fanout, head: Head | None, page: Sequence[Chat], *, room: bool
    ) -> tuple[Command, ...]:
        """The writes for the chats of one page that are to hear of the alert; ``room``: the edits' lane is not full."""
        now, story, lane = self._clock(), alert.story, _lane(alert)
        last = await self._last(story.id, page) if head else {}
        begun = head or Head(parts_for(await self._chats.count()), Edits(0, now))
        sheet = _Sheet(story, may_edit=room and begun.edits.may(story.version, now))
        for chat in {chat.id: chat for chat in page}.values():
            sheet.note(chat, self._decide(chat, last, alert, now, again=bool(way.chats)), last.get(chat.id))
        edits = begun.edits.done(story.version, now) if sheet.edited else begun.edits
        return (
            *(self._begin(story, begun, now) if head is None and (sheet.pushed or sheet.held or sheet.aside) else ()),
            *unhold(story.id, (*sheet.risen, *sheet.replies, *sheet.aside)),
            *let_go(story.id, sheet.freed),
            *enqueue(story.id, sheet.pushed, story.version, lane, now, parts=begun.parts, known=last),
            *hold(story.id, sheet.held, story.version, now, parts=begun.parts, known=last),
            *put_aside(story.id, sheet.aside, story.version, now, parts=begun.parts, known=last),
            *keep_back(story.id, sheet.kept, now),
            *hold_line(story.id, sheet.lines, now),
            *follow(story.id, (*sheet.replies, *sheet.corrected), lane, now),
            *follow(story.id, sheet.edited, "edit", now),
            *(note_edits(story.id, edits) if edits is not begun.edits else ()),
            *_once_more(story, sheet, begun.edits.next(now if room else now + APART), now),
        )

    def _begin(self, story: Story, head: Head, now: datetime) -> tuple[Command, ...]:
        """The writes that begin the ledger of a story of which chats are told, and the looks at prices after it."""
        looks = begin_reaction(story.id, moved_at(story), now) if self._look_at_prices else ()
        return (*open_ledger(story.id, head.parts, now), *looks)

    async def _broadcast(self, way: Fanout) -> Outcome:
        """One page of the chats for a message of the operators: each active chat that has no row of it yet."""
        now = self._clock()
        wanted = await read_broadcast(self._store, way.story)
        if wanted is None or wanted.stopped:
            return Done()
        if not way.chats and not may_go(await self._depth()):
            return Done(writes=page_later(way, now))
        cursor, page = await self._read(way, BROADCAST_PAGE)
        head = await self._ledger.head(way.story)
        last = await self._last(way.story, page) if head else {}
        parts = head.parts if head else parts_for(await self._chats.count())
        chats = {chat.id for chat in page if chat.active and self._may_hear(chat) and not _had(chat, last, way)}
        onward = (Fanout(story=way.story, version=way.version, cursor=cursor),) if cursor else ()
        return Done(outputs=onward, writes=page_of(way, sorted(chats), cursor, head, parts, now))

    async def _depth(self) -> Mapping[str, int]:
        return await self._depths() if self._depths is not None else dict.fromkeys(LANES, 0)

    async def _read(self, way: Fanout, size: int) -> tuple[int, tuple[Chat, ...]]:
        if not way.chats:
            return await self._chats.page(way.cursor, size)
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
        had = _row(chat, last)
        if again and had is not None and had.state is DeliveryState.FAILED:
            had = None  # an operator wants what failed to be tried once more
        return decide(chat, had, alert, now)

    def _may_hear(self, chat: Chat) -> bool:
        """A chat that subscribed while the bot was open hears nothing once it is private; a group may get a new id."""
        ids = [each for each in (chat.id, chat.former) if each is not None]
        return chat.kind is Kind.TERMINAL or any(map(self._access.admits, ids))


async def _no_mutes(chat: int) -> tuple[tuple[Command, ...], bool]:  # noqa: ARG001
    """Where nothing was ever muted, nothing ends."""
    return (), False


class Digests:
    """The stage that puts a chat's digest in line when the clock says so, where anything is held for it.

    ``ended`` gives the writes for mutes of the chat that have ended, and whether something is to be told of them.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        lines: Callable[[int], Awaitable[tuple[str, ...]]],
        ended: Callable[[int], Awaitable[tuple[tuple[Command, ...], bool]]] = _no_mutes,
    ) -> None:
        self._clock = clock
        self._lines = lines
        self._ended = ended

    async def handle(self, events: Sequence[DigestDue]) -> Sequence[Outcome]:
        """For each chat the writes that line its digest up."""
        now, done = self._clock(), list[Outcome]()
        for event in events:
            writes, told = await self._ended(event.chat)
            wanted = told or (not event.mutes and bool(await self._lines(event.chat)))
            done.append(Done(writes=(*writes, *(line_up_digest(event.chat, now) if wanted else ()))))
        return done


@dataclass(slots=True)
class _Sheet:
    """What the chats of a page are to get.

    ``aside``: a mute holds back the story, of which the chat has nothing yet; ``kept``: all that mutes hold back.
    ``waiting``: an edit is due, and it is too early for it; ``soon``: a chat's message is under way just now, so that
    nobody knows yet what it will show. ``freed``: no mute holds the story back from these any more, but the
    one beside them where there is one.
    """

    story: Story
    may_edit: bool
    pushed: list[int] = field(default_factory=list)
    risen: list[int] = field(default_factory=list)
    held: list[tuple[int, datetime]] = field(default_factory=list)
    lines: list[tuple[int, datetime]] = field(default_factory=list)
    aside: list[int] = field(default_factory=list)
    kept: list[tuple[int, Mute]] = field(default_factory=list)
    freed: list[tuple[Chat, Mute | None]] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)
    edited: list[int] = field(default_factory=list)
    waiting: bool = False
    soon: bool = False

    def note(self, chat: Chat, decision: Decision | None, had: Delivery | None) -> None:
        """Write down what was decided for a chat that has had this."""
        if had is not None and chat.mutes:
            self._free(chat, decision)
        match decision:
            case KeepBack(mute=mute):
                self.aside.append(chat.id)
                self.kept.append((chat.id, mute))
            case Send():
                self.pushed.append(chat.id)
                self.risen += [chat.id] if had is not None and had.state is DeliveryState.HELD else []
            case Hold(until) if had is None or not had.told:
                self.held.append((chat.id, until))
            case Later(soon=soon):
                self.soon, self.waiting = self.soon or soon, True
            case _:
                self._follow(chat.id, decision, had)

    def _follow(self, chat: int, decision: Decision | None, had: Delivery | None) -> None:
        """The same where the chat has a message."""
        match decision:
            case Hold(until, urgent=urgent):
                self.lines.append((chat, until))
                self._edit(chat, had, urgent=urgent)
            case Reply(urgent=urgent):
                self.replies.append(chat)
                self._edit(chat, had, urgent=urgent)
            case Edit(urgent=urgent, kept=mute):
                self.kept += [(chat, mute)] if mute is not None else []
                if urgent:
                    self.corrected.append(chat)
                else:
                    self._edit(chat, had)
            case _:
                pass

    def _edit(self, chat: int, had: Delivery | None, *, urgent: bool = False) -> None:
        """The message is brought up to date, at once or in its time, where it lags behind."""
        if had is not None and not told_of(self.story.since(had.shown)):
            return
        if self.may_edit or urgent:
            self.edited.append(chat)
        else:
            self.waiting = True

    def _free(self, chat: Chat, decision: Decision | None) -> None:
        """What is told in another way, or held back by another mute, is not told again at the end of this one."""
        match decision:
            case Send() | Hold() | Reply():
                self.freed.append((chat, None))
            case KeepBack(mute=mute) | Edit(kept=mute) if mute is not None:
                self.freed.append((chat, mute))
            case _:
                pass


def _row(chat: Chat, last: Mapping[int, Delivery]) -> Delivery | None:
    """What the chat last got, be it under the id that it had before."""
    return last.get(chat.id) or last.get(chat.former or chat.id)


def _had(chat: Chat, last: Mapping[int, Delivery], way: Fanout) -> bool:
    """Whether a broadcast has been lined up for the chat; what failed is tried again where an operator wants that."""
    row = _row(chat, last)
    return row is not None and not (way.chats and row.state is DeliveryState.FAILED)


def _lane(alert: Alert) -> str:
    return "urgent" if alert.verdict.severity is Severity.CRITICAL else "normal"


def _once_more(story: Story, sheet: _Sheet, edit_at: datetime | None, now: datetime) -> tuple[Command, ...]:
    """The writes that have the clock bring the story round again, where something is still to be done for a chat."""
    at = now + _UNDER_WAY if sheet.soon else edit_at if sheet.waiting else None
    if at is None:
        return ()
    again = encode(Fanout(story=story.id, version=story.version))
    return postpone(keys.ALERTS, f"story:{story.id}", again, at.timestamp(), sooner=True)


def _unless_newer(way: Fanout, before: int) -> tuple[Command, ...]:
    """The writes that hold only while nobody has taken a newer version of the story through the chats."""
    if way.chats:
        return ()
    key = keys.addressed(way.story)
    return (
        ("EXPECT", key, str(before) if before else ""),
        ("SET", key, way.version, "EX", int(KEPT.total_seconds())),
    )
