"""A week in the first digest of each: which kinds of structural change came, and what moved after them. Pure.

Counts of what was, never a forecast: after how many of a kind a coin moved measurably within an hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chats import Chat
from bot.judgement_words import event_words
from bot.languages.translator import ENGLISH, Translator
from bot.markup import Line, bold, line
from bot.quiet import here
from bot.text import capital
from pipelines.prices.measured import Reaction
from pipelines.prices.reaction import Verdict, judge_moves
from rules.story import Event

WEEK = timedelta(days=7)
WITHIN = timedelta(hours=1)
"""The one horizon that is counted: more of them would find more by chance."""
MOST_KINDS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A structural change of the week: its kind, and what prices did after it where that was looked at."""

    event: Event
    reaction: Reaction | None


def week_of(chat: Chat, now: datetime) -> str:
    """The chat's present week, as a word: a digest tells of the week once."""
    year, week, _ = here(chat.zone, now).isocalendar()
    return f"{year}-{week}"


def week_lines(stories: Sequence[Told], coins: Sequence[str], tr: Translator = ENGLISH) -> list[Line]:
    """The lines of the week; none where nothing structural came."""
    if not stories:
        return []
    measured, moved = _counted(stories, coins)
    came = tr.plural("{count} structural change", "{count} structural changes", len(stories))
    head = line(bold(tr("This week:")), f" {came}")
    if not measured:
        return [head]
    kinds = [event for event in sorted(measured, key=lambda each: (-measured[each], each)) if moved[event]]
    if not kinds:
        none = tr.plural(
            "No measurable move within an hour of {count} that was looked at.",
            "No measurable move within an hour of {count} that were looked at.",
            measured.total(),
        )
        return [head, line(none)]
    said = [line(_kind(event, measured[event], moved[event], tr)) for event in kinds[:MOST_KINDS]]
    return [head, *said, line(tr("Measured within an hour; by chance one in twenty seems to move."))]


def _kind(event: Event, count: int, moved: Counter[str], tr: Translator) -> str:
    """One kind: "Export control: BTC moved measurably after 1 of 3"."""
    told = tr.joined(
        tr("{coin} moved measurably after {moved} of {count}", coin=coin, moved=times, count=count)
        for coin, times in moved.most_common()
    )
    return tr("{kind}: {what}", kind=capital(event_words(event, tr)), what=told)


def _counted(stories: Sequence[Told], coins: Sequence[str]) -> tuple[Counter[Event], dict[Event, Counter[str]]]:
    """How many of each kind could be measured, and after how many of them each coin moved."""
    measured, moved = Counter[Event](), dict[Event, Counter[str]]()
    for each in stories:
        moves = each.reaction.of(WITHIN, coins) if each.reaction else ()
        verdicts = judge_moves(moves)
        after = [move.symbol for move, verdict in zip(moves, verdicts, strict=True) if verdict is Verdict.MOVED]
        if any(verdict is not Verdict.UNKNOWN for verdict in verdicts):
            measured[each.event] += 1
            moved.setdefault(each.event, Counter()).update(after)
    return measured, moved
