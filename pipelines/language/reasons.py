"""Where each field of a report came from: which word, which rule of the lexicon, or which other voice. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.tokens import Doc

from pipelines.language.acts import Frame, Reached, applies, kinds, read_direction
from pipelines.language.evidence import probability
from pipelines.language.facts import evidence
from pipelines.language.grammar import Governor
from pipelines.language.lexicon_file import Lexicon
from pipelines.language.topics import signs
from rules.story import Direction, Event, Form, Report, Stage, Topic

_AUTHORITY = {
    "A1": "sovereign",
    "A2": "executing body",
    "A3": "several states",
    "A4": "state firm or development bank",
    "A5": "owner of the asset",
    "A6": "commenter",
    "A7": "unnamed",
}
_STEPS = {
    "one-chamber": "a chamber is named",
    "memorandum": "words of a memorandum",
    "negated": "denied",
    "considered": "thought about",
    "threatened": "a threat",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the report, its value in words (empty where there is none), and where that came from."""

    name: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Topical:
    """A topic that was given, with its probability and the words and signs that speak for and against it.

    ``otherwise`` says what gave it where none of them do.
    """

    topic: str
    probability: float
    points: tuple[tuple[str, int], ...] = ()
    otherwise: str = "the learned model"


@dataclass(frozen=True, slots=True)
class Weighed:
    """The evidence about structural with its weights, the bias and the cut of the lexicon; ``alone`` is their word."""

    chance: float
    alone: float
    bias: float
    cut: float
    evidence: tuple[tuple[str, float], ...]


def fields(report: Report, doc: Doc, frame: Frame, reached: Reached, event: Event, lexicon: Lexicon) -> Iterator[Field]:
    """The act field by field, then form and driver."""
    act = report.act
    yield Field("event", act.event.value, _other(act.event.value, event.value) or _event(doc, frame, event, lexicon))
    yield Field("stage", act.stage.value, _other(act.stage.value, reached.stage.value) or _stage(doc, frame, reached))
    yield Field("step", act.step, _other(act.step, reached.step) or _step(frame, reached))
    own = read_direction(frame, event, reached, lexicon).value
    known = act.direction is not Direction.UNKNOWN
    direction = _other(act.direction.value, own) or (_direction(doc, frame, act.event, lexicon) if known else "")
    yield Field("direction", act.direction.value if known else "", direction)
    yield Field("negated", "yes" if act.negated else "", _words_of(doc, frame, "not") if act.negated else "")
    yield Field("hedge", act.hedge, _hedge(doc, frame) if act.hedge else "")
    for actor in act.actors:
        rank = f" ({actor.authority}, {_AUTHORITY.get(actor.authority, '')})" if actor.authority else ""
        source = _words_of(doc, frame, "unnamed") if actor.authority == "A7" else ""
        yield Field("actor", f"{actor.name}{rank}", source or _place_of_actors(doc, frame))
    if not act.actors:
        yield Field("actor", "")
    yield Field("target", act.target, "the first entity after the governing verb" if act.target else "")
    yield Field("places", ", ".join(act.places), "states and projects among the entities" if act.places else "")
    yield Field("dates", ", ".join(day.isoformat() for day in act.dates), "days and years named" if act.dates else "")
    amounts = ", ".join(f"{amount.value:,.12g} {amount.unit}" for amount in act.amounts)
    yield Field("amounts", amounts, ", ".join(f"“{amount.text}”" for amount in act.amounts))
    yield Field("form", report.form.value, _other(report.form.value, frame.form.value) or _form(doc, frame))
    driver = report.driver.value if report.driver else ""
    yield Field("driver", driver, _driver(report) if driver else "")


_CHINESE = "the Chinese word list"


def chinese_topics(report: Report) -> Iterator[Topical]:
    """The topics that the Chinese reader gave, strongest first."""
    return (Topical(tag.topic.value, tag.probability, otherwise=_CHINESE) for tag in report.tags)


def chinese_fields(report: Report) -> Iterator[Field]:
    """The act of a Chinese headline; all of it comes from one word list."""
    act = report.act
    said = {
        "event": act.event.value,
        "stage": act.stage.value,
        "step": act.step,
        "direction": "" if act.direction is Direction.UNKNOWN else act.direction.value,
        "negated": "yes" if act.negated else "",
        "hedge": act.hedge,
        "actor": ", ".join(actor.name for actor in act.actors),
        "target": act.target,
        "places": ", ".join(act.places),
        "form": report.form.value,
        "driver": report.driver.value if report.driver else "",
    }
    yield from (Field(name, value, _CHINESE if value else "") for name, value in said.items())


