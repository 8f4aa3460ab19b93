"""How the whole bot stands, as an operator sees it in a chat and on the command line. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.languages.translator import ENGLISH, N_, Translator
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


def overview_lines(seen: Overview, now: datetime, tr: Translator = ENGLISH) -> list[Line]:
    """The overview for one phone screen."""
    lines = [line(bold(tr("For operators"))), *holding_lines(seen, now, tr)]
    lines.append(line(tr("To send: {what}", what=_lanes(seen, now, tr))))
    streams = tr.joined(f"{name} {tr.number(depth)}" for name, depth in seen.streams.items() if depth)
    lines.append(line(tr("On the way: {what}", what=streams or tr(_NOTHING))))
    if seen.counts:
        lines.append(line(tr("So far: {what}", what=_counts(seen.counts, tr))))
    if seen.dead:
        lines.append(line(tr("Dead letters: {count}; /dead shows them", count=seen.dead)))
    else:
        lines.append(line(tr("Dead letters: {count}", count=seen.dead)))
    lines.append(line(_chats(seen, tr)))
    if seen.voted:
        votes = tally_words(seen.votes, tr)
        lines.append(line(tr("Votes in 30 days: {votes} (alerts: {alerts})", votes=votes, alerts=seen.voted)))
    else:
        lines.append(line(tr("Votes in 30 days: none yet")))
    if seen.failures:
        lines += [BLANK, line(bold(tr("Last errors")))]
        lines += [failure_line(each, now, tr) for each in seen.failures[:ERRORS_SHOWN]]
    return lines


def holding_lines(seen: Overview, now: datetime, tr: Translator = ENGLISH) -> list[Line]:
    """Who holds all sending back, and until when; empty where nobody does."""
    both = ((_HELD, seen.held), (_PAUSED, seen.paused))
    return [
        line(bold(tr(why, moment=moment_words(until, tr)))) for why, until in both if until is not None and until > now
    ]


def failure_line(each: Failure, now: datetime, tr: Translator = ENGLISH) -> Line:
    """One call that went wrong, in Telegram's own words."""
    ago, why = ago_words(now - each.at, tr), shown(each.why, 100)
    return line(tr("{ago} · chat {chat} · {why}", ago=ago, chat=str(each.chat), why=why))


def lane_words(lane: str, tr: Translator = ENGLISH) -> str:
    """A lane of the queue in a word."""
    return tr(_LANES[lane]) if lane in _LANES else lane


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


_NOTHING = N_("nothing")
_HELD = N_("Held by an operator until {moment}.")
_PAUSED = N_("Telegram asked for a pause until {moment}.")
_LANES = {"urgent": N_("urgent"), "normal": N_("normal"), "digest": N_("digest"), "edit": N_("edit")}
_COUNTS = {
    "sent": N_("{count} sent"),
    "edited": N_("{count} edited"),
    "repeated": N_("{count} of these repeats"),
    "plain": N_("{count} without HTML"),
    "later": N_("{count} put off"),
    "unknown": N_("{count} unanswered"),
    "held": N_("{count} held for a digest"),
    "failed": N_("{count} failed"),
}


def _lanes(seen: Overview, now: datetime, tr: Translator) -> str:
    waiting = list[str]()
    for lane, depth in seen.lanes.items():
        if depth:
            since, name = seen.oldest.get(lane), lane_words(lane, tr)
            if since:
                age = age_words(now - since, tr)
                waiting.append(tr("{lane} {count} (oldest {age})", lane=name, count=depth, age=age))
            else:
                waiting.append(f"{name} {tr.number(depth)}")
    calling = [tr("calling {count}", count=seen.calling)] if waiting and seen.calling else []
    return " · ".join([tr.joined(waiting), *calling]) if waiting else tr(_NOTHING)


def _counts(counts: Mapping[str, int], tr: Translator) -> str:
    told = tr.joined(tr(text, count=counts[word]) for word, text in _COUNTS.items() if counts.get(word))
    return told or tr(_NOTHING)


def _chats(seen: Overview, tr: Translator) -> str:
    """How many chats there are; why one is off is kept in English."""
    total = sum(seen.off.values())
    values = {"all": seen.chats, "on": seen.chats - total}
    if not seen.off:
        return tr("Chats: {all}, {on} with alerts on", **values)
    reasons = ((shown(why, 60) or tr("no reason"), tr.number(count)) for why, count in seen.off.items())
    off = tr.joined(f"{why} {count}" for why, count in reasons)
    return tr("Chats: {all}, {on} with alerts on; off: {off}", **values, off=off)


def _age(since: datetime | None, now: datetime) -> int | None:
    return None if since is None else int(max(timedelta(), now - since).total_seconds())
