"""Filters drawn from what stories marked noise have in common and the wanted ones lack. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rules.edits import Aim, Edit, Told, enough, listed, rules_that_tell
from rules.ruleset import RuleSet
from rules.traits import Trait, traits_of

MOST_FILTERS = 40
"""Filters that are worth a trial, the most promising first."""


def filters(rules: RuleSet, noise: Sequence[Told], wanted: Sequence[Told], recent: Sequence[Told]) -> Iterator[Edit]:
    """Filters over the rules that tell stories marked noise, where one or two traits hold that the wanted ones lack.

    Of those that keep the same marked stories quiet only the narrowest is given: the one that meets the fewest stories
    of ``recent``, then the plainest.
    """
    found = dict[frozenset[int], tuple[tuple[object, ...], _Where]]()
    for where, met in _meetings(noise, wanted, recent):
        rank = (len(met.wanted), len(met.recent), where.plainness)
        if enough(len(met.noise), len(met.wanted)) and (met.noise not in found or rank < found[met.noise][0]):
            found[met.noise] = rank, where
    best = sorted(found.items(), key=lambda each: (-len(each[0]), each[1][0]))
    taken = {rule.name for rule in rules.rules} | {each.name for each in rules.filters}
    for places, (_, where) in best[:MOST_FILTERS]:
        names = sorted({rule.name for at in places for rule in rules_that_tell(rules, noise[at])})
        yield _filter(where, names, taken)


@dataclass(frozen=True, slots=True)
class _Where:
    """What a filter asks: traits, and the most that ``p_structural`` may be."""

    traits: tuple[Trait, ...]
    at_most: float | None = None

    @property
    def plainness(self) -> tuple[object, ...]:
        """The first of those that meet the same stories: it says what is done, not only where or by whom."""
        fields = {trait.field for trait in self.traits}
        says_little = 0 if fields & {"event", "step"} else 1 if "words" in fields else 2
        return says_little, len(self.lines), sorted(trait.plainness for trait in self.traits), self.lines

    @property
    def lines(self) -> tuple[str, ...]:
        cap = (f"p_structural: {{at most: {self.at_most:g}}}",) if self.at_most is not None else ()
        return (*(trait.yaml for trait in self.traits), *cap)

    @property
    def told(self) -> str:
        cap = (f"p_structural is at most {self.at_most:g}",) if self.at_most is not None else ()
        return " and ".join((*(trait.told for trait in self.traits), *cap))


@dataclass(frozen=True, slots=True)
class _Met:
    """The places of the stories that a filter would meet: of those marked noise, of the wanted, of the recent ones."""

    noise: frozenset[int] = frozenset()
    wanted: frozenset[int] = frozenset()
    recent: frozenset[int] = frozenset()

    def __and__(self, other: _Met) -> _Met:
        return _Met(self.noise & other.noise, self.wanted & other.wanted, self.recent & other.recent)


def _meetings(noise: Sequence[Told], wanted: Sequence[Told], recent: Sequence[Told]) -> Iterator[tuple[_Where, _Met]]:
    """Every place where a filter could hold that meets at least two stories marked noise."""
    of_noise = {trait: met for trait, met in _by_trait(noise).items() if len(met) > 1}
    of_wanted, of_recent = _by_trait(wanted, of_noise), _by_trait(recent, of_noise)
    met = {
        trait: _Met(places, of_wanted.get(trait, frozenset()), of_recent.get(trait, frozenset()))
        for trait, places in of_noise.items()
    }
    for trait, where in met.items():
        yield _Where((trait,)), where
    for first, second in combinations(sorted(met, key=lambda trait: (trait.plainness, trait.words)), 2):
        if first.field != second.field and len((both := met[first] & met[second]).noise) > 1:
            yield _Where((first, second)), both
    all_of = _Met(*(frozenset(range(len(stories))) for stories in (noise, wanted, recent)))
    events = [((trait,), met[trait]) for trait in met if trait.field == "event"]
    for step in range(1, 20):
        # The language is less sure of these that they are structural.
        doubtful = _Met(*(_doubtful(stories, step / 20) for stories in (noise, wanted, recent)))
        for traits, where in ((), all_of), *events:
            if len((left := where & doubtful).noise) > 1:
                yield _Where(traits, step / 20), left


def _doubtful(stories: Sequence[Told], at_most: float) -> frozenset[int]:
    return frozenset(at for at, told in enumerate(stories) if told.story.lead.p_structural <= at_most)


def _by_trait(stories: Sequence[Told], known: Collection[Trait] | None = None) -> dict[Trait, frozenset[int]]:
    """For each trait (of those known, if given) the places of the stories that have it."""
    wanted = None if known is None else frozenset(known)
    found = dict[Trait, set[int]]()
    for at, told in enumerate(stories):
        traits = traits_of(told.story)
        for trait in traits if wanted is None else traits & wanted:
            found.setdefault(trait, set()).add(at)
    return {trait: frozenset(places) for trait, places in found.items()}


def _filter(where: _Where, names: Sequence[str], taken: set[str]) -> Edit:
    asked = [word for trait in where.traits for word in trait.words] + ["doubtful"] * (where.at_most is not None)
    said = "".join(each if each.isascii() and each.isalnum() else " " for each in " ".join(asked))
    name = stem = "-".join(["quiet", *said.lower().split()])[:50].rstrip("-")
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name)
    when = "".join(f"      {line}\n" for line in where.lines)
    return Edit(
        Aim.SILENCED,
        f"Keep {listed(names)} quiet where {where.told}",
        f"filters:\n  - name: {name}\n    suppresses: [{', '.join(names)}]\n    when:\n{when}",
        group=f"filter {name}",
        reach=len(where.lines),
        filter=name,
    )
