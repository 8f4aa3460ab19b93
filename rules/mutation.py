"""What no example protects: each clause of a rule dropped or weakened in turn, and its examples asked again. Pure.

A mutant is caught when one of the rule's own examples would notice it. One that is not shows a clause that could be
lost in an edit without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from rules.conditions import About, All, Amount, Between, Condition, Either, Not, StageAtLeast
from rules.errors import Place
from rules.ruleset import Example, Filter, Rule, RuleSet
from rules.sense import implies
from rules.story import LADDER, Story
from rules.telling import tell

ALWAYS = All(())
"""Holds for every story: what is left of a single condition that is dropped."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule or filter with one thing changed; ``change`` says what in words."""

    rule: Rule | Filter
    change: str
    easier: bool
    """Whether it fires on more than before, so that a headline on which it must stay quiet would notice."""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no example notices."""

    mutant: Mutant

    @property
    def remedy(self) -> str:
        """The example that would notice."""
        if self.mutant.easier:
            return "add a headline under `must stay quiet` that only this keeps out"
        return "add a headline under `must fire` that needs it"

    @property
    def place(self) -> Place:
        """Where the rule stands."""
        return Place(self.mutant.rule.file, self.mutant.rule.line, self.mutant.rule.column)

    def __str__(self) -> str:
        name, change = self.mutant.rule.name, self.mutant.change
        return f"{self.place}: warning: {name}: no example notices when {change}; {self.remedy}"


def mutants(rule: Rule | Filter) -> Iterator[Mutant]:
    """Every mutant of a rule or filter. Lists of words are not taken apart word by word."""
    for condition, change, easier in _changed(rule.when):
        yield Mutant(replace(rule, when=condition), change, easier)
    if rule.unless is not None:
        yield Mutant(replace(rule, unless=None), f"`unless` is dropped ({tell(rule.unless)})", easier=True)
        for condition, change, easier in _changed(rule.unless):
            if condition != ALWAYS:  # a rule that never fires: its examples that must fire would say so
                yield Mutant(replace(rule, unless=condition), f"under `unless` {change}", not easier)
    if isinstance(rule, Rule):
        for each in rule.filters:
            rest = tuple(other for other in rule.filters if other is not each)
            yield Mutant(replace(rule, filters=rest), f"the filter {each.name} is dropped", easier=True)


def survivors(
    rules: RuleSet, read: Callable[[Example], Story], now: datetime, wanted: Callable[[Rule | Filter], bool]
) -> tuple[tuple[Survivor, ...], int]:
    """The mutants of the wanted rules that no example notices, by file and line, and how many mutants there were."""
    found, count = list[Survivor](), 0
    for rule in filter(wanted, rules.asked):
        stories = [(example, read(example)) for example in rule.examples]
        before = [rule.matches(story, now) for _, story in stories]
        for mutant in mutants(rule):
            count += 1
            if [mutant.rule.matches(story, now) for _, story in stories] == before:
                found.append(Survivor(mutant))
    return tuple(sorted(found, key=lambda each: each.place)), count


_Changed = Iterator[tuple[Condition, str, bool]]
"""A condition with one thing in it changed, what was done, and whether it holds for more than before."""


def _changed(condition: Condition) -> _Changed:
    """The condition with one thing in it dropped or weakened."""
    if not isinstance(condition, All):
        yield ALWAYS, f"this is dropped: {tell(condition)}", True
        yield from _inner(condition)
        return
    for index, part in enumerate(condition.conditions):
        rest = (*condition.conditions[:index], *condition.conditions[index + 1 :])
        # What the others imply anyway is not missed by any story.
        if not implies(All(rest), part):
            yield All(rest), f"this is dropped: {tell(part)}", True
        for other, change, easier in _inner(part):
            if not (easier and implies(All((*rest, other)), part)):
                yield All((*rest[:index], other, *rest[index:])), change, easier


def _inner(condition: Condition) -> _Changed:
    """One thing changed within a condition that itself stays."""
    match condition:
        case All():
            yield from _changed(condition)
        case Either():
            for index, part in enumerate(condition.conditions):
                rest = (*condition.conditions[:index], *condition.conditions[index + 1 :])
                # What another way lets through as well is not missed by any story.
                if not implies(part, Either(rest)):
                    yield Either(rest), f"a way is taken from `any`: {tell(part)}", False
                for other, change, easier in _inner(part):
                    yield Either((*rest[:index], other, *rest[index:])), change, easier
        case Not():
            for other, change, easier in _inner(condition.condition):
                yield Not(other), f"under `not` {change}", not easier
        case _:
            for other, change in _weaker(condition):
                yield other, change, True


def _weaker(condition: Condition) -> Iterator[tuple[Condition, str]]:
    match condition:
        case StageAtLeast() if condition.stage is not LADDER[0]:
            lower = LADDER[LADDER.index(condition.stage) - 1]
            yield StageAtLeast(lower), f"stage need only be {lower}"
        case Between() | Amount():
            both = condition.at_least is not None and condition.at_most is not None
            # A single bound of `between` is all that it asks: dropped, the clause is.
            if condition.at_least is not None and (both or isinstance(condition, Amount)):
                yield replace(condition, at_least=None), f"`at least` is dropped: {tell(condition)}"
            if condition.at_most is not None and (both or isinstance(condition, Amount)):
                yield replace(condition, at_most=None), f"`at most` is dropped: {tell(condition)}"
        case About():
            if condition.at_least:
                yield replace(condition, at_least=0.0), f"`at least` is dropped: {tell(condition)}"
            if condition.every and len(condition.topics) > 1:
                yield replace(condition, every=False), f"one topic is enough: {tell(condition)}"
