"""The questions of ``when`` and ``unless``: from nodes of a page to conditions. Pure.

All fields of one mapping must hold; a list of words means any of them. ``any``, ``all`` and ``not`` combine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import re2
import yaml

from rules.conditions import (
    CHANGES,
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
)
from rules.page import Fields, Page
from rules.phrases import AUTHORITIES
from rules.story import LADDER, Direction, Driver, Event, Form, Stage, Tier, Topic
from rules.wordlists import words_of

STEPS = ("considered", "threatened", "memorandum", "one-chamber", "delayed", "prolonged")
"""The finer steps that the language pipeline tells apart."""

EVENT_GROUPS = {
    "structural-leaning": tuple(event for event in Event if event.leans_structural),
    "noise-leaning": tuple(event for event in Event if not event.leans_structural),
}
DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(minutes?|min|hours?|h|days?|d|weeks?)\Z")
LONGEST = 876_000.0
"""Hours that any length of time may come to."""
LARGEST = 1e18
"""What any sum may come to."""
_HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
SUM = re.compile(r"(\d+(?:\.\d+)?) ?(thousand|million|billion|trillion)\Z")
SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}

Bound = Callable[[Page, yaml.Node, str], float | None]


def read_conditions(page: Page, node: yaml.Node, what: str) -> Condition | None:
    """The conditions of a mapping, joined by "and"; None after a fault."""
    before = len(page.errors)
    parts = page.mapping(node, what, tuple(QUESTIONS))
    # In the order of the table and not of the file: what is dear to ask comes last, and order says nothing.
    found = [question(page, parts[name]) for name, question in QUESTIONS.items() if name in parts]
    if len(page.errors) > before:
        return None
    if not found:
        page.fault(node, f"{what} asks nothing", "name at least one thing, such as `topics: [rare-earth]`")
        return None
    return _joined(All, (condition for condition in found if condition is not None))


def _joined(kind: type[All] | type[Either], conditions: Iterable[Condition]) -> Condition:
    several = tuple(conditions)
    return several[0] if len(several) == 1 else kind(several)


def _one_of(name: str, known: Iterable[str]) -> Callable[[Page, yaml.Node], Condition]:
    return lambda page, node: OneOf(name, _choices(page, node, name, tuple(known)))


def _choices(page: Page, node: yaml.Node, what: str, known: tuple[str, ...]) -> tuple[str, ...]:
    nodes = [node] if isinstance(node, yaml.ScalarNode) else page.items(node, f"`{what}`")
    return tuple(sorted({word for item in nodes if (word := page.choice(item, what, known))}))


def _has(name: str, known: tuple[str, ...] = ()) -> Callable[[Page, yaml.Node], Condition]:
    def read(page: Page, node: yaml.Node) -> Condition:
        words = _choices(page, node, name, known) if known else words_of(page, node, f"`{name}`", page.lists)
        return Has(name, tuple(sorted(words)))

    return read


def _is(name: str) -> Callable[[Page, yaml.Node], Condition]:
    return lambda page, node: Is(name, page.yes_or_no(node, f"`{name}`") is True)


def _between(name: str, bound: Bound) -> Callable[[Page, yaml.Node], Condition]:
    def read(page: Page, node: yaml.Node) -> Condition:
        parts = page.mapping(node, f"`{name}`", ("at least", "at most"))
        return Between(name, *_bounds(page, node, parts, bound))

    return read


def _bounds(page: Page, node: yaml.Node, parts: Fields, bound: Bound) -> tuple[float | None, float | None]:
    low, high = (bound(page, parts[name], f"`{name}`") if name in parts else None for name in ("at least", "at most"))
    if isinstance(node, yaml.MappingNode) and "at least" not in parts and "at most" not in parts:
        page.fault(node, "no bound is given", "write `at least:` or `at most:`")
    elif low is not None and high is not None and low > high:
        page.fault(node, "`at least` is above `at most`, so it can never hold", "swap the two")
    return low, high


def _event(page: Page, node: yaml.Node) -> Condition:
    words = _choices(page, node, "event", (*Event, *EVENT_GROUPS))
    events = {event for word in words for event in EVENT_GROUPS.get(word, (word,))}
    return OneOf("event", tuple(sorted(events)))


def _stage(page: Page, node: yaml.Node) -> Condition:
    if isinstance(node, yaml.MappingNode):
        parts = page.mapping(node, "`stage`", ("at least",), ("at least",))
        word = page.choice(parts["at least"], "rung of the ladder", LADDER) if parts else ""
        return StageAtLeast(Stage(word or Stage.NONE))
    return OneOf("stage", _choices(page, node, "stage", tuple(Stage)))


def _topics(page: Page, node: yaml.Node) -> Condition:
    if not isinstance(node, yaml.MappingNode):
        return About(tuple(map(Topic, _choices(page, node, "topic", tuple(Topic)))), every=False, at_least=0.0)
    parts = page.mapping(node, "`topics`", ("any", "all", "at least"))
    named = [name for name in ("any", "all") if name in parts]
    if len(named) != 1:
        page.fault(
            node, "`topics` wants either `any` or `all`", "write `any: [rare-earth]`, with `at least: 0.6` beside it"
        )
        return All(())
    strength = page.number(parts["at least"], "`at least`", 0, 1) if "at least" in parts else None
    topics = tuple(map(Topic, _choices(page, parts[named[0]], "topic", tuple(Topic))))
    return About(topics, every=named[0] == "all", at_least=strength or 0.0)


def _amount(page: Page, node: yaml.Node) -> Condition:
    parts = page.mapping(node, "`amount`", ("unit", "at least", "at most"), ("unit",))
    unit = page.text(parts["unit"], "`unit`", 10) if "unit" in parts else ""
    low, high = _bounds(page, node, parts, read_sum)
    return Amount(unit, low, high)


def _words(page: Page, node: yaml.Node) -> Condition:
    phrases = words_of(page, node, "`words`", page.lists)
    for phrase in phrases:
        if not any(character.isalnum() for character in phrase):
            page.fault(
                node, f"`{phrase}` holds no letter or digit", "use whole words; `pattern` takes regular expressions"
            )
    return Words(tuple(sorted(phrases)))


def _pattern(page: Page, node: yaml.Node) -> Condition:
    expression = page.text(node, "`pattern`", 200)
    try:
        pattern = Pattern(expression)
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        page.fault(node, f"`pattern` is not read: {why}", "use plain RE2: no look-around, no back-references")
        return All(())
    if expression and pattern.finds(""):
        page.fault(node, "`pattern` finds nothing in particular, so it always holds", "ask for at least one letter")
    return pattern


def _either(page: Page, node: yaml.Node) -> Condition:
    return _joined(Either, _several(page, node, "`any`"))


def _all(page: Page, node: yaml.Node) -> Condition:
    return _joined(All, _several(page, node, "`all`"))


def _several(page: Page, node: yaml.Node, what: str) -> list[Condition]:
    found = (read_conditions(page, item, f"an item of {what}") for item in page.items(node, what))
    return [condition for condition in found if condition] or [All(())]


def _not(page: Page, node: yaml.Node) -> Condition:
    return Not(read_conditions(page, node, "`not`") or All(()))


def _share(page: Page, node: yaml.Node, what: str) -> float | None:
    return page.number(node, what, 0, 1)


def _count(page: Page, node: yaml.Node, what: str) -> float | None:
    return page.number(node, what, 1, 1000)


def read_duration(page: Page, node: yaml.Node, what: str) -> float | None:
    """Hours, from a text like "90 min", "12 h" or "3 days"; None after a fault."""
    hours = hours_of(str(node.value)) if isinstance(node, yaml.ScalarNode) else None
    if hours is None:
        page.fault(node, f"{what} is no length of time", "write it like 90 min, 12 h or 3 days")
    elif hours > LONGEST:
        page.fault(node, f"{what} is longer than a hundred years", f"use at most {LONGEST:.0f} h")
        return None
    return hours


def hours_of(text: str) -> float | None:
    """Hours, from a text like "90 min", "12 h" or "3 days"; None for any other text."""
    found = DURATION.match(text)
    return float(found[1]) * _HOURS[found[2][0]] if found else None


def read_sum(page: Page, node: yaml.Node, what: str) -> float | None:
    """A number, plain or like "10 million"; None after a fault."""
    if isinstance(node, yaml.ScalarNode) and (found := SUM.match(node.value)):
        value = float(found[1]) * SCALES[found[2]]
        if value > LARGEST:
            page.fault(node, f"{what} is {node.value}", "use at most 1000000 trillion")
            return None
        return value
    return page.number(node, what, 0, LARGEST)


QUESTIONS: dict[str, Callable[[Page, yaml.Node], Condition]] = {
    "structural": _is("structural"),
    "stage": _stage,
    "event": _event,
    "topics": _topics,
    "form": _one_of("form", Form),
    "negated": _is("negated"),
    "hedge": _is("hedge"),
    "p_structural": _between("p_structural", _share),
    "step": _one_of("step", STEPS),
    "direction": _one_of("direction", Direction),
    "driver": _one_of("driver", Driver),
    "authority": _has("authority", tuple(AUTHORITIES)),
    "entities": _has("entities"),
    "places": _has("places"),
    "amount": _amount,
    "tier": _one_of("tier", Tier),
    "publishers": _between("publishers", _count),
    "age": _between("age", read_duration),
    "changed": _one_of("changed", CHANGES),
    "words": _words,
    "pattern": _pattern,
    "not": _not,
    "all": _all,
    "any": _either,
}
