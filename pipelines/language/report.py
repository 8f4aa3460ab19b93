"""Puts the parts together: one entry, what the lexicon saw in it and what the model says become a ``Report``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from pipelines.events import Entry
from pipelines.language.acts import Frame, read_direction
from pipelines.language.amounts import dates
from pipelines.language.cues import Cue
from pipelines.language.evidence import probability
from pipelines.language.gazetteer import PLACES
from pipelines.language.heads import Heads
from pipelines.language.lexicon_file import Lexicon
from pipelines.language.meanings import driver_of
from pipelines.language.model import HEADS, Settings, seen_in
from pipelines.language.reading import Seen
from pipelines.language.text import Clean
from pipelines.language.topics import tags
from rules.story import Act, Actor, Direction, Entity, Event, Form, Report, Stage, Tag, Topic

_FIELDS = frozenset({Topic.RARE_EARTH, Topic.SEMICONDUCTOR, Topic.CRYPTO, Topic.ENERGY, Topic.LIQUIDITY})
_BROAD = frozenset(
    {Event.TARIFF, Event.TRADE_AGREEMENT, Event.SANCTION, Event.EXPORT_CONTROL, Event.QUOTA_LICENCE}
    | {Event.MONETARY_DECISION, Event.COURT_RULING, Event.CONFLICT_BLOCKADE}
)
"""Acts that reach the fields though none is named: a tariff on all goods, an embargo, a court that ends either."""

_BY_VERB = frozenset({Event.MONETARY_DECISION, Event.QUOTA_LICENCE})
_PLAIN = 3.0


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a headline after lexicon and model were heard."""

    topics: tuple[Tag, ...]
    p_structural: float
    structural: bool
    event: Event
    stage: Stage
    form: Form
    direction: Direction


def compose(
    entry: Entry,
    title: Clean,
    doc: Doc,
    extra: Mapping[str, int] | None,
    lexicon: Lexicon,
    model: Settings,
    version: str,
) -> Report:
    """The report of an entry; an empty doc (foreign or empty text) gives one without topic and act.

    ``extra`` are the topic points of its summary, where there is one.
    """
    seen = seen_in(doc)
    if seen is None:
        return _bare(entry, version)
    said = decide(seen, doc.user_data.get(HEADS), extra, lexicon, model)
    entities = _entities(doc, seen.frame.cues, title, lexicon)
    act = Act(
        event=said.event,
        stage=said.stage,
        step=seen.reached.step,
        direction=said.direction,
        hedge=seen.reached.hedge,
        negated=seen.reached.negated,
        actors=_actors(seen.frame, lexicon),
        target=_target(seen.frame, lexicon),
        places=tuple(dict.fromkeys(entity.name for entity in entities if entity.kind in PLACES)),
        dates=dates(title.text, entry.published),
        amounts=seen.amounts,
    )
    return Report(
        id=entry.id,
        title=entry.title,
        summary=entry.summary,
        link=entry.url,
        source=entry.source,
        published=entry.published,
        tags=said.topics,
        act=act,
        form=said.form,
        entities=entities,
        driver=driver_of(said.event, tuple(tag.topic for tag in said.topics)),
        p_structural=said.p_structural,
        structural=said.structural,
        reader=version,
    )


def decide(seen: Seen, heads: Heads | None, extra: Mapping[str, int] | None, lexicon: Lexicon, model: Settings) -> Said:
    """The model's word, with what only the lexicon can know; without a model's word none is structural.

    What names no field and is of no kind that reaches them all is not structural, nor is a memorandum. A summary may
    add a topic that the title hints at; it never adds an act.
    """
    from_summary = [tag for tag in tags(seen.points, lexicon, extra) if tag not in seen.tags] if extra else []
    if heads is None:
        chance = min(probability(seen.facts, lexicon.weights), model.cut / 2)
        return Said(
            topics=_strongest_first([*seen.tags, *from_summary]),
            p_structural=round(chance, 3),
            structural=False,
            event=seen.event,
            stage=seen.reached.stage,
            form=seen.frame.form,
            direction=read_direction(seen.frame, seen.event, seen.reached, lexicon),
        )
    given = [Tag(topic, round(odds, 3)) for topic, odds in heads.topics.items() if odds >= model.cuts[topic]]
    known = {tag.topic for tag in given}
    likely = heads.structural >= model.cut and seen.reached.step != "memorandum"
    event, stage = act_of(heads, structural=likely, doubt=model.doubt, seen=seen)
    structural = likely and (event in _BROAD or bool(known & _FIELDS))
    if likely and not structural:
        event, stage = act_of(heads, structural=False, doubt=model.doubt, seen=seen)
    chance = heads.structural if structural or heads.structural < model.cut else model.cut / 2
    return Said(
        topics=_strongest_first([*given, *(tag for tag in from_summary if tag.topic not in known)]),
        p_structural=round(chance, 3),
        structural=structural,
        event=event,
        stage=stage,
        form=_form_of(seen, heads),
        direction=_direction_of(seen, heads, event, lexicon),
    )


def act_of(heads: Heads, *, structural: bool, doubt: float, seen: Seen | None = None) -> tuple[Event, Stage]:
    """Event and stage: the likeliest ones, where those that are no act count ``doubt`` times their odds.

    A structural headline reports an act: only those that an act can have are asked. Where the lexicon saw a deed, its
    stage counts threefold: the governing verb is plain to see.
    """
    idle = 0.0 if structural else doubt
    waiting = (Stage.NONE, Stage.RUMOUR) if structural else (Stage.NONE,)
    plain = seen.reached.stage if seen is not None and "act" in seen.facts else None

    def weight(stage: Stage) -> float:
        return (idle if stage in waiting else 1.0) * (_PLAIN if stage is plain else 1.0)

    event = max(heads.events, key=lambda event: heads.events[event] * (1 if event.leans_structural else idle))
    return event, max(heads.stages, key=lambda stage: heads.stages[stage] * weight(stage))


def _direction_of(seen: Seen, heads: Heads, event: Event, lexicon: Lexicon) -> Direction:
    """Which way an act pushes: a rate or a quota goes up or down by its verb; all else the model knows better."""
    if not event.leans_structural:
        return Direction.UNKNOWN
    by_verb = read_direction(seen.frame, event, seen.reached, lexicon)
    return by_verb if event in _BY_VERB and by_verb is not Direction.UNKNOWN else heads.direction


def _form_of(seen: Seen, heads: Heads) -> Form:
    """A question has its mark, and the words of a live blog are certain; all else the model knows better."""
    certain = seen.frame.form
    if certain in (Form.QUESTION, Form.LIVE_BLOG, Form.RETROSPECTIVE):
        return certain
    return Form.EXPLAINER if heads.form is Form.QUESTION else heads.form


def _strongest_first(given: Sequence[Tag]) -> tuple[Tag, ...]:
    return tuple(sorted(given, key=lambda tag: -tag.probability))


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
