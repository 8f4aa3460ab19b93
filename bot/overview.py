"""How the whole bot stands, as an operator sees it in a chat and on the command line. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.markup import BLANK, Line, bold, line
from bot.text import shown
from bot.words import age_words, ago_words, moment_words, tally_words
from rules.marks import Tally

ERRORS_SHOWN = 5
"""Of the last errors, so many; they are kept longer."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A call to Telegram that did not bring what was wanted."""

    at: datetime
    chat: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What waits where and since when, what went wrong, and the chats.

    ``streams`` and ``lanes``: how many wait; ``oldest``: since when the longest waiting delivery of a lane does;
    ``calling``: calls being made; ``held``, ``paused``: until when an operator, or Telegram, holds all back;
    ``counts``: answers of each kind since the store began; ``failures``: newest first; ``off``: switched off chats by
    reason.
    """

    streams: Mapping[str, int]
    lanes: Mapping[str, int]
    oldest: Mapping[str, datetime]
    calling: int = 0
    held: datetime | None = None
    paused: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    dead: int = 0
    chats: int = 0
    off: Mapping[str, int] = field(default_factory=dict)
    votes: Tally
    voted: int = 0


def overview_lines(seen: Overview, now: datetime) -> list[Line]:
    """The overview for one phone screen."""
    lines = [line(bold("For operators"))]
    for why, until in (("Held by an operator", seen.held), ("Telegram asked for a pause", seen.paused)):
        if until is not None and until > now:
            lines.append(line(bold(f"{why} until {moment_words(until)}.")))
    lines.append(line(f"To send: {_lanes(seen, now)}"))
    streams = ", ".join(f"{name} {depth}" for name, depth in seen.streams.items() if depth)
    lines.append(line(f"On the way: {streams or 'nothing'}"))
    if seen.counts:
        lines.append(line(f"So far: {_counts(seen.counts)}"))
    lines.append(line(f"Dead letters: {seen.dead}{'; /dead shows them' if seen.dead else ''}"))
    off = ", ".join(f"{shown(why, 60) or 'no reason'} {count}" for why, count in seen.off.items())
    total = sum(seen.off.values())
    lines.append(line(f"Chats: {seen.chats}, {seen.chats - total} with alerts on{f'; off: {off}' if off else ''}"))
    votes = f"{tally_words(seen.votes)} (alerts: {seen.voted})" if seen.voted else "none yet"
    lines.append(line(f"Votes in 30 days: {votes}"))
    if seen.failures:
        lines += [BLANK, line(bold("Last errors"))]
        for each in seen.failures[:ERRORS_SHOWN]:
            lines.append(line(f"{ago_words(now - each.at)} · chat {each.chat} · {shown(each.why, 100)}"))
    return lines


def overview_row(seen: Overview, now: datetime) -> dict[str, object]:
    """The same for machines; ages in seconds."""
    return {
        "lanes": {
            lane: {"waiting": depth, "oldest_seconds": _age(seen.oldest.get(lane), now)}
            for lane, depth in seen.lanes.items()
        },
        "calling": seen.calling,
        "held_until": seen.held.isoformat() if seen.held else None,
        "paused_until": seen.paused.isoformat() if seen.paused else None,
        "streams": dict(seen.streams),
        "counts": dict(seen.counts),
        "dead": seen.dead,
        "chats": seen.chats,
        "off": dict(seen.off),
        "errors": [{"at": each.at.isoformat(), "chat": each.chat, "why": each.why} for each in seen.failures],
    }


def _lanes(seen: Overview, now: datetime) -> str:
    waiting = []
    for lane, depth in seen.lanes.items():
        if depth:
            since = seen.oldest.get(lane)
            waiting.append(f"{lane} {depth}" + (f" (oldest {age_words(now - since)})" if since else ""))
    return ", ".join(waiting) + (f" · calling {seen.calling}" if seen.calling else "") if waiting else "nothing"


_WORDS = {
    "sent": "sent",
    "edited": "edited",
    "repeated": "of these repeats",
    "plain": "without HTML",
    "later": "put off",
    "unknown": "unanswered",
    "held": "held for a digest",
    "failed": "failed",
}


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[word]} {told}" for word, told in _WORDS.items() if counts.get(word)) or "nothing"


def _age(since: datetime | None, now: datetime) -> int | None:
    return None if since is None else int(max(timedelta(), now - since).total_seconds())
