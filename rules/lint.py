"""What is allowed and yet looks wrong in a set: rules that never win, bounds that nothing reaches, unknown names. Pure.

What can be told from one clause alone is refused when the file is read; here the set is looked at as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

from rules.conditions import All, Amount, Between, Condition, Either, Has, Not
from rules.page import nearest
from rules.ruleset import Filter, LimitLabel, Rule, RuleSet, SetLabel, Status
from rules.sense import all_of, implies
from rules.verdict import Severity
from rules.weights import Weights

_MOST_PUBLISHERS = 20
"""Reports that a story holds."""
_MOST_HOURS = 24 * 548
"""Hours that a story lives: 18 months."""
_LARGEST = 1e15


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that looks wrong: where, what, and what to do. It is a warning, never a refusal."""

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}; {self.remedy}"


def lint(
    rules: RuleSet, known: Collection[str] = (), wanted: Callable[[Rule | Filter], bool] = lambda _: True
) -> tuple[Finding, ...]:
    """What looks wrong in the wanted rules and filters, by file and line; ``known`` are the ids of entities."""
    found = list[Finding]()
    asked: tuple[Rule | Filter, ...] = (*rules.rules, *rules.filters)
    for each in filter(wanted, asked):
        found += _examples(each)
        for condition in _leaves(each):
            found += _leaf(each, condition, known)
    for rule in filter(wanted, rules.rules):
        found += _never_wins(rule, rules)
    for first, second in combinations([rule for rule in rules.rules if rule.status is Status.STABLE], 2):
        if (wanted(first) or wanted(second)) and _same(first, second):
            found.append(_finding(second, f"says the same as {first.name}", "delete one of the two"))
    silent = {rule.name for rule in rules.rules if rule.status is not Status.STABLE}
    for each in filter(wanted, rules.filters):
        if each.status is Status.STABLE and set(each.suppresses) <= silent:
            found.append(_finding(each, "keeps only silent rules quiet", "delete it, or name others"))
    return tuple(sorted(found))


def lint_weights(weights: Weights) -> tuple[str, ...]:
    """What looks wrong in the tables of weights, as sentences: levels that no score reaches or that do not fall."""
    found = list[str]()
    levels = [(level, weights.levels[level]) for level in Severity if level in weights.levels]
    for (louder, high), (softer, low) in pairwise(levels):
        if high <= low:
            found.append(f"the level {louder} begins at {high:g}, not above {softer} at {low:g}; raise it")
    most = min(100.0, _most(weights))
    found += [
        f"no score reaches the level {level} at {bound:g}: the weights come to {most:g} at most; lower it"
        for level, bound in levels
        if bound > most
    ]
    return tuple(found)


def _most(weights: Weights) -> float:
    """The highest score that the tables can give before severity rules."""
    score = 100.0
    for table in (weights.event, weights.authority, {**weights.stage, **weights.step}):
        score *= max(table.values(), default=1.0)
    score *= max([1.0, *(factor for _, factor in weights.money), *weights.size.values()])
    return score


def _examples(each: Rule | Filter) -> Iterator[Finding]:
    kinds = {example.fires for example in each.examples}
    for fires, word in ((True, "must fire"), (False, "must stay quiet")):
        if fires not in kinds:
            yield _finding(
                each, f"has no example under `{word}`", "add a headline, so that an edit cannot break it unseen"
            )


def _leaves(each: Rule | Filter) -> Iterator[Condition]:
    for condition in filter(None, (each.when, each.unless)):
        yield from _within(condition)


def _within(condition: Condition) -> Iterator[Condition]:
    match condition:
        case All() | Either():
            for part in condition.conditions:
                yield from _within(part)
        case Not():
            yield from _within(condition.condition)
        case _:
            yield condition


def _leaf(each: Rule | Filter, condition: Condition, known: Collection[str]) -> Iterator[Finding]:
    match condition:
        case Has(field="entities") if known:
            for word in condition.words:
                if word not in known:
                    yield _finding(each, f"no entity has the id `{word}`", _near(word, known))
        case Between(field="publishers") if (condition.at_least or 0) > _MOST_PUBLISHERS:
            yield _finding(
                each, f"asks for more than {_MOST_PUBLISHERS} publishers", "no story counts so many; ask for fewer"
            )
        case Between(field="age") if (condition.at_least or 0) > _MOST_HOURS:
            yield _finding(each, "asks for an age beyond 18 months", "no story lives so long; ask for less")
        case Amount() if (condition.at_least or 0) > _LARGEST:
            yield _finding(each, f"asks for an amount above {_LARGEST:g}", "nobody has so much; ask for less")


def _near(word: str, known: Collection[str]) -> str:
    """The nearest id, by what stands after the kind where the whole is not near to any."""
    tails = {name.partition(":")[2]: name for name in known}
    tail = word.rpartition(":")[2]
    return f"did you mean `{tails[tail]}`?" if tail in tails else nearest(word, known)


def _never_wins(rule: Rule, rules: RuleSet) -> Iterator[Finding]:
    """A rule whose every story is held lower by one and the same limit."""
    if not isinstance(rule.effect, SetLabel) or rule.status is not Status.STABLE:
        return
    fires = rule.when if rule.unless is None else all_of((rule.when, Not(rule.unless)))
    for other in rules.label_rules:
        limit = other.effect
        if not isinstance(limit, LimitLabel) or limit.label.rank >= rule.effect.label.rank or other.filters:
            continue
        if implies(fires, other.when) and (other.unless is None or implies(fires, Not(other.unless))):
            yield _finding(
                rule, f"never wins: {other.name} holds each of its stories at {limit.label}", "narrow one of the two"
            )


def _same(first: Rule, second: Rule) -> bool:
    return (first.when, first.unless, first.effect) == (second.when, second.unless, second.effect)


def _finding(each: Rule | Filter, message: str, remedy: str) -> Finding:
    return Finding(each.file, each.line, f"{each.name} {message}", remedy)
