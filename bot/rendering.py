"""What a message is made of, read from the store and kept for a second: a story goes to thousands of chats at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from redis.asyncio import Redis

from bot.chats import Chat, still_wanted, story_topics
from bot.digests import render_digest
from bot.markup import Message
from bot.messages import PRICE_MAX_AGE, render_alert
from pipelines.events import Alert
from pipelines.judged import read_judged
from pipelines.prices.quote import Quote
from pipelines.prices.read import read_quotes

_KEPT = 256
T = TypeVar("T")


class _Recent(Generic[T]):
    """What was made within the last moment."""

    def __init__(self, fresh: timedelta) -> None:
        self._fresh = fresh
        self._kept: OrderedDict[Hashable, tuple[datetime, T]] = OrderedDict()

    def get(self, key: Hashable, now: datetime) -> T | None:
        kept = self._kept.get(key)
        return kept[1] if kept is not None and timedelta() <= now - kept[0] < self._fresh else None

    def put(self, key: Hashable, now: datetime, value: T) -> T:
        self._kept[key] = (now, value)
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return value


class Renderer:
    """Renders alerts and digests. ``fresh`` is how long what was read may be shown; prices carry their own age."""

    def __init__(
        self, store: Redis, *, max_age: timedelta = PRICE_MAX_AGE, fresh: timedelta = timedelta(seconds=1)
    ) -> None:
        self._store = store
        self._max_age = max_age
        self._alerts = _Recent[Alert](fresh)
        self._quoted = _Recent[Sequence[Quote]](fresh)
        self._messages = _Recent[Message](fresh)

    async def alert(self, story: str, now: datetime) -> Alert | None:
        """The story as last judged, at most a moment ago."""
        kept = self._alerts.get(story, now)
        if kept is not None:
            return kept
        found = await read_judged(self._store, story)
        return None if found is None else self._alerts.put(story, now, found)

    async def message(self, alert: Alert, chat: Chat, now: datetime, *, repeat: bool) -> Message:
        """The alert as this chat gets it. Chats that wish the same share the work."""
        heard = bool(chat.heard(story_topics(alert.story), now))
        wish = (alert.story.id, alert.story.version, chat.coins, chat.language, heard, repeat)
        kept = self._messages.get(wish, now)
        if kept is not None:
            return kept
        quotes = await self._quotes(chat.coins, now)
        made = render_alert(alert, quotes, chat, now, repeat=repeat, max_age=self._max_age)
        return self._messages.put(wish, now, made)

    async def digest(
        self,
        stories: Sequence[str],
        chat: Chat,
        now: datetime,
        *,
        doubts: Callable[[Sequence[str]], Awaitable[frozenset[str]]],
        repeat: bool,
        most: int,
    ) -> tuple[Message | None, tuple[str, ...]]:
        """One message about the first ``most`` of these stories that the chat still wants, and which are dealt with.

        None where there is no such story. ``doubts`` says which of some stories the chat may have had already.
        """
        told, dealt = list[Alert](), list[str]()
        for story in stories:
            if len(told) == most:
                break
            dealt.append(story)
            alert = await self.alert(story, now)
            if alert is not None and still_wanted(chat, alert, now):
                told.append(alert)
        if not told:
            return None, tuple(dealt)
        doubtful = await doubts([alert.story.id for alert in told])
        return render_digest(told, now, more=len(stories) - len(dealt), doubtful=doubtful, repeat=repeat), tuple(dealt)

    async def _quotes(self, coins: tuple[str, ...], now: datetime) -> Sequence[Quote]:
        kept = self._quoted.get(coins, now)
        return self._quoted.put(coins, now, await read_quotes(self._store, coins)) if kept is None else kept
