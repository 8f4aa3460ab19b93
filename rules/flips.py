"""The nearest change of a story that would give it another label. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rules.conditions import All, Condition, Either, Not
from rules.explain import Asked, Trace
from rules.ruleset import LimitLabel, Rule, SetLabel, Status
from rules.story import Story
from rules.telling import saw, tell
from rules.verdict import Label

_MOST = 4
"""A flip that needs more changes than this is no near one, and is not told."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One clause that would have to be otherwise: ``holds`` says whether it would have to hold or to fail."""

    condition: Condition
    holds: bool


@dataclass(frozen=True, slots=True)
class Flip:
    """The fewest clauses that would have to be otherwise for a story to be ``label``, and the rule by which.

    ``rule`` is empty where it would be so because no rule says more any longer.
    """

    label: Label
    rule: str
    wishes: tuple[Wish, ...]

    def in_words(self, story: Story, now: datetime) -> str:
        """One sentence: what would have to hold, in brackets what the story has, and what would have to fail."""
        told = [_wish(wish, story, now) for wish in self.wishes]
        by = f" by {self.rule}" if self.rule else ""
        return f"It would be {self.label}{by} if: {'; and '.join(told)}."


def nearest(traced: Trace, wanted: Label, story: Story, now: datetime) -> Flip | None:
    """The nearest way to ``wanted``; None where the label is that already or no near way is known.

    Upward, a rule that sets the label must fire and no limit may stand below it; downward, a limit must fire, or every
    rule that set more must fall silent.
    """
    label = traced.verdict.label
    if wanted is label:
        return None
    stable = [each for each in traced.rules if each.rule.status is Status.STABLE]
    ways = _up(stable, wanted, story, now) if wanted.rank > label.rank else _down(stable, wanted, story, now)
    found = [way for way in ways if 0 < len(way.wishes) <= _MOST]
    return min(found, key=lambda way: (len(way.wishes), way.rule), default=None)


def _up(rules: Iterable[Asked], wanted: Label, story: Story, now: datetime) -> Iterable[Flip]:
    rules = list(rules)
    limits: list[Wish] = []
    for each in rules:
        effect = each.rule.effect
        if each.fired and isinstance(effect, LimitLabel) and effect.label.rank < wanted.rank:
            silenced = _silence(each.rule, story, now)
            if silenced is None:
                return
            limits += silenced
    for each in rules:
        effect = each.rule.effect
        if isinstance(effect, SetLabel) and effect.label is wanted and not each.quieted_by:
            fires = _fire(each.rule, story, now)
            if fires is not None:
                yield Flip(wanted, each.rule.name, tuple(dict.fromkeys((*fires, *limits))))


def _down(rules: Iterable[Asked], wanted: Label, story: Story, now: datetime) -> Iterable[Flip]:
    rules = list(rules)
    silenced = list[Wish]()
    for each in rules:
        effect = each.rule.effect
        if isinstance(effect, LimitLabel) and effect.label is wanted and not each.fired and not each.quieted_by:
            fires = _fire(each.rule, story, now)
            if fires is not None:
                yield Flip(wanted, each.rule.name, tuple(fires))
        if isinstance(effect, SetLabel) and each.fired and effect.label.rank > wanted.rank:
            one = _silence(each.rule, story, now)
            if one is None:
                return
            silenced += one
    if wanted is Label.NOISE:
        yield Flip(wanted, "", tuple(dict.fromkeys(silenced)))


def _fire(rule: Rule, story: Story, now: datetime) -> list[Wish] | None:
    """What would have to be otherwise for a rule to fire; None where that cannot be said."""
    when = _to(rule.when, story, now, holds=True)
    unless = _to(rule.unless, story, now, holds=False) if rule.unless else []
    return None if when is None or unless is None else [*when, *unless]


def _silence(rule: Rule, story: Story, now: datetime) -> list[Wish] | None:
    ways = [_to(rule.when, story, now, holds=False)]
    if rule.unless:
        ways.append(_to(rule.unless, story, now, holds=True))
    return min((way for way in ways if way is not None), key=len, default=None)


def _to(condition: Condition, story: Story, now: datetime, *, holds: bool) -> list[Wish] | None:
    """The fewest changes after which the condition holds (or fails)."""
    if condition.matches(story, now) is holds:
        return []
    if isinstance(condition, Not):
        return _to(condition.condition, story, now, holds=not holds)
    if isinstance(condition, All | Either):
        parts = [_to(part, story, now, holds=holds) for part in condition.conditions]
        if isinstance(condition, All) is holds:  # all of them are needed
            return None if any(part is None for part in parts) else [wish for part in parts if part for wish in part]
        return min((part for part in parts if part is not None), key=len, default=None)
    return [Wish(condition, holds)]


def _wish(wish: Wish, story: Story, now: datetime) -> str:
    asked = tell(wish.condition)
    if wish.holds:
        return f"{asked} (now {saw(wish.condition, story, now)})"
    return f"this did not hold: {asked}"
