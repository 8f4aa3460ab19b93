"""Whether a report carries an open act on, weeks or months later: a further stage, a reversal, a new day. Pure.

Words that meet after weeks prove little, so that a report has to name who acts and on what, and to say something that
the act has not reached yet. A wrong merge hides news: in each doubt the report begins a story of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pipelines.stories.acts import BROAD, OpenAct, able, country_of, matters_of, sketches
from pipelines.stories.likeness import TELLING, Sketch, vetoed
from pipelines.stories.weights import weight_of
from rules.story import LADDER, Direction, Event, Move, Report, Stage


@dataclass(frozen=True, slots=True)
class Continuation:
    """An act that a report carries on, how surely (0 to 1), and what it brings: stage, reversal, date or denial."""

    act: OpenAct
    score: float
    brings: Move


LEAST_OVERLAP, REVERSAL_OVERLAP, KIN_OVERLAP = 0.35, 0.24, 0.4
"""Share of words, by weight, that a report must have in common with a headline of the act.

A reversal has its verb against it; an act of another kind, or about what half of all acts are about, needs more. Set by
reading what was joined of two years of headlines about acts."""
PLAIN_OVERLAP, LONG_OVERLAP, LONG_WEIGHT = 0.6, 0.44, 23.0
"""The same where they have no matter in common by name; less is enough where many rare words meet."""
LEAST_WEIGHT = 12.0
ON_THE_DAY = timedelta(days=2)
"""How far from a day of the act a report may be that says that it has come."""
LEAST_GAP = 0.06
"""By how much the best act must lead the next one; where two are as likely the report belongs to neither for sure."""
SAME_EVENT = 0.1
PER_MATTER, MOST_MATTERS = 0.05, 3
_KIN = frozenset({Event.EXPORT_CONTROL, Event.QUOTA_LICENCE, Event.LEGISLATION_RULE, Event.PERMIT, Event.SANCTION})
"""One act of a state goes by several of these names in its stages."""
_LEVY = frozenset({Event.TARIFF, Event.EXPORT_CONTROL, Event.QUOTA_LICENCE})
_DEAL = frozenset({Event.SUPPLY_DEAL, Event.INVESTMENT_OWNERSHIP, Event.TRADE_AGREEMENT, Event.SUBSIDY_FUNDING})
_PLANT = frozenset({Event.CAPACITY_START, Event.INVESTMENT_OWNERSHIP, Event.PERMIT})
SAME_WORDS = timedelta(days=21)
"""How long the same words tell the same act; what is told in them each month is another one."""
_EPISODES = frozenset({Event.CONFLICT_BLOCKADE, Event.MONETARY_DECISION, Event.ENFORCEMENT})
"""Strikes, rate decisions, raids: the next one is another act, however like it looks."""


def continued(acts: Iterable[OpenAct], report: Report, like: Sketch, dates: tuple[date, ...]) -> Continuation | None:
    """The one act that a report surely carries on; ``dates`` are the days ahead that the report names."""
    acts = tuple(acts)
    again = next((act for act in acts if _told_again(act, report, like)), None)
    if again is not None:
        return Continuation(again, 1.0, Move.COPY)
    found = sorted(
        (each for act in acts if (each := carries_on(act, report, like, dates)) is not None),
        key=lambda each: (-each.score, each.act.story),
    )
    if not found or (len(found) > 1 and found[0].score - found[1].score < LEAST_GAP):
        return None
    return found[0]


def _told_again(act: OpenAct, report: Report, like: Sketch) -> bool:
    """Whether a report has the very words of an act's headline: a feed that brings its old items under new dates."""
    telling = like.weight >= TELLING and "recurring" not in like.forms and report.act.event not in _EPISODES
    fresh = act.first_seen <= report.published <= act.last + SAME_WORDS
    return telling and fresh and any(each.key == like.key for each in sketches(act))


