"""Made-up prices that look like real ones: quiet and wild times come in clusters, and nights are calmer. Seeded."""

from __future__ import annotations

import math
import random
from datetime import datetime

from pipelines.prices.history import Series, Step

_HOUR = 3600
_AN_HOUR, _STAYS, _NEWS = 0.0035, 0.965, 0.16
"""The usual move of an hour, how much of a time's wildness lasts into the next hour, and how much a move adds to it."""


def walk(
    symbol: str, step: Step, since: datetime, until: datetime, *, price: float = 91_480.0, seed: int = 7
) -> Series:
    """Closes up to ``until``, the last of which is ``price``."""
    chance, seconds = random.Random(f"{symbol} {seed}"), step.value.total_seconds()
    count, wild, logs = (until - since) // step.value, 1.0, [0.0]
    share = seconds / _HOUR
    for number in range(count - 1):
        hour = (since + number * step.value).hour
        calm = 0.75 + 0.45 * math.sin((hour - 8) / 24 * 2 * math.pi) ** 2
        move = chance.gauss(0, 1)
        wild = max(0.25, 1 + (wild - 1) * _STAYS**share + _NEWS * (move * move - 1) * share**0.5)
        logs.append(logs[-1] + _AN_HOUR * math.sqrt(share) * calm * math.sqrt(wild) * move)
    return Series(
        symbol, step.value, step.begin(step.index(since)), tuple(price * math.exp(x - logs[-1]) for x in logs)
    )
