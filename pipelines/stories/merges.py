"""Two stories that turn out to be one: the younger goes on in the older, and its id stays with what was sent. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from pipelines.stories.changes import kept, shortened, speaker_of
from pipelines.stories.origins import independent
from rules.story import LADDER, Change, Link, Milestone, Move, Stage, StageReached, Story


def order(one: Story, other: Story, loudness: Callable[[Story], int]) -> tuple[Story, Story]:
    """The story in which both go on, and the one that does: what was told louder stays, of two alike the older.

    Else those who were told of the one would be told of the other as of something new.
    """
    stays, goes = sorted((one, other), key=lambda story: (-loudness(story), story.first_seen, story.id))
    return stays, goes


def mergeable(one: Story, other: Story) -> bool:
    """Whether one may go on in the other: not where either went on elsewhere or was taken back by an operator."""
    return one.id != other.id and not any((one.merged, other.merged, one.retracted, other.retracted))


def absorb(older: Story, younger: Story, now: datetime, *, told: bool = True) -> tuple[Story, Story]:
    """The older story with all that the younger one knows, as it will be at its next version, and the younger's last.

    What the younger one was ``told`` with is not told again: its further sources alone are a change of the older one.
    If it was told to nobody, as noise, the stage that it reached is one too.
    """
    return _united(older, younger, now, told=told), last(younger, older.id, now)


def last(story: Story, into: str, now: datetime) -> Story:
    """The last version of a story that goes on in another one."""
    version = story.version + 1
    change = Change(version, Move.MERGED, now, "", into)
    return replace(story, version=version, merged=into, milestones=(), changes=(*story.changes, change))


def _united(older: Story, younger: Story, now: datetime, *, told: bool) -> Story:
    reports, families = older.reports, older.families
    held = {report.id for report in reports}
    news: list[Change] = []
    number = older.version + 1
    for report in sorted(younger.reports, key=lambda report: report.published):
        if report.id in held:
            continue
        family = independent(report, reports, families)
        if family:
            families = (*families, family)
            news.append(Change(number, Move.SOURCE, now, report.id, report.source.publisher))
        reports = (*reports, report)
    stages = _stages(older.stages, younger.stages)
    if not told and stages != older.stages:
        before = older.stages[-1].stage if older.stages else Stage.NONE
        detail = f"{before} → {stages[-1].stage}".replace("-", " ").replace(Stage.NONE, "talk")
        news.insert(0, Change(number, Move.STAGE, now, stages[-1].report, detail))
    changes = (*older.changes, *(news or [Change(number, Move.COPY, now, younger.reports[0].id)]))
    speaker = speaker_of(reports, stages)
    return replace(
        older,
        version=number,
        reports=kept(reports, speaker, stages, changes),
        report_count=older.report_count + younger.report_count,
        families=families,
        stages=stages,
        changes=shortened(changes),
        links=_links(older, younger),
        milestones=_milestones(older.milestones, younger.milestones),
        told_by=speaker.id,
    )


def _stages(ours: tuple[StageReached, ...], theirs: tuple[StageReached, ...]) -> tuple[StageReached, ...]:
    """One history: stages only move up the ladder, or to reversed."""
    stages = ours
    for step in theirs:
        known = {each.stage for each in stages}
        up = step.stage in LADDER and all(LADDER.index(step.stage) > LADDER.index(at) for at in known & set(LADDER))
        if step.stage not in known and ((up and Stage.REVERSED not in known) or step.stage is Stage.REVERSED):
            stages = (*stages, step)
    return stages


def _links(older: Story, younger: Story) -> tuple[Link, ...]:
    found = {link.story: link for link in (*younger.links, *older.links) if link.story not in (older.id, younger.id)}
    return tuple(found.values())[:5]


def _milestones(ours: Iterable[Milestone], theirs: Iterable[Milestone]) -> tuple[Milestone, ...]:
    found = {(each.on, each.kind): each for each in (*theirs, *ours)}
    return tuple(sorted(found.values(), key=lambda each: (each.on, each.kind)))
