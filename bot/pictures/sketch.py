"""What a picture of a story shows, as plain values with every place worked out: no chart is loaded for this. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import log1p

from bot.chats import story_topics
from bot.judgement_words import event_words
from bot.languages.translator import ENGLISH, N_, Translator
from bot.pictures.outline import Ahead, Legend, Mark, Sketch, Step
from bot.text import capital, clean, cut
from bot.timeline import Happening, ahead, happenings, milestone_words, rest
from bot.words import (
    LABELS,
    SEVERITIES,
    day_words,
    days_left_words,
    short_day_words,
    stage_words,
    topic_words,
)
from pipelines.events import Alert
from rules.conditions import publishers
from rules.story import LADDER, Milestone, Move, Stage, Story
from rules.verdict import Severity

_MOST_MARKS = 40
_MOST_AHEAD = 3
_FIRST = 0.02
"""Where the first mark stands, from 0 to 1 across."""
_GAP, _LEAST_GAP = timedelta(hours=3), 1.6
"""Gaps up to so long take room nearly by their length, longer ones ever less; and what each takes besides."""
_MARKS = (
    (Move.NEW, "stage"),
    (Move.STAGE, "stage"),
    (Move.DENIAL, "denial"),
    (Move.REVERSAL, "reversal"),
    (Move.EFFECT, "effect"),
    (Move.LAPSE, "effect"),
    (Move.CORRECTION, "correction"),
    (Move.AMOUNT, "figure"),
    (Move.DATE, "figure"),
    (Move.INSTRUMENT, "measure"),
    (Move.SOURCE, "source"),
)
"""The mark of each kind of change, in the order in which a happening's stand over each other."""

_DATED = frozenset({"denial", "reversal", "effect"})
_LEGEND = {
    "denial": N_("denied"),
    "reversal": N_("reversed"),
    "effect": N_("in effect"),
    "correction": N_("corrected"),
    "measure": N_("further measure"),
    "figure": N_("amount, date"),
    "source": N_("source"),
}
"""The legend, what matters most first; stages need none."""
_NOT_DRAWN = ("ur", "zh")


def drawn_in(tr: Translator) -> Translator:
    """Who says a picture's words to a reader: English to those whose language the picture cannot show.

    A picture is drawn with the letters that the chart library brings along (DejaVu Sans), the same on every machine.
    They have no Chinese, and Urdu's they would set apart and in the wrong order.
    """
    return ENGLISH if tr.language in _NOT_DRAWN else tr


def sketch(alert: Alert, now: datetime, tr: Translator = ENGLISH) -> Sketch:
    """The picture of a story as it is now, in the reader's language where that can be drawn."""
    story, tr = alert.story, drawn_in(tr)
    told = _most(happenings(story, tr))
    coming = ahead(story, now)[:_MOST_AHEAD]
    places = _spread([each.at for each in told], now)
    levels = _levels(story)
    rows = _rows(told, levels)
    loud = tr(SEVERITIES[alert.verdict.severity]) if alert.verdict.severity.rank >= Severity.HIGH.rank else ""
    label = tr.joined((tr(LABELS[alert.verdict.label]).split(" ", 1)[-1], loud))
    return Sketch(
        title=cut(clean(story.lead.title), 140) or tr("(no title)"),
        plain=_plain(story, tr),
        kicker=" · ".join(filter(None, (label, topic_words(story_topics(story)[:3], tr)))),
        banner=_banner(story, tr),
        withdrawn=tr("Retracted"),
        levels=tuple(stage_words(level, tr) or tr("reported") for level in levels),
        steps=_steps(places, rows),
        marks=_marks(told, places, rows, tr),
        legend=tuple(Legend(kind, tr(words)) for kind, words in _LEGEND.items()),
        until=tr("now") if _one_day(told) else tr("today"),
        ahead_title=tr("Ahead"),
        ahead=tuple(_coming(each, now, tr) for each in coming),
        summary=_summary(story, tr),
        foot=tr("Lodestone · story {story} · {day}", story=story.id, day=day_words(now.date(), tr)),
    )


