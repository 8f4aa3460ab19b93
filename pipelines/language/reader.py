"""The reader: one spaCy pipeline that turns entries into reports of what was done, by whom, and how far."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from types import ModuleType

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipelines.events import Entry
from pipelines.language import (
    acts,
    amounts,
    cues,
    evidence,
    facts,
    grammar,
    inflection,
    lexicon_file,
    report,
    text,
    topics,
)
from pipelines.language.cues import Cue, CueFinder
from pipelines.language.lexicon_file import Lexicon, load_lexicon
from pipelines.language.report import compose, points_of_doc
from pipelines.language.text import LONGEST_SUMMARY, Clean, clean, foreign
from rules.story import Report

BATCH = 256
_CODE: tuple[ModuleType, ...] = (
    acts,
    amounts,
    cues,
    evidence,
    facts,
    grammar,
    inflection,
    lexicon_file,
    report,
    text,
    topics,
)
_OTHERS = ("french", "german", "spanish", "italian", "portuguese", "dutch", "turkish", "polish", "indonesian")


class Reader:
    """Reads entries in batches. Not safe for two threads at once; one instance per stage is meant."""

    def __init__(self, nlp: Language, lexicon: Lexicon) -> None:
        self._nlp = nlp
        self._lexicon = lexicon
        self._others = tuple(lexicon.words[name] for name in _OTHERS)
        self.version = _version(lexicon)

    def read(self, entries: Sequence[Entry]) -> list[Report]:
        """One report per entry, in order. Never raises for odd text; what cannot be read has no topic and no act."""
        reports: list[Report] = []
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            with self._nlp.memory_zone():
                reports += self._read(batch)
        return reports

    def _read(self, entries: Sequence[Entry]) -> list[Report]:
        titles = [clean(entry.title, entry.source.publisher) for entry in entries]
        english = self._lexicon.words["english"]
        strange = [foreign(title.text, english, self._others) for title in titles]
        docs = list(self._nlp.pipe("" if odd else title.text for title, odd in zip(titles, strange, strict=True)))
        extras = self._summaries(entries, docs, strange)
        return [
            compose(entry, title, doc, extra, self._lexicon, self.version)
            for entry, title, doc, extra in zip(entries, titles, docs, extras, strict=True)
        ]

    def _summaries(
        self, entries: Sequence[Entry], docs: Sequence[Doc], strange: Sequence[bool]
    ) -> list[dict[str, int] | None]:
        """Topic points of the summaries, where there is one."""
        extras: list[dict[str, int] | None] = [None] * len(entries)
        wanted = [
            index for index, entry in enumerate(entries) if entry.summary.strip() and not strange[index] and docs[index]
        ]
        texts = [clean(entries[index].summary, longest=LONGEST_SUMMARY).text for index in wanted]
        for index, doc in zip(wanted, self._nlp.pipe(texts), strict=True):
            extras[index] = points_of_doc(doc)
        return extras


def build_reader() -> Reader:
    """A reader with the shipped lexicon; reads files of the package, needs no network."""
    lexicon = load_lexicon()
    nlp = spacy.blank("en")
    if not Language.has_factory("lodestone_cues"):
        Language.factory("lodestone_cues", func=_make_finder)
    nlp.add_pipe("lodestone_cues")
    return Reader(nlp, lexicon)


def _make_finder(nlp: Language, name: str) -> CueFinder:  # noqa: ARG001  spaCy hands the name over
    return CueFinder(nlp, load_lexicon())


def _version(lexicon: Lexicon) -> str:
    """The hash of the lexicon and of the code that reads by it."""
    sources = "".join(inspect.getsource(module) for module in _CODE)
    return hashlib.sha256((lexicon.hash + sources).encode()).hexdigest()[:12]


__all__ = ["Clean", "Cue", "Reader", "build_reader"]
