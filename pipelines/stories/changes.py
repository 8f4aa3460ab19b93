"""How a story moves: a report begins it or takes it to its next version. Pure; times come in.

A version may bring several changes: what the report does to the stage, what it adds, and whose voice it is. A reaction,
an analysis or a price move is colour, and what repeats others is a copy: neither raises anything.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pipelines.events import Reading
from pipelines.stories.kinship import stage_told
from pipelines.stories.news import Found, news_of
from pipelines.stories.origins import copies, independent, is_direct
from pipelines.stories.steps import Step, step_of
from rules.story import LADDER, Change, Form, Move, Report, Stage, StageReached, Story, Tier

MOST_REPORTS = 20
MOST_CHANGES = 40
_TIERS = (Tier.OFFICIAL, Tier.WIRE, Tier.TRADE, Tier.AGGREGATOR)
_ORDER = tuple(Move)
_COLOUR = (
    Form.OPINION,
    Form.FORECAST,
    Form.EXPLAINER,
    Form.QUESTION,
    Form.PRICE_MOVE,
    Form.LIVE_BLOG,
    Form.RETROSPECTIVE,
)
_BROUGHT = (Move.DENIAL, Move.REVERSAL, Move.STAGE, Move.CORRECTION, Move.INSTRUMENT, Move.AMOUNT, Move.DATE)
"""What makes a report worth keeping: it is the source of something that was told."""
_MOST_BROUGHT = 10


def begin(reading: Reading, story_id: str, now: datetime) -> Story:
    """A new story with this report alone."""
    report = reading.report
    family = independent(report, (), ())
    stage = stage_told(report)
    return Story(
        id=story_id,
        version=1,
        reports=(report,),
        report_count=1,
        families=(family,) if family else (),
        first_seen=reading.entry.first_seen,
        stages=() if stage is Stage.NONE else (StageReached(stage, report.published, report.id),),
        changes=(Change(1, Move.NEW, now, report.id),),
        told_by=report.id,
    )


def advance(story: Story, reading: Reading, now: datetime) -> Story:
    """The story's next version with this report in it. A report that it holds already changes nothing."""
    report = reading.report
    if any(known.id == report.id for known in story.reports):
        return story
    version = story.version + 1
    news = list(news_of(story, report))
    denies = report.act.negated or any(kind is Move.DENIAL for kind, _ in news)
    step = None if denies else step_of(story, report)
    colour = not news and step is None and is_colour(story, report)
    moved = step is not None and step.kind is not None
    # Whoever says first that a thing is done may say it in the words in which it was planned.
    family = "" if colour or denies else independent(report, () if moved else story.reports, story.families)
    found = _found(story, report, step, news, family, colour=colour)
    stages = story.stages
    if step is not None and step.stage is not None:
        stages = (*stages, StageReached(step.stage, report.published, report.id))
    reports = (*story.reports, report)
    changes = (*story.changes, *(Change(version, kind, now, report.id, detail) for kind, detail in found))
    speaker = speaker_of(reports, stages)
    return replace(
        story,
        version=version,
        reports=kept(reports, speaker, stages, changes),
        report_count=story.report_count + 1,
        families=(*story.families, family) if family else story.families,
        stages=stages,
        changes=shortened(changes),
        told_by=speaker.id,
    )


def is_colour(story: Story, report: Report) -> bool:
    """Whether a report is about the story's act rather than of it: a reaction, an analysis, what a market did."""
    if report.structural:
        return False
    idle = stage_told(report) is Stage.NONE and not report.act.event.leans_structural
    return report.form in _COLOUR or (bool(story.stages) and idle)


def _found(
    story: Story, report: Report, step: Step | None, news: list[Found], family: str, *, colour: bool
) -> tuple[Found, ...]:
    """All that a report brings, the weightiest first; at least that it is colour or a copy."""
    found = [*news]
    if step is not None and step.kind is not None:
        found.append((step.kind, step.detail))
    if family:
        found.append((Move.SOURCE, "the issuer's own text" if report.source.tier is Tier.OFFICIAL else ""))
    if not found:
        found.append((Move.COLOUR if colour and not copies(report, story.reports) else Move.COPY, ""))
    return tuple(sorted(found, key=lambda each: _ORDER.index(each[0])))


def speaker_of(reports: tuple[Report, ...], stages: tuple[StageReached, ...]) -> Report:
    """The report that speaks for the story: at its stage the issuer's own text, else the best direct publisher.

    What goes further than is believed yet comes next, then what stays behind.
    """
    believed = stages[-1].stage if stages else Stage.NONE
    # What stands again after an undoing is told by those who say so, not by those who told of it before.
    since = stages[-1].at if len(stages) > 1 and stages[-2].stage is Stage.REVERSED else None

    def order(report: Report) -> tuple[bool, bool, bool, int, bool, int, datetime, str]:
        stage = stage_told(report)
        height = LADDER.index(stage) if stage in LADDER else 0
        tier = _TIERS.index(report.source.tier)
        off = report.form is not Form.REPORT
        before = since is not None and report.published < since
        return off, stage is not believed, before, -height, not is_direct(report), tier, report.published, report.id

    return min(reports, key=order)


def kept(
    reports: tuple[Report, ...], speaker: Report, stages: tuple[StageReached, ...], changes: tuple[Change, ...]
) -> tuple[Report, ...]:
    """At most ``MOST_REPORTS``: the first, the one that speaks, the nearest, those that moved it, and the newest."""
    if len(reports) <= MOST_REPORTS:
        return reports
    nearest = min(reports, key=lambda report: _TIERS.index(report.source.tier))
    wanted = {reports[0].id, speaker.id, nearest.id}
    held = {report.id for report in reports}
    moved = [step.report for step in stages] + [change.report for change in changes if change.kind in _BROUGHT]
    for name in reversed(moved):
        if name in held and len(wanted) < 3 + _MOST_BROUGHT:
            wanted.add(name)
    for report in reversed(reports):
        if len(wanted) == MOST_REPORTS:
            break
        wanted.add(report.id)
    return tuple(report for report in reports if report.id in wanted)


def shortened(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """At most ``MOST_CHANGES``: what matters least is dropped first, and of that the oldest; numbers stay.

    The first change stays, and what an operator did.
    """
    for kind in reversed(_ORDER[_ORDER.index(Move.RETRACTION) + 1 :]):
        while len(changes) > MOST_CHANGES:
            at = next((n for n, change in enumerate(changes) if change.kind is kind), None)
            if at is None:
                break
            changes = (*changes[:at], *changes[at + 1 :])
    return changes
