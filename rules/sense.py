"""What follows from what: whether a condition can hold at all, and whether it always holds where another does. Pure.

Both answers are careful: "impossible" and "implied" are only said where they are certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from rules.conditions import About, All, Between, Condition, Either, Has, Is, Not, OneOf, Pattern, StageAtLeast, Words
from rules.story import LADDER, Stage


def parts(condition: Condition) -> tuple[Condition, ...]:
    """The conditions that must all hold, those within ``all`` laid open."""
    if isinstance(condition, All):
        return tuple(part for each in condition.conditions for part in parts(each))
    return (condition,)


def implies(first: Condition, second: Condition) -> bool:
    """Whether ``second`` holds for every story for which ``first`` does."""
    if isinstance(second, All):
        return all(implies(first, part) for part in second.conditions)
    if isinstance(first, Either):
        return all(implies(branch, second) for branch in first.conditions)
    if isinstance(second, Either) and any(implies(first, branch) for branch in second.conditions):
        return True
    if isinstance(second, Not):
        return any(_exclude(part, second.condition) for part in parts(first)) or second in parts(first)
    return any(_narrower(part, second) for part in parts(first))


def contradiction(condition: Condition) -> str | None:
    """Two things that one story can never be at once, in words; None where the condition may hold."""
    wanted = parts(condition)
    for first, second in combinations(wanted, 2):
        if _exclude(first, second):
            return f"{_name(first)} is asked for twice, and both can never hold"
    for part in wanted:
        if isinstance(part, Not) and any(implies(other, part.condition) for other in wanted if other is not part):
            return f"{_name(part.condition)} is asked for, and under `not` its opposite"
        if isinstance(part, Either):
            # Beside what is certain only: one `any` weighed against another takes as many turns as there are ways.
            others = tuple(other for other in wanted if not isinstance(other, Either))
            if all(contradiction(All((*others, branch))) for branch in part.conditions):
                return "no branch of `any` can hold beside the rest"
    return None


def _narrower(first: Condition, second: Condition) -> bool:  # noqa: PLR0911 (one line for each kind of condition)
    """Whether a single condition is the other one or a narrower one."""
    if first == second:
        return True
    if isinstance(second, StageAtLeast):
        return _stages(first) is not None and all(Stage(word).at_least(second.stage) for word in _stages(first) or ())
    match first, second:
        case OneOf(), OneOf():
            return first.field == second.field and set(first.words) <= set(second.words)
        case Has(), Has():
            return first.field == second.field and set(first.words) <= set(second.words)
        case StageAtLeast(), OneOf(field="stage"):
            return set(_stages(first) or ()) <= set(second.words)
        case Between(), Between():
            return first.field == second.field and _within(first, second)
        case About(), About():
            return _about(first, second)
        case Words(), Words():
            return {phrase.lower() for phrase in first.phrases} <= {phrase.lower() for phrase in second.phrases}
        case Either(), _:
            return all(implies(branch, second) for branch in first.conditions)
    return False


def _exclude(first: Condition, second: Condition) -> bool:
    """Whether two single conditions can never hold together."""
    one, other = _stages(first), _stages(second)
    if one is not None and other is not None:
        return set(one).isdisjoint(other)
    match first, second:
        case OneOf(), OneOf():
            return first.field == second.field and set(first.words).isdisjoint(second.words)
        case Is(), Is():
            return first.field == second.field and first.value is not second.value
        case Between(), Between():
            return first.field == second.field and (_above(first, second) or _above(second, first))
    return False


def _stages(condition: Condition) -> tuple[str, ...] | None:
    if isinstance(condition, StageAtLeast):
        return tuple(stage for stage in LADDER if stage.at_least(condition.stage))
    return condition.words if isinstance(condition, OneOf) and condition.field == "stage" else None


def _within(inner: Between, outer: Between) -> bool:
    low = outer.at_least is None or (inner.at_least is not None and inner.at_least >= outer.at_least)
    high = outer.at_most is None or (inner.at_most is not None and inner.at_most <= outer.at_most)
    return low and high


def _above(first: Between, second: Between) -> bool:
    return first.at_least is not None and second.at_most is not None and first.at_least > second.at_most


def _about(first: About, second: About) -> bool:
    if first.at_least < second.at_least:
        return False
    one, other = set(first.topics), set(second.topics)
    if second.every:
        return first.every and one >= other
    return bool(one & other) if first.every else one <= other


def _name(condition: Condition) -> str:
    match condition:
        case OneOf() | Has() | Is() | Between():
            return f"`{condition.field}`"
        case StageAtLeast():
            return "`stage`"
        case About():
            return "`topics`"
        case Words():
            return "`words`"
        case Pattern():
            return "`pattern`"
        case _:
            return "one thing"


def all_of(conditions: Iterable[Condition]) -> Condition:
    """These joined by "and"; a single one as it is."""
    several = tuple(conditions)
    return several[0] if len(several) == 1 else All(several)
