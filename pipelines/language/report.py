"""Puts the parts together: one entry and its doc become a ``Report``."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Doc

from pipelines.events import Entry
from pipelines.language.acts import Frame, Reached, read_direction, read_event, read_form, read_stage
from pipelines.language.amounts import amounts, dates
from pipelines.language.cues import Cue, cues_of
from pipelines.language.evidence import is_structural, probability
from pipelines.language.facts import evidence
from pipelines.language.grammar import Clause, Governor, Grammar
from pipelines.language.lexicon_file import Lexicon
from pipelines.language.text import Clean
from pipelines.language.topics import points_of, signs, tags, with_signs
from rules.story import Act, Actor, Driver, Entity, Event, Form, Report, Stage, Topic

_STRENGTH = {
    Stage.IN_FORCE: 4,
    Stage.REVERSED: 4,
    Stage.ANNOUNCED: 3,
    Stage.PROPOSED: 2,
    Stage.RUMOUR: 1,
    Stage.NONE: 0,
}
_PLACES = ("state", "project")


def points_of_doc(doc: Doc) -> dict[str, int]:
    """Topic points of a doc."""
    return points_of(cues_of(doc))


def frame_of(doc: Doc, lexicon: Lexicon) -> tuple[Frame, Reached, Event]:
    """The reading of a doc: of several main clauses the one with the strongest act speaks."""
    cues = tuple(cues_of(doc))
    low = tuple(token.lower_ for token in doc)
    grammar = Grammar(lexicon)
    clauses = grammar.clauses(low, cues)
    best: tuple[int, Frame, Reached, Event] | None = None
    for clause in [one for one in clauses if one.main] or [Clause(0, len(low), main=True)]:
        governor = grammar.governor(low, cues, clause)
        frame = _frame(low, cues, clauses, clause, governor, lexicon)
        reached = read_stage(frame)
        event = read_event(frame, reached, lexicon)
        strength = _STRENGTH[reached.stage] + (2 if event.leans_structural else 0) + (1 if governor is not None else 0)
        if best is None or strength > best[0]:
            best = (strength, frame, reached, event)
    assert best is not None
    return best[1], best[2], best[3]


def _frame(
    low: tuple[str, ...],
    cues: tuple[Cue, ...],
    clauses: tuple[Clause, ...],
    clause: Clause,
    governor: Governor | None,
    lexicon: Lexicon,
) -> Frame:
    form = read_form(low, cues, clause, governor, lexicon)
    asked = bool(low) and low[-1] == "?" and clause.end == len(low) - 1
    opens = bool(low) and clause.start < len(low) and low[clause.start] in lexicon.words["questions"]
    question = asked or (form in (Form.QUESTION, Form.EXPLAINER) and opens)
    return Frame(low, cues, clauses, clause, governor, form, question)


def compose(
    entry: Entry, title: Clean, doc: Doc, extra: dict[str, int] | None, lexicon: Lexicon, version: str
) -> Report:
    """The report of an entry; an empty doc (foreign or empty text) gives one without topic and act."""
    if not len(doc):
        return _bare(entry, version)
    frame, reached, event = frame_of(doc, lexicon)
    given = tags(with_signs(points_of(frame.cues), signs(frame, event), lexicon), lexicon, extra)
    topics = tuple(tag.topic for tag in given)
    measured = amounts(title.text)
    named = evidence(frame, reached, event, topics, measured)
    chance = probability(named, lexicon.weights)
    structural = is_structural(chance, lexicon.weights)
    entities = _entities(doc, frame.cues, title, lexicon)
    act = Act(
        event=event,
        stage=reached.stage,
        step=reached.step,
        direction=read_direction(frame, event, reached, lexicon),
        hedge=reached.hedge,
        negated=reached.negated,
        actors=_actors(frame, lexicon),
        target=_target(frame, lexicon),
        places=tuple(dict.fromkeys(entity.name for entity in entities if entity.kind in _PLACES)),
        dates=dates(title.text, entry.published),
        amounts=measured,
    )
    return Report(
        id=entry.id,
        title=entry.title,
        summary=entry.summary,
        link=entry.url,
        source=entry.source,
        published=entry.published,
        tags=given,
        act=act,
        form=frame.form,
        entities=entities,
        driver=_driver(event, topics),
        p_structural=chance,
        structural=structural,
        reader=version,
    )


def _bare(entry: Entry, version: str) -> Report:
    return Report(
        id=entry.id,
        title=entry.title,
        summary=entry.summary,
        link=entry.url,
        source=entry.source,
        published=entry.published,
        reader=version,
    )


def _entities(doc: Doc, cues: Sequence[Cue], title: Clean, lexicon: Lexicon) -> tuple[Entity, ...]:
    found = []
    for cue in cues:
        if cue.sense.kind == "entity":
            known = lexicon.entities[cue.sense.label]
            span = doc[cue.start : cue.end]
            start, end = title.original(span.start_char, span.end_char)
            found.append(Entity(known.id, known.name, known.kind, start, end))
    return tuple(found)


def _actors(frame: Frame, lexicon: Lexicon) -> tuple[Actor, ...]:
    if frame.governor is None:
        return ()
    known = [lexicon.entities[cue.sense.label] for cue in frame.actors()]
    if any(cue.sense.label == "unnamed" for cue in frame.cues):
        known += [lexicon.entities["unnamed:sources"]]
    return tuple(dict.fromkeys(Actor(one.name, one.authority) for one in known if one.authority))


def _target(frame: Frame, lexicon: Lexicon) -> str:
    """The first entity after the governing verb."""
    if frame.governor is None:
        return ""
    after = [cue for cue in frame.inside("entity") if cue.start >= frame.governor.end]
    return lexicon.entities[after[0].sense.label].name if after else ""


def _driver(event: Event, topics: Sequence[Topic]) -> Driver | None:
    """The channel by which an act reaches crypto markets; None where there is no act."""
    if not event.leans_structural:
        return None
    if event is Event.MONETARY_DECISION or Topic.LIQUIDITY in topics or Topic.CRYPTO in topics:
        return Driver.LIQUIDITY
    if event in (Event.TRADE_AGREEMENT, Event.CONFLICT_BLOCKADE):
        return Driver.STABILITY
    if Topic.RARE_EARTH in topics or Topic.SEMICONDUCTOR in topics:
        return Driver.SUPPLY
    if Topic.ENERGY in topics:
        return Driver.ENERGY_COST
    return Driver.STABILITY if Topic.GEOPOLITICS in topics else None
