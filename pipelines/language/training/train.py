"""The whole training, from the corpus to the files that the reader loads. Seeded: one machine gives the same bits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.language.heads import TOPICS
from pipelines.language.model import Model, Settings, open_model, seen_in
from pipelines.language.reader import build_lexicon_pipeline
from pipelines.language.reading import Seen
from pipelines.language.text import clean
from pipelines.language.training.base import Base
from pipelines.language.training.export import write_onnx
from pipelines.language.training.fit import Example, Plan, fit
from pipelines.language.training.network import begin
from pipelines.language.training.rows import Row
from pipelines.language.training.scaling import scaled_settings, unscaled
from pipelines.language.wordpiece import WordPiece

_SEEN_OFTEN = 5
"""A fact that fewer training rows show is not taught: it would be learnt by heart."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Rows with their text as the reader cleans it, and what the lexicon sees in it."""

    rows: Sequence[Row]
    texts: Sequence[str]
    seen: Sequence[Seen]

    def where(self, wanted: Callable[[Row], bool]) -> Texts:
        """The part whose rows are wanted."""
        kept = [index for index, row in enumerate(self.rows) if wanted(row)]
        return Texts(
            [self.rows[index] for index in kept],
            [self.texts[index] for index in kept],
            [self.seen[index] for index in kept],
        )


def read_texts(rows: Sequence[Row]) -> Texts:
    """Clean the rows and read them with the lexicon, in order; those with no text are left out."""
    texts = [clean(row.title, row.publisher).text for row in rows]
    docs = build_lexicon_pipeline().pipe(texts, batch_size=256)
    kept = [(row, text, seen) for row, text, doc in zip(rows, texts, docs, strict=True) if (seen := seen_in(doc))]
    return Texts([row for row, _, _ in kept], [text for _, text, _ in kept], [seen for _, _, seen in kept])


def is_own(row: Row) -> bool:
    """Whether a row was written for this project."""
    return row.id.startswith("own-")


def is_test(row: Row) -> bool:
    """Whether a row belongs to the test set that anyone can rerun: a tenth of our own headlines, never learnt from."""
    return is_own(row) and row.falls(10) == 0


def sets_scales(row: Row) -> bool:
    """Whether a row sets scales and cuts instead of being learnt: a tenth of the others."""
    return not is_test(row) and row.falls(10, "scale") == 0


def is_learnt(row: Row) -> bool:
    """Whether the network may learn from a row."""
    return not is_test(row) and not sets_scales(row)


def train(texts: Texts, base: Base, plan: Plan, folder: Path, tell: Callable[[int], None]) -> Model:
    """Train on the learnable part of ``texts`` into ``folder``, and give the model as the reader loads it.

    ``tell`` hears how many more examples were learnt, of ``plan.epochs`` times those in ``texts.where(is_learnt)``.
    """
    part = texts.where(is_learnt)
    counts = Counter(fact for seen in part.seen for fact in seen.facts)
    known = tuple(sorted(fact for fact, count in counts.items() if count >= _SEEN_OFTEN))
    numbers = {fact: number for number, fact in enumerate(known)}
    cutter = WordPiece(base.vocabulary)
    examples = [
        Example(cutter.numbers(text), [numbers[fact] for fact in seen.facts if fact in numbers], row)
        for row, text, seen in zip(part.rows, part.texts, part.seen, strict=True)
    ]
    weights = fit(begin(base.weights, plan.layers, len(known), plan.seed), examples, base.embed, plan, tell)
    folder.mkdir(parents=True, exist_ok=True)
    write_onnx(weights, base, folder / "model.onnx")
    (folder / "vocabulary.txt").write_text("\n".join(base.vocabulary) + "\n", encoding="utf-8")
    set_scales(folder, known, texts)
    return open_model(folder)


def set_scales(folder: Path, facts: Sequence[str], texts: Texts) -> None:
    """Write the settings for the network in ``folder``, by the part of ``texts`` that is kept for it."""
    held = texts.where(sets_scales)
    # The scales are for real headlines, of which few are structural; our own serve only where there are no others.
    held = held.where(lambda row: not is_own(row)) if not all(map(is_own, held.rows)) else held
    plain = unscaled(facts)
    vocabulary = (folder / "vocabulary.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    network = Model((folder / "model.onnx").read_bytes(), vocabulary, plain)
    outputs = network.outputs(held.texts, [seen.facts for seen in held.seen]).astype(np.float64)
    settings = scaled_settings(plain, outputs, held.seen, held.rows)
    (folder / "settings.json").write_text(_settings_text(settings), encoding="utf-8")


def _settings_text(settings: Settings) -> str:
    names = [*(topic.value for topic in TOPICS), "structural"]
    cuts = [*(settings.cuts[topic] for topic in TOPICS), settings.cut]
    data = {
        "cuts": dict(zip(names, cuts, strict=True)),
        "doubt": settings.doubt,
        "scales": {
            name: [scale.slope, scale.shift, scale.word] for name, scale in zip(names, settings.scales, strict=True)
        },
        "facts": list(settings.facts),
    }
    return json.dumps(data, indent=1) + "\n"
