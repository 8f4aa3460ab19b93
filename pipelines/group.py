"""The stage ``group``: which story a reading belongs to, and what it changed there.

Run by a single hand. What it knows between calls is rebuilt by ``begin`` from the store; within a batch each event sees
what the ones before it did, although none of that is stored yet.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

from redis.asyncio import Redis

from pipelines.events import Development, Reading
from pipelines.stage import Command, Done, Outcome
from pipelines.stories.changes import advance, begin
from pipelines.stories.identity import Index, Item
from pipelines.stories.ids import story_id
from pipelines.stories.memory import Unreadable, drop, read_recent, read_story, remember, sketch_of
from rules.story import Story

log = logging.getLogger(__name__)

AT_HAND = 2_000
"""Stories kept in memory besides the store; far more than a batch can touch."""
EVICTED_AT_ONCE = 200
"""Old reports forgotten per call: more than come in, so that forgetting keeps up, and few enough not to be felt."""


class Group:
    """Places readings in stories, one after the other."""

    def __init__(self, store: Redis, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._index = Index()
        self._at_hand: OrderedDict[str, Story] = OrderedDict()
        self._unreadable: list[Unreadable] = []
        self._told = ""

    @property
    def index(self) -> Index:
        """The recent headlines as this hand knows them."""
        return self._index

    async def begin(self) -> None:
        """Forget everything and read it from the store again."""
        index, unreadable = Index(), list[Unreadable]()
        async for item in read_recent(self._store):
            if isinstance(item, Unreadable):
                unreadable.append(item)
            else:
                index.add(item)
        self._index, self._at_hand, self._unreadable = index, OrderedDict(), unreadable
        # A store that comes and goes (a full disk) has this read again and again: what is no news is said once.
        told = f"headlines={len(index)} unreadable={len(unreadable)}"
        log.log(logging.DEBUG if told == self._told else logging.INFO, "group.begun %s", told)
        self._told = told

    async def handle(self, events: Sequence[Reading]) -> Sequence[Outcome]:
        """For each reading its story's next version; nothing for a report that is grouped already."""
        now = self._clock()
        forgotten = self._forget(now)
        outcomes: list[Outcome] = []
        for reading in events:
            outcomes.append(await self._group(reading, now, forgotten))
            forgotten = ()
            await asyncio.sleep(0)  # in a flood each takes milliseconds, and others share the loop
        return outcomes

    async def _group(self, reading: Reading, now: datetime, writes: tuple[Command, ...]) -> Done:
        report = reading.report
        if self._index.story_of(report.id):
            return Done(writes=writes)
        sketch = sketch_of(report)
        placed = self._index.place(sketch)
        known = await self._story(placed.story) if placed.story else None
        if known is not None:
            story = advance(known, reading, now)
        else:
            name = placed.story or story_id(report.id, reading.entry.first_seen, self._index.has_story)
            story = begin(reading, name, now)
        self._index.add(Item(report.id, story.id, reading.entry.first_seen, sketch))
        self._keep(story)
        log.debug("group.placed story=%s how=%s report=%s", story.id, placed.how, report.id)
        return Done((Development(story, reading.entry),), (*writes, *remember(reading, story)))

    async def _story(self, name: str) -> Story | None:
        return self._at_hand.get(name) or await read_story(self._store, name)

    def _keep(self, story: Story) -> None:
        self._at_hand[story.id] = story
        self._at_hand.move_to_end(story.id)
        while len(self._at_hand) > AT_HAND:
            self._at_hand.popitem(last=False)

    def _forget(self, now: datetime) -> tuple[Command, ...]:
        batch, self._unreadable = self._unreadable[:EVICTED_AT_ONCE], self._unreadable[EVICTED_AT_ONCE:]
        gone: list[Item | Unreadable] = list(self._index.evict(now, EVICTED_AT_ONCE))
        gone += [lost for lost in batch if not self._index.story_of(lost.id)]  # it may have come again and been stored
        ended = {item.story for item in gone if item.story and not self._index.has_story(item.story)}
        for name in ended:
            self._at_hand.pop(name, None)
        return drop(gone, sorted(ended))
