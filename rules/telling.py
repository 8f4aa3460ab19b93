"""Conditions in words: what one asks, what it saw in a story, and what would have to be otherwise. Pure.

The words are for the person who tunes rules; what a subscriber reads is a rule's ``because``.
"""

from __future__ import annotations

from datetime import datetime

from rules.conditions import (
    About,
    All,
    Amount,
    Between,
    Condition,
    Either,
    Has,
    Is,
    Not,
    OneOf,
    Pattern,
    StageAtLeast,
    Words,
    is_so,
    number_of,
    word_of,
    words_in,
)
from rules.story import Event, Story

_NAMES = {
    "p_structural": "the probability of structural",
    "publishers": "independent publishers",
    "age": "the age in hours",
    "tier": "the nearest source",
    "changed": "what changed",
    "authority": "an actor's authority",
    "entities": "an entity",
    "places": "a place",
}
_FEW = 4


def tell(condition: Condition) -> str:  # noqa: C901, PLR0911, PLR0912 (one line for each kind of condition)
    """What a condition asks: "stage is announced or in-force"."""
    match condition:
        case OneOf():
            return f"{_name(condition.field)} is {_any_of(_groups(condition))}"
        case Has():
            return f"{_name(condition.field)} is {_any_of(condition.words)}"
        case Is():
            return f"{'' if condition.value else 'not '}{_YES[condition.field]}"
        case Between():
            return f"{_name(condition.field)} {_bounds(condition.at_least, condition.at_most)}"
        case StageAtLeast():
            return f"stage is at least {condition.stage}"
        case About():
            strength = f" (at least {condition.at_least:g})" if condition.at_least else ""
            return f"about {_joined(condition.topics, 'and' if condition.every else 'or')}{strength}"
        case Amount():
            return f"an amount in {condition.unit} {_bounds(condition.at_least, condition.at_most)}".strip()
        case Words():
            return f"the title holds {_any_of(condition.phrases)}"
        case Pattern():
            return f"the title matches /{condition.expression}/"
        case All():
            return f"all of: {'; '.join(map(tell, condition.conditions))}"
        case Either():
            return f"any of: {'; '.join(map(tell, condition.conditions))}"
        case Not():
            return f"not: {tell(condition.condition)}"
        case _:
            return str(condition)


def saw(condition: Condition, story: Story, now: datetime) -> str:  # noqa: PLR0911 (as above)
    """What a single condition found in a story: "proposed", "0.41", "nothing"; empty for ``all``, ``any``, ``not``."""
    match condition:
        case OneOf():
            return word_of(condition.field, story) or "none"
        case StageAtLeast():
            return story.lead.act.stage.value
        case Has():
            return _joined(words_in(condition.field, story), "and") or "nothing"
        case Is():
            return _so(condition.field, story)
        case Between():
            return f"{round(number_of(condition.field, story, now), 2):g}"
        case About():
            return _joined(tuple(f"{tag.topic} {tag.probability:.2f}" for tag in story.lead.tags), "and") or "no topic"
        case Amount():
            amounts = tuple(each.text or f"{each.value:g} {each.unit}" for each in story.lead.act.amounts)
            return _joined(amounts, "and") or "no amount"
        case Words() | Pattern():
            return (
                _joined(tuple(f'"{story.lead.title[start:end]}"' for start, end in condition.spans(story)), "and")
                or "nothing"
            )
        case _:
            return ""


def would(condition: Condition, story: Story, now: datetime, *, holds: bool) -> str:  # noqa: C901, PLR0911 (as above)
    """A single condition as a wish, with what the story has: "stage were announced (it is proposed)"."""
    no = "" if holds else "not "
    match condition:
        case OneOf():
            has = f" (it is {_plain(word_of(condition.field, story) or 'none')})" if holds else ""
            return f"{_name(condition.field)} were {no}{_any_of(tuple(map(_plain, _groups(condition))))}{has}"
        case StageAtLeast():
            return f"stage were {no}at least {_plain(condition.stage)} (it is {_plain(story.lead.act.stage)})"
        case Has():
            has = f" (it is {saw(condition, story, now)})" if holds else ""
            return f"{_name(condition.field)} were {no}{_any_of(condition.words)}{has}"
        case Is():
            no = "" if condition.value is holds else "not "
            chance = f" (p {story.lead.p_structural:.2f})" if condition.field == "structural" else ""
            return f"it were {no}{_WERE[condition.field]}{chance}"
        case Between():
            bounds = _bounds(condition.at_least, condition.at_most)
            return f"{_name(condition.field)} were {no}{bounds} (it is {saw(condition, story, now)})"
        case About():
            topics = _joined(condition.topics, "and" if condition.every else "or")
            strength = f" at least {condition.at_least:g}" if condition.at_least and holds else ""
            return f"it were {no}about {topics}{strength}"
        case Amount():
            bounds = _bounds(condition.at_least, condition.at_most)
            return f"it named {'an' if holds else 'no'} amount in {condition.unit} {bounds}".strip()
        case Words() if holds:
            return f"the title held {_any_of(condition.phrases)}"
        case Pattern() if holds:
            return f"the title matched /{condition.expression}/"
        case Words() | Pattern():
            return f"the title did not hold {saw(condition, story, now)}"
        case _:
            return f"this {'held' if holds else 'did not hold'}: {tell(condition)}"


_YES = {"structural": "structural as read", "hedge": "in doubt", "negated": "denied"}
_WERE = {"structural": "read as structural", "hedge": "in doubt", "negated": "denied"}
_LEANING = tuple(sorted(event for event in Event if event.leans_structural))


def _groups(condition: OneOf) -> tuple[str, ...]:
    """The words, with the long list of acts by the name that rules give it."""
    if condition.field != "event" or not set(_LEANING) <= set(condition.words):
        return condition.words
    return ("structural-leaning", *(word for word in condition.words if word not in _LEANING))


def _so(field: str, story: Story) -> str:
    """What a yes-or-no field says, not in the words of the question: beside "not in doubt" stands what raised doubt."""
    so = is_so(field, story)
    if field == "structural":
        return f"{'yes' if so else 'no'}, p {story.lead.p_structural:.2f}"
    if field == "hedge" and so:
        return f'doubt in "{story.lead.act.hedge}"'
    return {"hedge": "no doubt", "negated": "a denial" if so else "no denial"}[field]


def _plain(word: str) -> str:
    return word.replace("-", " ")


def _name(field: str) -> str:
    return _NAMES.get(field, field)


def _bounds(low: float | None, high: float | None) -> str:
    parts = (f"at least {low:,g}" if low is not None else "", f"at most {high:,g}" if high is not None else "")
    return " and ".join(filter(None, parts))


def _any_of(words: tuple[str, ...]) -> str:
    if len(words) > _FEW + 1:
        return f"{', '.join(words[:_FEW])} or one of {len(words) - _FEW} more"
    return _joined(words, "or")


def _joined(words: tuple[str, ...], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
