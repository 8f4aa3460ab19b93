"""A rule and a set of rules, as frozen values. Their order never matters: a set keeps them by name. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from rules.conditions import Condition
from rules.story import Story
from rules.verdict import Label
from rules.weights import Weights


class Status(StrEnum):
    """How far a rule is trusted; only a stable one speaks."""

    EXPERIMENTAL = "experimental"
    TEST = "test"
    STABLE = "stable"


@dataclass(frozen=True, slots=True)
class SetLabel:
    """The story is at least this: structural or watch."""

    label: Label

    def __str__(self) -> str:
        return self.label.value


@dataclass(frozen=True, slots=True)
class LimitLabel:
    """The story is at most this: watch or noise."""

    label: Label

    def __str__(self) -> str:
        return "noise" if self.label is Label.NOISE else f"at most {self.label.value}"


@dataclass(frozen=True, slots=True)
class Points:
    """So many points on the score, after all factors."""

    points: float

    def __str__(self) -> str:
        return f"{'+' if self.points >= 0 else '-'} {abs(self.points):g}"


@dataclass(frozen=True, slots=True)
class Factor:
    """The score times this."""

    factor: float

    def __str__(self) -> str:
        return f"x {self.factor:g}"


Effect = SetLabel | LimitLabel | Points | Factor
"""What a rule does: a label effect or a severity effect, never both."""


@dataclass(frozen=True, slots=True)
class Example:
    """A headline that a rule must fire on (or stay quiet on), and where it stands."""

    headline: str
    fires: bool
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A named rule: when all of ``when`` and not ``unless``, then the effect, because of a sentence for the reader."""

    name: str
    when: Condition
    unless: Condition | None
    effect: Effect
    because: str
    status: Status
    examples: tuple[Example, ...] = ()
    file: str = ""
    line: int = 0

    def matches(self, story: Story, now: datetime, /) -> bool:
        """Whether the rule fires on the story."""
        return self.when.matches(story, now) and not (self.unless and self.unless.matches(story, now))


class RuleSet:
    """Rules by name and the weights. ``hash`` is of the set as understood: what can change a verdict, and no more."""

    def __init__(self, rules: Iterable[Rule], weights: Weights) -> None:
        self.rules: tuple[Rule, ...] = tuple(sorted(rules, key=lambda rule: rule.name))
        self.weights = weights

    @cached_property
    def label_rules(self) -> tuple[Rule, ...]:
        """The stable rules that set or limit the label."""
        return tuple(rule for rule in self._stable if isinstance(rule.effect, SetLabel | LimitLabel))

    @cached_property
    def severity_rules(self) -> tuple[Rule, ...]:
        """The stable rules that weigh the severity."""
        return tuple(rule for rule in self._stable if isinstance(rule.effect, Points | Factor))

    @property
    def _stable(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.status is Status.STABLE)

    @cached_property
    def hash(self) -> str:
        """Sixteen hexadecimal digits: equal for two sets that give every story the same verdict in the same words."""
        understood = [_plain(rule) for rule in self._stable], _plain(self.weights)
        return hashlib.sha256(json.dumps(understood, sort_keys=True).encode()).hexdigest()[:16]

    def over(self, base: RuleSet) -> RuleSet:
        """These rules laid over ``base``: a rule of the same name takes its place, a weight of the same name too."""
        rules = {rule.name: rule for rule in (*base.rules, *self.rules)}
        return RuleSet(rules.values(), self.weights.over(base.weights))


_ORIGIN = ("examples", "file", "line")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        named = {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.compare}
        return {"is": type(value).__name__} | {name: part for name, part in named.items() if name not in _ORIGIN}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
