"""What one judged story adds to the record. Pure: the tables come in.

Conservative: what the reader does not know, or what the words of the title speak against, is unclear, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from pipelines.events import Alert
from pipelines.record.tables import Tables, fold
from pipelines.record.turns import Strand, Told, Turn
from pipelines.stories.text import without_tail
from rules.story import Direction, Entity, Move, Report, Stage, Story, Topic
from rules.verdict import Label

_DONE = (Stage.ANNOUNCED, Stage.IN_FORCE, Stage.REVERSED)
"""The stages that can make a story structural."""
_OPPOSITE = {
    Direction.TIGHTENS: Direction.EASES,
    Direction.EASES: Direction.TIGHTENS,
    Direction.UNKNOWN: Direction.UNKNOWN,
}
_CIRCUMSTANCE = re.compile(
    r"\b(?:after|as|following|amid|amidst|ahead of|despite|while|because of|in response to|in wake of|even as)\b"
)
"""What stands behind such a word is not what the headline tells, where something stands before it."""


def tell(alert: Alert, tables: Tables) -> Told:
    """The turns of this story: none for what is not structural, was retracted, or goes on in another story."""
    story = alert.story
    if alert.verdict.label is not Label.STRUCTURAL or story.merged or story.retracted is not None:
        return Told(story.id, story.version, ())
    # Of a month the last word counts: what was tightened and taken back within it has eased again.
    turns: dict[date, Turn] = {}
    for at, report, direction in _steps(story):
        turn = _turn(story, at, report, direction, tables)
        turns[turn.month] = turn
    return Told(story.id, story.version, tuple(turns.values()))


def _steps(story: Story) -> Iterator[tuple[datetime, Report, Direction]]:
    """When the story became a deed and each time that it was taken back or came again, and which way supply moved.

    A higher stage of the same deed is no new step. What was denied last has no direction.
    """
    reports = {report.id: report for report in story.reports}
    reached = [stage for stage in story.stages if stage.stage in _DONE]
    denied = _denied(story)
    if not reached:
        yield story.lead.published, story.lead, Direction.UNKNOWN if denied else _direction(story, story.lead)
        return
    first = reports.get(reached[0].report, story.lead)
    direction = Direction.UNKNOWN if denied else _direction(story, first)
    yield reached[0].at, first, direction
    undone = reached[0].stage is Stage.REVERSED
    for step in reached[1:]:
        if (step.stage is Stage.REVERSED) is not undone:
            undone = not undone
            direction = _OPPOSITE[direction]
            yield step.at, reports.get(step.report, story.lead), direction


def _denied(story: Story) -> bool:
    moves = [change.kind for change in story.changes if change.kind.moves]
    return bool(moves) and moves[-1] is Move.DENIAL


def _direction(story: Story, report: Report) -> Direction:
    """That of the report; where it has none, what all others of its stage say that have one."""
    if report.act.direction is not Direction.UNKNOWN:
        return report.act.direction
    said = {
        other.act.direction
        for other in story.reports
        if other.act.stage is report.act.stage and other.act.direction is not Direction.UNKNOWN
    }
    return said.pop() if len(said) == 1 else Direction.UNKNOWN


def _turn(story: Story, at: datetime, report: Report, direction: Direction, tables: Tables) -> Turn:
    title = without_tail(report.title, report.source.publisher)
    folded = fold(title)
    if report.act.negated or _doubted(report, folded, direction, tables):
        direction = Direction.UNKNOWN
    by, on = countries_of(report, title, tables)
    strands = strands_of(report, folded, tables)
    if strands == (Strand.OTHER,) and report is not story.lead:
        lead = story.lead
        strands = strands_of(lead, fold(without_tail(lead.title, lead.source.publisher)), tables)
    return Turn(
        story=story.id,
        at=at.astimezone(UTC),
        direction=direction,
        strands=strands,
        topics=_topics(story, report),
        by=by,
        on=on,
        title=report.title,
        link=report.link,
        publisher=report.source.publisher,
    )


def _topics(story: Story, report: Report) -> tuple[Topic, ...]:
    return next((each.topics for each in (report, story.lead, *story.reports) if each.topics), ())


def _doubted(report: Report, folded: str, direction: Direction, tables: Tables) -> bool:
    """Whether the first word of the title that speaks for a direction speaks for the other one ("lifts ban").

    Where none speaks, whether the event asks for one.
    """
    if direction is Direction.UNKNOWN:
        return False
    cut = _CIRCUMSTANCE.search(folded)
    told = folded[: cut.start()] if cut is not None and cut.start() else folded
    along, against = (tables.speaks_for[way].search(told) for way in (direction, _OPPOSITE[direction]))
    if along is None and against is None:
        return report.act.event in tables.doubtful.get(direction, ())
    return against is not None and (along is None or _place(against) < _place(along))


def _place(found: re.Match[str]) -> tuple[int, int]:
    """Which of two comes first; at one place the longer one ("halts QT" before "halts")."""
    return found.start(), -found.end()


def strands_of(report: Report, folded: str, tables: Tables) -> tuple[Strand, ...]:
    """The parts of supply that it is about, in the order of the table; ``other`` where it is none of them."""
    kinds = {entity.id.partition(":")[0] for entity in report.entities} | {entity.kind for entity in report.entities}
    ids = {entity.id for entity in report.entities}
    found = tuple(
        strand
        for strand, cues in tables.strands.items()
        if (
            report.act.event in cues.events
            or cues.kinds & kinds
            or cues.ids & ids
            or (cues.words is not None and cues.words.search(folded))
        )
        and not (cues.never is not None and cues.never.search(folded))
    )
    return found or (Strand.OTHER,)


def countries_of(report: Report, title: str, tables: Tables) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who acts, and whom or where else it is about, as ISO codes in the order of the headline.

    A country that stands only among the circumstances ("amid", "after") is left out where another one does not; a name
    that several countries have counts only where no country is named. Where a mine, a plant or a line stands counts
    among the others, though its owner acts from elsewhere.
    """
    named = _said(report.entities, title)
    sure = [entity for entity in named if entity.id in tables.countries and entity.id not in tables.shared]
    called = _called(title, tables)
    taken = sure if sure or called else [entity for entity in named if entity.id in tables.shared]
    actors = {actor.name for actor in report.act.actors}
    by = list[str]()
    on = list(called)
    for entity in taken:
        codes = tables.countries[entity.id]
        if entity.name in actors:
            by += codes
        else:
            on += [(entity.start, code) for code in codes]
    acting = tuple(dict.fromkeys(by))
    return acting, tuple(dict.fromkeys(code for _, code in sorted(on) if code not in acting))


def _said(entities: tuple[Entity, ...], title: str) -> list[Entity]:
    """The entities of what the headline tells, without those of the circumstances."""
    cut = _CIRCUMSTANCE.search(title.lower())
    before = [entity for entity in entities if cut is None or entity.start < cut.start()]
    return before or list(entities)


def _called(title: str, tables: Tables) -> list[tuple[int, str]]:
    """Peoples named in the title, with their place in it, without those of the circumstances."""
    low = title.lower()
    cut = _CIRCUMSTANCE.search(low)
    found = [(match.start(), tables.peoples[match[0]]) for match in tables.people.finditer(low)]
    before = [each for each in found if cut is None or each[0] < cut.start()]
    return before or found
