"""What prices did after a story, as it is kept: when the news came out, and each coin's move over each horizon."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import ReactionDue, encode
from pipelines.prices.history import Step, read_series
from pipelines.prices.reaction import HORIZONS, LOOKBACK, Habit, Move, read_habit
from pipelines.stage import Command
from pipelines.streams import postpone

KEPT: Final = timedelta(days=400)
"""As long as judged stories."""
PATIENCE: Final = timedelta(minutes=5)
"""A price may be so old at the moment for which it stands."""
LATE: Final = timedelta(hours=1)
"""News that is older when its alert goes out has long been in the price: then the alert is the moment that counts."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What prices did after a story, as far as is known yet.

    ``news`` is the moment from which horizons count: the publication, or ``alert``, when chats were told, where the
    publication lies long before that. ``moves`` has those of each horizon that has passed, by symbol.
    """

    news: datetime
    alert: datetime
    moves: Mapping[timedelta, Mapping[str, Move]] = field(default_factory=dict)

    def knows(self, coins: Sequence[str]) -> bool:
        """Whether there is anything to tell of these coins."""
        return any(coin in known for known in self.moves.values() for coin in coins)

    def of(self, horizon: timedelta, coins: Sequence[str]) -> tuple[Move, ...]:
        """The moves of these coins over a horizon, in their order; those that are not known are left out."""
        known = self.moves.get(horizon, {})
        return tuple(known[coin] for coin in dict.fromkeys(coins) if coin in known)


def news_at(published: datetime, alert: datetime) -> datetime:
    """The moment from which horizons count: the publication, or the alert where that lies long before it."""
    return published if timedelta() <= alert - published <= LATE else alert


def begin_reaction(story: str, published: datetime, now: datetime) -> tuple[Command, ...]:
    """The writes by which the clock looks at prices after a story that chats are told of for the first time."""
    news = news_at(published, now)
    key = keys.reaction(story)
    looks = (
        command
        for horizon in HORIZONS
        for command in postpone(
            keys.REACTIONS,
            f"reaction:{story}:{minutes_of(horizon)}",
            encode(ReactionDue(story, minutes_of(horizon))),
            max(news + horizon, now).timestamp(),
        )
    )
    return (
        ("HSET", key, "news", news.timestamp(), "alert", now.timestamp()),
        ("EXPIRE", key, int(KEPT.total_seconds())),
        *looks,
    )


async def read_reaction(store: Redis, story: str) -> Reaction | None:
    """What is known of prices after the story; None where nobody was told of it, or it is no longer kept."""
    (found,) = await read_reactions(store, [story])
    return found


async def read_reactions(store: Redis, stories: Sequence[str]) -> list[Reaction | None]:
    """The same for several stories, in one round trip."""
    async with store.pipeline(transaction=False) as pipe:
        for story in stories:
            pipe.hgetall(keys.reaction(story))
        return [_reaction(found) for found in await pipe.execute()]


def write_moves(story: str, horizon: timedelta, moves: Sequence[Move]) -> tuple[Command, ...]:
    """The writes that keep the moves over a horizon."""
    if not moves:
        return ()
    words = [
        word
        for move in moves
        for word in (
            f"{minutes_of(horizon)}:{move.symbol}",
            f"{move.before:.8g} {move.after:.8g} {'-' if move.usual is None else f'{move.usual:.4g}'}",
        )
    ]
    return (("HSET", keys.reaction(story), *words),)


async def measure(store: Redis, news: datetime, horizon: timedelta) -> tuple[Move, ...]:
    """The move of every coin whose price was kept then and there; coins without one are left out."""
    client: Any = store
    moves = list[Move]()
    for symbol in sorted(name.decode() for name in await client.hkeys(keys.QUOTES)):
        before, after = await price_at(store, symbol, news), await price_at(store, symbol, news + horizon)
        if before is not None and after is not None:
            habit = await read_usual(store, symbol, news)
            moves.append(Move(symbol, before, after, habit.over(news, horizon) if habit else None))
    return tuple(moves)


async def price_at(store: Redis, symbol: str, moment: datetime) -> float | None:
    """What the coin cost at a moment of the last days; None where its price of then is not known."""
    series = await read_series(store, symbol, Step.MINUTE, moment - PATIENCE - Step.MINUTE.value, moment)
    return series.before(moment, PATIENCE)


async def read_usual(store: Redis, symbol: str, news: datetime) -> Habit | None:
    """What was usual for the coin before the news; None where too little is known."""
    until = Step.QUARTER.begin(Step.QUARTER.index(news))
    return read_habit(await read_series(store, symbol, Step.QUARTER, until - LOOKBACK, until))


def minutes_of(horizon: timedelta) -> int:
    """The horizon in minutes, as keys and events have it."""
    return int(horizon / timedelta(minutes=1))


def _reaction(found: Mapping[bytes, bytes]) -> Reaction | None:
    """What was kept, or None where it is not of this form."""
    moves = dict[timedelta, dict[str, Move]]()
    try:
        words = {name.decode(): value.decode() for name, value in found.items()}
        news, alert = (datetime.fromtimestamp(float(words.pop(name)), UTC) for name in ("news", "alert"))
        for name, value in words.items():
            minutes, _, symbol = name.partition(":")
            before, after, usual = value.split(" ")
            move = Move(symbol, float(before), float(after), None if usual == "-" else float(usual))
            if move.before > 0 and move.after > 0 and math.isfinite(move.before) and math.isfinite(move.after):
                moves.setdefault(timedelta(minutes=int(minutes)), {})[symbol] = move
    except (KeyError, ValueError):
        return None
    return Reaction(news, alert, moves)
