"""How far a story's act is, and whether a report really takes it further. Pure.

Two papers word one announcement differently ("unveils", "imposes"), and the reading of one headline errs. A change of
stage is a message to all readers: what may be mere wording needs a cue, a second voice or time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from pipelines.stories.kinship import same_act, stage_told, telling
from pipelines.stories.origins import origin_of
from pipelines.stories.saying import (
    AHEAD,
    BINDING,
    CLOSING,
    COURT,
    EASING,
    EFFECT,
    ENACTING,
    FORMAL,
    NO_UNDOING,
    REOPENING,
    RESTORING,
    STOPPING,
    TALK,
    UNDOING,
)
from rules.story import Move, Report, Stage, Story, Tier


class Rung(IntEnum):
    """The stages of the ladder and the steps between them that matter to readers."""

    NONE = 0
    RUMOUR = 1
    PROPOSED = 2
    CHAMBER = 3
    MEMORANDUM = 4
    ANNOUNCED = 5
    ENACTED = 6
    WORKING = 7

    @property
    def done(self) -> bool:
        """Whether somebody has committed himself; below it is talk."""
        return self >= Rung.MEMORANDUM


WORDS: Mapping[Rung, str] = {
    Rung.NONE: "talk",
    Rung.RUMOUR: "rumour",
    Rung.PROPOSED: "proposed",
    Rung.CHAMBER: "passed by one chamber",
    Rung.MEMORANDUM: "memorandum",
    Rung.ANNOUNCED: "announced",
    Rung.ENACTED: "in force",
    Rung.WORKING: "taking effect",
}
_RUNGS = {
    Stage.NONE: Rung.NONE,
    Stage.RUMOUR: Rung.RUMOUR,
    Stage.PROPOSED: Rung.PROPOSED,
    Stage.ANNOUNCED: Rung.ANNOUNCED,
    Stage.IN_FORCE: Rung.ENACTED,
    Stage.REVERSED: Rung.NONE,
}


@dataclass(frozen=True, slots=True)
class Needs:
    """Hours since the rung before after which a report is believed: by its cue, with a second voice, or alone.

    None: never. A cue is a word that can hardly be said of an earlier stage.
    """

    cue: float | None = 0
    second: float | None = None
    alone: float | None = None


AT_ONCE = Needs(0, 0, 0)
RULE: Mapping[tuple[Rung, Rung], Needs] = {
    # "weighs", "threatens" and "proposes" are said of one plan on one day: a text that lies on a table is more.
    (Rung.RUMOUR, Rung.PROPOSED): Needs(cue=0, second=12, alone=24),
    # A bill moves on by a vote alone, a memorandum by what binds.
    (Rung.RUMOUR, Rung.CHAMBER): Needs(cue=0),
    (Rung.PROPOSED, Rung.CHAMBER): Needs(cue=0),
    (Rung.MEMORANDUM, Rung.ANNOUNCED): Needs(cue=0),
    (Rung.MEMORANDUM, Rung.ENACTED): Needs(cue=0, second=12, alone=24),
    (Rung.MEMORANDUM, Rung.WORKING): Needs(cue=0),
    # "Unveils curbs" and "imposes curbs" are one announcement; what is signed a day later is more.
    (Rung.ANNOUNCED, Rung.ENACTED): Needs(cue=18, second=12, alone=48),
    (Rung.ANNOUNCED, Rung.WORKING): Needs(cue=0),
    # "Takes effect" on the day itself says when, a day later that it did.
    (Rung.ENACTED, Rung.WORKING): Needs(cue=12),
}
"""What a step up needs; a pair that is not here is a step from talk to a deed, which is believed at once."""
ABLE = ("A1", "A2", "A3", "A4", "A5")
"""Authorities that can do what is said of them; the others comment."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a report does to a story's stage, in words: ``kind`` is None where that is not worth telling.

    ``stage`` is None for a finer step within a stage.
    """

    kind: Move | None
    stage: Stage | None
    detail: str


def rung_told(report: Report) -> Rung:
    """The rung that a report tells of; none for an undoing."""
    stage = stage_told(report)
    if stage is Stage.PROPOSED and report.act.step == "one-chamber":
        return Rung.CHAMBER
    if stage is Stage.ANNOUNCED and report.act.step == "memorandum":
        return Rung.MEMORANDUM
    if stage in (Stage.ANNOUNCED, Stage.IN_FORCE) and takes_effect(report):
        return Rung.WORKING
    if stage is Stage.ANNOUNCED and _enacts(report):
        return Rung.ENACTED
    return _RUNGS[stage]


def takes_effect(report: Report) -> bool:
    """Whether the headline says that the act works now, rather than when it will."""
    if any(day > report.published.date() for day in report.act.dates):
        return False
    return any(not AHEAD.search(report.title[: found.start()]) for found in EFFECT.finditer(report.title))


def _enacts(report: Report) -> bool:
    """Whether the headline says that something became binding."""
    return any(not AHEAD.search(report.title[: found.start()]) for found in ENACTING.finditer(report.title))


def step_of(story: Story, report: Report) -> Step | None:
    """What this report does to the stage of its story, where that is to be believed."""
    stage = stage_told(report)
    if stage is Stage.NONE or not same_act(story, report):
        return None
    if not story.stages:
        return _first(story, report, stage)
    if story.stages[-1].stage is Stage.REVERSED:
        return _again(story, report, stage)
    if stage is Stage.REVERSED or _reopens(story, report):
        return _undone(story, report)
    return _up(story, report, stage)


def _up(story: Story, report: Report, stage: Stage) -> Step | None:
    """A step up, if ``RULE`` lets it be believed."""
    before, since = standing(story)
    rung = rung_told(report)
    if rung <= before or (report.act.hedge and rung.done):
        return None
    needs = RULE.get((before, rung), AT_ONCE)
    hours = max(timedelta(), report.published - since) / timedelta(hours=1)
    second = _second(story, report, rung, since)
    plain = second or (_is_able(report) and not TALK.search(report.title))
    if not (plain if needs is AT_ONCE else _believed(needs, hours, cue=_has_cue(report, rung), second=second)):
        return None
    higher = all(known.stage is not stage for known in story.stages) and _RUNGS[stage] >= _RUNGS[story.stages[-1].stage]
    return Step(Move.STAGE, stage if higher else None, f"{WORDS[before]} → {said(stage, rung)}")


def standing(story: Story) -> tuple[Rung, datetime]:
    """The rung that the story's act stands on since its last undoing, and when it was first reported to."""
    reached = story.stages[-1]
    rung, at = _RUNGS[reached.stage], reached.at
    if any(change.kind is Move.EFFECT and change.at >= at for change in story.changes):
        return Rung.WORKING, at  # the day came, and readers were told so
    named = {step.report for step in story.stages} | {c.report for c in story.changes if c.kind is Move.STAGE}
    for report in story.reports:
        if report.id in named and report.published >= at and rung_told(report) > rung:
            rung, at = rung_told(report), report.published
    if rung is Rung.ANNOUNCED and reached.stage is Stage.ANNOUNCED:
        first = next((report for report in story.reports if report.id == reached.report), None)
        later = {c.report for c in story.changes if c.kind is Move.STAGE} - {reached.report}
        if first is not None and rung_told(first) is Rung.MEMORANDUM and not later & {r.id for r in story.reports}:
            rung = Rung.MEMORANDUM
    came = [change.at for change in story.changes if change.kind is Move.EFFECT and change.at >= at]
    return (Rung.WORKING, came[-1]) if came else (rung, at)


