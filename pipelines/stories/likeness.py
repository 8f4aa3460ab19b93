"""How like two headlines are, and whether that makes them reports of one event. Pure.

Weighted word overlap decides; amounts, act and time move the bar; a difference that matters (another country, amount,
listed company, the opposite act) forbids the merge whatever the words say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipelines.stories.text import Marks
from pipelines.stories.weights import weight_of
from rules.story import Event, Stage


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a headline for comparison; ``words`` run from the rarest to the most common."""

    key: str
    words: tuple[str, ...]
    weight: float
    places: frozenset[str]
    amounts: tuple[tuple[str, float], ...]
    poles: frozenset[int]
    tickers: frozenset[str]
    forms: frozenset[str]
    at: datetime
    family: str
    event: Event
    stage: Stage


@dataclass(frozen=True, slots=True)
class Likeness:
    """``margin`` is how far two headlines stand above the bar, negative where they are two stories."""

    margin: float
    exact: bool = False
    near: bool = False


APART = Likeness(-1.0)


def sketch(
    marks: Marks, at: datetime, family: str = "", event: Event = Event.OTHER, stage: Stage = Stage.NONE
) -> Sketch:
    """The marks of a headline made ready for comparison."""
    words = tuple(sorted(marks.words, key=lambda word: (-weight_of(word), word)))
    return Sketch(
        marks.key, words, sum(map(weight_of, words)), marks.places, marks.amounts, marks.poles, marks.tickers,
        marks.forms, at, family, event, stage,
    )  # fmt: skip


BAR, NEAR = 0.36, 0.6


def likeness(one: Sketch, other: Sketch) -> Likeness:
    """How like two headlines are."""
    hours = abs((one.at - other.at).total_seconds()) / 3600
    if one.key == other.key:
        return Likeness(1.0, exact=True) if one.weight >= 15 or hours <= 36 else APART
    if vetoed(one, other):
        return APART
    common = set(one.words) & set(other.words)
    shared = sum(map(weight_of, common))
    overlap = shared / max(1.0, one.weight + other.weight - shared)
    plain = len(common) / max(1, len(one.words) + len(other.words) - len(common))
    near = min(overlap, plain) >= NEAR
    bar = BAR
    if one.forms != other.forms:
        bar += 0.1
    if set(one.amounts) & set(other.amounts):
        bar -= 0.05
    bar += 0.0015 * max(0.0, hours - 12)
    if len(common) < 3 or shared < 12:
        return APART
    return Likeness(overlap - bar, near=near)


def vetoed(one: Sketch, other: Sketch) -> str:
    """Why two headlines cannot be one event, else nothing."""
    if one.tickers and other.tickers and not one.tickers & other.tickers:
        return "ticker"
    if one.places - other.places and other.places - one.places:
        return "place"
    if any(-pole in other.poles for pole in one.poles if pole not in other.poles):
        return "opposite"
    if _amounts_differ(one.amounts, other.amounts):
        return "amount"
    return ""


def _amounts_differ(one: tuple[tuple[str, float], ...], other: tuple[tuple[str, float], ...]) -> bool:
    """Whether both name amounts in one unit and none of them agree within 5 %."""
    for unit in {u for u, _ in one} & {u for u, _ in other}:
        ours, theirs = [v for u, v in one if u == unit], [v for u, v in other if u == unit]
        if not any(abs(a - b) <= 0.05 * max(abs(a), abs(b)) for a in ours for b in theirs):
            return True
    return False
