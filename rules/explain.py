"""Why a story was judged as it was: every rule, every clause, what it asked and what it saw.

Slower than ``judge`` and never on the line's way: it is for the person who asks. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from rules.conditions import All, Condition, Either, Not, Pattern, Words
from rules.judge import bounds, judge
from rules.ruleset import Filter, LimitLabel, Rule, RuleSet, SetLabel, Status
from rules.story import Story
from rules.telling import saw, tell
from rules.verdict import Label, Verdict
from rules.voices import Voice, voices
from rules.weights import Parts, parts_of


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition as asked of one story.

    ``how`` is "all", "any" or "not" where ``parts`` are clauses within, else "". ``spans`` are offsets into the title.
    """

    condition: Condition
    held: bool
    asks: str
    saw: str = ""
    how: str = ""
    parts: tuple[Clause, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule as asked of one story: whether it fired, its clauses, and the filters that kept it quiet."""

    rule: Rule
    fired: bool
    when: Clause
    unless: Clause | None
    quieted_by: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A verdict with all that led to it. ``reached`` is the highest label set, ``limit`` the lowest limit.

    ``title`` is the one that was judged, which the spans of clauses count in. ``parts`` are the factors of the score
    before the severity rules, ``voices`` the publications behind it.
    """

    title: str
    verdict: Verdict
    reached: Label
    limit: Label
    rules: tuple[Asked, ...]
    parts: Parts
    voices: tuple[Voice, ...]

    @property
    def fired(self) -> tuple[Asked, ...]:
        """The stable rules that fired, those that speak of the label first."""
        spoke = (each for each in self.rules if each.fired and each.rule.status is Status.STABLE)
        return tuple(sorted(spoke, key=lambda each: not isinstance(each.rule.effect, SetLabel | LimitLabel)))


def trace(story: Story, rules: RuleSet, now: datetime) -> Trace:
    """Ask every rule of the set, silent ones too, and keep every answer."""
    asked = tuple(_ask(rule, story, now) for rule in rules.rules)
    spoke = (each.rule for each in asked if each.fired and each.rule.status is Status.STABLE)
    reached, limit = bounds(rule.effect for rule in spoke)
    return Trace(
        title=story.lead.title,
        verdict=judge(story, rules, now),
        reached=reached,
        limit=limit,
        rules=asked,
        parts=parts_of(story, rules.weights, now),
        voices=voices(story),
    )


def ask(names: Collection[str], story: Story, rules: RuleSet, now: datetime) -> dict[str, Asked]:
    """The rules of these names as asked of one story, by name; those that the set does not have are left out."""
    return {rule.name: _ask(rule, story, now) for rule in rules.rules if rule.name in names}


def clause_of(condition: Condition, story: Story, now: datetime) -> Clause:
    """The condition and all within it, asked of a story."""
    held, asks = condition.matches(story, now), tell(condition)
    match condition:
        case All() | Either():
            parts = tuple(clause_of(part, story, now) for part in condition.conditions)
            return Clause(condition, held, asks, how="all" if isinstance(condition, All) else "any", parts=parts)
        case Not():
            return Clause(condition, held, asks, how="not", parts=(clause_of(condition.condition, story, now),))
        case Words() | Pattern():
            return Clause(condition, held, asks, saw(condition, story, now), spans=condition.spans(story))
    return Clause(condition, held, asks, saw(condition, story, now))


def _ask(rule: Rule, story: Story, now: datetime) -> Asked:
    when = clause_of(rule.when, story, now)
    unless = clause_of(rule.unless, story, now) if rule.unless else None
    quieted = tuple(each for each in rule.filters if each.matches(story, now))
    return Asked(rule, when.held and not (unless and unless.held) and not quieted, when, unless, quieted)
