"""A story as it would be if some clauses were otherwise, and what the label rules would then say of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, product

from rules.asked import STEPS
from rules.conditions import About, All, Condition, Either, Is, Not, OneOf, StageAtLeast
from rules.judge import bounds, lower
from rules.ruleset import Filter, Rule
from rules.story import Direction, Driver, Event, Form, Report, Stage, Story, Tag
from rules.verdict import Label

_MOST = 600
"""Stories that are tried for one set of wishes."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One clause that would have to be otherwise: ``holds`` says whether it would have to hold or to fail."""

    condition: Condition
    holds: bool


@dataclass(frozen=True, slots=True)
class World:
    """A story as it would be. Clauses that no single value answers are ``answers`` instead."""

    story: Story
    answers: Mapping[Condition, bool]


_Set = Callable[[Report, str], Report]
_VALUES: Mapping[str, tuple[tuple[str, ...], _Set]] = {
    "event": (tuple(Event), lambda told, word: replace(told, act=replace(told.act, event=Event(word)))),
    "stage": (tuple(Stage), lambda told, word: replace(told, act=replace(told.act, stage=Stage(word)))),
    "step": (("", *STEPS), lambda told, word: replace(told, act=replace(told.act, step=word))),
    "direction": (tuple(Direction), lambda told, word: replace(told, act=replace(told.act, direction=Direction(word)))),
    "form": (tuple(Form), lambda told, word: replace(told, form=Form(word))),
    "driver": (("", *Driver), lambda told, word: replace(told, driver=Driver(word) if word else None)),
    "structural": (("", "yes"), lambda told, word: replace(told, structural=bool(word))),
    "hedge": (("", "yes"), lambda told, word: replace(told, act=replace(told.act, hedge=word))),
    "negated": (("", "yes"), lambda told, word: replace(told, act=replace(told.act, negated=bool(word)))),
}
"""The fields that have one value: all values, and how a report gets one."""


def narrowed(wishes: Sequence[Wish], story: Story, works: Callable[[World], bool]) -> tuple[Wish, ...]:
    """The wishes with only those words left by which it ``works``; empty where it works by none.

    "Stage were not announced" becomes "stage were none or reversed" where any other stage leads elsewhere.
    """
    answers = {wish.condition: wish.holds for wish in wishes if not _field(wish.condition)}
    fields = list(dict.fromkeys(field for wish in wishes if (field := _field(wish.condition))))
    if len(answers) + sum(bool(_field(wish.condition)) for wish in wishes) < len(wishes):
        return ()  # a clause is wished both ways
    values = [_candidates(field, wishes, story) for field in fields]
    worlds = list(islice(product(*values), _MOST))
    good = [each for each in worlds if works(World(_with(story, dict(zip(fields, each, strict=True))), answers))]
    if not good:
        return ()
    if len(good) < len(worlds) or len(wishes) > size(wishes):
        left = [tuple(dict.fromkeys(each[place] for each in good)) for place in range(len(fields))]
        # Where the words of one field only work with some of another's, one such pair is told.
        if len(list(product(*left))) > len(good):
            left = [(value,) for value in good[0]]
        return tuple(_narrow(wishes, fields, values, left))
    return tuple(wishes)


def any_value(story: Story, works: Callable[[World], bool]) -> Iterator[Wish]:
    """For each field of one value the values by which alone it works, whatever rules ask for them."""
    for field, (values, _) in _VALUES.items():
        good = tuple(value for value in values if works(World(_with(story, {field: value}), {})))
        if good and field in ("structural", "hedge", "negated"):
            yield Wish(Is(field, bool(good[0])), holds=True)
        elif good:
            yield Wish(OneOf(field, good), holds=True)


def size(wishes: Sequence[Wish]) -> int:
    """How many things would have to be otherwise: two clauses on the same field are one."""
    return len({_field(wish.condition) or wish.condition for wish in wishes})


def label_then(rules: Iterable[Rule], world: World, now: datetime) -> Label:
    """The label that these rules would give."""
    fire = (
        rule
        for rule in rules
        if _holds(rule, world, now) and not any(_holds(each, world, now) for each in rule.filters)
    )
    return lower(*bounds(rule.effect for rule in fire))


