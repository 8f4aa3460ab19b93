"""Whether a report of a story tells of the story's own act, and what stage it may give it. Pure.

An affair has many acts, and the answer of the other side often gets into a story: it must not move it.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.stories.text import Marks, marks
from rules.story import Event, Form, Report, Stage, Story

_STATES = frozenset({"state", "leader", "minister", "agency", "body", "region"})
_KIN = (
    frozenset(
        {Event.EXPORT_CONTROL, Event.SANCTION, Event.ENFORCEMENT, Event.LEGISLATION_RULE, Event.QUOTA_LICENCE}
        | {Event.PERMIT, Event.TARIFF, Event.COURT_RULING}
    ),
    frozenset({Event.CAPACITY_START, Event.CAPACITY_STOP, Event.INVESTMENT_OWNERSHIP, Event.PERMIT}),
    frozenset({Event.INVESTMENT_OWNERSHIP, Event.SUPPLY_DEAL, Event.SUBSIDY_FUNDING, Event.STOCKPILE, Event.PERMIT}),
    frozenset({Event.TRADE_AGREEMENT, Event.SUPPLY_DEAL, Event.INVESTMENT_OWNERSHIP}),
    frozenset({Event.TRADE_AGREEMENT, Event.TARIFF}),
)
"""Kinds of act by whose names headlines call one and the same act."""


MANY_WORDS = 3
"""Words besides countries that two headlines share although their acts go by unlike names."""


def stage_told(report: Report) -> Stage:
    """The stage that a report may give to its story: none for opinion, price moves, denials and acts of no weight."""
    act = report.act
    able = act.event.leans_structural or act.event is Event.SPECULATION_TALKS
    return act.stage if report.form is Form.REPORT and able and not act.negated else Stage.NONE


def telling(story: Story) -> tuple[Report, ...]:
    """The reports of a story that tell of its act."""
    return tuple(report for report in story.reports if stage_told(report) is not Stage.NONE)


def same_kind(one: Event, others: Iterable[Event]) -> bool:
    """Whether an act of one kind may be what reports call by the others."""
    theirs = set(others)
    return (
        not theirs or bool({one, Event.SPECULATION_TALKS} & theirs) or any(one in kin and kin & theirs for kin in _KIN)
    )


def same_act(story: Story, report: Report) -> bool:
    """Whether the report can be of the story's own act: neither another kind of act nor another country's.

    A court may undo any act; and where the words agree, the names that were found for the kinds of act do not matter.
    """
    known = telling(story)
    if not known:
        return True
    ours, theirs = _marks(report), [_marks(other) for other in known]
    words = {word for other in theirs for word in other.words if not word.startswith("@")}
    common = words & ours.words
    court = report.act.event is Event.COURT_RULING and report.act.stage is Stage.REVERSED
    if not (court or len(common) >= MANY_WORDS or same_kind(report.act.event, (other.act.event for other in known))):
        return False
    places = frozenset[str]().union(*(other.places for other in theirs))
    if ours.places and places and ours.places.isdisjoint(places):
        return False
    mine, things = _things(report), frozenset[str]().union(*map(_things, known))
    return bool(common) or not mine or not things or not mine.isdisjoint(things)


def _marks(report: Report) -> Marks:
    return marks(report.title, report.source.publisher)


def _things(report: Report) -> frozenset[str]:
    """What a headline is about besides states and those who speak for them."""
    return frozenset(entity.id for entity in report.entities if entity.kind not in _STATES)
