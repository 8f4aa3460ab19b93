"""What a message is made of, read from the store and kept for a second: a story goes to thousands of chats at once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from redis.asyncio import Redis

from bot.broadcast import render_broadcast
from bot.chats import Chat
from bot.decisions import still_wanted
from bot.delivery.broadcasts import read_broadcast
from bot.delivery.forgetting import week_key
from bot.delivery.ledger import KEPT
from bot.digests import render_digest
from bot.languages.catalogues import Languages
from bot.languages.translator import Translator
from bot.living import render_edit, render_reply
from bot.markup import Line, Message
from bot.messages import PRICE_MAX_AGE, render_alert
from bot.weekly import WEEK, Told, week_lines, week_of
from pipelines.events import Alert
from pipelines.judged import read_judged, read_structural
from pipelines.prices.measured import Reaction, read_reaction, read_reactions
from pipelines.prices.quote import Quote
from pipelines.prices.read import read_quotes
from pipelines.prices.told import keep_told, read_told

_KEPT = 256
T = TypeVar("T")


class _Recent(Generic[T]):
    """What was made within the last moment. Whoever asks while it is being made waits for it, and makes no second."""

    def __init__(self, fresh: timedelta) -> None:
        self._fresh = fresh
        self._kept: OrderedDict[Hashable, tuple[datetime, T]] = OrderedDict()
        self._making: dict[Hashable, asyncio.Task[T | None]] = {}

    async def get(self, key: Hashable, now: datetime, make: Callable[[], Awaitable[T | None]]) -> T | None:
        """What is kept under ``key``, else what ``make`` brings; that there is nothing is not kept."""
        kept = self._kept.get(key)
        if kept is not None and timedelta() <= now - kept[0] < self._fresh:
            return kept[1]
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.ensure_future(self._make(key, now, make))
        # One of those who wait may be cancelled; the others still want it.
        return await asyncio.shield(making)

    async def _make(self, key: Hashable, now: datetime, make: Callable[[], Awaitable[T | None]]) -> T | None:
        try:
            value = await make()
        finally:
            del self._making[key]
        if value is not None:
            self._kept[key] = (now, value)
            self._kept.move_to_end(key)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return value


class Renderer:
    """Renders alerts and digests. ``fresh`` is how long what was read may be shown; prices carry their own age."""

    def __init__(
        self,
        store: Redis,
        *,
        languages: Languages | None = None,
        max_age: timedelta = PRICE_MAX_AGE,
        fresh: timedelta = timedelta(seconds=1),
    ) -> None:
        self._languages = languages or Languages()
        self._store = store
        self._max_age = max_age
        self._alerts = _Recent[Alert](fresh)
        self._quoted = _Recent[Sequence[Quote]](fresh)
        self._messages = _Recent[Message](fresh)
        self._reactions = _Recent[Reaction](fresh)
        self._weeks = _Recent[Sequence[Told]](60 * fresh)

    def tr(self, chat: Chat) -> Translator:
        """Who speaks the chat's language."""
        return self._languages.of(chat.language)

    async def alert(self, story: str, now: datetime) -> Alert | None:
        """The story as last judged, at most a moment ago."""
        return await self._alerts.get(story, now, lambda: read_judged(self._store, story))

    async def message(self, alert: Alert, chat: Chat, now: datetime, *, repeat: bool) -> Message:
        """The alert as this chat gets it. Chats that wish the same share the work."""
        tr = self.tr(chat)

        async def make() -> Message:
            quotes = await self._quotes(chat.coins, now)
            await keep_told(self._store, alert.story.id, quotes, now, KEPT)
            return render_alert(alert, quotes, chat, now, repeat=repeat, max_age=self._max_age, tr=tr)

        return await self._made(alert, chat, now, make, repeat)

    async def edited(self, alert: Alert, chat: Chat, sent: datetime, now: datetime) -> Message:
        """The message that the chat was sent then, brought up to date; its prices stay."""
        tr = self.tr(chat)

        async def make() -> Message:
            quotes = await read_told(self._store, alert.story.id, chat.coins, sent)
            reaction = await self.reaction(alert.story.id, now)
            return render_edit(alert, quotes, chat, sent, tr, reaction=reaction)

        return await self._made(alert, chat, now, make, "edit", chat.zone, sent)

    async def reaction(self, story: str, now: datetime) -> Reaction | None:
        """What prices did after the story, as far as is known."""
        return await self._reactions.get(story, now, lambda: read_reaction(self._store, story))

    async def reply(self, alert: Alert, chat: Chat, now: datetime, *, since: int, repeat: bool) -> Message:
        """What moved after version ``since``, as a reply to the chat's message."""
        tr = self.tr(chat)

        async def make() -> Message:
            quotes = await self._quotes(chat.coins, now)
            return render_reply(alert, quotes, chat, now, since=since, repeat=repeat, max_age=self._max_age, tr=tr)

        return await self._made(alert, chat, now, make, "reply", chat.zone, since, repeat)

    async def broadcast(self, broadcast_id: str, chat: Chat, now: datetime, *, repeat: bool) -> Message | None:
        """A message of the operators; None where it was stopped, or is not kept any more."""
        tr = self.tr(chat)

        async def make() -> Message | None:
            found = await read_broadcast(self._store, broadcast_id)
            return None if found is None or found.stopped else render_broadcast(found.text, repeat=repeat, tr=tr)

        return await self._messages.get((broadcast_id, chat.language, repeat), now, make)

    async def _made(
        self, alert: Alert, chat: Chat, now: datetime, make: Callable[[], Awaitable[Message]], *more: Hashable
    ) -> Message:
        """A message as chats of these wishes get it: those that wish the same share the work."""
        wish = (alert.story.id, alert.story.version, chat.coins, chat.language, *more)
        made = await self._messages.get(wish, now, make)
        assert made is not None
        return made

    async def digest(
        self,
        stories: Sequence[str],
        chat: Chat,
        now: datetime,
        *,
        doubts: Callable[[Sequence[str]], Awaitable[frozenset[str]]],
        repeat: bool,
        most: int,
        heading: str = "",
        week: Sequence[Line] = (),
    ) -> tuple[Message | None, tuple[tuple[str, int], ...]]:
        """One message about the first ``most`` of these stories that the chat still wants, and what is dealt with.

        That is story and version, below zero for what is not wanted any more. The message is None where there is no
        such story. ``doubts`` says which of some stories the chat may have had already.
        """
        told, dealt = list[Alert](), list[tuple[str, int]]()
        for story in stories:
            if len(told) == most:
                break
            alert = await self.alert(story, now)
            if alert is not None and still_wanted(chat, alert, now):
                told.append(alert)
                dealt.append((story, alert.story.version))
            else:
                dealt.append((story, -alert.story.version if alert else 0))
        if not told:
            return None, tuple(dealt)
        tr = self.tr(chat)
        doubtful = await doubts([alert.story.id for alert in told])
        more = len(stories) - len(dealt)
        made = render_digest(
            told, chat, now, more=more, doubtful=doubtful, repeat=repeat, heading=heading, week=week, tr=tr
        )
        return made, tuple(dealt)

    async def week(self, chat: Chat, now: datetime) -> tuple[Line, ...]:
        """The lines about the chat's week; none where it wants no digest, or one has told them this week."""
        key = week_key(chat.id)
        if not chat.digest or await self._store.get(key) == week_of(chat, now).encode():
            return ()
        found = await self._weeks.get("week", now, lambda: self._read_week(now))
        return tuple(week_lines(found or (), chat.coins, self._languages.of(chat.language)))

    async def week_told(self, chat: Chat, now: datetime) -> None:
        """Remember that the chat has been told of its week."""
        await self._store.set(week_key(chat.id), week_of(chat, now), ex=2 * WEEK)

    async def _read_week(self, now: datetime) -> Sequence[Told]:
        alerts = [alert for _, alert in await read_structural(self._store, now - WEEK, now)]
        known = await read_reactions(self._store, [alert.story.id for alert in alerts])
        return [Told(alert.story.lead.act.event, each) for alert, each in zip(alerts, known, strict=True)]

    async def _quotes(self, coins: tuple[str, ...], now: datetime) -> Sequence[Quote]:
        return await self._quoted.get(coins, now, lambda: read_quotes(self._store, coins)) or ()
