"""When a mute has ended: what it held back becomes lines of a message, and the clock is set for the next end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Delivery
from bot.delivery.kept import Kept, read_kept, release, ring
from bot.delivery.ledger import Ledger
from pipelines.judged import read_judged
from pipelines.stage import Command


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
        for each in free:
            if not each.story:
                continue
            rows = await self._ledger.last(each.story, [chat])
            if _told(rows.get(chat), each) or await read_judged(self._store, each.story) is None:
                found.add(each.story)
        return frozenset(found)


def _told(row: Delivery | None, kept: Kept) -> bool:
    """Whether the chat was sent the story since it was kept back, or is about to be: it was free by then."""
    return row is not None and (row.under_way or (row.message_id is not None and row.at.timestamp() > kept.since))
