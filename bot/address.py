"""The stage that decides which chats hear of an alert, and puts it in line for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from redis.asyncio import Redis

from bot.access import Access
from bot.chat_store import ChatStore
from bot.chats import Chat, Kind, Send, decide
from bot.delivery.ledger import Ledger
from bot.delivery.queue import enqueue
from pipelines.events import Alert
from pipelines.stage import Command, Done, Outcome
from rules.verdict import Label, Severity


class Address:
    """Compares an alert with what each chat last got of its story; the decision itself is ``chats.decide``."""

    def __init__(self, store: Redis, clock: Callable[[], datetime], access: Access | None = None) -> None:
        self._chats = ChatStore(store)
        self._ledger = Ledger(store)
        self._clock = clock
        self._access = access or Access()

    async def handle(self, alerts: Sequence[Alert]) -> Sequence[Outcome]:
        """For each alert, the writes that open its ledger rows and put it in line."""
        # Two versions of a story in one batch would both find the ledger empty; the newest speaks for all.
        newest = {alert.story.id: at for at, alert in enumerate(alerts)}
        return [
            await self._address(alert) if newest[alert.story.id] == at else Done() for at, alert in enumerate(alerts)
        ]

    async def _address(self, alert: Alert) -> Outcome:
        if alert.verdict.label is Label.NOISE:
            return Done()
        now, story = self._clock(), alert.story
        lane = "urgent" if alert.verdict.severity is Severity.CRITICAL else "normal"
        writes = list[Command]()
        reached = set[int]()
        async for page in self._chats.pages():
            ids = [each for chat in page for each in (chat.id, chat.former) if each is not None]
            last = await self._ledger.last(story.id, ids)
            for chat in page:
                if chat.id in reached or not self._may_hear(chat):
                    continue
                if not isinstance(
                    decide(chat, last.get(chat.id) or last.get(chat.former or chat.id), alert, now), Send
                ):
                    continue
                reached.add(chat.id)
                writes += enqueue(story.id, chat.id, story.version, lane, now)
        return Done(writes=tuple(writes))

    def _may_hear(self, chat: Chat) -> bool:
        """A chat that subscribed while the bot was open hears nothing once it is private; a group may get a new id."""
        ids = [each for each in (chat.id, chat.former) if each is not None]
        return chat.kind is Kind.TERMINAL or any(map(self._access.admits, ids))
