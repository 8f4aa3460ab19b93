"""An alert of our own making, to show a newcomer how one reads before there was any. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.languages.translator import N_
from pipelines.events import Alert
from pipelines.stories.ids import story_id
from rules.story import (
    Act,
    Actor,
    Change,
    Direction,
    Driver,
    Event,
    Move,
    Report,
    Source,
    Stage,
    StageReached,
    Story,
    Tag,
    Tier,
    Topic,
)
from rules.verdict import Label, Reason, Severity, Verdict

TITLE = N_("Ministry of Example puts export licences on two rare earths into force")
_PUBLISHERS = (("Example Gazette", Tier.OFFICIAL), ("Example Wire", Tier.WIRE))
_BECAUSE = N_("A government has put an export control into force.")


def own_sample(now: datetime, title: str = TITLE) -> Alert:
    """The alert as if it had come a few minutes ago, under this ``title``.

    Its story is stored nowhere, and no link leads out of it.
    """
    act = Act(
        event=Event.EXPORT_CONTROL,
        stage=Stage.IN_FORCE,
        direction=Direction.TIGHTENS,
        actors=(Actor("Ministry of Example", "A1"),),
    )
    seen = now - timedelta(minutes=4)
    reports = tuple(
        Report(
            id=f"sample{number}",
            title=title,
            summary="",
            link="",
            source=Source(f"sample{number}", publisher, publisher.lower(), tier),
            published=seen,
            tags=(Tag(Topic.RARE_EARTH, 0.9), Tag(Topic.POLICY, 0.8)),
            act=act,
            driver=Driver.SUPPLY,
        )
        for number, (publisher, tier) in enumerate(_PUBLISHERS, 1)
    )
    story = Story(
        id=story_id(reports[0].id, seen),
        version=1,
        reports=reports,
        report_count=len(reports),
        families=tuple(report.source.family for report in reports),
        first_seen=seen,
        changes=tuple(
            Change(number, Move.SOURCE if number > 1 else Move.NEW, seen, report.id)
            for number, report in enumerate(reports, 1)
        ),
        stages=(StageReached(act.stage, seen, reports[0].id),),
    )
    because = Reason("sample", _BECAUSE, Label.STRUCTURAL.value)
    verdict = Verdict(label=Label.STRUCTURAL, severity=Severity.HIGH, score=70.0, reasons=(because,), rules="")
    return Alert(story, verdict, judged=now, parsed=now)