def carries_on(act: OpenAct, report: Report, like: Sketch, dates: tuple[date, ...]) -> Continuation | None:
    """Whether a report carries an act on: the same actor, matter and words, and something that it has not reached."""
    if not able(report) or report.published < act.first_seen or not _may_be_one(act.event, report.act.event):
        return None
    brings = brought(act, report, dates)
    if brings is None or not _same_actor(act, report, like):
        return None
    if brings is Move.STAGE and _opposed(act.direction, report.act.direction):
        return None
    common = set(act.matters).intersection(matters_of(report))
    compared = [_overlap(each, like) for each in sketches(act) if not _forbidden(each, like, brings)]
    if len(compared) < len(act.headlines):  # one headline that cannot be of this act is enough
        return None
    overlap, weight, words = max(compared)
    enough = overlap >= _least_overlap(act, report, brings, common) and weight >= LEAST_WEIGHT and words >= 3
    if not enough and (common or overlap < LONG_OVERLAP or weight < LONG_WEIGHT):
        return None
    score = overlap + SAME_EVENT * (act.event is report.act.event) + PER_MATTER * min(len(common), MOST_MATTERS)
    return Continuation(act, min(score, 1.0), brings)


def brought(act: OpenAct, report: Report, dates: tuple[date, ...]) -> Move | None:
    """What a report would bring an act that it has not reached; None where it only tells it again."""
    stage = report.act.stage
    if report.act.negated:
        return Move.DENIAL if act.stage in (Stage.RUMOUR, Stage.PROPOSED) else None
    if stage is Stage.REVERSED:
        if dates and any(day not in act.dates for day in dates):
            return Move.DATE if act.dates else Move.REVERSAL
        return Move.REVERSAL if act.stage is not Stage.REVERSED else None
    if act.stage in LADDER and stage in LADDER and LADDER.index(stage) > LADDER.index(act.stage):
        return Move.STAGE
    told = report.published.date()
    if stage is Stage.IN_FORCE and any(abs(told - day) <= ON_THE_DAY for day in act.dates):
        return Move.EFFECT
    # A new day alone is worth a lot only where one was known: a yearly act names another day each year.
    named = act.dates and dates and all(day not in act.dates for day in dates)
    return Move.DATE if named and stage is not Stage.RUMOUR else None


def _least_overlap(act: OpenAct, report: Report, brings: Move, common: set[str]) -> float:
    """The share of words from which on a report may carry an act on."""
    if not common:
        return PLAIN_OVERLAP
    if act.event is not report.act.event or common <= BROAD:
        return KIN_OVERLAP
    return REVERSAL_OVERLAP if brings in (Move.REVERSAL, Move.DATE, Move.EFFECT) else LEAST_OVERLAP


def _may_be_one(one: Event, other: Event) -> bool:
    """Whether acts of these kinds may be stages of one."""
    if one in _EPISODES or other in _EPISODES or other is Event.SPECULATION_TALKS:
        return False
    weighed = one is Event.SPECULATION_TALKS
    return weighed or one is other or any({one, other} <= each for each in (_KIN, _LEVY, _DEAL, _PLANT))


def _opposed(one: Direction, other: Direction) -> bool:
    return Direction.UNKNOWN not in (one, other) and one is not other


def _same_actor(act: OpenAct, report: Report, like: Sketch) -> bool:
    """Whether one of those who act is the same; where none is named, the first word that counts, or its country."""
    ours, theirs = set(act.actors), {actor.name for actor in report.act.actors}
    if ours and theirs and ours & theirs:
        return True
    lead = country_of(like)
    return bool(lead) and any(country_of(each) == lead for each in sketches(act))


def _forbidden(one: Sketch, other: Sketch, brings: Move) -> bool:
    if _ordinals(one) and _ordinals(other) and _ordinals(one).isdisjoint(_ordinals(other)):
        return True
    if brings in (Move.REVERSAL, Move.DATE):  # what takes an act back says its opposite; who acts was asked before
        one = replace(one, poles=frozenset())
    return bool(vetoed(one, other))


_ORDINALS = frozenset("first second third fourth fifth sixth seventh eighth ninth tenth".split())


def _ordinals(like: Sketch) -> frozenset[str]:
    """Which of several like things a headline is about: the third plant is not the second."""
    return frozenset(
        word for word in like.key.split() if word in _ORDINALS or (word[:1].isdigit() and word[-2:] in _TH)
    )


_TH = ("st", "nd", "rd", "th")


def _overlap(one: Sketch, other: Sketch) -> tuple[float, float, int]:
    common = set(one.words).intersection(other.words)
    shared = sum(map(weight_of, common))
    return shared / max(one.weight + other.weight - shared, 1e-9), shared, len(common)
