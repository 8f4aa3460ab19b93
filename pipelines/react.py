"""The stage that looks at prices some time after a story: what they did is kept, and its messages may say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from redis.asyncio import Redis

from pipelines.events import Fanout, ReactionDue
from pipelines.judged import read_judged
from pipelines.prices.measured import measure, read_reaction, write_moves
from pipelines.stage import Done, Outcome


class React:
    """Measures what coins did after the news of a story, once for each horizon."""

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def handle(self, events: Sequence[ReactionDue]) -> Sequence[Outcome]:
        """For each look the moves that it found, and the story's way through the chats where there are any."""
        return [await self._look(event) for event in events]

    async def _look(self, event: ReactionDue) -> Outcome:
        kept, alert = await read_reaction(self._store, event.story), await read_judged(self._store, event.story)
        if kept is None or alert is None or alert.story.retracted or alert.story.merged:
            return Done()
        horizon = timedelta(minutes=event.minutes)
        moves = await measure(self._store, kept.news, horizon)
        if not moves:
            return Done()
        onward = Fanout(story=event.story, version=alert.story.version, moves=True)
        return Done(outputs=(onward,), writes=write_moves(event.story, horizon, moves))
