"""When a mute has ended: what it held back becomes lines of a message, and the clock is set for the next end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Delivery, DeliveryState
from bot.decisions import told_of
from bot.delivery.kept import Kept, read_kept, release, ring
from bot.delivery.ledger import Ledger
from pipelines.judged import read_judged
from pipelines.stage import Command
from rules.story import Story


class MuteClock:
    """Looks at one chat's mutes when the clock says so."""

    def __init__(self, store: Redis, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._chats = ChatStore(store)
        self._ledger = Ledger(store)
        self._clock = clock

    async def ended(self, chat_id: int) -> tuple[tuple[Command, ...], bool]:
        """The writes for what the chat's mutes hold back no longer, and whether something is to be told then.

        A mute that was taken back has ended like any other. Of a chat that is off nothing is kept.
        """
        kept = await read_kept(self._store, chat_id)
        chat = await self._chats.get(chat_id) if kept else None
        if not kept:
            return (), False
        now = self._clock()
        if chat is None or not chat.active:
            return release(chat_id, kept, {each.story for each in kept}, now), False
        standing = {mute.what: mute for mute in chat.mutes_at(now)}
        free = [each for each in kept if each.target.what not in standing]
        told = await self._told(chat_id, free)
        # A mute that went on for ever since promises no end; one that ends later is looked at then.
        ends = [mute.until for mute in standing.values() if mute.until is not None]
        onward = ring(chat_id, min(ends)) if ends else ()
        return (*release(chat_id, free, told, now), *onward), any(each.story not in told for each in free)

    async def _told(self, chat: int, free: list[Kept]) -> frozenset[str]:
        """Those stories of which the chat was told meanwhile, or of which nothing is known any more."""
        found = set[str]()
        for story in {each.story for each in free} - {""}:
            alert = await read_judged(self._store, story)
            rows: Mapping[int, Delivery] = await self._ledger.last(story, [chat])
            if alert is None or _told(rows.get(chat), alert.story):
                found.add(story)
        return frozenset(found)


def _told(row: Delivery | None, story: Story) -> bool:
    """Whether a row says that the chat knows all of the story, or is about to."""
    if row is None or row.state in (DeliveryState.HELD, DeliveryState.LISTED):
        return False
    return row.under_way or (row.told and not told_of(story.since(row.version)))
