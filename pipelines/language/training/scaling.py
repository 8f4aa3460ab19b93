"""Sets scales, cuts and doubt of a fitted network on rows that it has not learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.language.heads import TOPICS, Heads, Scale, heads_of, split
from pipelines.language.model import Settings
from pipelines.language.reading import Seen
from pipelines.language.report import act_of
from pipelines.language.training.calibrate import Array, best_cut, scale_of
from pipelines.language.training.rows import Row
from rules.story import Stage

_DOUBTS = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2)


def unscaled(facts: Sequence[str]) -> Settings:
    """The settings of a network that nothing is known of yet."""
    return Settings(tuple(facts), (Scale(),) * (len(TOPICS) + 1), dict.fromkeys(TOPICS, 0.5), 0.5, 1.0, "")


def scaled_settings(settings: Settings, outputs: Array, seen: Sequence[Seen], rows: Sequence[Row]) -> Settings:
    """The settings that fit these outputs (rows, WIDTH), with what the lexicon saw, to the labels of the rows best."""
    hints = np.array([each.hints for each in seen])
    topics, structural, *_ = split(outputs)
    columns = [*topics.T, structural[:, 0]]
    labels = [np.array([topic in row.topics for row in rows], np.float64) for topic in TOPICS]
    labels.append(np.array([row.structural for row in rows], np.float64))
    beside = [*hints.T, None]
    scales = tuple(map(scale_of, columns, labels, beside))
    heads = [heads_of(row, scales, hint) for row, hint in zip(outputs.astype(np.float32), hints, strict=True)]
    odds = [np.array([head.topics[topic] for head in heads]) for topic in TOPICS]
    cuts = [*map(best_cut, odds, labels), best_cut(np.array([head.structural for head in heads]), labels[-1])]
    return replace(
        settings,
        scales=scales,
        cuts=dict(zip(TOPICS, cuts[:-1], strict=True)),
        cut=cuts[-1],
        doubt=max(_DOUBTS, key=lambda doubt: _rightness(heads, seen, rows, doubt, cuts[-1])),
    )


def _rightness(heads: Sequence[Heads], seen: Sequence[Seen], rows: Sequence[Row], doubt: float, cut: float) -> float:
    """How often events and stages are right, over all and over acts alone: neither is given up for the other."""
    given = [
        act_of(head, structural=head.structural >= cut, doubt=doubt, seen=each)
        for head, each in zip(heads, seen, strict=True)
    ]
    right = [(event is row.event) + (stage is row.stage) for (event, stage), row in zip(given, rows, strict=True)]
    acts = [points for points, row in zip(right, rows, strict=True) if row.stage is not Stage.NONE]
    return sum(right) / max(1, len(right)) + sum(acts) / max(1, len(acts))
