"""Brings what prices did after a story into the messages about it, a small page of chats at a time.

Such an edit takes only room that nobody else wants: it waits while anything is in line, is shown by an edit of facts
where one is due, and is dropped where half an hour did not suffice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from redis.asyncio import Redis

from bot.chats import Chat, Delivery, DeliveryState, Kind
from bot.delivery.ledger import Head, Ledger, note_edits
from bot.delivery.lining import follow
from bot.editing import Edits
from pipelines import keys
from pipelines.events import Alert, Fanout, encode
from pipelines.judged import read_judged
from pipelines.prices.measured import Reaction, read_reaction
from pipelines.stage import Command, Done, Outcome
from pipelines.streams import postpone
from rules.verdict import Label

PAGE = 50
"""Chats at a time: an edit of facts waits behind at most so many and ``ROOM``."""
ROOM = 50
"""Deliveries in line, of whatever kind, above which the next page waits."""
GIVE_UP = timedelta(minutes=30)
"""So long after it could have gone out such an edit says nothing new; the next horizon's says it too."""
_LOOK_AGAIN = timedelta(seconds=2)
_LOOKED = timedelta(seconds=30)
Depths = Callable[[], Awaitable[Mapping[str, int]]]
Chats = Callable[[Fanout, int], Awaitable[tuple[int, tuple[Chat, ...]]]]


class PriceEdits:
    """Lines up edits that only say what prices did. ``read`` gives a page of chats and where the next one begins."""

    def __init__(
        self,
        store: Redis,
        clock: Callable[[], datetime],
        read: Chats,
        may_hear: Callable[[Chat], bool],
        depths: Depths | None,
    ) -> None:
        self._store = store
        self._ledger = Ledger(store)
        self._clock = clock
        self._read = read
        self._may_hear = may_hear
        self._depths = depths

    async def page(self, way: Fanout) -> Outcome:
        """The writes for one page of chats, and the next page; later where others wait, nothing where it is late."""
        now = self._clock()
        alert, head = await read_judged(self._store, way.story), await self._ledger.head(way.story)
        reaction = await read_reaction(self._store, way.story)
        if alert is None or head is None or reaction is None or not _tellable(alert, reaction):
            return Done()
        at = head.edits.next_for_prices(now) if way.cursor == 0 else now
        if at is None or _shown(reaction, head.edits) or await self._facts_follow(way.story):
            return Done()
        if now - max(_known(reaction), head.edits.at) > GIVE_UP:
            return Done()
        if await self._crowded():
            at = max(at, now + _LOOK_AGAIN)
        if at > now:
            return Done(writes=postpone(keys.ALERTS, f"moves:{way.story}", encode(way), at.timestamp(), sooner=True))
        return await self._line_up(way, head, now)

    async def _line_up(self, way: Fanout, head: Head, now: datetime) -> Outcome:
        cursor, page = await self._read(way, PAGE)
        last = await self._ledger.last(way.story, [chat.id for chat in page])
        chats = sorted({chat.id for chat in page if self._may_hear(chat) and _shows(chat, last.get(chat.id))})
        noted: Sequence[Command] = ()
        if way.cursor == 0:
            noted = note_edits(way.story, head.edits.done_for_prices(now))
        onward = (Fanout(story=way.story, version=way.version, cursor=cursor, moves=True),) if cursor else ()
        return Done(outputs=onward, writes=(*follow(way.story, chats, "edit", now), *noted))

    async def _facts_follow(self, story: str) -> bool:
        """Whether an edit of facts is to come anyway, which then says what prices did too."""
        return await self._store.zscore(keys.DUE, f"story:{story}") is not None

    async def _crowded(self) -> bool:
        return self._depths is not None and sum((await self._depths()).values()) > ROOM


def _tellable(alert: Alert, reaction: Reaction) -> bool:
    story = alert.story
    return bool(reaction.moves) and alert.verdict.label is not Label.NOISE and not (story.retracted or story.merged)


def _known(reaction: Reaction) -> datetime:
    """Since when the newest of it has been known, but for the moments that looking took."""
    return max(reaction.news + max(reaction.moves), reaction.alert)


def _shown(reaction: Reaction, edits: Edits) -> bool:
    """Whether an edit of facts has told it since."""
    return edits.count > 0 and edits.at >= _known(reaction) + _LOOKED


def _shows(chat: Chat, row: Delivery | None) -> bool:
    """Whether the chat has a message that can say it; a terminal would print the whole once more."""
    there = row is not None and row.message_id is not None and row.state is DeliveryState.SENT
    return there and chat.active and bool(chat.coins) and chat.kind is not Kind.TERMINAL
