"""Which story a headline belongs to: an index of recent headlines in memory, and what makes two of them one event.

Pure: times come in. A wrong merge hides a story, a missed one only repeats it, so that each doubt keeps them apart.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pipelines.stories.likeness import Likeness, Sketch, ceiling, likeness
from pipelines.stories.weights import weight_of

WINDOW = timedelta(days=7)
"""How long a headline is remembered after it was first seen."""
LEAST_SHARED = 9.0
"""Weight of words that a headline must share with another to be compared with its story."""
WIDEST = 40
"""Headlines whose stories are compared with one headline at most, those that share most first."""
DEEPEST = 2_000
"""Headlines looked at for one word, the newest: a bound on what a flood of one headline can cost."""
IN_ALL = 4_000
"""Headlines looked at for all words of a headline, the rarest words first: a bound on a flood of like headlines."""
MEMBERS = 12
"""Reports of a story that a headline is compared with, the newest."""
BY_BEST = 0.5
"""What the most similar report decides; the rest is the mean over all, so that a story does not drift word by word."""
BAR = 0.28
"""Score from which on a headline joins a story."""


class How(StrEnum):
    """Why a headline was placed where it was."""

    NEW = "new"
    EXACT = "exact"
    NEAR = "near"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Placement:
    """The story that a headline belongs to (empty: a new one), why, and the remembered headline that decided it.

    ``also`` is a second story to which it belongs as surely, so that both are one, else nothing.
    """

    story: str
    how: How
    nearest: str = ""
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
        best: tuple[float, str] | None = None
        near: tuple[Likeness, str] | None = None
        for bound, story in self._candidates(sketch):
            if best is not None and bound < best[0]:
                break
            likes = [(likeness(sketch, item.sketch), item.id) for item in self._newest(story)]
            closest = max(likes, key=lambda like: (like[0].score, like[1]))
            score = closest[0].score
            if not closest[0].exact:
                score = _together([like.score for like, _ in likes])
            if score >= BAR and (best is None or (score, story) > best):
                best, near = (score, story), closest
        if best is None or near is None:
            return Placement("", How.NEW)
        like, nearest = near
        return Placement(best[1], How.EXACT if like.exact else How.NEAR if like.near else How.EVENT, nearest)

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

    def rename(self, story: str, into: str) -> None:
        """Let all headlines of a story belong to another one from now on."""
        slots = self._stories.pop(story, [])
        for slot in slots:
            self._items[slot] = replace(self._items[slot], story=into)
        if slots:
            self._stories[into] = sorted([*self._stories.get(into, ()), *slots])

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

    def _newest(self, story: str) -> Iterator[Item]:
        """The newest reports of a story: enough of them to say what it is about."""
        return (self._items[slot] for slot in self._stories[story][-MEMBERS:])

    def _candidates(self, sketch: Sketch) -> list[tuple[float, str]]:
        """The stories that share enough with a headline, or its very words, by the most that their score can be.

        The lightest words stand in most headlines. As long as they do not suffice together, they are not looked up:
        what shares enough shares one of the others too.
        """
        shared: dict[int, float] = dict.fromkeys(self._keys.get(sketch.key, ())[-DEEPEST:], LEAST_SHARED)
        telling = _telling(sketch.words)
        left, unseen = IN_ALL, 0.0
        for word in telling:
            weight, slots = weight_of(word), self._words.get(word, ())
            seen = slots[-min(DEEPEST, left) :]
            for slot in seen:
                shared[slot] = shared.get(slot, 0.0) + weight
            left = max(left - len(seen), 1)
            unseen += weight * (len(seen) < len(slots))
        light = sum(map(weight_of, sketch.words[len(telling) :]))
        enough = [(weight, slot) for slot, weight in shared.items() if weight >= LEAST_SHARED - light]
        strongest = sorted(enough, reverse=True)[:WIDEST]
        stories = {self._items[slot].story for _, slot in strongest}
        bounds = ((self._bound(sketch, story, shared, light + unseen), story) for story in stories)
        return sorted((each for each in bounds if each[0] >= BAR), reverse=True)

    def _bound(self, sketch: Sketch, story: str, shared: Mapping[int, float], more: float) -> float:
        """The most that the score of a headline and a story can be, if they share ``more`` than what was counted."""
        most = [
            ceiling(sketch, self._items[slot].sketch, shared.get(slot, 0.0) + more)
            for slot in self._stories[story][-MEMBERS:]
        ]
        return 1.0 if max(most) >= 1 else _together(most)


def _together(scores: Sequence[float]) -> float:
    """One score for a story from those of its reports."""
    return BY_BEST * max(scores) + (1 - BY_BEST) * sum(scores) / len(scores)


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
