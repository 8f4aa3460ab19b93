"""Finds the phrases of the lexicon in a text: spaCy's PhraseMatcher on lower case, longest phrase first."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from pipelines.language.lexicon_file import Lexicon, Sense

CUES = "cues"
"""Where the component leaves its finds in ``Doc.user_data``."""

_VOUCHES = 3
"""Points from which a topic's word vouches for a name beside it."""
_LONGEST_ALONE = ("topic", "entity", "noun", "verb")


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase found at tokens ``start`` to ``end``."""

    start: int
    end: int
    sense: Sense


class CueFinder:
    """A spaCy component: puts the list of cues, in order of appearance, into ``doc.user_data``.

    Within one kind a phrase inside a longer one does not count, and nothing counts inside a false friend.
    """

    def __init__(self, nlp: Language, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
        self._senses: dict[int, tuple[Sense, ...]] = {}
        tokenizer: Any = nlp.tokenizer
        special = frozenset(tokenizer.rules)
        for number, (phrase, senses) in enumerate(lexicon.phrases.items()):
            key = f"cue{number}"
            self._matcher.add(key, list(_patterns(nlp, phrase, special)))
            self._senses[nlp.vocab.strings[key]] = senses

    def __call__(self, doc: Doc) -> Doc:
        """The doc with its cues."""
        found = self._matcher(doc)
        found.sort(key=lambda match: (match[1] - match[2], match[1]))
        taken: dict[str, set[int]] = {}
        blocked: set[int] = set()
        cues: list[Cue] = []
        for key, start, end in found:
            span = range(start, end)
            if blocked and all(token in blocked for token in span):
                continue
            for sense in self._senses[key]:
                if sense.exact and doc[start:end].text != sense.exact:
                    continue
                if sense.kind == "block":
                    blocked.update(span)
                    continue
                alone = taken.get(_realm(sense), set()) | (
                    taken.get("entity", set()) if sense.kind == "entity" else set()
                )
                if all(token in alone for token in span) and not _twin(cues, start, end, sense):
                    continue
                cues.append(Cue(start, end, sense))
            for sense in self._senses[key]:
                if sense.kind in _LONGEST_ALONE and (not sense.exact or doc[start:end].text == sense.exact):
                    taken.setdefault(_realm(sense), set()).update(span)
        cues.sort(key=lambda cue: (cue.start, -cue.end))
        doc.user_data[CUES] = self._settled(cues, doc)
        return doc

    def _settled(self, cues: list[Cue], doc: Doc) -> list[Cue]:
        """The cues without names that are common words here. Those that need no neighbour go first: they may be one."""
        for asking in (False, True):
            doubted = [cue for cue in cues if cue.sense.context is not None and cue.sense.context.asks is asking]
            if doubted:
                low = [token.lower_ for token in doc]
                firm = [cue for cue in cues if cue.sense.context is None or cue.sense.context.asks is not asking]
                dropped = [cue for cue in doubted if not self._meant(cue, low, firm)]
                cues = [cue for cue in cues if not any(cue is one for one in dropped)]
        return cues

    def _meant(self, cue: Cue, low: list[str], firm: list[Cue]) -> bool:
        assert cue.sense.context is not None
        others = [one.sense for one in firm if one.end <= cue.start or cue.end <= one.start]
        kinds = {self.lexicon.entities[sense.label].kind for sense in others if sense.kind == "entity"}
        topics = {sense.label for sense in others if sense.kind == "topic" and sense.points >= _VOUCHES}
        return cue.sense.context.meant(low, cue.start, cue.end, kinds, topics)


def _patterns(nlp: Language, phrase: str, special: AbstractSet[str]) -> Iterator[Doc]:
    """The phrase as spaCy splits it, in lower and in upper case: "U.S." is one token, "u.s." is two.

    Plain words are one token each; to know that without asking spaCy makes the start four times as fast.
    """
    words = phrase.split(" ")
    if all(word.isalpha() and word not in special and word.upper() not in special for word in words):
        yield Doc(nlp.vocab, words=words)
        return
    low, high = nlp.make_doc(phrase), nlp.make_doc(phrase.upper())
    yield low
    if [token.lower_ for token in low] != [token.lower_ for token in high]:
        yield high


def _realm(sense: Sense) -> str:
    """Within what the longest phrase wins: each topic by itself, products, the other kinds as a whole.

    So "rare earth magnets" names the mineral inside the product too, but "Lynas Rare Earths" only the firm.
    """
    if sense.kind == "entity" and sense.label.startswith("product:"):
        return "product"
    return f"topic {sense.label}" if sense.kind == "topic" else sense.kind


def _twin(cues: list[Cue], start: int, end: int, sense: Sense) -> bool:
    """Whether the same span already carries another sense of this kind: both then stand."""
    return any(cue.start == start and cue.end == end and cue.sense.kind == sense.kind for cue in cues)


def cues_of(doc: Doc) -> list[Cue]:
    """What the component left."""
    found: Any = doc.user_data.get(CUES, [])
    return list(found)