def said(stage: Stage, rung: Rung) -> str:
    """A stage in words."""
    if stage is Stage.ANNOUNCED and rung is Rung.ENACTED:
        return "signed"
    return "reversed" if stage is Stage.REVERSED else WORDS[rung]


def _first(story: Story, report: Report, stage: Stage) -> Step:
    """The first stage of a story that had none: news only where talk becomes a deed that nobody told before."""
    done = stage is Stage.REVERSED or _RUNGS[stage].done
    known = any(other.act.event.leans_structural and other.act.stage is not Stage.NONE for other in story.reports)
    expected = any(other.act.step in ("considered", "threatened") or other.act.hedge for other in story.reports)
    heavy = report.structural or report.source.tier is Tier.OFFICIAL or (expected and _is_able(report))
    return Step(Move.STAGE if done and heavy and not known else None, stage, f"talk → {said(stage, rung_told(report))}")


def _is_able(report: Report) -> bool:
    """Whether somebody who can do so is said to, or the language takes the whole for a deed."""
    return report.structural or any(actor.authority in ABLE for actor in report.act.actors)


def _reopens(story: Story, report: Report) -> bool:
    """Whether what the story's act stopped goes on again: that undoes it, in whatever words."""
    known = [other for other in telling(story) if stage_told(other) is not Stage.REVERSED]
    stops = sum(bool(CLOSING.search(other.title)) and not REOPENING.search(other.title) for other in known)
    return stops * 2 > len(known) and not report.act.hedge and REOPENING.search(report.title) is not None


