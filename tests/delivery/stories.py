"""Alerts made to order for delivery tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from pipelines.events import Alert
from pipelines.judged import write_judged
from pipelines.stories.ids import story_id
from rules.story import Act, Event, Report, Source, Stage, StageReached, Story, Tag, Tier, Topic
from rules.verdict import Label, Reason, Severity, Verdict


def make_alert(
    name: str,
    now: datetime,
    *,
    label: Label = Label.STRUCTURAL,
    version: int = 1,
    severity: Severity = Severity.HIGH,
) -> Alert:
    """A structural story about an export licence; ``name`` tells it from others."""
    source = Source("test", "Example Wire", "example-wire", Tier.WIRE)
    report = Report(
        id=name,
        title=f"Ministry puts export licence for dysprosium in force ({name})",
        summary="",
        link=f"https://example.org/{name}",
        source=source,
        published=now,
        tags=(Tag(Topic.RARE_EARTH, 0.97),),
        act=Act(event=Event.EXPORT_CONTROL, stage=Stage.IN_FORCE),
        p_structural=0.9,
        structural=True,
    )
    story = Story(
        id=story_id(name, now, lambda _: False),
        version=version,
        reports=(report,),
        report_count=1,
        families=(source.family,),
        first_seen=now,
        stages=(StageReached(Stage.IN_FORCE, now, name),),
    )
    verdict = Verdict(
        label=label,
        severity=severity,
        score=80.0,
        reasons=(Reason("export-control", "an export control is in force", "structural"),),
    )
    return Alert(story, verdict, now, now)


def newer(alert: Alert) -> Alert:
    """The same story one version on."""
    return replace(alert, story=replace(alert.story, version=alert.story.version + 1))


async def apply(store: Redis, *commands: Any) -> None:
    """Make the writes that a hand-over would make."""
    client: Any = store
    for command in commands:
        await client.execute_command(*command)


async def judged(store: Redis, alert: Alert) -> Alert:
    """The alert, with its record kept as ``judge`` keeps it."""
    await apply(store, *write_judged(alert))
    return alert
