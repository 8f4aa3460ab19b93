"""What a rule may ask of a story: frozen predicates, each with ``matches(story, now)``.

They look at the report that speaks for the story now (``Story.lead``), so that a story is judged by the furthest thing
said of it and not by its first rumour. Who stands behind it is counted among the reports that say the same stage.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

import re2

from rules.story import Move, Report, Stage, Story, Tier, Topic


class Condition(Protocol):
    """A question to a story, answered yes or no."""

    def matches(self, story: Story, now: datetime, /) -> bool:
        """Whether the story is so at that time."""
        ...


def saying_so(story: Story) -> tuple[Report, ...]:
    """The reports that stand behind what is said now: those that give the act the stage that the lead gives it.

    "Imposes" confirms what "announces" says, whether or not it is believed yet that the act has gone further.
    """
    stage = story.lead.act.stage
    also = Stage.IN_FORCE if stage is Stage.ANNOUNCED else stage
    return tuple(report for report in story.reports if report.act.stage in (stage, also))


def best_tier(story: Story) -> Tier:
    """The tier of the source nearest to the act among those that say what is said now."""
    return min((report.source.tier for report in saying_so(story)), key=_TIERS.index, default=story.lead.source.tier)


_TIERS = tuple(Tier)


def publishers(story: Story) -> int:
    """How many independent publishers say what is said now; at least 1.

    A rumour told by five and confirmed by one is confirmed by one. A publisher's report is the one that brought it to
    the story or took the story to a new stage, whatever else it brought; a copy of another's text is no further voice.
    """
    saying = {report.id for report in saying_so(story)}
    voices = {change.number for change in story.changes if change.kind in VOICES and change.report in saying}
    return max(1, min(len(voices), len(story.families)))


VOICES = (Move.NEW, Move.STAGE, Move.REVERSAL, Move.SOURCE)
"""The changes that a report brings by its own word."""


def age_hours(story: Story, now: datetime) -> float:
    """Hours since what is said now was first said; never negative."""
    lead = story.lead
    reached = [step.at for step in story.stages if step.stage is lead.act.stage]
    since = min([lead.published, *reached])
    return max(0.0, (now - since).total_seconds() / 3600)


_ONE: dict[str, Callable[[Story], str]] = {
    "event": lambda story: story.lead.act.event,
    "stage": lambda story: story.lead.act.stage,
    "step": lambda story: story.lead.act.step,
    "direction": lambda story: story.lead.act.direction,
    "form": lambda story: story.lead.form,
    "driver": lambda story: story.lead.driver or "",
    "tier": best_tier,
    "changed": lambda story: min(
        (change.kind for change in story.since(story.version - 1)), key=CHANGES.index, default=Move.NEW
    ),
}
CHANGES: tuple[Move, ...] = tuple(Move)
"""What may have moved a story to its present version; where several things did, the one that matters most."""
_MANY: dict[str, Callable[[Story], tuple[str, ...]]] = {
    "authority": lambda story: tuple(actor.authority for actor in story.lead.act.actors),
    "entities": lambda story: tuple(entity.id for entity in story.lead.entities),
    "places": lambda story: story.lead.act.places,
}
_YES: dict[str, Callable[[Story], bool]] = {
    "structural": lambda story: story.lead.structural,
    "hedge": lambda story: bool(story.lead.act.hedge),
    "negated": lambda story: story.lead.act.negated,
}
_NUMBER: dict[str, Callable[[Story, datetime], float]] = {
    "p_structural": lambda story, _: story.lead.p_structural,
    "publishers": lambda story, _: publishers(story),
    "age": age_hours,
}


def word_of(field: str, story: Story) -> str:
    """The word that the story has in a field of one word: event, stage, tier and so on; "" for none."""
    return str(_ONE[field](story))


def words_in(field: str, story: Story) -> tuple[str, ...]:
    """The words that the story has in a field of several: authority, entities, places."""
    return _MANY[field](story)


def is_so(field: str, story: Story) -> bool:
    """Whether a yes-or-no field of the story is so: structural, hedge, negated."""
    return _YES[field](story)


def number_of(field: str, story: Story, now: datetime) -> float:
    """The story's number in a field: p_structural, publishers (count), age (hours)."""
    return _NUMBER[field](story, now)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field that holds one word has one of these: event, stage, step, direction, form, driver, tier, changed."""

    field: str
    words: tuple[str, ...]

    def matches(self, story: Story, _now: datetime, /) -> bool:
        """Whether the field's word is among them."""
        return _ONE[self.field](story) in self.words


@dataclass(frozen=True, slots=True)
class Has:
    """A field that holds several words has at least one of these: authority, entities, places."""

    field: str
    words: tuple[str, ...]

    def matches(self, story: Story, _now: datetime, /) -> bool:
        """Whether one of the field's words is among them."""
        return any(word in self.words for word in _MANY[self.field](story))


@dataclass(frozen=True, slots=True)
class Is:
    """A yes-or-no field is so: structural (the language's word), hedge, negated."""

    field: str
    value: bool

    def matches(self, story: Story, _now: datetime, /) -> bool:
        """Whether the field has that value."""
        return _YES[self.field](story) is self.value


@dataclass(frozen=True, slots=True)
class Between:
    """A number lies within bounds, both included: p_structural, publishers (count), age (hours)."""

    field: str
    at_least: float | None
    at_most: float | None

    def matches(self, story: Story, now: datetime, /) -> bool:
        """Whether the number lies within the bounds."""
        return _within(_NUMBER[self.field](story, now), self.at_least, self.at_most)