def topical(report: Report, doc: Doc, frame: Frame, event: Event, lexicon: Lexicon) -> Iterator[Topical]:
    """Each topic that was given, with the points of its words and of the grammar's signs."""
    named = signs(frame, event)
    for tag in report.tags:
        points: dict[tuple[str, int], int] = {}
        for cue in frame.cues:
            if cue.sense.kind == "topic" and cue.sense.label == tag.topic.value:
                points.setdefault((f"“{doc[cue.start : cue.end].text}”", cue.start), cue.sense.points)
        given = lexicon.topics[tag.topic.value].get("signs", {})
        by_sign = [(name, int(given[name])) for name in named if given.get(name)]
        yield Topical(tag.topic.value, tag.probability, (*((word, n) for (word, _), n in points.items()), *by_sign))


def weighed(report: Report, frame: Frame, reached: Reached, event: Event, lexicon: Lexicon) -> Weighed:
    """What the lexicon's logistic was given, the heaviest first; pieces that weigh nothing are left out."""
    found = evidence(frame, reached, event, report.topics, report.act.amounts)
    table = lexicon.weights["evidence"]
    pieces = [(name, float(table[name])) for name in found if table.get(name)]
    return Weighed(
        chance=report.p_structural,
        alone=probability(found, lexicon.weights),
        bias=float(lexicon.weights["bias"]),
        cut=float(lexicon.weights["cut"]),
        evidence=tuple(sorted(pieces, key=lambda piece: (-abs(piece[1]), piece[0]))),
    )


def _other(given: str, alone: str) -> str:
    """Who spoke where the report says something else than the lexicon by itself."""
    return "" if given == alone else f"the learned model; the lexicon alone says {alone or 'nothing'}"


def _event(doc: Doc, frame: Frame, event: Event, lexicon: Lexicon) -> str:
    if not event.leans_structural:
        return _noise(doc, frame, event)
    told: dict[str, None] = {}
    for cue in frame.cues:
        if cue.sense.kind == "noun" and cue.sense.label == event.value:
            near = frame.clause.start <= cue.start < frame.clause.end
            points = cue.sense.points * (1.0 if near else 0.4)
            told[f"“{doc[cue.start : cue.end].text}” {points:+g}{'' if near else ' outside the clause'}"] = None
    governor = frame.governor
    if governor is not None:
        for verb in filter(None, (governor.verb, governor.second)):
            if extra := verb.events.get(event.value):
                told[f"verb group {verb.name} {extra:+g}"] = None
        names = {governor.verb.name, governor.second.name if governor.second is not None else governor.verb.name}
        for boost in lexicon.frames["boosts"]:
            extra = boost["events"].get(event.value)
            if extra and applies(boost, names, kinds(frame.actors()), frame.low):
                told[f"{_asked(boost, names, frame.low)} {extra:+g}"] = None
    return ", ".join(told) or "the nouns of the headline"


def _asked(boost: Mapping[str, Any], names: set[str], low: Sequence[str]) -> str:
    """What a rule that lifts an event asked for, and found."""
    verbs = sorted(names & set(boost.get("verbs", ())))
    words = [f"“{word}”" for word in dict.fromkeys(low) if word in boost.get("words", ())]
    by = [f"{'' if verbs else 'an act '}by {boost['by']}"] if boost.get("by") else []
    return "rule for " + " with ".join([*verbs, *by, *words[:1]])


def _noise(doc: Doc, frame: Frame, event: Event) -> str:
    if frame.form is not Form.REPORT:
        return f"the form, {frame.form.value}"
    if event is Event.OTHER:
        return "no event is named" if frame.governor is None or frame.governor.verb.role != "act" else "too few points"
    if frame.governor is not None:
        return f"“{_governing(doc, frame)}” is {_ROLES.get(frame.governor.verb.role, frame.governor.verb.role)}"
    return _words_of(doc, frame, "unnamed") or "no verb governs"


_ROLES = {
    "act": "a deed told by unnamed sources or in part",
    "weak": "a thought or a wish",
    "threat": "a threat",
    "talk": "mere talk",
    "say": "a word passed on",
    "price": "a move of a market",
    "light": "empty by itself",
}


