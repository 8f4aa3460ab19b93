"""What one judged story adds to the record. Pure: the tables come in.

Conservative: what the reader does not know, or what the words of the title speak against, is unclear, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pipelines.events import Alert
from pipelines.record.phrases import Place, fold
from pipelines.record.tables import CIRCUMSTANCE, Tables, never
from pipelines.record.turns import Strand, Told, Turn
from pipelines.stories.text import without_tail
from rules.story import Direction, Move, Report, Stage, Story, Topic
from rules.verdict import Label

_DONE = (Stage.ANNOUNCED, Stage.IN_FORCE, Stage.REVERSED)
"""The stages that can make a story structural."""
_WAYS = (Direction.TIGHTENS, Direction.EASES)
_OPPOSITE = {
    Direction.TIGHTENS: Direction.EASES,
    Direction.EASES: Direction.TIGHTENS,
    Direction.UNKNOWN: Direction.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class _Title:
    """A report's title without its publisher, what stands in it, and where the circumstances begin in it."""

    text: str
    words: tuple[str, ...]
    found: Mapping[str, Place]
    end: int


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
    title = _read(report, tables)
    if report.act.negated or _doubted(report, title, direction, tables):
        direction = Direction.UNKNOWN
    by, on = _countries(report, title, tables)
    strands = _strands(report, title, tables)
    if strands == (Strand.OTHER,) and report is not story.lead:
        strands = _strands(story.lead, _read(story.lead, tables), tables)
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


def _read(report: Report, tables: Tables) -> _Title:
    text = without_tail(report.title, report.source.publisher)
    words = tuple(fold(text).split())
    found = tables.phrases.find(words)
    at, length = found.get(CIRCUMSTANCE, (0, 0))
    # The word's own first appearance is near enough: a title is one line.
    end = text.lower().find(f" {words[at]}") if at and length else -1
    return _Title(text, words, found, end if end > 0 else len(text))


def _topics(story: Story, report: Report) -> tuple[Topic, ...]:
    return next((each.topics for each in (report, story.lead, *story.reports) if each.topics), ())


def _doubted(report: Report, title: _Title, direction: Direction, tables: Tables) -> bool:
    """Whether the first word of the title that speaks for a direction speaks for the other one ("lifts ban").

    Where none speaks, whether the event asks for one. Of two that begin together the longer counts: "halts QT".
    """
    if direction is Direction.UNKNOWN:
        return False
    told = {way: place for way in _WAYS if (place := title.found.get(way)) is not None and _is_told(title, place)}
    if not told:
        return report.act.event in tables.doubtful.get(direction, ())
    return min(told, key=lambda way: told[way]) is not direction


def _is_told(title: _Title, place: Place) -> bool:
    """Whether it does not stand among the circumstances."""
    at, _ = title.found.get(CIRCUMSTANCE, (0, 0))
    return not at or place[0] < at


def _strands(report: Report, title: _Title, tables: Tables) -> tuple[Strand, ...]:
    """The parts of supply that it is about, in the order of the table; ``other`` where it is none of them."""
    ids = {entity.id for entity in report.entities}
    kinds = {entity.kind for entity in report.entities} | {entity.partition(":")[0] for entity in ids}
    found = tuple(
        strand
        for strand, cues in tables.strands.items()
        if (
            strand in title.found
            or report.act.event in cues.events
            or not cues.kinds.isdisjoint(kinds)
            or not cues.ids.isdisjoint(ids)
        )
        and never(strand) not in title.found
    )
    return found or (Strand.OTHER,)


def _countries(report: Report, title: _Title, tables: Tables) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who acts, and whom or where else it is about, as ISO codes in the order of the headline.

    A country that stands only among the circumstances ("amid", "after") is left out where another one does not; a name
    that several countries have counts only where no country is named. Where a mine, a plant or a line stands counts
    among the others, though its owner acts from elsewhere.
    """
    named = [entity for entity in report.entities if entity.id in tables.countries]
    sure = [entity for entity in named if entity.id not in tables.shared]
    called = [(match.start(), tables.peoples[match[0]]) for match in tables.people.finditer(title.text.lower())]
    taken = sure if sure or called else named
    if any(entity.start < title.end for entity in taken) or any(at < title.end for at, _ in called):
        taken = [entity for entity in taken if entity.start < title.end]
        called = [each for each in called if each[0] < title.end]
    actors = {actor.name for actor in report.act.actors}
    acting = tuple(dict.fromkeys(code for each in taken if each.name in actors for code in tables.countries[each.id]))
    others = called + [
        (each.start, code) for each in taken if each.name not in actors for code in tables.countries[each.id]
    ]
    return acting, tuple(dict.fromkeys(code for _, code in sorted(others) if code not in acting))
