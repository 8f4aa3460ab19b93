"""The tables from which a story's score comes, and the score itself. The figures live in YAML, never here.

score = 100 x event x stage x authority x size x trust x freshness, kept within 0 to 100. An entry that no table has
counts as 1, so that a rule set without weights still gives an answer. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from rules.conditions import age_hours, best_tier, publishers
from rules.errors import Place
from rules.phrases import authority, event_words, stage_words
from rules.story import Story, Tier
from rules.verdict import Severity

Table = Mapping[str, float]
Steps = tuple[tuple[float, float], ...]
"""Bounds in rising order, each with what holds from there on."""

UNSTATED = "unstated"
UNSTATED_FIRM = "unstated by a firm"
UNKNOWN = "unknown"
_FIRMS = ("A4", "A5")


def _no_table() -> Table:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The tables. ``half_life`` is in hours, ``money`` in US dollars, ``levels`` are the least scores of severities.

    ``step`` stands in for ``stage`` where the act is at a finer step; ``publishers`` is added to the tier's trust at
    that many independent publishers and more; ``exchange`` turns other currencies into dollars, only to find the size
    band.
    """

    event: Table = field(default_factory=_no_table)
    stage: Table = field(default_factory=_no_table)
    step: Table = field(default_factory=_no_table)
    authority: Table = field(default_factory=_no_table)
    tier: Table = field(default_factory=_no_table)
    publishers: Steps = ()
    size: Table = field(default_factory=_no_table)
    money: Steps = ()
    exchange: Table = field(default_factory=_no_table)
    half_life: Table = field(default_factory=_no_table)
    levels: Table = field(default_factory=_no_table)
    places: Mapping[str, Place] = field(default_factory=dict[str, Place], compare=False)
    """Where each level stands."""

    def over(self, base: Weights) -> Weights:
        """These tables laid over ``base``, entry by entry."""
        changed: dict[str, Any] = {}
        for table in fields(self):
            above, below = dict(getattr(self, table.name)), dict(getattr(base, table.name))
            # What was laid last stands last.
            entries = {name: part for name, part in below.items() if name not in above} | above
            changed[table.name] = tuple(sorted(entries.items())) if _steps(table.name) else entries
        return replace(base, **changed)

    def severity(self, score: float) -> Severity:
        """The highest severity whose least score is reached."""
        for level in Severity:  # from critical down
            if score >= self.levels.get(level, float("inf")):
                return level
        return Severity.LOW


def _steps(table: str) -> bool:
    return table in ("publishers", "money")


Parts = tuple[tuple[str, float], ...]
"""What a score is made of: what was weighed, in words, and its factor. The act and how far it is come first."""


def score(story: Story, weights: Weights, now: datetime) -> tuple[float, str]:
    """The score before severity rules, unbounded, and one sentence on how it came about."""
    parts = parts_of(story, weights, now)
    product = 100.0
    for _, factor in parts:
        product *= factor
    return product, f"Weighed: {', '.join(f'{words} {factor:.2f}' for words, factor in telling(parts))}."


def parts_of(story: Story, weights: Weights, now: datetime) -> Parts:
    """The factors of the score before severity rules; 100 times all of them is the score."""
    act = story.lead.act
    rank = authority(story)
    stage = weights.step.get(act.step, weights.stage.get(act.stage, 1.0)) if act.step else _of(weights.stage, act.stage)
    return (
        (event_words(act.event), _of(weights.event, act.event)),
        (stage_words(act.event, act.stage), stage),
        (f"authority {rank or UNKNOWN}", _of(weights.authority, rank or UNKNOWN)),
        _size(story, weights, rank),
        _trust(story, weights),
        _freshness(story, weights, now),
    )


def telling(parts: Parts) -> Parts:
    """Without what weighs nothing either way; but what was done and how far is always said."""
    return tuple(part for place, part in enumerate(parts) if place < 2 or part[1] != 1)


def _of(table: Table, name: str) -> float:
    return table.get(name, 1.0)


def _at(steps: Steps, value: float, below: float) -> float:
    place = bisect_right(steps, value, key=lambda step: step[0])
    return steps[place - 1][1] if place else below


def _size(story: Story, weights: Weights, rank: str) -> tuple[str, float]:
    sums = [
        (amount.value * (1.0 if amount.unit == "USD" else weights.exchange[amount.unit]), amount.text)
        for amount in story.lead.act.amounts
        if amount.unit == "USD" or amount.unit in weights.exchange
    ]
    # A small amount is a price, not a sum: the lowest band starts where sums do.
    largest, text = max(sums, default=(0.0, ""))
    if weights.money and largest >= weights.money[0][0]:
        return text, _at(weights.money, largest, 1.0)
    return "size not stated", _of(weights.size, UNSTATED_FIRM if rank in _FIRMS else UNSTATED)


_SHORT = {Tier.OFFICIAL: "official source", Tier.WIRE: "wire", Tier.TRADE: "trade press", Tier.AGGREGATOR: "aggregator"}


def _trust(story: Story, weights: Weights) -> tuple[str, float]:
    tier, count = best_tier(story), publishers(story)
    trust = min(1.0, _of(weights.tier, tier) + _at(weights.publishers, count, 0.0))
    return f"{_SHORT[tier]}{f' and {count} publishers' if count > 1 else ''}", trust


def _freshness(story: Story, weights: Weights, now: datetime) -> tuple[str, float]:
    hours = age_hours(story, now)
    half_life = weights.half_life.get(story.lead.act.stage)
    fresh = 1.0 if half_life is None else round(0.5 ** (hours / half_life), 2)
    return f"{hours:.0f} hours old", fresh
