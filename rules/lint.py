"""What is allowed and yet looks wrong in a set: rules that never win, bounds that nothing reaches, unknown names. Pure.

What can be told from one clause alone is refused when the file is read; here the set is looked at as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from itertools import pairwise

from rules.conditions import All, Amount, Between, Condition, Either, Has, Not
from rules.errors import Place
from rules.reach import LARGEST_SUM, MOST_HOURS, MOST_PUBLISHERS, highest_score
from rules.ruleset import Filter, LimitLabel, Rule, RuleSet, SetLabel, Status
from rules.sense import all_of, implies
from rules.verdict import Severity
from rules.weights import Weights

Wanted = Callable[[Rule | Filter], bool]


_LOOK = "`lodestone explain` shows what is found in a headline"


class Gravity(StrEnum):
    """How bad a finding is: an error is certainly not what was meant, a warning may be."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that looks wrong: where, what, what to do, and how bad it is."""

    place: Place
    message: str
    remedy: str
    gravity: Gravity

    def __str__(self) -> str:
        return f"{self.place}: {self.gravity}: {self.message}; {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the reader can find in a headline: ids of entities, names of places, units of amounts.

    A kind that is empty is not looked at.
    """

    entities: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()


def lint(rules: RuleSet, known: Known, wanted: Wanted = lambda _: True) -> tuple[Finding, ...]:
    """What looks wrong in the wanted rules and filters, in levels and in what is disabled, by file and line."""
    found = list[Finding]()
    for each in filter(wanted, rules.asked):
        found += _examples(each)
        for condition in _leaves(each):
            found += _out_of_reach(each, condition)
            found += _unknown(each, condition, known)
    disabled = {each.rule for each in rules.disabled}
    for rule in filter(wanted, rules.rules):
        if rule.name not in disabled:
            found += _never_speaks(rule, rules)
    found += _twice(rules, disabled, wanted)
    silent = {rule.name for rule in rules.rules if rule.status is not Status.STABLE}
    for each in filter(wanted, rules.filters):
        if each.status is Status.STABLE and set(each.suppresses) <= silent:
            found.append(_warning(each, "keeps only silent rules quiet", "delete it, or name others"))
    for one in rules.disabled:
        if one.needless:
            message, remedy = f"`{one.rule}` is disabled and was silent anyway", "delete it from `disable`"
            found.append(Finding(one.place, message, remedy, Gravity.WARNING))
    found += _levels(rules)
    return tuple(sorted(set(found)))


def _levels(rules: RuleSet) -> Iterator[Finding]:
    """Levels that do not fall, and those that no score reaches."""
    weights = rules.weights
    levels = [(level, weights.levels[level]) for level in Severity if level in weights.levels]
    for (louder, high), (softer, low) in pairwise(levels):
        if high <= low:
            message = (
                f"the level {louder} begins at {high:g}, not above {softer} at {low:g}, so {softer} is never given"
            )
            yield Finding(_of(weights, louder, softer), message, f"raise {louder} or lower {softer}", Gravity.ERROR)
    most = highest_score(rules)
    for level, bound in levels:
        if bound > most:
            message = f"no score reaches the level {level} at {bound:g}: weights and rules come to {most:g} at most"
            yield Finding(_of(weights, level), message, f"lower it to {most:g} or less", Gravity.WARNING)


def _of(weights: Weights, *levels: Severity) -> Place:
    """Where a level stands; of two the one that was laid last, for that is the one that does not fit."""
    places = [place for level, place in weights.places.items() if level in levels]
    return places[-1] if places else Place("weights", 1, 1)


def _examples(each: Rule | Filter) -> Iterator[Finding]:
    kinds = {example.fires for example in each.examples}
    words = [word for fires, word in ((True, "`must fire`"), (False, "`must stay quiet`")) if fires not in kinds]
    if words:
        message = f"has no example under {' and none under '.join(words)}"
        yield _warning(each, message, "add a headline, so that an edit cannot break it unseen")


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


def _out_of_reach(each: Rule | Filter, condition: Condition) -> Iterator[Finding]:
    match condition:
        case Between(field="publishers") if (condition.at_least or 0) > MOST_PUBLISHERS:
            yield _error(
                each, f"asks for more than {MOST_PUBLISHERS} publishers", "no story counts so many; ask for fewer"
            )
        case Between(field="age") if (condition.at_least or 0) > MOST_HOURS:
            yield _error(each, "asks for an age beyond 18 months", "no story lives so long; ask for less")
        case Amount() if (condition.at_least or 0) > LARGEST_SUM:
            yield _error(each, f"asks for an amount above {LARGEST_SUM:g}", "nobody has so much; ask for less")


def _unknown(each: Rule | Filter, condition: Condition, known: Known) -> Iterator[Finding]:
    """Words that the reader never finds, so that asking for them is asking for nothing."""
    match condition:
        case Has(field="entities") if known.entities:
            for word in condition.words:
                if word not in known.entities:
                    yield _error(
                        each, f"asks for the entity `{word}`, and none has that id", _near(word, known.entities)
                    )
        case Has(field="places") if known.places:
            for word in condition.words:
                if word not in known.places:
                    yield _error(each, f"asks for the place `{word}`, and none is called so", _near(word, known.places))
        case Amount() if known.units and condition.unit not in known.units:
            message = f"asks for an amount in `{condition.unit}`, and none is read in it"
            yield _error(
                each, message, _near(condition.unit, known.units, f"known are {', '.join(sorted(known.units))}")
            )


def _near(word: str, known: Collection[str], otherwise: str = _LOOK) -> str:
    """The nearest word: one that is the same but for capitals or the kind before an id, else one spelt much like it."""

    def tail(name: str) -> str:
        return name.rpartition(":")[2].lower().replace(" ", "-")

    same = sorted(name for name in known if tail(name) == tail(word)) or get_close_matches(word, sorted(known), n=1)
    return f"did you mean `{same[0]}`?" if same else otherwise


def _never_speaks(rule: Rule, rules: RuleSet) -> Iterator[Finding]:
    """A rule whose every story one filter keeps quiet or one limit holds lower."""
    fires = rule.when if rule.unless is None else all_of((rule.when, Not(rule.unless)))
    for over in rule.filters:
        if _always(fires, over):
            yield _error(rule, f"never fires: the filter {over.name} holds wherever it does", "narrow one of the two")
    if not isinstance(rule.effect, SetLabel):
        return
    for other in rules.label_rules:
        limit = other.effect
        if not isinstance(limit, LimitLabel) or limit.label.rank >= rule.effect.label.rank:
            continue
        # A limit with filters over it may be kept quiet, and then the rule wins.
        if not other.filters and _always(fires, other):
            message = f"never wins: {other.name} holds each of its stories at {limit.label}"
            yield _error(rule, message, "narrow one of the two")


def _always(fires: Condition, other: Rule | Filter) -> bool:
    """Whether the other holds for every story for which ``fires`` does."""
    return implies(fires, other.when) and (other.unless is None or implies(fires, Not(other.unless)))


def _twice(rules: RuleSet, disabled: Collection[str], wanted: Wanted) -> Iterator[Finding]:
    """Rules that ask the same and do the same. Told of the later by name, but of a wanted one."""
    first = dict[object, Rule]()
    for rule in sorted(rules.rules, key=lambda rule: (wanted(rule), rule.name)):
        if rule.name not in disabled:
            same = first.setdefault((rule.when, rule.unless, rule.effect), rule)
            if same is not rule and wanted(rule):
                yield _warning(rule, f"says the same as {same.name}", "delete one of the two")


def _error(each: Rule | Filter, message: str, remedy: str) -> Finding:
    return Finding(Place(each.file, each.line, each.column), f"{each.name} {message}", remedy, Gravity.ERROR)


def _warning(each: Rule | Filter, message: str, remedy: str) -> Finding:
    return Finding(Place(each.file, each.line, each.column), f"{each.name} {message}", remedy, Gravity.WARNING)