def _holds(asked: Rule | Filter, world: World, now: datetime) -> bool:
    return _true(asked.when, world, now) and not (asked.unless and _true(asked.unless, world, now))


def _true(condition: Condition, world: World, now: datetime) -> bool:
    match condition:
        case All():
            return all(_true(part, world, now) for part in condition.conditions)
        case Either():
            return any(_true(part, world, now) for part in condition.conditions)
        case Not():
            return not _true(condition.condition, world, now)
    answer = world.answers.get(condition)
    return condition.matches(world.story, now) if answer is None else answer


def _field(condition: Condition) -> str:
    """The field of one value that a clause asks; "topics" for topics; "" for what cannot be supposed as a value."""
    match condition:
        case OneOf() | Is() if condition.field in _VALUES:
            return condition.field
        case StageAtLeast():
            return "stage"
        case About():
            return "topics"
    return ""


_Value = str | tuple[Tag, ...]


def _candidates(field: str, wishes: Sequence[Wish], story: Story) -> tuple[_Value, ...]:
    """The values that a field may have if what is wished of it is so."""
    own = [wish for wish in wishes if _field(wish.condition) == field]
    if field != "topics":
        return tuple(value for value in _VALUES[field][0] if all(_agrees(wish, value) for wish in own))
    found: list[tuple[Tag, ...]] = [story.lead.tags]
    for wish in own:
        asked = wish.condition
        assert isinstance(asked, About)
        if not wish.holds:
            found = [tuple(tag for tag in tags if tag.topic not in asked.topics) for tags in found]
        elif asked.every:
            found = [_about(tags, asked.topics) for tags in found]
        else:
            found = [_about(tags, (topic,)) for tags in found for topic in asked.topics]
    return tuple(tags for tags in found if all(_agree(wish, tags, story) for wish in own))


def _agrees(wish: Wish, value: str) -> bool:
    match wish.condition:
        case OneOf(words=words):
            return (value in words) is wish.holds
        case Is(value=wanted):
            return (bool(value) is wanted) is wish.holds
        case StageAtLeast(stage=stage):
            return Stage(value).at_least(stage) is wish.holds
    return True


def _about(tags: tuple[Tag, ...], topics: Iterable[str]) -> tuple[Tag, ...]:
    added = tuple(Tag(topic, 1.0) for topic in topics)  # type: ignore[arg-type]
    return (*added, *(tag for tag in tags if tag.topic not in {each.topic for each in added}))


def _agree(wish: Wish, tags: tuple[Tag, ...], story: Story) -> bool:
    return wish.condition.matches(_with(story, {"topics": tags}), story.first_seen) is wish.holds


def _with(story: Story, values: Mapping[str, _Value]) -> Story:
    lead = story.lead
    for field, value in values.items():
        lead = replace(lead, tags=value) if isinstance(value, tuple) else _VALUES[field][1](lead, value)
    return replace(story, reports=(lead, *(each for each in story.reports if each.id != lead.id)), told_by=lead.id)


def _narrow(
    wishes: Sequence[Wish], fields: Sequence[str], values: Sequence[Sequence[_Value]], left: Sequence[Sequence[_Value]]
) -> Iterator[Wish]:
    told = set[str]()
    for wish in wishes:
        field = _field(wish.condition)
        place = fields.index(field) if field else -1
        alone = sum(_field(each.condition) == field for each in wishes) == 1
        if not field or field == "topics" or (alone and len(left[place]) == len(values[place])):
            yield wish if field != "topics" else _left_topics(wish, left[place])
        elif field not in told:
            told.add(field)
            words = tuple(str(value) for value in left[place])
            yield wish if isinstance(wish.condition, Is) else Wish(OneOf(field, words), holds=True)


def _left_topics(wish: Wish, values: Sequence[_Value]) -> Wish:
    asked = wish.condition
    if not wish.holds or not isinstance(asked, About) or asked.every:
        return wish
    added = {value[0].topic for value in values if isinstance(value, tuple) and value}
    return Wish(replace(asked, topics=tuple(each for each in asked.topics if each in added)), holds=True)
