"""The model card: what the model is, what it was fitted to, and its figures beside those of the reproducible model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.language.figures import Figures, Labels, Scored, figures
from pipelines.language.model import Model
from pipelines.language.report import act_of
from pipelines.language.training.base import PACKAGE
from pipelines.language.training.fit import Plan
from pipelines.language.training.rows import Row
from pipelines.language.training.train import Texts


@dataclass(frozen=True, slots=True)
class Trained:
    """One trained model and how it does. ``digest`` is the sha256 of its network and settings."""

    name: str
    learnt: int
    structural: int
    digest: str
    sets: Sequence[tuple[str, Figures]]


def trained(name: str, model: Model, folder: Path, learnt: Sequence[Row], sets: Sequence[tuple[str, Texts]]) -> Trained:
    """Measure a model on named sets that it has not learnt from."""
    digest = hashlib.sha256((folder / "model.onnx").read_bytes() + (folder / "settings.json").read_bytes()).hexdigest()
    return Trained(
        name=name,
        learnt=len(learnt),
        structural=sum(row.structural for row in learnt),
        digest=digest,
        sets=[(title, measure(model, texts)) for title, texts in sets if texts.rows],
    )


def measure(model: Model, texts: Texts) -> Figures:
    """The figures of the network's own word, without the gate and the lexicon around it."""
    scored = []
    for row, seen, heads in zip(texts.rows, texts.seen, model.read(texts.texts, texts.seen), strict=True):
        structural = heads.structural >= model.settings.cut
        event, stage = act_of(heads, structural=structural, doubt=model.settings.doubt, seen=seen)
        topics = tuple(topic.value for topic, odds in heads.topics.items() if odds >= model.settings.cuts[topic])
        wanted = Labels(tuple(topic.value for topic in row.topics), row.structural, row.event.value, row.stage.value)
        got = Labels(topics, structural, event.value, stage.value, heads.structural)
        scored.append(Scored(row.id, row.title, wanted, got))
    return figures(scored)


def card(models: Sequence[Trained], plan: Plan) -> str:
    """The card as Markdown."""
    lines = [
        "# The model that reads headlines",
        "",
        "Written by `lodestone train`. A transformer encoder whose answers to six questions (topics, structural,",
        "event, stage, form, direction) the reader combines with what its lexicon sees. English headlines only; it is",
        "no judge of truth, and it errs as the figures say.",
        "",
        "- Begins from: all-MiniLM-L6-v2 of the sentence-transformers project, Apache 2.0, as the package",
        f"  `{PACKAGE}` ships it; {len(plan.layers)} layers, vocabulary pruned to Latin pieces, embeddings frozen.",
        "- Sees: the cleaned title, and the facts that the lexicon finds in it.",
        "- Runs: onnxruntime, weights in eight-bit whole numbers, one thread, no torch.",
        f"- Fitted with: {plan}.",
        "- Scales and cuts: set on a tenth of the headlines, which is not learnt.",
        "",
        "| model | learnt from | of them structural | sha256 of network and settings |",
        "|---|---|---|---|",
        *(f"| {one.name} | {one.learnt:,} | {one.structural:,} | `{one.digest[:16]}` |" for one in models),
        "",
        "| model | measured on | core topics | structural F1 | its precision at recall 0.75 | event | stage |",
        "|---|---|---|---|---|---|---|",
        *(_row(one.name, title, found) for one in models for title, found in one.sets),
        "",
        "The first model is fitted to the repository's corpus alone; anyone can rebuild it with `make train`, bit for",
        "bit on a machine like ours, within 0.005 of these figures on another. The shipped one adds headlines whose",
        "text belongs to their publishers and stays outside the repository; of those that we labelled ourselves, ids",
        "and labels are kept in `pipelines/language/corpus/labels.jsonl`.",
        "",
    ]
    return "\n".join(lines)


def _row(name: str, title: str, found: Figures) -> str:
    structural = next(score for score in found.scores if score.name == "structural")
    event, stage = found.accuracies
    at_recall = "" if found.at_recall is None else f"{found.at_recall:.3f}"
    return (
        f"| {name} | {title}, {found.count:,} | {found.core.f1:.3f} | {structural.f1:.3f} | {at_recall} "
        f"| {event.acts:.3f} | {stage.acts:.3f} |"
    )
