"""How far a story can go: the most publishers, the greatest age, the largest sum, the highest score. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rules.phrases import AUTHORITIES
from rules.ruleset import Factor, Points, RuleSet
from rules.story import Event, Stage, Tier
from rules.weights import UNKNOWN, UNSTATED, UNSTATED_FIRM, Table

MOST_PUBLISHERS = 20
"""Independent publishers that a story counts: those of the reports that it holds."""
MOST_HOURS = 24 * 548
"""Hours that a story lives: 18 months."""
LARGEST_SUM = 1e15
"""An amount beyond which no headline goes, in any unit."""


def highest_score(rules: RuleSet) -> float:
    """A score that no story can pass: every table at its best at once, and every rule that adds, up to 100."""
    weights = rules.weights
    trust = max([0.0, *(bonus for _, bonus in weights.publishers)])
    score = (
        100.0
        * _best(weights.event, Event)
        * max([_best(weights.stage, Stage), *weights.step.values()])
        * _best(weights.authority, (*AUTHORITIES, UNKNOWN))
        * max([_best(weights.size, (UNSTATED, UNSTATED_FIRM)), *(factor for _, factor in weights.money)])
        * min(1.0, _best(weights.tier, Tier) + trust)
    )
    added = 0.0
    for rule in rules.severity_rules:
        if isinstance(rule.effect, Factor):
            score *= max(1.0, rule.effect.factor)
        elif isinstance(rule.effect, Points):
            added += max(0.0, rule.effect.points)
    return min(100.0, score + added)


def _best(table: Table, names: Iterable[str]) -> float:
    """The greatest of these entries; one that the table lacks counts as 1."""
    return max(table.get(name, 1.0) for name in names)
