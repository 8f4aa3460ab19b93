"""Whether a coin moved after the news, measured in its own usual moves. Pure.

What is usual is worked out for the hour of the week, from closes 15 minutes apart before the news: how far they lie
apart then, scaled by how lively the coin has been of late and, for longer horizons, by the square root of time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from pipelines.prices.history import Series, Step
from pipelines.prices.quote import PEG_BAND as OFF_PEG
from pipelines.prices.quote import PEGGED

HORIZONS: Final = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=24))
"""How long after the news it is looked at."""
LOOKBACK: Final = timedelta(days=182)
"""How much of the past says what is usual: about a hundred closes of each hour of the week."""
POOLED: Final = 30
"""An hour of the week with fewer moves than this borrows those of the hours around it until it has so many."""
ENOUGH: Final = 42 * 96
"""With fewer moves than six weeks have, nothing is said of what is usual: from fewer, calm moments pass for moves too
often where a market has lively and quiet weeks."""
STABLE: Final = frozenset(PEGGED)
"""Coins that promise a dollar: their noise is no measure of anything, so they are measured by that promise."""
PEG_BAND: Final = float(OFF_PEG) / 100
"""How far in dollars such a coin moves before that is told."""
_HOURS: Final = 7 * 24
_QUARTERS_AN_HOUR: Final = 4
_LONGEST: Final = 6.0
"""A single move counts in liveliness as at most so many usual ones, else one jump would hide the next."""
_LIVELY: Final = ((8, 0.45), (64, 0.35))
_LIVELY_DAY: Final = ((12, 0.2), (64, 0.4))
"""Liveliness as a mean of means: half-lives in quarters of an hour, and what each counts. The rest is the long run, to
which it returns, within a day more than within an hour."""
_FALSE: Final = 0.034
"""The share of calm moments beyond the threshold, were moves normal and what is usual known exactly."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Verdict(StrEnum):
    """What can be said of a move: measurable, no measurable reaction, or not enough history to say."""

    MOVED = "moved"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Move:
    """A coin's price in US dollars at the news and one horizon later.

    ``usual`` is its usual move for that horizon at that hour, of the logarithm of the price; None where too little is
    known of its past.
    """

    symbol: str
    before: float
    after: float
    usual: float | None

    @property
    def change(self) -> Decimal:
        """The change in percent."""
        return Decimal(repr((self.after / self.before - 1) * 100))

    @property
    def times(self) -> float | None:
        """The move in usual moves, below zero for a fall; None for a stable coin, or where that is not known."""
        if self.usual is None or self.symbol in STABLE:
            return None
        return math.log(self.after / self.before) / self.usual

    @property
    def pegged(self) -> bool:
        """Whether a stable coin costs a dollar after it."""
        return abs(self.after - 1) <= PEG_BAND


@dataclass(frozen=True, slots=True)
class Habit:
    """How far a coin usually moves: the variance of 15 minutes for each hour of the week, and how lively it has been.

    ``lively`` is 1 where it has moved of late as it does at such hours; the second is for horizons of a day.
    """

    variances: Floats
    lively: tuple[float, float]

    def over(self, news: datetime, horizon: timedelta) -> float:
        """The usual move of the logarithm of the price within the horizon after the news.

        Where all hours are alike this is the deviation of 15 minutes times the square root of how often they pass.
        """
        first, count = Step.QUARTER.index(news), max(1, round(horizon / Step.QUARTER.value))
        hours = (np.arange(first, first + count) // _QUARTERS_AN_HOUR) % _HOURS
        lively = self.lively[horizon >= timedelta(hours=12)]
        return float(np.sqrt(self.variances[hours].sum()) * lively)


def threshold(coins: int) -> float:
    """From how many usual moves on one of so many coins is said to have moved.

    Chosen so that of calm moments at most 5 % are told as a move of any of the coins: 2.1 for one coin, which leaves
    room for what is usual being an estimate; for more of them the share of false ones is divided by the power 0.7 of
    their number, for coins move together. ``make bench ARGS=reaction`` prints what that comes to.
    """
    return NormalDist().inv_cdf(1 - _FALSE / max(1, coins) ** 0.7 / 2)


def judge_moves(moves: Sequence[Move]) -> tuple[Verdict, ...]:
    """What can be said of each of the moves that are shown together: the more there are, the larger one must be."""
    limit = threshold(sum(move.times is not None for move in moves))
    return tuple(_verdict(move, limit) for move in moves)


def read_habit(series: Series) -> Habit | None:
    """What is usual for a coin by its closes of each quarter of an hour, the last right before the news.

    None where they are too few, or always the same. Gaps are left out.
    """
    returns = np.diff(np.log(np.asarray(series.closes, dtype=np.float64)))
    known = np.isfinite(returns)
    if np.count_nonzero(known) < ENOUGH:
        return None
    first = Step.QUARTER.index(series.start) + 1
    hours = (np.arange(first, first + len(returns)) // _QUARTERS_AN_HOUR) % _HOURS
    squares = np.where(known, returns, 0.0) ** 2
    sums, counts = (np.bincount(hours, of, _HOURS).astype(np.float64) for of in (squares, known))
    pooled = _pooled(sums, counts)
    # An hour's own moves are few, and neighbours are alike: half is theirs.
    variances = pooled / 2 + (np.roll(pooled, 1) + np.roll(pooled, -1)) / 4
    if not variances.mean() > 0:
        return None
    variances = np.maximum(variances, variances.mean() / 1000)
    # Sizes rather than squares: a mean of squares would be that of the few largest.
    compared = np.minimum(np.sqrt(squares / variances[hours]), _LONGEST)
    compared /= compared[known].mean()
    return Habit(variances, (_liveliness(compared, known, _LIVELY), _liveliness(compared, known, _LIVELY_DAY)))


def _verdict(move: Move, limit: float) -> Verdict:
    if move.symbol in STABLE:
        return Verdict.MOVED if abs(move.after - move.before) > PEG_BAND else Verdict.NONE
    if move.times is None:
        return Verdict.UNKNOWN
    return Verdict.MOVED if abs(move.times) > limit else Verdict.NONE


def _pooled(sums: Floats, counts: Floats) -> Floats:
    """The mean square of each hour, with those of the hours around it as far as it takes to have enough."""
    total, count, widened = sums.copy(), counts.copy(), 0
    pooled = np.where(count >= POOLED, total / np.maximum(count, 1), np.nan)
    while np.isnan(pooled).any() and widened < _HOURS // 2:
        widened += 1
        total += np.roll(sums, widened) + np.roll(sums, -widened)
        count += np.roll(counts, widened) + np.roll(counts, -widened)
        ready = np.isnan(pooled) & (count >= POOLED)
        pooled[ready] = total[ready] / count[ready]
    return pooled


def _liveliness(compared: Floats, known: Any, means: Sequence[tuple[int, float]]) -> float:
    """How far the coin has moved of late against its usual, weighing the newest most; 1 where too little is known."""
    lively, rest = 0.0, 1.0
    for half_life, share in means:
        newest, there = compared[-8 * half_life :], known[-8 * half_life :]
        weights = 0.5 ** (np.arange(len(newest))[::-1] / half_life) * there
        if weights.sum() >= half_life / 2:
            lively += share * float((weights * newest).sum() / weights.sum())
            rest -= share
    return lively + rest
