"""The stage ``group``: which story a reading belongs to, and what it changed there.

Run by a single hand. What it knows between calls is rebuilt by ``begin`` from the store; within a batch each event sees
what the ones before it did, although none of that is stored yet.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Development, Notice, Reading
from pipelines.judged import read_judged, read_records
from pipelines.milestones import clocked, follow, named, unclocked
from pipelines.stage import Command, Done, Outcome
from pipelines.stories.act_store import close, read_acts, read_aliases, still_open, survivor, write_alias
from pipelines.stories.acts import OpenAct, OpenActs, able, act_of
from pipelines.stories.ahead import mark
from pipelines.stories.changes import advance, begin
from pipelines.stories.continuing import continued
from pipelines.stories.identity import Index, Item
from pipelines.stories.ids import story_id
from pipelines.stories.likeness import Sketch
from pipelines.stories.links import answerable, answered, bonds, linked
from pipelines.stories.memory import Unreadable, drop, read_recent, read_story, remember, sketch_of, write_story
from pipelines.stories.merges import absorb, mergeable, order
from pipelines.stories.notices import note
from rules.story import Link, Milestone, Move, Report, Story
from rules.verdict import Label

log = logging.getLogger(__name__)

AT_HAND = 2_000
"""Stories kept in memory besides the store; far more than a batch can touch."""
_LOUD = (Label.NOISE, Label.WATCH, Label.STRUCTURAL)
EVICTED_AT_ONCE = 200
"""Old reports forgotten per call: more than come in, so that forgetting keeps up, and few enough not to be felt."""
LINKED_BY = 5
"""Reports of a story, its first, that may link it to another act."""


class Group:
    """Places readings in stories, one after the other, and notes what comes of a story without one.

    ``make_index`` makes the empty index of recent headlines that places them.
    """

    def __init__(self, store: Redis, clock: Callable[[], datetime], make_index: Callable[[], Index] = Index) -> None:
        self._store = store
        self._clock = clock
        self._make_index = make_index
        self._index = make_index()
        self._acts = OpenActs()
        self._aliases: dict[str, str] = {}
        self._outlived: tuple[str, ...] = ()
        self._at_hand: OrderedDict[str, Story] = OrderedDict()
        self._unreadable: list[Unreadable] = []
        self._told = ""

    @property
    def index(self) -> Index:
        """The recent headlines as this hand knows them."""
        return self._index

    @property
    def acts(self) -> OpenActs:
        """The open acts as this hand knows them, and recent ones of which no verdict has been asked yet."""
        return self._acts

    async def begin(self) -> None:
        """Forget everything and read it from the store again."""
        index, unreadable, acts = self._make_index(), list[Unreadable](), OpenActs()
        aliases, outlived = await read_aliases(self._store, self._clock())
        async for item in read_recent(self._store):
            item = replace(item, story=survivor(aliases, item.story))  # noqa: PLW2901  a merge leaves its traces as they are
            if isinstance(item, Unreadable):
                unreadable.append(item)
            else:
                index.add(item)
        async for act in read_acts(self._store):
            acts.put(act)
        self._index, self._at_hand, self._unreadable = index, OrderedDict(), unreadable
        self._acts, self._aliases, self._outlived = acts, aliases, outlived
        # A store that comes and goes (a full disk) has this read again and again: what is no news is said once.
        told = f"headlines={len(index)} unreadable={len(unreadable)} acts={len(acts)}"
        log.log(logging.DEBUG if told == self._told else logging.INFO, "group.begun %s", told)
        self._told = told

    async def handle(self, events: Sequence[Reading | Notice]) -> Sequence[Outcome]:
        """For each event its story's next version; nothing for a report or a notice that is known already."""
        now = self._clock()
        forgotten = await self._forget(now)
        outcomes: list[Outcome] = []
        for event in events:
            done = await (self._note(event) if isinstance(event, Notice) else self._group(event, now))
            outcomes.append(replace(done, writes=(*forgotten, *done.writes)))
            forgotten = ()
            await asyncio.sleep(0)  # in a flood each takes milliseconds, and others share the loop
        return outcomes

    async def _group(self, reading: Reading, now: datetime) -> Done:
        report = reading.report
        if self._index.story_of(report.id):
            return Done()
        sketch = sketch_of(report)
        placed = self._index.place(sketch)
        near = self._acts.near(report, sketch) if able(report) else ()
        name, how = placed.story, str(placed.how)
        before = known = await self._story(name) if name else await self._carried_on(near, report, sketch)
        merged = Done()
        if known is None:
            name = name or story_id(report.id, reading.entry.first_seen, self._taken)
            story = begin(reading, name, now)
        else:
            how = how if name else "act"
            if placed.also:
                before, known, merged = await self._merge(known, placed.also, now)
            story = advance(known, reading, now)
        story = follow(story, report)
        story, links = await self._link(story, near, report, sketch, now)
        self._index.add(Item(report.id, story.id, reading.entry.first_seen, sketch))
        self._keep(story)
        log.debug("group.placed story=%s how=%s report=%s", story.id, how, report.id)
        return Done(
            (Development(story, reading.entry), *links.outputs, *merged.outputs),
            (*merged.writes, *links.writes, *remember(reading, story), *clocked(before, story)),
        )

    async def _carried_on(self, near: Sequence[OpenAct], report: Report, sketch: Sketch) -> Story | None:
        """The story of an open act that a report surely carries on, as long as it is known."""
        found = continued(near, report, sketch, tuple(each.on for each in named(report)))
        if found is None or not await still_open(self._store, [found.act.story]):
            return None
        return await self._story(found.act.story)

    async def _merge(self, known: Story, also: str, now: datetime) -> tuple[Story, Story, Done]:
        """One story made of two: as the older one was, as it is now, and what that writes and says."""
        other = await self._story(also)
        if other is None or not mergeable(known, other):
            return known, known, Done()
        judged = await read_records(self._store, [(story.first_seen, story.id) for story in (known, other)])
        loud = {each.story.id: _LOUD.index(each.verdict.label) for each in judged if each is not None}
        older, younger = order(known, other, lambda story: loud.get(story.id, 0))
        united, gone = absorb(older, younger, now, told=loud.get(younger.id, 0) > 0)
        self._aliases[gone.id] = united.id
        self._index.merge(gone.id, united.id)
        self._acts.drop(gone.id)
        self._at_hand.pop(gone.id, None)
        log.info("group.merged story=%s into=%s", gone.id, united.id)
        writes = (*write_alias(gone.id, united.id, now), ("DEL", keys.story(gone.id)), *clocked(younger, gone))
        return older, united, Done((Development(gone, None),), writes)

    async def _link(
        self, story: Story, near: Sequence[OpenAct], report: Report, sketch: Sketch, now: datetime
    ) -> tuple[Story, Done]:
        """The story with its links to other acts, and what becomes of those."""
        if not report.structural or story.report_count > LINKED_BY:
            return story, Done()
        known = {story.id, *(link.story for link in story.links)}
        acts = answerable(self._acts, near, report)
        found = bonds([act for act in acts if act.story not in known], report, sketch)
        is_open = await still_open(self._store, [bond.act.story for bond in found])
        outputs, writes = list[Development](), list[Command]()
        for bond in found:
            other = await self._story(bond.act.story) if bond.act.story in is_open else None
            if other is None:
                continue
            story = linked(story, [Link(other.id, bond.relation, bond.act.title)])
            if bond.relation == "answered":
                other = answered(other, story, now)
                outputs.append(Development(other, None))
            else:  # told with its next version: that there is a like act is no news of it
                other = linked(other, [Link(story.id, "see", story.lead.title)])
            self._keep(other)
            writes.append(write_story(other))
        return story, Done(tuple(outputs), tuple(writes))

    async def _note(self, notice: Notice) -> Done:
        """What a notice moves; nothing where its story is not known, or knows it already."""
        before = await self._story(notice.story)
        if before is None and notice.kind is Move.RETRACTION:
            told = await read_judged(self._store, survivor(self._aliases, notice.story))
            before = told.story if told is not None else None  # what was told may be taken back however old it is
        story = note(before, notice) if before is not None else None
        if before is None or story is None:
            why = "unknown" if before is None else "stale"
            log.info("notice.%s story=%s kind=%s", why, notice.story[:20], notice.kind)
            return Done()
        self._keep(story)
        past = (notice.at - timedelta(days=2)).timestamp()
        writes = (write_story(story), *clocked(before, story), ("ZREMRANGEBYSCORE", keys.AHEAD, "-inf", past))
        return Done((Development(story, None),) if story.version > before.version else (), writes)

    async def _story(self, name: str) -> Story | None:
        name = survivor(self._aliases, name)
        return self._at_hand.get(name) or await read_story(self._store, name)

    def _taken(self, name: str) -> bool:
        return self._index.has_story(name) or name in self._acts or name in self._aliases

    def _keep(self, story: Story) -> None:
        self._at_hand[story.id] = story
        self._at_hand.move_to_end(story.id)
        while len(self._at_hand) > AT_HAND:
            self._at_hand.popitem(last=False)
        act = act_of(story) if story.retracted is None else None
        if act is None:
            self._acts.drop(story.id)
        else:
            self._acts.put(act)

    async def _forget(self, now: datetime) -> tuple[Command, ...]:
        batch, self._unreadable = self._unreadable[:EVICTED_AT_ONCE], self._unreadable[EVICTED_AT_ONCE:]
        gone: list[Item | Unreadable] = list(self._index.evict(now, EVICTED_AT_ONCE))
        gone += [lost for lost in batch if not self._index.story_of(lost.id)]  # it may have come again and been stored
        ended = sorted({item.story for item in gone if item.story and not self._index.has_story(item.story)})
        still = await still_open(self._store, ended)
        for name in ended:
            act = still.get(name)
            self._at_hand.pop(name, None)
            if act is not None:
                self._acts.put(act)
            elif name not in still:
                self._acts.drop(name)
        over = self._acts.evict(now)
        closed = [act.story for act in over if not self._index.has_story(act.story)]
        days = (mark(act.story, each) for act in over for each in _milestones(act))
        return (
            *drop(gone, [*(name for name in ended if name not in still), *closed]),
            *close(act.story for act in over),
            *unclocked(days),
            *self._let_go(),
        )

    def _let_go(self) -> tuple[Command, ...]:
        outlived, self._outlived = self._outlived, ()
        return (("HDEL", keys.ALIASES, *outlived),) if outlived else ()


def _milestones(act: OpenAct) -> list[Milestone]:
    return [Milestone(day, kind, "") for day in act.dates for kind in (Move.EFFECT, Move.LAPSE)]
