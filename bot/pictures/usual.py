"""Between which prices a coin usually stays for a while after a moment. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bot.pictures.curve import Point

WIDTH = 2.0
"""So many usual moves to each side are the usual band; a coin left alone leaves it about one time in twenty."""
HISTORY, _ENOUGH = timedelta(days=7), 96
_STEP = timedelta(minutes=15)
_PLACES = 24


def usual_band(
    points: Sequence[Point], at: datetime, price: float, until: datetime
) -> tuple[tuple[datetime, float, float], ...]:
    """The band from a moment and its price on: moments with the lowest and highest usual price; none without history.

    The usual move over a quarter of an hour is the standard deviation of those of the week before; over a longer time
    it grows with the square root, as chance adds up. ``points`` are a quarter of an hour apart, older ones included.
    """
    before = [point for point in points if at - HISTORY <= point.at <= at]
    moves = [math.log(b.price / a.price) for a, b in pairwise(before) if b.at - a.at <= _STEP]
    if len(moves) < _ENOUGH:
        return ()
    usual = math.sqrt(sum(move * move for move in moves) / len(moves))
    length = until - at
    # Close together where the band is bent most.
    ends = [at + length * (number / _PLACES) ** 2 for number in range(_PLACES + 1)]
    spread = [math.exp(WIDTH * usual * math.sqrt((end - at) / _STEP)) for end in ends]
    return tuple((end, price / wide, price * wide) for end, wide in zip(ends, spread, strict=True))
