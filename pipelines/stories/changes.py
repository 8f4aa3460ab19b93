"""How a story moves: a report begins it or takes it to its next version. Pure; times come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pipelines.events import Reading
from pipelines.stories.origins import independent, is_direct
from rules.story import LADDER, Change, Event, Form, Move, Report, Stage, StageReached, Story, Tier

MOST_REPORTS = 20
MOST_CHANGES = 40
_TIERS = (Tier.OFFICIAL, Tier.WIRE, Tier.TRADE, Tier.AGGREGATOR)


def begin(reading: Reading, story_id: str, now: datetime) -> Story:
    """A new story with this report alone."""
    report = reading.report
    family = independent(report, (), ())
    return Story(
        id=story_id,
        version=1,
        reports=(report,),
        report_count=1,
        families=(family,) if family else (),
        first_seen=reading.entry.first_seen,
        stages=_stages((), report),
        changes=(Change(1, Move.NEW, now, report.id),),
        told_by=report.id,
    )


def advance(story: Story, reading: Reading, now: datetime) -> Story:
    """The story's next version with this report in it. A report that it holds already changes nothing."""
    report = reading.report
    if any(known.id == report.id for known in story.reports):
        return story
    version = story.version + 1
    family = independent(report, story.reports, story.families)
    stages = _stages(story.stages, report)
    kind = Move.STAGE if stages != story.stages else Move.SOURCE if family else Move.COPY
    reports = (*story.reports, report)
    speaker = _speaker(reports, stages)
    return replace(
        story,
        version=version,
        reports=_kept(reports, speaker),
        report_count=story.report_count + 1,
        families=(*story.families, family) if family else story.families,
        stages=stages,
        changes=_shortened((*story.changes, Change(version, kind, now, report.id))),
        told_by=speaker.id,
    )


def stage_told(report: Report) -> Stage:
    """The stage that a report may give to its story: none for opinion, price moves, denials and acts of no weight."""
    act = report.act
    able = act.event.leans_structural or act.event is Event.SPECULATION_TALKS
    return act.stage if report.form is Form.REPORT and able and not act.negated else Stage.NONE


def _stages(reached: tuple[StageReached, ...], report: Report) -> tuple[StageReached, ...]:
    """The stage history with this report: it only moves up the ladder, or to reversed."""
    stage = stage_told(report)
    if stage is Stage.NONE:
        return reached
    if stage is Stage.REVERSED:
        moved = not reached or reached[-1].stage is not Stage.REVERSED
    else:
        moved = all(stage is not known.stage and not known.stage.at_least(stage) for known in reached)
    return (*reached, StageReached(stage, report.published, report.id)) if moved else reached


def _speaker(reports: tuple[Report, ...], stages: tuple[StageReached, ...]) -> Report:
    """The report that speaks for the story: at its stage, direct, from the best tier, the earliest."""
    now_reversed = bool(stages) and stages[-1].stage is Stage.REVERSED

    def order(report: Report) -> tuple[bool, int, bool, int, datetime, str]:
        stage = stage_told(report)
        height = LADDER.index(stage) if stage in LADDER else len(LADDER) if now_reversed else 0
        tier = _TIERS.index(report.source.tier)
        return report.form is not Form.REPORT, -height, not is_direct(report), tier, report.published, report.id

    return min(reports, key=order)


def _kept(reports: tuple[Report, ...], speaker: Report) -> tuple[Report, ...]:
    """At most ``MOST_REPORTS``: the first, the one that speaks, the one of the highest tier, and the newest."""
    if len(reports) <= MOST_REPORTS:
        return reports
    nearest = min(reports, key=lambda report: _TIERS.index(report.source.tier))
    wanted = {reports[0].id, speaker.id, nearest.id}
    wanted |= {report.id for report in reports[-(MOST_REPORTS - len(wanted)) :]}
    return tuple(report for report in reports if report.id in wanted)


def _shortened(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """At most ``MOST_CHANGES``, the oldest copies dropped first, then the oldest sources; numbers stay."""
    for kind in (Move.COPY, Move.SOURCE, Move.STAGE):
        while len(changes) > MOST_CHANGES:
            at = next((n for n, change in enumerate(changes) if change.kind == kind), None)
            if at is None:
                break
            changes = (*changes[:at], *changes[at + 1 :])
    return changes