def _undone(story: Story, report: Report) -> Step | None:
    """An undoing: of something that stood, that was no undoing itself, and in a word that says so."""
    title = report.title
    reopens = _reopens(story, report)
    if not (reopens or UNDOING.search(title) or (COURT.search(title) and STOPPING.search(title))):
        return None
    known = [other for other in telling(story) if stage_told(other) is not Stage.REVERSED]
    eases = sum(bool(EASING.search(other.title)) for other in known)
    lifted = eases * 2 > len(known)
    if not reopens and ((lifted and not STOPPING.search(title)) or (not lifted and NO_UNDOING.search(title))):
        return None
    if not (_is_able(report) or _undone_before(story, report)):
        return None
    rung = standing(story)[0]
    put_off = "suspended" if rung >= Rung.ENACTED else "delayed"
    how = put_off if report.act.step == "delayed" else "reversed"
    return Step(Move.REVERSAL, Stage.REVERSED, f"{WORDS[rung]} → {how}")


def _undone_before(story: Story, report: Report) -> bool:
    """Whether another house has told of the undoing too; the issuer needs none."""
    ours = origin_of(report)
    return report.source.tier is Tier.OFFICIAL or any(
        stage_told(other) is Stage.REVERSED and origin_of(other) not in ("", ours) for other in story.reports
    )


def _again(story: Story, report: Report, stage: Stage) -> Step | None:
    """What was undone and stands again: further than it ever stood, or by a word that says so."""
    further = len(story.stages) > 1 and all(
        stage is not known.stage and not known.stage.at_least(stage) for known in story.stages
    )
    if (
        report.act.hedge
        or not _is_able(report)
        or not (further or (_RUNGS[stage].done and RESTORING.search(report.title)))
    ):
        return None
    return Step(Move.STAGE, stage, f"reversed → {WORDS[rung_told(report)]}{'' if further else ' again'}")


def _has_cue(report: Report, rung: Rung) -> bool:
    match rung:
        case Rung.PROPOSED:
            return report.act.step != "threatened" and FORMAL.search(report.title) is not None
        case Rung.ANNOUNCED:
            return BINDING.search(report.title) is not None
        case Rung.ENACTED:
            return _enacts(report)
        case _:
            return True


def _believed(needs: Needs, hours: float, *, cue: bool, second: bool) -> bool:
    ways = ((needs.cue, cue), (needs.second, second), (needs.alone, True))
    return any(least is not None and holds and hours >= least for least, holds in ways)


def _second(story: Story, report: Report, rung: Rung, since: datetime) -> bool:
    """Whether another house has said as much since; the issuer needs none."""
    if report.source.tier is Tier.OFFICIAL:
        return True
    ours = origin_of(report)
    return any(
        other.published >= since and rung_told(other) >= rung and origin_of(other) not in ("", ours)
        for other in story.reports
    )
