"""Stories for the rules' tests: one call with what matters, the rest neutral."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rules.story import (
    Act,
    Actor,
    Change,
    Event,
    Move,
    Quantity,
    Report,
    Source,
    Stage,
    StageReached,
    Story,
    Tag,
    Tier,
    Topic,
)

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def report(title: str = "China bans gallium exports", **given: Any) -> Report:
    """A wire report of an export control in force on rare earths that the language calls structural."""
    act = {name: given.pop(name) for name in tuple(given) if name in Act.__dataclass_fields__}
    actors = (Actor("somebody", given.pop("authority")),) if "authority" in given else ()
    amounts = (Quantity(given.pop("usd"), "USD", "the sum"),) if "usd" in given else ()
    topics = given.pop("topics", (Topic.RARE_EARTH, Topic.POLICY))
    plain = Report(
        id=given.pop("id", title),
        title=title,
        summary="",
        link="",
        source=Source("f", "P", given.pop("family", "one"), given.pop("tier", Tier.WIRE)),
        published=given.pop("published", NOW),
        tags=tuple(Tag(topic, 0.9) for topic in topics),
        act=replace(Act(event=Event.EXPORT_CONTROL, stage=Stage.IN_FORCE, actors=actors, amounts=amounts), **act),
        structural=True,
        p_structural=0.9,
    )
    return replace(plain, **given)


def story(*reports: Report, told_by: str = "", **given: Any) -> Story:
    """A story of these reports, or of one made from ``given``."""
    reports = reports or (report(**given),)
    return Story(
        id="s1",
        version=len(reports),
        reports=reports,
        report_count=len(reports),
        families=tuple(dict.fromkeys(each.source.family for each in reports)),
        first_seen=NOW - timedelta(minutes=1),
        stages=tuple(StageReached(each.act.stage, each.published, each.id) for each in reports),
        changes=tuple(
            Change(
                n,
                Move.COPY if each.source.family in {one.source.family for one in reports[: n - 1]} else Move.SOURCE,
                NOW,
                each.id,
            )
            for n, each in enumerate(reports, 1)
        ),
        told_by=told_by or reports[-1].id,
    )
