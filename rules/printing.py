"""A rule set as YAML, as it was understood: lists written out, folders joined. Read back it is the same set. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from rules.asked import EVENT_GROUPS, QUESTIONS, SCALES, hours_of
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
)
from rules.ruleset import Effect, Example, Factor, Filter, LimitLabel, Points, Rule, RuleSet, SetLabel
from rules.story import Tier
from rules.verdict import Label
from rules.weighed import TABLES
from rules.weights import Weights

_WIDTH = 110
_PLAIN = re.compile(r"[^\W\d_][\w .'/%&-]*(?<! )\Z", re.ASCII)
_FIGURE = re.compile(r"\d+(\.\d+)?( (million|billion|trillion))?\Z", re.ASCII)
_LONGEST_FIGURE = 6
_NOT_TEXT = frozenset("y n yes no on off true false null nan inf".split())

Value = str | float | bool | Sequence["Value"] | Mapping[str, "Value"]


def print_rules(rules: RuleSet) -> str:
    """The whole set as one file."""
    parts = [
        "rules:\n" + "\n".join(map(print_rule, rules.rules)) if rules.rules else "",
        "filters:\n" + "\n".join(map(print_rule, rules.filters)) if rules.filters else "",
        print_weights(rules.weights),
    ]
    return "\n".join(filter(None, parts))


def print_rule(rule: Rule | Filter) -> str:
    """One rule or filter as an item of a list."""
    fields: dict[str, Value] = {"name": rule.name}
    if isinstance(rule, Filter):
        fields["suppresses"] = list(rule.suppresses)
    fields["when"] = _asked(rule.when)
    if rule.unless is not None:
        fields["unless"] = _asked(rule.unless)
    if isinstance(rule, Rule):
        fields["then"] = _effect(rule.effect)
    fields["because"] = {"en": rule.because, **dict(rule.translations)} if rule.translations else rule.because
    fields["status"] = rule.status.value
    if rule.examples:
        fields["examples"] = _examples(rule.examples)
    first, *rest = _lines(fields, 4)
    return "\n".join([f"  - {first.lstrip()}", *rest]) + "\n"


def print_weights(weights: Weights) -> str:
    """The tables that hold anything, "" where none does."""
    tables: dict[str, Value] = {}
    for name, (attribute, _, _) in TABLES.items():
        table = getattr(weights, attribute)
        if table:
            tables[name] = {entry: _hours(figure) if name == "half-life" else figure for entry, figure in table.items()}
    for name in ("publishers", "money"):
        if steps := getattr(weights, name):
            tables[name] = {str(_sum(bound)): figure for bound, figure in steps}
    return "\n".join(["weights:", *_lines(tables, 2)]) + "\n" if tables else ""


def _asked(condition: Condition) -> dict[str, Value]:
    """The condition as a mapping that is read as just this condition."""
    if not isinstance(condition, All):
        return dict([_question(condition)])
    asked = [_question(part) for part in condition.conditions]
    order = tuple(QUESTIONS)
    places = [order.index(name) for name, _ in asked]
    # A mapping is read in the order of the questions, each once; what stands otherwise keeps its order in a list.
    if all(first < second for first, second in pairwise(places)):
        return dict(asked)
    return {"all": [_asked(part) for part in condition.conditions]}


def _question(condition: Condition) -> tuple[str, Value]:  # noqa: C901, PLR0911, PLR0912 (one line for each kind)
    match condition:
        case OneOf():
            return condition.field, _short(_grouped(condition))
        case Has():
            return condition.field, _short(condition.words)
        case Is():
            return condition.field, condition.value
        case Between():
            number = _hours if condition.field == "age" else _same
            return condition.field, _bounds(condition.at_least, condition.at_most, number)
        case StageAtLeast():
            return "stage", {"at least": condition.stage.value}
        case About():
            topics = [topic.value for topic in condition.topics]
            if not condition.every and not condition.at_least:
                return "topics", _short(topics)
            strength: dict[str, Value] = {"at least": condition.at_least} if condition.at_least else {}
            return "topics", {"all" if condition.every else "any": topics, **strength}
        case Amount():
            return "amount", {"unit": condition.unit, **_bounds(condition.at_least, condition.at_most, _sum)}
        case Words():
            return "words", _short(condition.phrases)
        case Pattern():
            return "pattern", condition.expression
        case Either():
            return "any", [_asked(part) for part in condition.conditions]
        case Not():
            return "not", _asked(condition.condition)
        case All():
            return "all", [_asked(part) for part in condition.conditions]
        case _:
            raise TypeError(f"no question asks {condition!r}")


def _grouped(condition: OneOf) -> list[str]:
    """The words, a whole group of events by its name."""
    words = list(condition.words)
    for name, group in EVENT_GROUPS.items() if condition.field == "event" else ():
        if set(group) <= set(words):
            words = [name, *(word for word in words if word not in group)]
    return words


def _bounds(low: float | None, high: float | None, shown: Callable[[float], Value]) -> dict[str, Value]:
    pairs = (("at least", low), ("at most", high))
    return {name: shown(value) for name, value in pairs if value is not None}


def _same(value: float) -> float:
    return value


def _short(words: Sequence[str]) -> Value:
    return words[0] if len(words) == 1 else list(words)


def _effect(effect: Effect) -> Value:
    match effect:
        case SetLabel():
            return effect.label.value
        case LimitLabel():
            return "noise" if effect.label is Label.NOISE else {"at most": effect.label.value}
        case Points():
            return {"points": effect.points}
        case Factor():
            return {"factor": effect.factor}


def _examples(examples: Iterable[Example]) -> dict[str, Value]:
    kinds: dict[str, list[Value]] = {}
    for example in examples:
        kinds.setdefault("must fire" if example.fires else "must stay quiet", []).append(_example(example))
    return dict(kinds)


def _example(example: Example) -> Value:
    more: dict[str, Value] = {}
    if example.source:
        more["source"] = example.source
    if example.tier is not Tier.TRADE:
        more["tier"] = example.tier.value
    if example.publishers != 1:
        more["publishers"] = example.publishers
    if example.age:
        more["age"] = _hours(example.age)
    return {"headline": example.headline, **more} if more else example.headline


class _Raw(str):
    """Written as it is, without quotes: a duration, which the reader takes plain or quoted."""

    __slots__ = ()


def _hours(value: float) -> _Raw:
    """In hours, or in minutes where only those come out even."""
    minutes = f"{round(value * 60)} min"
    return _Raw(minutes if value % 1 and value % 0.5 and hours_of(minutes) == value else f"{_number(value)} h")


def _sum(value: float) -> _Raw:
    """As an analyst writes it, like 2 billion, where that is the very same number."""
    for word, scale in reversed(SCALES.items()):
        figure = _number(value / scale)
        if value >= 1e6 and value >= scale and len(figure) <= _LONGEST_FIGURE and float(figure) * scale == value:
            return _Raw(f"{figure} {word}")
    return _Raw(_number(value))


def _number(value: float) -> str:
    """A plain decimal number, never with an exponent."""
    text = format(Decimal(repr(float(value))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _lines(fields: Mapping[str, Value], indent: int) -> list[str]:
    """The fields, each on a line where it fits, else opened up."""
    pad, lines = " " * indent, list[str]()
    for name, value in fields.items():
        head = f"{pad}{_key(name)}:"
        inline = f"{head} {_flow(value)}"
        if not isinstance(value, Mapping | list) or (
            len(inline) <= _WIDTH and name not in ("when", "examples", "must fire", "must stay quiet")
        ):
            lines.append(inline)
        elif isinstance(value, Mapping):
            lines += [head, *_lines(value, indent + 2)]
        else:
            lines += [head, *(f"{pad}  - {_flow(item)}" for item in value)]
    return lines


def _flow(value: Value) -> str:
    """The value on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number(value)
        case _Raw():
            return str(value)
        case str():
            return _text(value)
        case Mapping():
            return "{" + ", ".join(f"{_key(name)}: {_flow(part)}" for name, part in value.items()) + "}"
    return "[" + ", ".join(_flow(part) for part in value) + "]"


def _key(name: str) -> str:
    """A name in front of a colon, where a number stands as it is."""
    return name if _FIGURE.match(name) else _text(name)


def _text(text: str) -> str:
    if _PLAIN.match(text) and text.lower() not in _NOT_TEXT:
        return text
    escaped = "".join(_escape(char) for char in text)
    return f'"{escaped}"'


def _escape(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
