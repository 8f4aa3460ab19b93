"""What is noted of a story although no report says it: a day has come, an operator takes the alert back. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pipelines.events import Notice
from pipelines.stories.steps import WORDS, Rung
from rules.story import Change, Move, Stage, StageReached, Story

JUST_TOLD = timedelta(hours=36)
"""A report that says so shortly before the day leaves nothing to tell on it."""
_DATED = (Move.EFFECT, Move.LAPSE)
_ONCE = (Move.RETRACTION, Move.MERGED)


def note(story: Story, notice: Notice) -> Story | None:
    """The story's next version with what is noted; None where that is known already or no longer holds.

    A day counts only as long as the story has its milestone, which goes when the day has come.
    """
    if notice.kind in _ONCE and any(change.kind is notice.kind for change in story.changes):
        return None
    if any(change.kind is notice.kind and change.at == notice.at for change in story.changes):
        return None
    if notice.kind in _DATED:
        return _day_came(story, notice)
    return _with(story, notice)


def _day_came(story: Story, notice: Notice) -> Story | None:
    day = notice.at.date()
    if not any(each.kind is notice.kind and each.on == day for each in story.milestones) or story.retracted is not None:
        return None
    left = tuple(each for each in story.milestones if not (each.kind is notice.kind and each.on == day))
    if notice.kind is Move.EFFECT and _just_told(story, notice):
        return replace(story, milestones=left)
    stages = story.stages
    if notice.kind is Move.EFFECT and (not stages or stages[-1].stage is not Stage.IN_FORCE):
        # So that a report that says so on the day tells nothing new.
        stages = (*stages, StageReached(Stage.IN_FORCE, notice.at, ""))
    return _with(replace(story, milestones=left, stages=stages), notice)


def _just_told(story: Story, notice: Notice) -> bool:
    """Whether a report has just told that the act is in force, which it was not before."""
    since = notice.at - JUST_TOLD
    reached = any(known.stage is Stage.IN_FORCE and since <= known.at for known in story.stages[1:])
    said = tuple(WORDS[rung] for rung in (Rung.ENACTED, Rung.WORKING))
    return reached or any(
        change.kind is Move.STAGE and change.at >= since and change.detail.endswith(said) for change in story.changes
    )


def _with(story: Story, notice: Notice) -> Story:
    version = story.version + 1
    change = Change(version, notice.kind, notice.at, "", notice.detail)
    return replace(story, version=version, changes=(*story.changes, change))
