"""The reader: one spaCy pipeline that turns entries into reports of what was done, by whom, and how far."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import spacy
from spacy.attrs import LOWER
from spacy.language import Language
from spacy.tokens import Doc

from pipelines.events import Entry
from pipelines.language.chinese.reader import ChineseReader
from pipelines.language.chinese.text import is_chinese
from pipelines.language.cues import CueFinder, cues_of
from pipelines.language.lexicon_file import Lexicon, load_lexicon
from pipelines.language.model import Model, ModelReader, load_model
from pipelines.language.parts import Parts, chinese_parts, parts
from pipelines.language.reading import GrammarReader
from pipelines.language.report import compose
from pipelines.language.text import LONGEST_SUMMARY, clean, foreign
from pipelines.language.topics import points_of
from rules.story import Report

BATCH = 256
_CUES, _GRAMMAR, _MODEL = "lodestone_cues", "lodestone_grammar", "lodestone_model"
_OTHERS = ("french", "german", "spanish", "italian", "portuguese", "dutch", "turkish", "polish", "indonesian")


class Reader:
    """Reads entries in batches. Not safe for two threads at once; one instance per stage is meant."""

    def __init__(self, nlp: Language, lexicon: Lexicon, learned: Model) -> None:
        self._nlp = nlp
        self._lexicon = lexicon
        self._learned = learned.settings
        self._chinese = ChineseReader(lexicon)
        self._others = tuple(lexicon.words[name] for name in _OTHERS)
        self.version = _version(lexicon.hash + learned.settings.hash)

    def read(self, entries: Sequence[Entry]) -> list[Report]:
        """One report per entry, in order. Never raises for odd text; what cannot be read has no topic and no act."""
        reports: list[Report] = []
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            with self._nlp.memory_zone():
                reports += self._read(batch)
        return reports

    def explain(self, entry: Entry) -> tuple[Report, Parts]:
        """The report of one entry, and what it was made of."""
        (report,) = self.read([entry])
        title = clean(entry.title, entry.source.publisher)
        if is_chinese(title.text):
            return report, chinese_parts(report, title.text)
        odd = foreign(title.text, self._lexicon.words["english"], self._others)
        with self._nlp.memory_zone():
            return report, parts(report, self._nlp("" if odd else title.text), self._lexicon)

    def _read(self, entries: Sequence[Entry]) -> list[Report]:
        titles = [clean(entry.title, entry.source.publisher) for entry in entries]
        english = self._lexicon.words["english"]
        chinese = [is_chinese(title.text) for title in titles]
        strange = [
            han or foreign(title.text, english, self._others) for title, han in zip(titles, chinese, strict=True)
        ]
        texts = ["" if odd else title.text for title, odd in zip(titles, strange, strict=True)]
        docs = list(self._nlp.pipe(texts, batch_size=BATCH))
        extras = self._summaries(entries, docs, strange)
        return [
            self._chinese.read(entry, title, self.version)
            if han
            else compose(entry, title, doc, extra, self._lexicon, self._learned, self.version)
            for entry, title, doc, extra, han in zip(entries, titles, docs, extras, chinese, strict=True)
        ]

    def _summaries(
        self, entries: Sequence[Entry], docs: Sequence[Doc], strange: Sequence[bool]
    ) -> list[Mapping[str, int] | None]:
        """Topic points of the summaries, where there is one."""
        extras: list[Mapping[str, int] | None] = [None] * len(entries)
        wanted = [
            index for index, entry in enumerate(entries) if entry.summary.strip() and not strange[index] and docs[index]
        ]
        texts = [clean(entries[index].summary, longest=LONGEST_SUMMARY).text for index in wanted]
        for index, doc in zip(wanted, self._nlp.pipe(texts, disable=[_GRAMMAR, _MODEL]), strict=True):
            extras[index] = points_of(cues_of(doc))
        return extras


def build_reader() -> Reader:
    """A reader with the shipped lexicon and model; reads files of the package, needs no network."""
    nlp = build_lexicon_pipeline()
    _add(nlp, _MODEL, lambda _: ModelReader(load_model()))
    return Reader(nlp, load_lexicon(), load_model())


@cache
def load_reader() -> Reader:
    """The reader of this process, built once in it: for commands, which read one thing after another."""
    return build_reader()


def build_lexicon_pipeline() -> Language:
    """The part of the pipeline that no label has taught: tokens, cues and grammar."""
    nlp = spacy.blank("en")
    # Nobody asks for a word's shape or whether it looks like a number: not to work them out halves the start.
    vocab: Any = nlp.vocab
    vocab.lex_attr_getters = {LOWER: vocab.lex_attr_getters[LOWER]}
    _add(nlp, _CUES, lambda nlp: CueFinder(nlp, load_lexicon()))
    _add(nlp, _GRAMMAR, lambda _: GrammarReader(load_lexicon()))
    return nlp


def _add(nlp: Language, name: str, make: Callable[[Language], Callable[[Doc], Doc]]) -> None:
    """Add a component at the end. spaCy wants its maker registered by name, once in a process."""
    if not Language.has_factory(name):

        def maker(nlp: Language, name: str) -> Callable[[Doc], Doc]:  # noqa: ARG001  spaCy hands the name over
            return make(nlp)

        Language.factory(name, func=maker)
    nlp.add_pipe(name)


def _version(digest: str) -> str:
    """The hash of the lexicon, the model, and the code of this package that reads by them."""
    root = files("pipelines.language")
    folders = [root, root / "chinese"]
    code = [
        file.read_text(encoding="utf-8")
        for folder in folders
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith((".py", ".yaml"))
    ]
    return hashlib.sha256("".join([digest, *code]).encode()).hexdigest()[:12]
