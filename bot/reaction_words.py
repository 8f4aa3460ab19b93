"""What prices did after a story, in words: two lines in its messages, with what is usual beside what happened. Pure.

Nothing here says that the news moved a price, or that one will move: only whether it moved more than usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from babel.numbers import format_decimal

from bot.languages.translator import ENGLISH, Translator
from bot.markup import Line, line
from bot.words import change_words
from pipelines.prices.measured import Reaction
from pipelines.prices.reaction import STABLE, Move, Verdict, judge_moves

MOST_COINS = 4
"""Coins named in a line, those that moved first: more would break it on a phone."""
MOST_LINES = 2


def reaction_lines(reaction: Reaction | None, coins: Sequence[str], tr: Translator = ENGLISH) -> list[Line]:
    """What these coins did, for a message: the newest horizon, and before it the last other one with a real move."""
    told = list[Line]()
    for horizon in sorted(reaction.moves, reverse=True) if reaction else ():
        moves = reaction.of(horizon, coins) if reaction else ()
        if moves and (not told or Verdict.MOVED in judge_moves(moves)):
            told.append(line(horizon_words(horizon, moves, tr)))
    return told[:MOST_LINES][::-1]


def horizon_words(horizon: timedelta, moves: Sequence[Move], tr: Translator = ENGLISH) -> str:
    """One horizon in a sentence: "After 1 h: BTC +0.4%, no measurable reaction"."""
    after, verdicts = span_words(horizon, tr), judge_moves(moves)
    judged = sorted(zip(moves, verdicts, strict=True), key=lambda each: each[1] is not Verdict.MOVED)
    # A dollar that stayed a dollar says nothing, unless it is all there is.
    judged = [each for each in judged if each[0].symbol not in STABLE or each[1] is Verdict.MOVED] or judged
    judged = judged[:MOST_COINS]
    if all(verdict is Verdict.NONE for _, verdict in judged):
        coins = tr.joined(_bare(move, tr) for move, _ in judged)
        return tr("After {time}: {coins}, no measurable reaction", time=after, coins=coins)
    if all(verdict is Verdict.UNKNOWN for _, verdict in judged):
        coins = tr.joined(_bare(move, tr) for move, _ in judged)
        return tr("After {time}: {coins}, not enough history yet", time=after, coins=coins)
    coins = tr.joined(
        tr("{coin} ({judged})", coin=_bare(move, tr), judged=verdict_words(move, verdict, tr))
        for move, verdict in judged
    )
    return tr("After {time}: {coins}", time=after, coins=coins)


def verdict_words(move: Move, verdict: Verdict, tr: Translator = ENGLISH) -> str:
    """What is to be thought of a move: how many usual ones it is, or that it is none, or that nobody can say."""
    if verdict is Verdict.NONE:
        return tr("no measurable reaction")
    if verdict is Verdict.UNKNOWN:
        return tr("not enough history yet")
    if move.times is None:
        return tr("back at a dollar") if move.pegged else tr("off its dollar")
    return tr("{number} times its usual move", number=times_words(move, tr))


def times_words(move: Move, tr: Translator = ENGLISH) -> str:
    """How many usual moves it is, whichever way; more than a hundred are a hundred."""
    return format_decimal(min(abs(move.times or 0.0), 100.0), format="0.0", locale=tr.locale)


def span_words(horizon: timedelta, tr: Translator = ENGLISH) -> str:
    """A horizon: "15 min", "1 h", "24 h"."""
    minutes = int(horizon / timedelta(minutes=1))
    return tr("{number} h", number=minutes // 60) if minutes >= 60 else tr("{number} min", number=minutes)


def _bare(move: Move, tr: Translator) -> str:
    return f"{move.symbol} {change_words(move.change, tr)}"
