"""The nearest change of a story that would give it another label. Pure.

Ways are found clause by clause, and each is tried on the story as it would then be, by every rule at once: a clause
that several rules ask, or a limit that only then holds, may lead elsewhere. Only ways that lead there are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from rules.conditions import All, Between, Condition, Either, Has, Is, Not, OneOf, StageAtLeast
from rules.explain import Asked, Trace
from rules.ruleset import Filter, LimitLabel, Rule, SetLabel, Status
from rules.story import Story
from rules.supposed import Wish, World, any_value, label_then, narrowed, size
from rules.telling import would
from rules.verdict import Label

_MOST = 4
"""A flip that needs more changes than this is no near one, and is not told."""
_TRIED = 24
"""Ways that are tried, the nearest first."""


@dataclass(frozen=True, slots=True)
class Flip:
    """The fewest clauses that would have to be otherwise for a story to be ``label``, and the rule by which.

    ``rule`` is empty where it would be so because no rule says otherwise any longer.
    """

    label: Label
    rule: str
    wishes: tuple[Wish, ...]

    def in_words(self, story: Story, now: datetime) -> str:
        """One sentence: what would have to be otherwise, and in brackets what the story has."""
        told = " and ".join(would(wish.condition, story, now, holds=wish.holds) for wish in self.wishes)
        by = f" by {self.rule}" if self.rule else ""
        return f"It would be {self.label}{by} if {told}."


def nearest(traced: Trace, wanted: Label, story: Story, now: datetime) -> Flip | None:
    """The nearest way to ``wanted``; None where the label is that already or no near way is known.

    Of ways with equally many changes the one that leaves the matter what it is comes first: a further stage is nearer
    than another topic.
    """
    if wanted is traced.verdict.label:
        return None
    stable = [each for each in traced.rules if each.rule.status is Status.STABLE]
    rules = [each.rule for each in stable if isinstance(each.rule.effect, SetLabel | LimitLabel)]
    ways = {way.wishes: way for way in _ways(stable, wanted, story, now) if 0 < size(way.wishes) <= _MOST}
    near = sorted(ways.values(), key=_far)
    one = [way for way in near if size(way.wishes) == 1]
    leads = partial(_leads, rules, wanted, now)
    for way in (*one, *(Flip(wanted, "", (wish,)) for wish in any_value(story, leads)), *near[len(one) :][:_TRIED]):
        wishes = narrowed(way.wishes, story, leads)
        if wishes:
            return Flip(wanted, way.rule, wishes)
    return None


def _leads(rules: Sequence[Rule], wanted: Label, now: datetime, world: World) -> bool:
    return label_then(rules, world, now) is wanted


def _ways(rules: Sequence[Asked], wanted: Label, story: Story, now: datetime) -> Iterator[Flip]:
    """Every set of changes after which what stands in the way is gone and what is needed is there, as far as seen."""
    setting = [(each, each.rule.effect.label.rank) for each in rules if isinstance(each.rule.effect, SetLabel)]
    limits = [(each, each.rule.effect.label.rank) for each in rules if isinstance(each.rule.effect, LimitLabel)]
    lower = _all_silent((each.rule for each, rank in limits if each.fired and rank < wanted.rank), story, now)
    if lower is None:
        return
    above = _all_silent((each.rule for each, rank in setting if each.fired and rank > wanted.rank), story, now)
    if above is not None and (
        wanted is Label.NOISE or any(each.fired and rank == wanted.rank for each, rank in setting)
    ):
        yield _flip(wanted, "", lower, above)
    held = any(each.fired and rank == wanted.rank for each, rank in limits)
    for each, rank in setting:
        # Under a limit that holds at the label wanted, a rule that sets more serves as well.
        silent = [] if held else above
        if not each.fired and silent is not None and (rank == wanted.rank or (held and rank > wanted.rank)):
            yield from _by(each.rule, wanted, story, now, lower, silent)
        elif each.fired and rank >= wanted.rank and lower:
            yield _flip(wanted, each.rule.name, lower)
    for each, rank in limits:
        if not each.fired and rank == wanted.rank:
            yield from _by(each.rule, wanted, story, now, lower)


def _by(rule: Rule, wanted: Label, story: Story, now: datetime, *others: list[Wish]) -> Iterator[Flip]:
    fires = _fire(rule, story, now)
    if fires is not None:
        yield _flip(wanted, rule.name, fires, *others)


def _flip(wanted: Label, rule: str, *wishes: list[Wish]) -> Flip:
    return Flip(wanted, rule, tuple(dict.fromkeys(wish for several in wishes for wish in several)))


def _far(way: Flip) -> tuple[int, int, str]:
    return size(way.wishes), sum(_strange(wish.condition) for wish in way.wishes), way.rule


def _strange(condition: Condition) -> int:
    """0 where the matter stays what it is, 1 where another thing would be done, 2 where it would be another matter."""
    match condition:
        case StageAtLeast() | Is() | Between():
            return 0
        case OneOf():
            return int(condition.field == "event")
        case Has():
            return 0 if condition.field == "authority" else 2
    return 2


def _fire(rule: Rule, story: Story, now: datetime) -> list[Wish] | None:
    """What would have to be otherwise for a rule to fire; None where that cannot be said."""
    when = _to(rule.when, story, now, holds=True)
    unless = _to(rule.unless, story, now, holds=False) if rule.unless else []
    quiet = _all_silent(rule.filters, story, now)
    return None if when is None or unless is None or quiet is None else [*when, *unless, *quiet]


def _all_silent(asked: Iterable[Rule | Filter], story: Story, now: datetime) -> list[Wish] | None:
    """What would have to be otherwise for none of them to hold; None where that cannot be said."""
    found = list[Wish]()
    for each in asked:
        ways = [_to(each.when, story, now, holds=False)]
        if each.unless:
            ways.append(_to(each.unless, story, now, holds=True))
        one = min((way for way in ways if way is not None), key=len, default=None)
        if one is None:
            return None
        found += one
    return found


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
        found = [part for part in parts if part is not None]
        return min(found, key=lambda part: (len(part), sum(_strange(wish.condition) for wish in part)), default=None)
    return [Wish(condition, holds)]