@dataclass(frozen=True, slots=True)
class StageAtLeast:
    """The act has reached this rung of the ladder; ``reversed`` stands outside it and is asked by name."""

    stage: Stage

    def matches(self, story: Story, _now: datetime, /) -> bool:
        """Whether the lead's stage stands at or above it."""
        return story.lead.act.stage.at_least(self.stage)


@dataclass(frozen=True, slots=True)
class About:
    """The headline is about any (or, with ``every``, all) of these topics, each at least this probable."""

    topics: tuple[Topic, ...]
    every: bool
    at_least: float

    def matches(self, story: Story, _now: datetime, /) -> bool:
        """Whether enough of the topics are there, strongly enough."""
        found = 0
        for tag in story.lead.tags:
            if tag.topic in self.topics and tag.probability >= self.at_least:
                if not self.every:
                    return True
                found += 1
        return self.every and found == len(self.topics)


@dataclass(frozen=True, slots=True)
class Amount:
    """The headline names an amount in this unit within bounds, both included."""

    unit: str
    at_least: float | None
    at_most: float | None

    def matches(self, story: Story, _now: datetime, /) -> bool:
        """Whether one of the amounts does."""
        return any(
            amount.unit == self.unit and _within(amount.value, self.at_least, self.at_most)
            for amount in story.lead.act.amounts
        )


_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=64)  # the rules ask the same title one after another
def _words_of(title: str) -> frozenset[str]:
    return frozenset(_WORD.findall(title.lower()))


@dataclass(frozen=True, slots=True)
class Words:
    """The title holds one of these words or phrases, whole and in any case.

    Plain phrases only: they become one alternation of literals, whose time grows with the title and nothing else.
    """

    phrases: tuple[str, ...]
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _first_words: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        firsts = frozenset("".join(_WORD.findall(phrase.lower())[:1]) for phrase in self.phrases)
        object.__setattr__(self, "_first_words", firsts)
        either = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in self.phrases)
        object.__setattr__(self, "_pattern", re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE))

    def matches(self, story: Story, _now: datetime, /) -> bool:
        """Whether the lead's title holds one of them."""
        title = story.lead.title
        # Most titles hold no phrase's first word, and a look into a set is quicker than a search.
        return not self._first_words.isdisjoint(_words_of(title)) and self._pattern.search(title) is not None

    def spans(self, story: Story) -> tuple[tuple[int, int], ...]:
        """Where in the lead's title they stand, as offsets."""
        return tuple(found.span() for found in self._pattern.finditer(story.lead.title))


@dataclass(frozen=True, slots=True)
class Pattern:
    """The title holds what this regular expression (RE2, so in linear time) finds, in any case.

    Raises ``re2.error`` for an expression that RE2 does not take, look-around and back-references among them.
    """

    expression: str
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        options = re2.Options()
        options.case_sensitive, options.log_errors, options.max_mem = False, False, _PATTERN_BYTES
        object.__setattr__(self, "_compiled", re2.compile(self.expression, options))

    def matches(self, story: Story, _now: datetime, /) -> bool:
        """Whether the lead's title holds it."""
        return self.finds(story.lead.title)

    def finds(self, text: str) -> bool:
        """Whether it is found anywhere in a text."""
        return self._compiled.search(text) is not None

    def spans(self, story: Story) -> tuple[tuple[int, int], ...]:
        """Where in the lead's title it is found, as offsets."""
        return tuple(found.span() for found in self._compiled.finditer(story.lead.title))


_PATTERN_BYTES = 1 << 20
"""What one compiled expression may take; RE2 refuses a larger one."""


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these holds."""

    conditions: tuple[Condition, ...]

    def matches(self, story: Story, now: datetime, /) -> bool:
        """Whether every condition matches."""
        for condition in self.conditions:  # noqa: SIM110 (a loop is twice as fast as all() with a generator here)
            if not condition.matches(story, now):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these holds."""

    conditions: tuple[Condition, ...]

    def matches(self, story: Story, now: datetime, /) -> bool:
        """Whether at least one condition matches."""
        return any(condition.matches(story, now) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    condition: Condition

    def matches(self, story: Story, now: datetime, /) -> bool:
        """Whether the condition does not match."""
        return not self.condition.matches(story, now)


def size(condition: Condition) -> int:
    """How many questions a condition asks; of two rules that say the same, the one that asked more explains more."""
    if isinstance(condition, All | Either):
        return sum(map(size, condition.conditions))
    return size(condition.condition) if isinstance(condition, Not) else 1


def topics_of(condition: Condition) -> tuple[Topic, ...]:
    """The topics that a condition asks for, those under ``not`` left out."""
    if isinstance(condition, All | Either):
        return tuple(topic for part in condition.conditions for topic in topics_of(part))
    return condition.topics if isinstance(condition, About) else ()


def asks_for_weight(condition: Condition) -> bool:
    """Whether a condition asks age, tier, publishers or what changed: how loud a story is, never what it is."""
    if isinstance(condition, All | Either):
        return any(map(asks_for_weight, condition.conditions))
    if isinstance(condition, Not):
        return asks_for_weight(condition.condition)
    return isinstance(condition, OneOf | Between) and condition.field in ("age", "tier", "publishers", "changed")


def _within(value: float, at_least: float | None, at_most: float | None) -> bool:
    return (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
