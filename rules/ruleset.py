"""A rule and a set of rules, as frozen values. Their order never matters: a set keeps them by name. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from rules.conditions import Condition
from rules.errors import Place
from rules.story import Story, Tier
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
    """A headline that a rule must fire on (or stay quiet on), who says it, and where it stands.

    ``publishers`` independent ones say it, the first named ``source`` (a neutral one where empty) and of ``tier``;
    ``age`` is in hours.
    """

    headline: str
    fires: bool
    line: int
    column: int
    source: str = ""
    tier: Tier = Tier.TRADE
    publishers: int = 1
    age: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Keeps rules quiet: where ``when`` holds and not ``unless``, none of the rules that it names fires."""

    name: str
    suppresses: tuple[str, ...]
    when: Condition
    unless: Condition | None
    because: str
    status: Status
    translations: tuple[tuple[str, str], ...] = ()
    examples: tuple[Example, ...] = ()
    file: str = ""
    line: int = 0
    column: int = 1

    def matches(self, story: Story, now: datetime, /) -> bool:
        """Whether the filter holds for the story."""
        return self.when.matches(story, now) and not (self.unless and self.unless.matches(story, now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A named rule: when all of ``when`` and not ``unless``, then the effect, because of a sentence for the reader.

    ``translations`` are pairs of a language and the sentence in it; ``filters`` are those that may keep the rule quiet.
    """

    name: str
    when: Condition
    unless: Condition | None
    effect: Effect
    because: str
    status: Status
    translations: tuple[tuple[str, str], ...] = ()
    filters: tuple[Filter, ...] = ()
    examples: tuple[Example, ...] = ()
    file: str = ""
    line: int = 0
    column: int = 1

    def matches(self, story: Story, now: datetime, /) -> bool:
        """Whether the rule fires on the story."""
        return (
            self.when.matches(story, now)
            and not (self.unless and self.unless.matches(story, now))
            and not (self.filters and any(each.matches(story, now) for each in self.filters))
        )


@dataclass(frozen=True, slots=True, order=True)
class Disabled:
    """A rule that a folder made silent, and where; ``needless`` where it was silent without that."""

    place: Place
    rule: str
    needless: bool


class RuleSet:
    """Rules by name, the filters over them, the weights, and what was disabled (which the rules show already).

    ``hash`` is of the set as understood: what can change a verdict, and no more.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        weights: Weights,
        filters: Iterable[Filter] = (),
        disabled: Iterable[Disabled] = (),
    ) -> None:
        self.filters: tuple[Filter, ...] = tuple(sorted(filters, key=lambda each: each.name))
        self.rules: tuple[Rule, ...] = tuple(
            replace(rule, filters=self._over(rule)) for rule in sorted(rules, key=lambda rule: rule.name)
        )
        self.weights = weights
        self.disabled: tuple[Disabled, ...] = tuple(sorted(disabled))

    def _over(self, rule: Rule) -> tuple[Filter, ...]:
        return tuple(each for each in self.filters if each.status is Status.STABLE and rule.name in each.suppresses)

    @cached_property
    def label_rules(self) -> tuple[Rule, ...]:
        """The stable rules that set or limit the label."""
        return tuple(rule for rule in self._stable if isinstance(rule.effect, SetLabel | LimitLabel))

    @cached_property
    def severity_rules(self) -> tuple[Rule, ...]:
        """The stable rules that weigh the severity."""
        return tuple(rule for rule in self._stable if isinstance(rule.effect, Points | Factor))

    @property
    def examples(self) -> tuple[Example, ...]:
        """The examples of all rules and filters."""
        return tuple(example for each in self.asked for example in each.examples)

    @property
    def asked(self) -> tuple[Rule | Filter, ...]:
        """All rules, then all filters."""
        return (*self.rules, *self.filters)

    @property
    def _stable(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.status is Status.STABLE)

    @cached_property
    def hash(self) -> str:
        """Sixteen hexadecimal digits: equal for two sets that give every story the same verdict in the same words."""
        understood = [_plain(rule) for rule in self._stable], _plain(self.weights)
        return hashlib.sha256(json.dumps(understood, sort_keys=True).encode()).hexdigest()[:16]


_ORIGIN = ("examples", "file", "line", "column", "suppresses")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        named = {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.compare}
        return {"is": type(value).__name__} | {name: part for name, part in named.items() if name not in _ORIGIN}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
