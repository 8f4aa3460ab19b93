"""Prices made to order: coins that move together, calm or in clusters, by the hour of the week, jumping or not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from pipelines.prices.history import Series, Step
from pipelines.prices.reaction import HORIZONS, Habit, read_habit

KINDS = ("random walk", "clusters", "hours of the week", "jumps", "all of it")
START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = 96
_CALM = 0.002
"""A usual move of 15 minutes: a fifth of a percent, as in a quiet market."""
_TOGETHER = 0.8
"""How far the coins follow a common market."""


@dataclass(frozen=True)
class Market:
    """Log prices of some coins at the ends of quarters of an hour, and how far they truly moved in each by design."""

    prices: Any
    true: Any


@dataclass(frozen=True)
class Placebo:
    """A moment at which nothing was announced: each coin's move over a horizon, its usual one, and the true one."""

    horizon: timedelta
    moves: tuple[float, ...]
    usual: tuple[float, ...]
    true: float

    def largest(self, planted: float = 0.0, coins: int | None = None, *, everywhere: bool = False) -> float:
        """The largest move in usual ones among the first ``coins``, with so many planted on the first or everywhere."""
        times = [move / usual for move, usual in zip(self.moves, self.usual, strict=True)][:coins]
        times = [each + planted if everywhere or not at else each for at, each in enumerate(times)]
        return max(map(abs, times))


def make_market(kind: str, seed: int, days: int, coins: int = 2) -> Market:
    """A market of this kind, the same for the same seed."""
    rng, steps = np.random.default_rng([seed, KINDS.index(kind)]), days * DAY
    deviation, whole = np.full(steps, _CALM), kind == "all of it"
    shocks = rng.standard_normal((coins + 1, steps))
    if kind == "clusters" or whole:
        shocks = rng.standard_t(5, (coins + 1, steps)) / np.sqrt(5 / 3)
        deviation = deviation * np.exp(_wave(rng, steps, DAY, 0.35) + _wave(rng, steps, 8, 0.2))
    if kind == "hours of the week" or whole:
        deviation = deviation * _week()[(np.arange(steps) // 4) % 168]
    moves = (np.sqrt(_TOGETHER) * shocks[0] + np.sqrt(1 - _TOGETHER) * shocks[1:]) * deviation
    if kind == "jumps" or whole:
        jumps = (rng.random(steps) < 1 / 400) * rng.choice([-1, 1], steps) * rng.uniform(3, 8, steps)
        moves = moves + jumps * deviation
    return Market(np.cumsum(moves, axis=1) + np.log(50_000), deviation)


def placebos(
    kind: str, count: int, *, days: int = 120, seeds: int = 20, coins: int = 2, past: int = 90
) -> Iterator[Placebo]:
    """So many moments of several markets of this kind, each looked at over every horizon with so many days of past."""
    each = count // seeds
    for seed in range(seeds):
        market, rng = make_market(kind, seed, days, coins), np.random.default_rng(seed)
        for number in range(each):
            at = (days - 2 - each + number) * DAY + int(rng.integers(DAY))
            yield from _looked_at(market, at, past * DAY)


def _looked_at(market: Market, at: int, past: int) -> Iterator[Placebo]:
    habits = [read_habit(series_of(market, coin, at, past)) for coin in range(len(market.prices))]
    news = START + at * Step.QUARTER.value
    for horizon in HORIZONS:
        steps = int(horizon / Step.QUARTER.value)
        moves = market.prices[:, at - 1 + steps] - market.prices[:, at - 1]
        usual = tuple(habit.over(news, horizon) for habit in habits if isinstance(habit, Habit))
        true = float(np.sqrt((market.true[at : at + steps] ** 2).sum()))
        yield Placebo(horizon, tuple(map(float, moves)), usual, true)


def series_of(market: Market, coin: int, until: int, past: int) -> Series:
    """So many closes of a coin before that step."""
    first = max(0, until - past)
    closes = tuple(np.exp(market.prices[coin, first:until]).tolist())
    return Series("BTC", Step.QUARTER.value, START + first * Step.QUARTER.value, closes)


def interval(hits: int, of: int) -> tuple[float, float]:
    """Between which shares the true one lies with 95 % (Wilson)."""
    z, share = 1.96, hits / of
    middle, half = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def _wave(rng: Any, steps: int, half_life: int, size: float) -> Any:
    """A liveliness that comes and goes: noise that forgets itself by half within so many steps."""
    keep, wave, last = 0.5 ** (1 / half_life), np.empty(steps), 0.0
    for at, shock in enumerate(rng.standard_normal(steps) * size * np.sqrt(1 - keep**2)):
        wave[at] = last = keep * last + shock
    return wave


def _week() -> Any:
    """How lively each hour of a week is: American afternoons most, nights and weekends least."""
    hours = np.arange(168)
    of_day = hours % 24
    lively = 1 + 0.5 * np.cos((of_day - 15) / 12 * np.pi) + 0.6 * np.exp(-(((of_day - 14.5) / 1.5) ** 2))
    lively = lively * np.where(hours // 24 >= 5, 0.6, 1.0)
    return lively / np.sqrt((lively**2).mean())
