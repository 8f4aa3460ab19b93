"""Reports and readings as the stages before would hand them over, for these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipelines.events import Entry, Reading
from pipelines.stories.families import family_of
from pipelines.stories.likeness import Sketch
from pipelines.stories.memory import sketch_of
from rules.story import Act, Actor, Event, Form, Report, Source, Stage, Tier

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def reading(
    title: str,
    *,
    name: str = "",
    publisher: str = "Reuters",
    link: str = "",
    tier: Tier = Tier.WIRE,
    summary: str = "",
    hours: float = 0,
    stage: Stage = Stage.NONE,
    event: Event = Event.EXPORT_CONTROL,
    form: Form = Form.REPORT,
    negated: bool = False,
) -> Reading:
    """A reading of this headline, first seen and published ``hours`` after ``START``; an act has an able actor."""
    at = START + timedelta(hours=hours)
    source = Source("feed", publisher, family_of(publisher, link), tier)
    name = name or f"{publisher}:{title}:{hours}"
    entry = Entry(
        feed="feed", id=name, url=link, title=title, summary=summary, source=source, published=at, first_seen=at
    )
    actors = () if stage is Stage.NONE else (Actor("the ministry", "A2"),)
    report = Report(
        id=name,
        title=title,
        summary=summary,
        link=link,
        source=source,
        published=at,
        act=Act(event=event, stage=stage, negated=negated, actors=actors),
        form=form,
    )
    return Reading(entry, report)


def sketched(title: str, at: datetime = START, publisher: str = "") -> Sketch:
    """The sketch of a headline that nothing is known of but its words."""
    hours = (at - START).total_seconds() / 3600
    return sketch_of(reading(title, publisher=publisher, hours=hours, event=Event.OTHER).report)
