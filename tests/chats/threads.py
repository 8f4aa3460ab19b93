"""Stories with a history: one that a reader follows through all its turns, and any at all for hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from pipelines.events import Alert
from rules.story import Change, Link, Milestone, Move, Report, Stage, StageReached
from tests.chats.hostile import REFUSED_LINKS, TAKEN_LINKS, TITLES
from tests.chats.make import ACT, NOW, alert, report

TITLE = "Ministry adds dysprosium magnets to its export licence list"


def at(day: int, hour: int = 9, minute: int = 0, month: int = 11) -> datetime:
    """A moment of 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def told(number: int, publisher: str, when: datetime, stage: Stage, **changes: Any) -> Report:
    """A report of that stage."""
    return report(number, publisher, title=TITLE, published=when, act=replace(ACT, stage=stage), **changes)


REPORTS = (
    told(1, "Harbour Wire", at(3, 8, month=10), Stage.RUMOUR),
    told(2, "Metal Daily", at(9, 8, month=10), Stage.PROPOSED),
    told(3, "Coast Post", at(9, 9, month=10), Stage.PROPOSED),
    told(4, "Ministry of Commerce", at(23, 9, 26), Stage.ANNOUNCED),
    told(5, "North Wire", at(23, 9, 50), Stage.ANNOUNCED),
    told(6, "South Wire", at(23, 10, 10), Stage.ANNOUNCED),
    told(7, "Trade Weekly", at(23, 12, 10), Stage.ANNOUNCED),
)
CHANGES = (
    Change(1, Move.NEW, at(3, 8, 2, 10), "r1"),
    Change(2, Move.STAGE, at(9, 8, 2, 10), "r2", "rumoured to proposed"),
    Change(3, Move.SOURCE, at(9, 9, 2, 10), "r3"),
    Change(4, Move.STAGE, at(23, 9, 28), "r4", "proposed to announced"),
    Change(4, Move.DATE, at(23, 9, 28), "r4", "1 Dec 2026"),
    Change(5, Move.SOURCE, at(23, 9, 52), "r5"),
    Change(6, Move.SOURCE, at(23, 10, 12), "r6"),
    Change(7, Move.AMOUNT, at(23, 12, 12), "r7", "seven metals to twelve"),
    Change(8, Move.COLOUR, at(23, 13), "r8"),
    Change(9, Move.COPY, at(23, 14), "r9"),
    Change(10, Move.LINK, at(23, 15), "", "answered by another story"),
)
STAGES = (
    StageReached(Stage.RUMOUR, at(3, 8, month=10), "r1"),
    StageReached(Stage.PROPOSED, at(9, 8, month=10), "r2"),
    StageReached(Stage.ANNOUNCED, at(23, 9, 26), "r4"),
)
LINKS = (
    Link("2y4k0x9ab", "answer", "Washington answers with a tariff on magnets & alloys"),
    Link("2y4k0x9ac", "answered", "Washington bars chip tools"),
    Link("2y4k0x9ad", "see", "Brussels buys <rare earths> jointly"),
)
MILESTONES = (
    Milestone(date(2026, 12, 1), Move.EFFECT, "r4"),
    Milestone(date(2027, 11, 10), Move.LAPSE, "r4"),
    Milestone(date(2026, 10, 1), Move.EFFECT, "r1"),
)


def followed(**changes: Any) -> Alert:
    """The story with seven reports that told something, of nineteen."""
    given: dict[str, Any] = {
        "changes": CHANGES,
        "stages": STAGES,
        "links": LINKS,
        "milestones": MILESTONES,
        "report_count": 19,
        "version": 10,
        "told_by": "r4",
        "families": ("harbour wire", "metal daily", "ministry of commerce"),
    }
    return alert(*REPORTS, **given | changes)


_WRITTEN = st.sampled_from([title for title, _ in TITLES.values()])
_TEXTS = st.one_of(_WRITTEN, st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
_MOMENTS = st.integers(0, 700 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))
_NAMES = st.one_of(st.sampled_from(("Harbour Wire", "Metal Daily", "通讯社", "")), _WRITTEN)
_ODD_LINKS = st.sampled_from([*TAKEN_LINKS, *REFUSED_LINKS])


@st.composite
def any_story(draw: st.DrawFn) -> Alert:
    """Any story that the line could make, and some that it could not: changes without reports, reports without any."""
    reports = tuple(
        report(
            number,
            draw(_NAMES),
            title=draw(_TEXTS),
            link=draw(_ODD_LINKS),
            published=draw(_MOMENTS),
            act=replace(ACT, stage=draw(st.sampled_from(Stage))),
        )
        for number in range(1, draw(st.integers(1, 8)) + 1)
    )
    names = [*(each.id for each in reports), "gone", ""]
    changes = draw(st.lists(_change(names), max_size=20))
    stages = draw(
        st.lists(st.builds(StageReached, st.sampled_from(Stage), _MOMENTS, st.sampled_from(names)), max_size=6)
    )
    days = st.dates(NOW.date() - timedelta(days=30), NOW.date() + timedelta(days=900))
    milestones = st.builds(Milestone, days, st.sampled_from((Move.EFFECT, Move.LAPSE)), st.just(""))
    relations = st.sampled_from(("answer", "answered", "see", "unheard of"))
    links = st.builds(Link, st.just("2y4k0x9ab"), relations, _WRITTEN)
    return alert(
        *reports,
        changes=tuple(changes),
        stages=tuple(stages),
        milestones=tuple(draw(st.lists(milestones, max_size=6))),
        links=tuple(draw(st.lists(links, max_size=6))),
        report_count=len(reports) + draw(st.integers(0, 500)),
        told_by=draw(st.sampled_from(names)),
        version=draw(st.integers(1, 600)),
    )


def _change(reports: Sequence[str]) -> st.SearchStrategy[Change]:
    return st.builds(Change, st.integers(1, 40), st.sampled_from(Move), _MOMENTS, st.sampled_from(reports), _WRITTEN)
