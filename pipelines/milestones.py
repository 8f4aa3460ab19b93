"""On which days a story's act takes effect or ends, as its reports say, and the clock's events for those days. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta

from pipelines import keys
from pipelines.events import Notice, encode
from pipelines.language.amounts import Dated, dated
from pipelines.stage import Command
from pipelines.stories.ahead import begins, mark
from pipelines.streams import postpone
from rules.story import Form, Milestone, Move, Report, Stage, Story

MOST = 6
"""Milestones kept of a story, the soonest."""
FARTHEST = timedelta(days=5 * 366)
"""A day beyond this is a goal, not a date."""
SAME = timedelta(days=1)
"""Two days so near are one: midnight is not the same everywhere."""
_REACH = 45
"""Characters before a day in which its verb is looked for."""

_SETTLED = (Stage.ANNOUNCED, Stage.IN_FORCE, Stage.REVERSED)
_CLAUSE = re.compile(r"[;:,]\s|\s[-\u2013\u2014]\s")
_ENDS = re.compile(
    r"\b(?:until|till|through|thru|expir\w+|laps(?:e|es|ing)|sunsets?|ends?|ending|runs? (?:out|to)|valid (?:to|up to)"
    r"|extend(?:s|ed|ing)?\b[^,;]*\bto)\b",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"\b(?:from|effective|(?:tak|com|go|enter)\w*\s(?:in(?:to)?\s)?(?:effect|force)|in(?:to)? force|took effect|as of"
    r"|start(?:s|ing)?|begin(?:s|ning)?|commenc\w+|kicks? in|appl(?:y|ies|icable)|since)\b",
    re.IGNORECASE,
)
_PUT_OFF = re.compile(
    r"\b(?:delay\w*|postpon\w+|defer\w*|push(?:es|ed|ing)? back|put(?:s|ting)? off|resched\w+|bring\w* forward"
    r"|brought forward|moves? (?:back|up|forward))\b",
    re.IGNORECASE,
)
_PROLONGED = re.compile(r"\b(?:extend(?:s|ed|ing)?|extension|prolong\w*|renew(?:s|ed|ing|al)?)\b", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:through|end|end of)\s*$", re.IGNORECASE)
_GOAL = re.compile(r"\b(?:by|before|within|in)\s*$", re.IGNORECASE)
_RANGE = re.compile(r"^\s*(?:to|-|\u2013)\s*$", re.IGNORECASE)
_CHINESE_START = re.compile("[自从從].{0,12}起|生效|施行|实施|實施")
_CHINESE_END = re.compile("到期|截止|截至|届满|為止|为止|[至到].{0,12}止")


def named(report: Report) -> tuple[Milestone, ...]:
    """The days after its publication on which a report says that its act takes effect or ends."""
    if report.form is not Form.REPORT or report.act.negated or not report.act.event.leans_structural:
        return ()
    today = report.published.astimezone(UTC).date()
    found = dict[tuple[date, Move], Milestone]()
    for on, kind in _days(report):
        if today < on <= today + FARTHEST:
            found.setdefault((on, kind), Milestone(on, kind, report.id))
    return tuple(found.values())


def _days(report: Report) -> Iterator[tuple[date, Move]]:
    places = dated(report.title, report.published)
    last: tuple[Dated, Move] | None = None
    for place in places:
        kind = _kind(report.title, place, last)
        if kind is None:
            continue
        if place.whole_year and kind is Move.LAPSE and not _WHOLE.search(report.title[: place.start]):
            continue  # "until 2029" may be its first day or its last
        starts_year = place.whole_year and kind is Move.EFFECT
        yield (date(place.on.year, 1, 1) if starts_year else place.on), kind
        last = place, kind
    if not places and report.act.dates:  # read by the reader of another script
        text = report.title
        if _CHINESE_END.search(text):
            yield report.act.dates[-1], Move.LAPSE
        elif _CHINESE_START.search(text):
            yield report.act.dates[0], Move.EFFECT


def _kind(title: str, place: Dated, last: tuple[Dated, Move] | None) -> Move | None:
    """What happens on a day, by the nearest word before it that says so; nothing for goals and past meetings."""
    if last is not None and last[1] is Move.EFFECT and _RANGE.match(title[last[0].end : place.start]):
        return Move.LAPSE  # "from 1 March to 30 June"
    near = title[max(0, place.start - _REACH) : place.start]
    clause = _CLAUSE.split(near)[-1]
    if _GOAL.search(clause) and not re.search(r"(?:effect|force)\W+(?:by|in)\s*$", clause, re.IGNORECASE):
        return None
    cues = [(match.end(), Move.LAPSE) for match in _ENDS.finditer(clause)]
    cues += [(match.end(), Move.EFFECT) for match in _STARTS.finditer(clause)]
    if _PUT_OFF.search(title[: place.start]):
        # "delayed until March" and "postponed to March" say when it begins.
        return Move.EFFECT if cues or re.search(r"\b(?:to|till)\W*$", clause, re.IGNORECASE) else None
    return max(cues)[1] if cues else None


def moved(story: Story, report: Report) -> tuple[Milestone, ...]:
    """The story's milestones once this report is in it: further days, moved ones, none of an act that is reversed.

    A day that is put off or prolonged takes the place of the old one. An end that a reversal itself names ("suspended
    until March") stays: it is the end of the reversal.
    """
    kept, told = story.milestones, named(report)
    if report.form is not Form.REPORT or report.act.negated or not report.act.event.leans_structural:
        return kept
    stage, title = report.act.stage, report.title
    off, prolonged = bool(_PUT_OFF.search(title)), bool(_PROLONGED.search(title))
    if off:
        kept = tuple(each for each in kept if each.kind is not Move.EFFECT)
    elif stage is Stage.REVERSED:
        kept, told = (), tuple(each for each in told if each.kind is Move.LAPSE)
    elif stage not in _SETTLED:
        return kept  # what is only proposed takes effect on no day
    elif prolonged and any(each.kind is Move.LAPSE for each in told):
        kept = tuple(each for each in kept if each.kind is not Move.LAPSE)
    for each in told:
        if not any(known.kind is each.kind and abs(known.on - each.on) <= SAME for known in kept):
            kept = (*kept, each)
    return tuple(sorted(kept, key=lambda each: (each.on, each.kind)))[:MOST]


def follow(story: Story, report: Report) -> Story:
    """The story with the milestones that this report leaves it."""
    milestones = moved(story, report)
    return story if milestones == story.milestones else replace(story, milestones=milestones)


def clocked(before: Story | None, after: Story) -> tuple[Command, ...]:
    """The writes that make the clock tell each new milestone on its day, and forget those that no longer stand."""
    old = {mark(before.id, each) for each in before.milestones} if before is not None else set[str]()
    new = {mark(after.id, each): each for each in after.milestones}
    return (
        *unclocked(old - set(new)),
        *(write for name in new.keys() - old for write in _ring(name, after, new[name])),
    )


def unclocked(names: Iterable[str]) -> tuple[Command, ...]:
    """The writes that take these milestones out of the clock and the days ahead."""
    gone = sorted(names)
    return (("ZREM", keys.DUE, *gone), ("HDEL", keys.DUE_EVENTS, *gone), ("ZREM", keys.AHEAD, *gone)) if gone else ()


def _ring(name: str, story: Story, milestone: Milestone) -> tuple[Command, ...]:
    at = begins(milestone.on)
    notice = Notice(story.id, milestone.kind, at, said(milestone.on))
    return (
        *postpone(keys.READINGS, name, encode(notice), at.timestamp()),
        ("ZADD", keys.AHEAD, at.timestamp(), name),
    )


def said(day: date) -> str:
    """A day in words: "1 December 2026"."""
    return f"{day.day} {day:%B %Y}"
