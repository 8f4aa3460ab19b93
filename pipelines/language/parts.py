"""A reading taken apart: what each word was taken for, and where each field of the report came from. Pure.

``lodestone explain`` shows it. It looks at the same cues, clauses and governing verb as ``report.compose``, and
compares what they say with the report: where both differ, the learned model has spoken, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from pipelines.language.acts import Frame
from pipelines.language.cues import Cue, cues_of
from pipelines.language.grammar import Clause, Grammar
from pipelines.language.heads import Heads
from pipelines.language.lexicon_file import Lexicon
from pipelines.language.model import HEADS, seen_in
from pipelines.language.reasons import Field, Topical, Weighed, chinese_fields, chinese_topics, fields, topical, weighed
from rules.story import Report

Learned = Mapping[str, Mapping[str, float]]
"""The learned model's answer: head ("event", "stage", "structural") -> word -> probability."""

_BEST = 3
_GLUE = {
    "later": ("time", "still to come"),
    "may": ("hedge", "a possibility"),
    "not": ("negation", "denies what follows"),
    "unnamed": ("hedge", "an unnamed source"),
    "memo": ("hedge", "not binding"),
    "chamber": ("form", "one chamber only"),
    "sub": ("aside", "opens a side clause"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a phrase was taken for: ``kind`` is entity, topic, event, verb, hedge, negation, time, form ..."""

    kind: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A phrase that was known, at tokens ``start`` to ``end``, with all that it was taken for."""

    text: str
    start: int
    end: int
    marks: tuple[Mark, ...]
    governs: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``spaced`` where a space follows. ``kind`` is that of its strongest mark, empty without one."""

    text: str
    spaced: bool
    kind: str = ""
    governs: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """A report taken apart. Empty ``tokens``: the text was in no language that is read, or there was none."""

    tokens: tuple[Token, ...] = ()
    clauses: tuple[Clause, ...] = ()
    pieces: tuple[Piece, ...] = ()
    fields: tuple[Field, ...] = ()
    topics: tuple[Topical, ...] = ()
    weighed: Weighed | None = None
    learned: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()


_RANK = ("governs", "negation", "hedge", "verb", "entity", "event", "topic", "time", "form", "flag", "aside")
"""Which of several marks gives a token its colour."""


def parts(report: Report, doc: Doc, lexicon: Lexicon) -> Parts:
    """The parts of a report that was made of this doc."""
    seen = seen_in(doc)
    if seen is None:
        return Parts()
    frame, reached, event = seen.frame, seen.reached, seen.event
    heads = doc.user_data.get(HEADS)
    pieces = tuple(_pieces(doc, frame, lexicon))
    return Parts(
        tokens=tuple(_tokens(doc, pieces)),
        clauses=frame.clauses,
        pieces=pieces,
        fields=tuple(fields(report, doc, frame, reached, event, lexicon)),
        topics=tuple(topical(report, doc, frame, event, lexicon)),
        weighed=weighed(report, frame, reached, event, lexicon),
        learned=tuple(_strongest(_learned(heads))) if heads is not None else (),
    )


def chinese_parts(report: Report, text: str) -> Parts:
    """The parts of a Chinese headline, whose words are not taken apart here."""
    return Parts(
        tokens=(Token(text, spaced=False),),
        fields=tuple(chinese_fields(report)),
        topics=tuple(chinese_topics(report)),
    )


def _learned(heads: Heads) -> Learned:
    """The model's odds by the names of its heads."""
    return {
        "structural": {"yes": heads.structural, "no": 1 - heads.structural},
        "topics": {topic.value: odds for topic, odds in heads.topics.items()},
        "event": {event.value: odds for event, odds in heads.events.items()},
        "stage": {stage.value: odds for stage, odds in heads.stages.items()},
        "form": {form.value: odds for form, odds in heads.forms.items()},
        "direction": {direction.value: odds for direction, odds in heads.directions.items()},
    }


def _strongest(learned: Learned) -> Iterator[tuple[str, tuple[tuple[str, float], ...]]]:
    """The most probable words of each head."""
    for head, chances in learned.items():
        yield head, tuple(sorted(chances.items(), key=lambda pair: (-pair[1], pair[0]))[:_BEST])


def _pieces(doc: Doc, frame: Frame, lexicon: Lexicon) -> Iterator[Piece]:
    """The known phrases in the order of the text."""
    grammar, governor = Grammar(lexicon), frame.governor
    spans: dict[tuple[int, int], list[Mark]] = {}
    for cue in cues_of(doc):
        governs = governor is not None and (cue.start, cue.end) == (governor.start, governor.end)
        if not governs and not _counts(cue, frame, grammar):
            continue
        mark = _mark(cue, frame, grammar, lexicon, governs=governs)
        found = spans.setdefault((cue.start, cue.end), [])
        if mark not in found:
            found.append(mark)
    for (start, end), marks in spans.items():
        governs = governor is not None and (start, end) == (governor.start, governor.end)
        yield Piece(doc[start:end].text, start, end, tuple(sorted(marks, key=_rank)), governs)


def _counts(cue: Cue, frame: Frame, grammar: Grammar) -> bool:
    """Whether a cue is what it may be: "cut" may be a noun, and "to" looks ahead only where a verb follows."""
    if cue.sense.kind == "verb":
        inside = any(
            other.sense.kind in ("noun", "entity")
            and other.start <= cue.start
            and cue.end <= other.end
            and other.end - other.start > cue.end - cue.start
            for other in frame.cues
        )
        return not inside and grammar.is_verb(frame.low, frame.cues, cue)
    if cue.sense.kind == "glue" and cue.sense.label == "later" and cue.end - cue.start == 1:
        return any(other.sense.kind == "verb" and other.start == cue.end for other in frame.cues)
    return True


def _mark(cue: Cue, frame: Frame, grammar: Grammar, lexicon: Lexicon, *, governs: bool) -> Mark:
    kind, label = cue.sense.kind, cue.sense.label
    if kind == "entity":
        known = lexicon.entities[label]
        authority = f", {known.authority}" if known.authority else ""
        return Mark("entity", known.name, f"{known.id}{authority}")
    if kind == "verb":
        clause = _clause_of(cue, frame.clauses)
        verb = frame.governor.verb if governs and frame.governor else grammar.resolve(frame.low, cue, clause)
        said = (verb.role, verb.stage if verb.role == "act" else "", verb.step)
        return Mark("verb", verb.name, ", ".join(word for word in said if word and word != verb.name))
    if kind == "glue":
        named, detail = _GLUE.get(label, ("flag", label))
        return Mark(named, label, detail)
    if kind in ("noun", "topic"):
        return Mark("event" if kind == "noun" else "topic", label, f"{cue.sense.points:+d}")
    return Mark(kind, label)


def _clause_of(cue: Cue, clauses: Sequence[Clause]) -> Clause:
    within = [clause for clause in clauses if clause.start <= cue.start < clause.end]
    return within[0] if within else Clause(cue.start, cue.end, main=False)


def _tokens(doc: Doc, pieces: Sequence[Piece]) -> Iterator[Token]:
    for index, token in enumerate(doc):
        here = [piece for piece in pieces if piece.start <= index < piece.end]
        marks = sorted((mark for piece in here for mark in piece.marks), key=_rank)
        governs = any(piece.governs for piece in here)
        yield Token(token.text, bool(token.whitespace_), marks[0].kind if marks else "", governs)


def _rank(mark: Mark) -> int:
    return _RANK.index(mark.kind) if mark.kind in _RANK else len(_RANK)
