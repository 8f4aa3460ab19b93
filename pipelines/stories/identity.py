"""Which story a headline belongs to: an index of recent headlines in memory, and what makes two of them one event.

Pure: times come in. A wrong merge hides a story, a missed one only repeats it, so that each doubt keeps them apart.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pipelines.stories.likeness import APART, Likeness, Sketch, likeness, reasons
from pipelines.stories.weights import weight_of

WINDOW = timedelta(days=7)
"""How long a headline is remembered after it was first seen."""
LEAST_SHARED = 8.0
"""Weight of words that a headline must share with another to be compared with its story."""
WIDEST = 20
"""Headlines whose stories are compared with one headline at most, those that share most first."""
DEEPEST = 2_000
"""Headlines looked at for one word, the newest: a bound on what a flood of one headline can cost."""
IN_ALL = 4_000
"""Headlines looked at for all words of a headline, the rarest words first: a bound on a flood of like headlines."""
FIRST, NEWEST = 3, 9
"""Reports of a story that a headline is compared with: the first ones, which say what it is about, and the newest."""
BY_BEST = 0.55
"""What the most similar report decides; the rest is the mean over all, so that a story does not drift word by word."""
BAR = 0.75
"""Score from which on a headline joins a story: two to one."""
MOST_VETOED = 0.5
"""Share of a story's reports that may forbid the merge: one figure among many is a misprint or another measure."""
ANCHORS = 8
"""Reports of each of two stories that are compared before they are called one."""
BRIDGED = -1.5
"""The least that two stories, between which a headline stands, must score against each other to be one."""