def _spread(times: Sequence[datetime], now: datetime) -> list[float]:
    """Places across for moments in order.

    Time is pressed together, so that an hour of much and a year of little both show: a gap takes room by the logarithm
    of its length, and the least takes enough for two marks to stand beside each other.
    """
    gaps = [_LEAST_GAP + _pressed(later - earlier) for earlier, later in pairwise(times)]
    tail = _LEAST_GAP + _pressed(now - times[-1]) if times else _LEAST_GAP
    whole = sum(gaps) + tail
    return [_FIRST + (1 - _FIRST) * sum(gaps[:number]) / whole for number in range(len(times))]


def _pressed(gap: timedelta) -> float:
    return log1p(max(0.0, gap.total_seconds()) / _GAP.total_seconds())


def _most(told: tuple[Happening, ...]) -> tuple[Happening, ...]:
    """At most so many as can be told apart: the first ones of no weight go."""
    over = len(told) - _MOST_MARKS
    light = [number for number, each in enumerate(told) if each.kinds == (Move.SOURCE,)][: max(0, over)]
    kept = tuple(each for number, each in enumerate(told) if number not in light)
    return (kept[0], *kept[-(_MOST_MARKS - 1) :]) if len(kept) > _MOST_MARKS else kept


def _levels(story: Story) -> tuple[Stage, ...]:
    """The stages that are drawn, from below: the ladder up to what was reached, and below it what was taken back."""
    reached = [each.stage for each in story.stages]
    ladder = LADDER[1:]
    lowest = min((ladder.index(stage) for stage in reached if stage in ladder), default=0)
    # The ladder's upper end shows how far it has still to go; a rumour that never was is nothing to see.
    drawn = ladder[min(lowest, 1) :] if reached else (Stage.NONE, *ladder)
    return (Stage.REVERSED, *drawn) if Stage.REVERSED in reached else drawn


def _rows(told: Sequence[Happening], levels: tuple[Stage, ...]) -> list[int]:
    """The level on which the story stood after each happening."""
    row = next((levels.index(each.stage) for each in told if each.stage in levels), 0)
    rows = list[int]()
    for each in told:
        if each.stage is not None and each.stage in levels:
            row = levels.index(each.stage)
        rows.append(row)
    return rows


def _steps(places: Sequence[float], rows: Sequence[int]) -> tuple[Step, ...]:
    pairs = list(zip(places, rows, strict=True))
    return tuple(Step(at, row) for n, (at, row) in enumerate(pairs) if n == 0 or row != pairs[n - 1][1])


def _marks(told: Sequence[Happening], places: Sequence[float], rows: Sequence[int], tr: Translator) -> tuple[Mark, ...]:
    one_day, marks = _one_day(told), list[Mark]()
    for number, (each, at, row) in enumerate(zip(told, places, rows, strict=True)):
        kinds = dict.fromkeys(mark for move, mark in _MARKS if move in each.kinds) or {"source": None}
        dated = number == 0 or row != rows[number - 1] or bool(kinds.keys() & _DATED)
        label = (f"{each.at:%H:%M}" if one_day else short_day_words(each.at, tr)) if dated else ""
        for kind in kinds:
            marks.append(Mark(at, row, kind, label, max(1, len(each.publishers)) if kind == "source" else 1))
            label = ""
    return tuple(marks)


def _one_day(told: Sequence[Happening]) -> bool:
    return len({each.at.date() for each in told}) == 1


def _coming(milestone: Milestone, now: datetime, tr: Translator) -> Ahead:
    what, day = milestone_words(milestone, tr)
    return Ahead(what, day, days_left_words(milestone.on, now, tr))


def _banner(story: Story, tr: Translator) -> str:
    if (retracted := story.retracted) is None:
        return ""
    why, when = cut(clean(retracted.detail), 90), short_day_words(retracted.at, tr)
    return tr("Retracted {when}: {why}", when=when, why=why) if why else tr("Retracted {when}", when=when)


def _plain(story: Story, tr: Translator) -> str:
    """What it is in our own words."""
    act = story.lead.act
    return tr.joined((capital(event_words(act.event, tr)), stage_words(act.stage, tr)))


def _summary(story: Story, tr: Translator) -> str:
    count = publishers(story)
    sources = tr.plural("{count} independent source", "{count} independent sources", count)
    return " · ".join(filter(None, (sources, rest(story).words(tr))))