def _stage(doc: Doc, frame: Frame, reached: Reached) -> str:
    governor = frame.governor
    unnamed = _words_of(doc, frame, "unnamed")
    if governor is None:
        return "no verb governs" if reached.stage is Stage.NONE else unnamed
    role, verb = governor.verb.role, f"“{_governing(doc, frame)}”, verb group {governor.verb.name}"
    if governor.negated:
        told = f"{verb}, denied by {_words_of(doc, frame, 'not')}"
    elif role not in ("act", "weak", "threat"):
        told = f"{verb}: {_ROLES.get(role, role)}, no act"
    elif frame.question:
        told = "a question says nothing done"
    elif unnamed:
        told = f"{verb}, told by {unnamed}"
    elif role != "act":
        told = f"{verb}: {_ROLES[role]}" + (", no nameable act by an able actor" if reached.stage is Stage.NONE else "")
    else:
        told = _deed(doc, governor, reached, verb)
    return told


def _deed(doc: Doc, governor: Governor, reached: Reached, verb: str) -> str:
    later = f", still to come after “{doc[governor.start - 1].text}”" if governor.later else ""
    alone = f", which is {governor.verb.stage} by itself" if governor.verb.stage != reached.stage.value else ""
    return verb + later + alone


def _step(frame: Frame, reached: Reached) -> str:
    if not reached.step:
        return ""
    group = frame.governor.verb.name if frame.governor is not None else ""
    return _STEPS.get(reached.step, f"verb group {group}")


def _direction(doc: Doc, frame: Frame, event: Event, lexicon: Lexicon) -> str:
    if event in (Event.CAPACITY_START, Event.CAPACITY_STOP, Event.PERMIT):
        return f"{event.value} by its nature"
    governor = frame.governor
    assert governor is not None
    verb = governor.verb if governor.verb.pull or governor.second is None else governor.second
    lean, what = int(lexicon.events[event.value].get("tightens", 0)), event.value
    if event is Event.QUOTA_LICENCE and any(w.startswith(("output", "production", "opec", "oil")) for w in frame.low):
        lean, what = -1, "output"
    push = {1: " pushes up", -1: " pulls down"}.get(verb.pull, "")
    pull = {1: "tightens", -1: "eases"}.get(lean, "may go either way")
    return f"“{_governing(doc, frame)}”{push}, and {what} {pull}"


def _hedge(doc: Doc, frame: Frame) -> str:
    if frame.question:
        return "the form of a question"
    return _words_of(doc, frame, "unnamed") or (
        f"the governing verb, group {frame.governor.verb.name}" if frame.governor is not None else ""
    )


def _place_of_actors(doc: Doc, frame: Frame) -> str:
    governor = frame.governor
    if governor is None:
        return ""
    by = governor.passive and any(frame.low[index] == "by" for index in range(governor.end, frame.clause.end))
    return f"after “by”, “{_governing(doc, frame)}” being passive" if by else f"ahead of “{_governing(doc, frame)}”"


def _form(doc: Doc, frame: Frame) -> str:
    if frame.low[-1] == "?" and frame.form in (Form.QUESTION, Form.EXPLAINER):
        return "the question mark"
    words = [doc[c.start : c.end].text for c in frame.cues if c.sense.kind == "form" and c.sense.label == frame.form]
    if words:
        return ", ".join(f"“{word}”" for word in dict.fromkeys(words))
    if frame.form is Form.PRICE_MOVE:
        return f"“{_governing(doc, frame)}” moves a market"
    return f"it opens with “{doc[0].text}”" if frame.form is Form.EXPLAINER else "no words of another form"


def _driver(report: Report) -> str:
    topics = [topic.value for topic in report.topics if topic is not Topic.POLICY]
    return f"{report.act.event.value} in {', '.join(topics)}" if topics else report.act.event.value


def _governing(doc: Doc, frame: Frame) -> str:
    return doc[frame.governor.start : frame.governor.end].text if frame.governor is not None else ""


def _words_of(doc: Doc, frame: Frame, label: str) -> str:
    """The words of a kind of glue, quoted."""
    spans = [(c.start, c.end) for c in frame.cues if c.sense.kind == "glue" and c.sense.label == label]
    outer = [
        (a, b) for a, b in spans if not any(start <= a and b <= end and end - start > b - a for start, end in spans)
    ]
    return ", ".join(dict.fromkeys(f"“{doc[a:b].text}”" for a, b in outer))
