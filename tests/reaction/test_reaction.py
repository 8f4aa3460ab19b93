"""Whether a measured move means anything: calm moments are rarely called one, planted jumps are found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from pipelines.prices.history import Series, Step
from pipelines.prices.reaction import (
    ENOUGH,
    HORIZONS,
    PEG_BAND,
    Move,
    Verdict,
    judge_moves,
    read_habit,
    threshold,
)
from tests.reaction.markets import DAY, KINDS, START, Placebo, interval, make_market, placebos, series_of

COINS, JUMP = 2, 4.0
"""BTC and ETH: the third default coin promises a dollar, and is measured by that."""
MINUTES, HOUR, A_DAY = HORIZONS


@cache
def calm(horizon: timedelta) -> Sequence[Placebo]:
    """1,000 moments without news, 200 of each kind of market."""
    return [each for each in _all() if each.horizon == horizon]


@cache
def _all() -> Sequence[Placebo]:
    return [each for kind in KINDS for each in placebos(kind, 200, seeds=4, coins=COINS, past=60)]


@pytest.mark.parametrize("horizon", HORIZONS, ids=str)
def test_calm_moments_are_called_a_move_at_most_one_time_in_twenty(horizon: timedelta) -> None:
    looked = calm(horizon)
    called = sum(each.largest() > threshold(COINS) for each in looked)
    low, high = interval(called, len(looked))
    print(f"{horizon}: {called} of {len(looked):,} placebos called a move, 95 % interval {low:.1%} to {high:.1%}")
    assert len(looked) == 1000
    assert called / len(looked) <= 0.05


@pytest.mark.parametrize("horizon", HORIZONS, ids=str)
def test_jumps_of_four_usual_moves_are_found(horizon: timedelta) -> None:
    looked = calm(horizon)
    found = sum(each.largest(JUMP, 1) > threshold(COINS) for each in looked)
    assert found / len(looked) >= 0.95
    assert sum(each.largest(JUMP, everywhere=True) > threshold(COINS) for each in looked) >= found


def test_what_is_usual_follows_the_hour_the_horizon_and_the_liveliness_of_late() -> None:
    market = make_market("hours of the week", 1, 100)
    habit = read_habit(series_of(market, 0, 90 * DAY, 90 * DAY))
    assert habit is not None
    midnight = START + timedelta(days=91)  # a Tuesday
    night, afternoon = (habit.over(midnight + timedelta(hours=hour), MINUTES) for hour in (3, 15))
    assert afternoon > 2 * night
    assert habit.over(midnight + timedelta(hours=3), HOUR) == pytest.approx(2 * night, rel=0.25)
    assert habit.over(midnight, A_DAY) == pytest.approx(0.002 * math.sqrt(96), rel=0.25)
    prices = market.prices.copy()
    prices[:, 88 * DAY :] = prices[:, [88 * DAY]] + 3 * (prices[:, 88 * DAY :] - prices[:, [88 * DAY]])
    livelier = read_habit(series_of(type(market)(prices, market.true), 0, 90 * DAY, 90 * DAY))
    assert livelier is not None
    assert livelier.over(midnight, MINUTES) > 2 * habit.over(midnight, MINUTES)


def test_too_little_or_a_price_that_never_moves_says_nothing_of_what_is_usual() -> None:
    market = make_market("random walk", 1, 60)
    assert read_habit(series_of(market, 0, 60 * DAY, ENOUGH)) is None
    whole = series_of(market, 0, 60 * DAY, ENOUGH + 1)
    assert read_habit(whole) is not None
    gaps = tuple(math.nan if at % 50 == 7 else close for at, close in enumerate(whole.closes))
    assert read_habit(Series("BTC", whole.step, whole.start, gaps)) is None, "a gap is no move of nothing"
    still = Series("BTC", Step.QUARTER.value, START, (5.0,) * 60 * DAY)
    assert read_habit(still) is None


def test_gaps_change_little() -> None:
    market = make_market("random walk", 3, 100)
    whole = series_of(market, 0, 100 * DAY, 100 * DAY)
    dropped = np.random.default_rng(1).random(len(whole.closes)) < 0.05
    gaps = tuple(math.nan if gap else close for gap, close in zip(dropped, whole.closes, strict=True))
    first, second = (read_habit(Series("BTC", whole.step, whole.start, closes)) for closes in (whole.closes, gaps))
    assert first is not None
    assert second is not None
    assert second.over(START, A_DAY) == pytest.approx(first.over(START, A_DAY), rel=0.1)


@pytest.mark.parametrize(
    ("moves", "verdicts"),
    [
        ((("BTC", 100, 102.2, 0.01),), "moved"),
        ((("BTC", 100, 97.8, 0.01),), "moved"),
        ((("BTC", 100, 102.2, 0.01), ("ETH", 10, 10, 0.01)), "none none"),
        ((("BTC", 100, 102.2, 0.01), ("ETH", 10, 11, None)), "moved unknown"),
        ((("BTC", 100, 102.2, 0.01), ("USDC", 1, 0.9990, 0.0001)), "moved none"),
        ((("USDC", 1.0001, 0.9931, None),), "moved"),
        ((("USDT", 0.90, 0.903, None),), "none"),
        ((("USDT", 0.90, 0.999, None),), "moved"),
        ((), ""),
    ],
)
def test_what_is_said_of_moves(moves: Sequence[tuple[str, float, float, float | None]], verdicts: str) -> None:
    assert judge_moves([Move(*move) for move in moves]) == tuple(map(Verdict, verdicts.split()))


def test_the_more_coins_are_shown_the_larger_a_move_must_be() -> None:
    limits = [threshold(coins) for coins in (0, 1, 2, 5, 30)]
    assert limits[0] == limits[1] == pytest.approx(2.12, abs=0.01)
    assert limits[1:] == sorted(limits[1:])
    assert limits[-1] < JUMP
    assert Move("USDC", 1, 1 - PEG_BAND / 2, None).pegged
    assert Move("BTC", 100, 110, None).times is None
