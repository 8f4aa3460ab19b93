"""What a headline says was done: event, stage, step, direction, and the governing verb they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.language.cues import Cue
from pipelines.language.grammar import Clause, Governor
from pipelines.language.lexicon_file import Lexicon
from pipelines.language.meanings import EVENT_BY_FORM, FIRM_KINDS, STATE_KINDS
from rules.story import Direction, Event, Form, Stage

_ABLE_KINDS = (
    STATE_KINDS
    | FIRM_KINDS
    | {"magnet-maker", "battery-maker", "chip-supplier", "tech-firm", "finance-firm", "minister"}
    | {"fab", "refinery", "reactor", "dam", "pipeline", "lng-terminal", "oil-gas-field", "waterway"}
)
"""All who can do what they are said to consider."""
_OPENERS = {"why", "how", "what", "who", "where", "when", "which"}
_FORMS = (
    Form.RETROSPECTIVE,
    Form.EXPLAINER,
    Form.PROMOTION,
    Form.LIVE_BLOG,
    Form.OPINION,
    Form.RESULTS,
    Form.FORECAST,
    Form.MEETING,
    Form.PRICE_MOVE,
)
"""The order in which the words of a form are believed."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What was gathered about a headline before judging it: its words, cues, clauses and governing verb."""

    low: tuple[str, ...]
    cues: tuple[Cue, ...]
    clauses: tuple[Clause, ...]
    clause: Clause
    governor: Governor | None
    form: Form
    question: bool

    def inside(self, kind: str, label: str = "", clause: Clause | None = None) -> list[Cue]:
        """Cues of a kind within a clause, the governing one unless told."""
        where = clause or self.clause
        return [
            cue
            for cue in self.cues
            if cue.sense.kind == kind
            and (not label or cue.sense.label == label)
            and where.start <= cue.start < where.end
        ]

    def anywhere(self, kind: str, label: str = "") -> bool:
        """Whether the whole headline has a cue of that kind."""
        return any(cue.sense.kind == kind and (not label or cue.sense.label == label) for cue in self.cues)

    def actors(self) -> list[Cue]:
        """Entities ahead of the governing verb, or after "by" where it is passive; all of the clause without a verb."""
        found = self.inside("entity")
        if self.governor is None:
            return found
        if self.governor.passive:
            by = next((i for i in range(self.governor.end, self.clause.end) if self.low[i] == "by"), None)
            if by is not None:
                return [cue for cue in found if by < cue.start]
        return [cue for cue in found if cue.end <= self.governor.start]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the act is: the stage, the finer step, the hedge, and whether it is denied."""

    stage: Stage
    step: str = ""
    hedge: str = ""
    negated: bool = False


def kinds(cues: Iterable[Cue]) -> set[str]:
    """The kinds of the entities among cues."""
    return {cue.sense.label.partition(":")[0] for cue in cues if cue.sense.kind == "entity"}


def by_state(cues: Iterable[Cue]) -> bool:
    """Whether a state or one of its bodies is among them."""
    return bool(kinds(cues) & STATE_KINDS)


def by_firm(cues: Iterable[Cue]) -> bool:
    """Whether a firm is among them."""
    return bool(kinds(cues) & FIRM_KINDS)


def read_form(
    low: Sequence[str], cues: Sequence[Cue], clause: Clause, governor: Governor | None, lexicon: Lexicon
) -> Form:
    """What sort of text it is. A market verb that governs makes it a price move whatever else it says."""
    if not low:
        return Form.REPORT
    labels = {cue.sense.label for cue in cues if cue.sense.kind == "form"}
    act = governor is not None and governor.verb.role in ("act", "threat")
    priced = governor is not None and governor.verb.role == "price"
    told_first = act and clause.end < len(low) - 1 and low[0] not in lexicon.words["questions"]
    if low[-1] == "?" and not told_first:
        return Form.EXPLAINER if low[0] in ("what", "how") else Form.QUESTION
    if priced and "price-move" in labels:
        return Form.PRICE_MOVE
    if low[0] in _OPENERS:
        labels.add("explainer")
    if act:
        labels -= {"meeting", "results"}
    if governor is not None and governor.verb.role not in ("price", "talk"):
        labels.discard("price-move")
    found = next((form for form in _FORMS if form.value in labels), None)
    return found or (Form.PRICE_MOVE if priced else Form.REPORT)


def read_stage(frame: Frame) -> Reached:
    """The stage that the governing verb gives, after hedge, negation, time and who says it."""
    governor = frame.governor
    unnamed = next((frame.low[cue.start] for cue in frame.cues if cue.sense.label == "unnamed"), "")
    if governor is None:
        leaked = bool(unnamed) and bool(frame.inside("noun")) and frame.form is Form.REPORT
        return Reached(Stage.RUMOUR, "considered", unnamed) if leaked else Reached(Stage.NONE)
    if governor.negated:
        return Reached(Stage.NONE, "negated", "", negated=True)
    if governor.verb.role not in ("act", "weak", "threat"):
        return Reached(Stage.NONE)
    if frame.question:
        return Reached(Stage.NONE, "", "question")
    if governor.verb.role != "act" or unnamed:
        return _hedged(frame, governor, unnamed)
    return _done(frame, governor)


def _hedged(frame: Frame, governor: Governor, unnamed: str) -> Reached:
    """A wish, a threat or a leak. Without an able actor and a nameable act it is mere talk."""
    hedge = unnamed or frame.low[governor.start]
    nameable = bool(frame.inside("noun")) or (governor.second is not None and governor.second.role == "act")
    able = bool(kinds(frame.actors()) & _ABLE_KINDS) or bool(unnamed)
    if not nameable or not able or frame.form in (Form.OPINION, Form.FORECAST, Form.EXPLAINER, Form.PRICE_MOVE):
        return Reached(Stage.NONE, "", hedge)
    if governor.verb.role == "threat" and not unnamed:
        return Reached(Stage.PROPOSED, "threatened", hedge)
    return Reached(Stage.RUMOUR, "considered", hedge)


def _done(frame: Frame, governor: Governor) -> Reached:
    """The stage of a deed, from its verb, its object and its time."""
    verb, second = governor.verb, governor.second
    stage, step = Stage(verb.stage), verb.step
    if governor.later and stage is Stage.IN_FORCE:
        stage = Stage.ANNOUNCED
    if verb.name == "pass":
        house = bool(frame.inside("glue", "chamber"))
        stage, step = (Stage.PROPOSED, "one-chamber") if house else (Stage.IN_FORCE, "")
    elif verb.name == "ban" and "court" in kinds(frame.actors()):
        stage = Stage.REVERSED
    elif verb.name in ("announce", "hit") and not governor.later and frame.inside("noun", "sanction"):
        stage = Stage.IN_FORCE
    elif verb.name in ("raise", "cut") and frame.inside("noun", "tariff"):
        stage = Stage.ANNOUNCED
    elif verb.name in ("agree", "announce", "order") and second is not None and second.stage == Stage.REVERSED:
        stage, step = Stage.REVERSED, second.step
    if frame.inside("glue", "memo") and stage in (Stage.ANNOUNCED, Stage.IN_FORCE):
        stage, step = Stage.ANNOUNCED, "memorandum"
    return Reached(stage, step)


def read_event(frame: Frame, reached: Reached, lexicon: Lexicon) -> Event:
    """The event that fits best: nouns of the main clause count in full, others by half, the verb adds its own."""
    points: dict[str, float] = {}
    seen: set[tuple[str, int]] = set()
    span = range(frame.governor.start, frame.governor.end) if frame.governor is not None else range(0)
    for cue in frame.cues:
        if cue.sense.kind != "noun" or (cue.sense.label, cue.start) in seen:
            continue
        if cue.start in span and cue.end <= span.stop and cue.sense.label == "legislation-rule":
            continue
        seen.add((cue.sense.label, cue.start))
        near = frame.clause.start <= cue.start < frame.clause.end
        points[cue.sense.label] = points.get(cue.sense.label, 0) + cue.sense.points * (1.0 if near else 0.4)
    governor = frame.governor
    if governor is None or governor.verb.role != "act" or reached.stage is Stage.NONE:
        return _noise_event(frame, reached, points)
    for verb in (governor.verb, governor.second):
        for event, extra in (verb.events if verb is not None else {}).items():
            points[event] = points.get(event, 0) + extra
    _adjust(frame, governor, points, lexicon)
    if not points or max(points.values()) < 2:
        return Event.OTHER
    return Event(max(points, key=lambda event: points[event]))


def _adjust(frame: Frame, governor: Governor, points: dict[str, float], lexicon: Lexicon) -> None:
    """What verb, actor and object say together."""
    name = governor.verb.name
    names = {name, governor.second.name if governor.second is not None else name}
    found = kinds(frame.actors())
    for boost in lexicon.frames["boosts"]:
        if applies(boost, names, found, frame.low):
            for event, extra in boost["events"].items():
                if points.get(event, 0) >= boost.get("with", 0):
                    points[event] = points.get(event, 0) + extra
    for event, verbs in lexicon.frames["only_with"].items():
        if not names & set(verbs):
            points.pop(event, None)


def applies(boost: Mapping[str, Any], names: set[str], found: set[str], low: Sequence[str]) -> bool:
    """Whether verb, actor and words are those that a boost asks for; "firm" asks for a firm and no state."""
    wanted = boost.get("by", "")
    if wanted == "state":
        actor = bool(found & STATE_KINDS)
    elif wanted == "firm":
        actor = bool(found & FIRM_KINDS) and not found & STATE_KINDS
    else:
        actor = not wanted or wanted in found
    verbs, words = boost.get("verbs"), boost.get("words")
    return actor and (not verbs or bool(names & set(verbs))) and (not words or any(word in words for word in low))


def _noise_event(frame: Frame, reached: Reached, points: dict[str, float]) -> Event:
    governor = frame.governor
    if frame.form in EVENT_BY_FORM:
        return EVENT_BY_FORM[frame.form]
    if reached.stage in (Stage.RUMOUR, Stage.PROPOSED):
        strongest = max(points, key=lambda event: points[event], default="")
        if governor is not None and governor.verb.role == "threat" and strongest:
            return Event(strongest)
        return Event.SPECULATION_TALKS
    if governor is not None and governor.verb.role in ("talk", "say"):
        return Event.MEETING_STATEMENT if by_state(frame.actors()) else Event.ANALYSIS_OPINION
    if governor is None and by_state(frame.inside("entity")) and frame.anywhere("flag", "doubt"):
        return Event.ANALYSIS_OPINION
    return Event.OTHER


def read_direction(frame: Frame, event: Event, reached: Reached, lexicon: Lexicon) -> Direction:
    """Whether the act tightens or eases supply or money, from the push of the verb and the pull of the event."""
    governor = frame.governor
    if governor is None or governor.verb.role not in ("act", "weak", "threat") or not event.leans_structural:
        return Direction.UNKNOWN
    verb = governor.verb if governor.verb.pull or governor.second is None else governor.second
    pull = verb.pull
    if event in (Event.CAPACITY_START, Event.CAPACITY_STOP):
        starts = event is Event.CAPACITY_START and reached.stage is not Stage.REVERSED
        return Direction.EASES if starts else Direction.TIGHTENS
    if event is Event.PERMIT:
        return Direction.TIGHTENS if reached.stage is Stage.REVERSED else Direction.EASES
    if event is Event.QUOTA_LICENCE:
        quota = any(word.startswith(("output", "production", "opec", "oil")) for word in frame.low)
        lean = -1 if quota else 1
    else:
        lean = int(lexicon.events[event.value].get("tightens", 0))
    if event in (Event.TRADE_AGREEMENT, Event.SUPPLY_DEAL, Event.STOCKPILE, Event.SUBSIDY_FUNDING) and not pull:
        pull = -1 if reached.stage is Stage.REVERSED else 1
    total = pull * lean
    return Direction.UNKNOWN if total == 0 else Direction.TIGHTENS if total > 0 else Direction.EASES