class How(StrEnum):
    """Why a headline was placed where it was."""

    NEW = "new"
    EXACT = "exact"
    NEAR = "near"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Placement:
    """The story that a headline belongs to (empty: a new one), why, and the remembered headline that decided it.

    ``score`` is the logarithm of the odds, ``reasons`` the traits that decided, with what each one added. ``also`` is a
    second story to which it belongs as well, so that both are one; nothing else stands against that.
    """

    story: str
    how: How
    nearest: str = ""
    score: float = 0.0
    reasons: tuple[tuple[str, float], ...] = ()
    also: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A headline to place or one that is remembered: its report id, its story, when it was seen, and its sketch."""

    id: str
    story: str
    seen: datetime
    sketch: Sketch


class Index:
    """The headlines of the last seven days, found by their rare words."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window
        self._items: dict[int, Item] = {}
        self._slots: dict[str, int] = {}
        self._words: dict[str, list[int]] = {}
        self._keys: dict[str, list[int]] = {}
        self._stories: dict[str, list[int]] = {}
        self._oldest: list[tuple[datetime, int]] = []
        self._next = 0

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def story_of(self, report_id: str) -> str:
        """The story of a remembered report, else nothing."""
        slot = self._slots.get(report_id)
        return "" if slot is None else self._items[slot].story

    def has_story(self, story_id: str) -> bool:
        """Whether any remembered headline belongs to this story."""
        return story_id in self._stories

    def place(self, sketch: Sketch) -> Placement:
        """The story that this headline belongs to: by the best of its reports, and by all of them together."""
        found = [match for match in self._matches(sketch) if match.score >= BAR]
        if not found:
            return Placement("", How.NEW)
        best, *others = sorted(found, reverse=True)
        like, nearest = best.like, self._items[best.slot]
        how = How.EXACT if like.exact else How.NEAR if like.near else How.EVENT
        also = next((other.story for other in others[:1] if self.one(best.story, other.story)), "")
        return Placement(best.story, how, nearest.id, best.score, reasons(sketch, nearest.sketch), also)

    def one(self, story: str, other: str) -> bool:
        """Whether two remembered stories may be one: like each other on the whole, and hardly a report against it."""
        ours, theirs = self._anchors(story, ANCHORS), self._anchors(other, ANCHORS)
        pairs = [likeness(self._items[a].sketch, self._items[b].sketch) for a in ours for b in theirs]
        vetoed = sum(bool(pair.veto) for pair in pairs)
        return vetoed * ANCHORS <= len(pairs) and sum(pair.score for pair in pairs) >= BRIDGED * len(pairs)

    def merge(self, story: str, into: str) -> None:
        """Let the remembered reports of one story belong to another from now on."""
        slots = self._stories.pop(story, [])
        for slot in slots:
            self._items[slot] = replace(self._items[slot], story=into)
        if slots:
            self._stories[into] = sorted([*self._stories.get(into, ()), *slots])

    def add(self, item: Item) -> None:
        """Remember a headline; one that is remembered already stays as it is."""
        if item.id in self._slots:
            return
        slot = self._next
        self._next += 1
        self._items[slot] = item
        self._slots[item.id] = slot
        for word in item.sketch.words:
            self._words.setdefault(word, []).append(slot)
        self._keys.setdefault(item.sketch.key, []).append(slot)
        self._stories.setdefault(item.story, []).append(slot)
        heapq.heappush(self._oldest, (item.seen, slot))

    def forget(self, report_id: str) -> None:
        """Forget one headline, for example because it was never stored."""
        slot = self._slots.pop(report_id, None)
        if slot is None:
            return
        item = self._items.pop(slot)
        for word in item.sketch.words:
            _take_out(self._words, word, slot)
        _take_out(self._keys, item.sketch.key, slot)
        _take_out(self._stories, item.story, slot)

    def evict(self, now: datetime, most: int = 1_000_000) -> tuple[Item, ...]:
        """Forget headlines first seen more than the window ago, oldest first, ``most`` at a time; those forgotten."""
        gone: list[Item] = []
        while self._oldest and self._oldest[0][0] < now - self._window and len(gone) < most:
            _, slot = heapq.heappop(self._oldest)
            if slot in self._items:
                gone.append(self._items[slot])
                self.forget(gone[-1].id)
        return tuple(gone)

    def _matches(self, sketch: Sketch) -> Iterator[_Match]:
        """The stories that share enough with a headline, with the score of each."""
        shared, least = self._shared(sketch)
        strongest = heapq.nlargest(WIDEST, [(weight, slot) for slot, weight in shared.items() if weight >= least])
        for story in dict.fromkeys(self._items[slot].story for _, slot in strongest):
            match = self._match(sketch, story, shared)
            if match is not None:
                yield match

    def _match(self, sketch: Sketch, story: str, shared: Collection[int]) -> _Match | None:
        """How well a headline fits a story; nothing where too many of its reports forbid it."""
        likes = [
            (likeness(sketch, self._items[slot].sketch) if slot in shared else APART, slot)
            for slot in self._anchors(story, FIRST + NEWEST)
        ]
        closest, slot = max(likes, key=lambda like: (like[0].score, like[1]))
        if closest.exact:
            return _Match(closest.score, story, slot, closest)
        if sum(bool(like.veto) for like, _ in likes) > MOST_VETOED * len(likes):
            return None
        mean = sum(like.score for like, _ in likes) / len(likes)
        return _Match(BY_BEST * closest.score + (1 - BY_BEST) * mean, story, slot, closest)

    def _anchors(self, story: str, most: int) -> Sequence[int]:
        """The first reports of a story and the newest, ``most`` of them in all."""
        slots = self._stories[story]
        return slots if len(slots) <= most else [*slots[:FIRST], *slots[FIRST - most :]]

    def _shared(self, sketch: Sketch) -> tuple[dict[int, float], float]:
        """The weight of the words that remembered headlines share with this one, and from which on it may be enough.

        The lightest words stand in most headlines. As long as they do not suffice together, they are not looked up:
        what shares enough shares one of the others too.
        """
        shared: dict[int, float] = dict.fromkeys(self._keys.get(sketch.key, ())[-DEEPEST:], 1000.0)
        telling, known = _telling(sketch.words), shared.get
        left = IN_ALL
        for word in telling:
            weight, slots = weight_of(word), self._words.get(word, ())
            seen = slots[-min(DEEPEST, left) :]
            for slot in seen:
                shared[slot] = known(slot, 0.0) + weight
            left = max(left - len(seen), 1)
        return shared, LEAST_SHARED - sum(map(weight_of, sketch.words[len(telling) :]))


@dataclass(frozen=True, slots=True, order=True)
class _Match:
    """A story that a headline fits, how well, and its closest report."""

    score: float
    story: str
    slot: int
    like: Likeness = field(compare=False)


def _telling(words: Sequence[str]) -> Sequence[str]:
    """The words without the lightest ones at their end, which weigh less than ``LEAST_SHARED`` in all."""
    end, light = len(words), 0.0
    while end and light + weight_of(words[end - 1]) < LEAST_SHARED:
        end -= 1
        light += weight_of(words[end])
    return words[:end]


def _take_out(lists: dict[str, list[int]], key: str, slot: int) -> None:
    slots = lists.get(key)
    if slots is None:
        return
    at = bisect_left(slots, slot)
    if at < len(slots) and slots[at] == slot:
        del slots[at]
    if not slots:
        del lists[key]
