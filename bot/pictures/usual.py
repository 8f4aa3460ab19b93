"""Between which prices a coin usually stays for a while after news. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.prices.history import Step
from pipelines.prices.reaction import PEG_BAND, STABLE, Habit

_PLACES = 32


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual after news at a moment, when the coin cost so much: ``times`` usual moves to each side.

    A stable coin is measured by its promise instead, whatever its ``habit``.
    """

    symbol: str
    habit: Habit | None
    news: datetime
    price: float
    times: float

    @property
    def known(self) -> bool:
        """Whether enough is known of its past."""
        return self.habit is not None or self.symbol in STABLE

    def at(self, moment: datetime) -> tuple[float, float]:
        """The lowest and highest usual price then."""
        after = max(timedelta(), moment - self.news)
        if self.symbol in STABLE:
            return self.price - PEG_BAND, self.price + PEG_BAND
        assert self.habit is not None
        quarters = max(1, -(-after // Step.QUARTER.value))
        # Within a quarter of an hour nothing is measured; chance adds up with the square root of time.
        part = math.sqrt(after / (quarters * Step.QUARTER.value))
        wide = math.exp(self.times * part * self.habit.over(self.news, quarters * Step.QUARTER.value))
        return self.price / wide, self.price * wide

    def band(self, until: datetime) -> tuple[tuple[datetime, float, float], ...]:
        """Moments from the news on, closest together where the band is bent most, with the prices of each."""
        if not self.known:
            return ()
        ends = [self.news + (until - self.news) * (number / _PLACES) ** 2 for number in range(_PLACES + 1)]
        return tuple((end, *self.at(end)) for end in ends)
