"""The learned model in service: a small transformer in eight-bit numbers, run by onnxruntime, as a spaCy component."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import islice

import numpy as np
import onnxruntime
from spacy.tokens import Doc

from pipelines.language.heads import TOPICS, WIDTH, Array, Heads, Scale, heads_of
from pipelines.language.reading import SEEN, Seen
from pipelines.language.wordpiece import WordPiece
from rules.story import Topic

HEADS = "heads"
"""Where the component leaves its answer in ``Doc.user_data``; nothing stands there where it was not asked."""
_REMEMBERED = 2048
"""Answers kept, about one kilobyte each: a few hours of headlines."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was set when the model was trained: the facts that it knows, how to scale its outputs, and the cuts."""

    facts: tuple[str, ...]
    scales: tuple[Scale, ...]
    cuts: Mapping[Topic, float]
    cut: float
    doubt: float
    """What the odds of "no act" count for: below one, an act is believed before it is the likeliest answer."""
    hash: str


class Model:
    """Answers for texts and their facts. Not safe for two threads at once."""

    def __init__(self, network: bytes, vocabulary: Sequence[str], settings: Settings) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        self._pieces = WordPiece(vocabulary)
        self._facts = {fact: number for number, fact in enumerate(settings.facts)}
        # A report goes round: many feeds bring the same headline, and its answer is always the same.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._output)
        self.settings = settings

    def outputs(self, texts: Sequence[str], facts: Sequence[Sequence[str]]) -> Array:
        """One row of outputs per text, in order.

        Each text goes alone: numbers of eight bits are scaled by what else is in the batch, and the same headline shall
        be read the same in any company.
        """
        rows = [self._remembered(text, tuple(known)) for text, known in zip(texts, facts, strict=True)]
        return np.stack(rows) if rows else np.zeros((0, WIDTH), np.float32)

    def _output(self, text: str, facts: tuple[str, ...]) -> Array:
        known = np.zeros((1, len(self._facts)), np.float32)
        known[0, [self._facts[fact] for fact in facts if fact in self._facts]] = 1
        numbers = np.array([self._pieces.numbers(text)], np.int64)
        (answer,) = self._session.run(None, {"numbers": numbers, "facts": known})
        row: Array = answer[0]
        return row

    def read(self, texts: Sequence[str], seen: Sequence[Seen]) -> list[Heads]:
        """The odds for each text, with what the lexicon saw in it, in order."""
        rows = self.outputs(texts, [each.facts for each in seen])
        return [heads_of(row, self.settings.scales, each.hints) for row, each in zip(rows, seen, strict=True)]


class ModelReader:
    """A spaCy component: leaves the model's odds in ``doc.user_data``.

    A cascade: only a doc in which the lexicon saw a topic, or an act, is worth the costly reading.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    def __call__(self, doc: Doc) -> Doc:
        """The doc with its odds."""
        self._answer([doc])
        return doc

    def pipe(self, stream: Iterator[Doc], batch_size: int = 256) -> Iterator[Doc]:
        """The docs in order, read in batches."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            self._answer(batch)
            yield from batch

    def _answer(self, docs: Sequence[Doc]) -> None:
        asked = [(doc, seen) for doc in docs if (seen := seen_in(doc)) is not None and seen.worth_reading]
        answers = self._model.read([doc.text for doc, _ in asked], [seen for _, seen in asked])
        for (doc, _), heads in zip(asked, answers, strict=True):
            doc.user_data[HEADS] = heads


def seen_in(doc: Doc) -> Seen | None:
    """What the lexicon saw in a doc."""
    found = doc.user_data.get(SEEN)
    return found if isinstance(found, Seen) else None


@cache
def load_model() -> Model:
    """The model shipped with the package, read once in a process."""
    return open_model(files("pipelines.language.weights"))


def open_model(folder: Traversable) -> Model:
    """The model that `lodestone train` wrote into a folder."""
    network = (folder / "model.onnx").read_bytes()
    vocabulary = (folder / "vocabulary.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    return Model(network, vocabulary, settings_of((folder / "settings.json").read_text(encoding="utf-8"), network))


def settings_of(text: str, network: bytes) -> Settings:
    """The settings that stand beside a network, with the hash of both."""
    data = json.loads(text)
    return Settings(
        facts=tuple(data["facts"]),
        scales=tuple(Scale(*data["scales"][name]) for name in [*(topic.value for topic in TOPICS), "structural"]),
        cuts={topic: float(data["cuts"][topic.value]) for topic in TOPICS},
        cut=float(data["cuts"]["structural"]),
        doubt=float(data["doubt"]),
        hash=hashlib.sha256(network + text.encode()).hexdigest()[:16],
    )
