"""What the lexicon and the grammar see in a headline, as a spaCy component: it stands before the learned model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spacy.tokens import Doc

from pipelines.language.acts import Frame, Reached, read_event, read_form, read_stage
from pipelines.language.amounts import amounts
from pipelines.language.cues import Cue, cues_of
from pipelines.language.facts import evidence
from pipelines.language.grammar import Clause, Governor, Grammar
from pipelines.language.lexicon_file import Lexicon
from pipelines.language.meanings import STRENGTH
from pipelines.language.topics import hints, points_of, signs, tags, with_signs
from rules.story import Event, Form, Quantity, Tag

SEEN = "seen"
"""Where the component leaves its find in ``Doc.user_data``."""

_HINT = 2
"""Points of a topic, its own words and the signs of the grammar together, that are a hint of it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The reading of a headline by words and order alone.

    ``facts`` name all that bears on the matter; ``hints`` are the log-odds of the topics, in the order of ``Topic``.
    """

    frame: Frame
    reached: Reached
    event: Event
    points: Mapping[str, int]
    tags: tuple[Tag, ...]
    hints: tuple[float, ...]
    amounts: tuple[Quantity, ...]
    facts: tuple[str, ...]

    @property
    def worth_reading(self) -> bool:
        """Whether a closer look can find anything: a topic was seen, or a deed with a hint of one."""
        return bool(self.tags) or ("act" in self.facts and max(self.points.values(), default=0) >= _HINT)


class GrammarReader:
    """A spaCy component: leaves what it sees in ``doc.user_data``. Needs the cues of ``CueFinder``."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._grammar = Grammar(lexicon)

    def __call__(self, doc: Doc) -> Doc:
        """The doc with what was seen; an empty one stays as it is."""
        if len(doc):
            doc.user_data[SEEN] = self._see(doc)
        return doc

    def _see(self, doc: Doc) -> Seen:
        frame, reached, event = self._strongest(doc)
        points = with_signs(points_of(frame.cues), signs(frame, event), self._lexicon)
        given = tags(points, self._lexicon)
        measured = amounts(doc.text)
        facts = evidence(frame, reached, event, [tag.topic for tag in given], measured)
        return Seen(frame, reached, event, points, given, hints(points, self._lexicon), measured, facts)

    def _strongest(self, doc: Doc) -> tuple[Frame, Reached, Event]:
        """Of several main clauses the one with the strongest act speaks."""
        cues = tuple(cues_of(doc))
        low = tuple(token.lower_ for token in doc)
        clauses = self._grammar.clauses(low, cues)
        best: tuple[int, Frame, Reached, Event] | None = None
        for clause in [one for one in clauses if one.main] or [Clause(0, len(low), main=True)]:
            governor = self._grammar.governor(low, cues, clause)
            frame = self._frame(low, cues, clauses, clause, governor)
            reached = read_stage(frame)
            event = read_event(frame, reached, self._lexicon)
            strength = STRENGTH[reached.stage] + 2 * event.leans_structural + (governor is not None)
            if best is None or strength > best[0]:
                best = (strength, frame, reached, event)
        assert best is not None
        return best[1:]

    def _frame(
        self,
        low: tuple[str, ...],
        cues: tuple[Cue, ...],
        clauses: tuple[Clause, ...],
        clause: Clause,
        governor: Governor | None,
    ) -> Frame:
        form = read_form(low, cues, clause, governor, self._lexicon)
        asked = bool(low) and low[-1] == "?" and clause.end == len(low) - 1
        opens = bool(low) and clause.start < len(low) and low[clause.start] in self._lexicon.words["questions"]
        question = asked or (form in (Form.QUESTION, Form.EXPLAINER) and opens)
        return Frame(low, cues, clauses, clause, governor, form, question)
