"""Turns evidence into the probability that a reader would call a headline structural: one logistic over named facts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any


def probability(evidence: Iterable[str], weights: Mapping[str, Any]) -> float:
    """The logistic of the summed weights, rounded to two digits; unknown names weigh nothing."""
    table: Mapping[str, float] = weights["evidence"]
    total = float(weights["bias"]) + sum(table.get(name, 0.0) for name in set(evidence))
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))), 3)


def is_structural(chance: float, weights: Mapping[str, Any]) -> bool:
    """Whether a probability lies at or above the cut that gives the best F1."""
    return chance >= float(weights["cut"])
