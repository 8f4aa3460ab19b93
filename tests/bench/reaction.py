"""Whether a measured move means anything: ``make bench ARGS=reaction``. Markets made to order, without any news.

A placebo is a moment at which nothing happened; it is called where any of the coins shown is said to have moved. A
planted jump adds four usual moves to one coin, which has to be the one that is told, or to all of them, of which one
has to be told. "true": four of the deviation by which the market was made, which nobody knows when the price moves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pipelines.prices.reaction import HORIZONS, read_habit, threshold
from tests.reaction.markets import KINDS, Placebo, interval, make_market, placebos, series_of

PLACEBOS = 1000
JUMP = 4.0


def main(words: Sequence[str]) -> None:
    """Print the table; a word is another number of placebos."""
    count = int(words[0]) if words else PLACEBOS
    limits = ", ".join(f"{threshold(coins):.2f} for {coins}" for coins in (1, 2, 3, 5))
    print(f"a move is told from so many usual moves on, by the number of coins shown: {limits}")
    for coins, past in ((1, 90), (2, 90), (5, 90), (2, 43)):
        print(f"\n{coins} coins, {past} days of history, {count:,} placebos each")
        print(f"{'market':20}{'after':>8}{'called':>9}{'95 % interval':>17}{'one':>9}{'all':>9}{'true':>9}")
        whole = list[Placebo]()
        for kind in KINDS:
            made = list(placebos(kind, count, coins=coins, past=past))
            whole += made
            for horizon in HORIZONS:
                looked = [each for each in made if each.horizon == horizon]
                _row(kind, f"{horizon.total_seconds() / 60:.0f} min", looked, coins)
        _row("all", "all", whole, coins)
    _cost()


def _row(kind: str, after: str, looked: Sequence[Placebo], coins: int) -> None:
    limit = threshold(coins)

    def share(size: Callable[[Placebo], float]) -> float:
        return sum(size(each) > limit for each in looked) / len(looked)

    called = sum(each.largest() > limit for each in looked)
    low, high = interval(called, len(looked))
    found = share(lambda each: each.largest(JUMP, 1))
    true = share(lambda each: each.largest(JUMP * each.true / each.usual[0], 1))
    everywhere = share(lambda each: each.largest(JUMP, everywhere=True))
    between = f"{low:.1%} to {high:.1%}"
    print(
        f"{kind:20}{after:>8}{called / len(looked):>9.1%}{between:>17}{found:>9.1%}{everywhere:>9.1%}{true:>9.1%}",
        flush=True,
    )


def _cost() -> None:
    market = make_market(KINDS[-1], 0, 190)
    series = series_of(market, 0, 182 * 96, 182 * 96)
    begun = time.perf_counter()
    for _ in range(50):
        read_habit(series)
    print(f"\nwhat is usual, from 182 days: {(time.perf_counter() - begun) * 20:.1f} ms a coin")
