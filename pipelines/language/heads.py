"""What the learned model answers, in the order of its outputs, and the odds that they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from rules.story import Direction, Event, Form, Stage, Topic

Array = npt.NDArray[np.float32]

TOPICS = tuple(Topic)
EVENTS = tuple(Event)
STAGES = tuple(Stage)
FORMS = tuple(Form)
DIRECTIONS = tuple(Direction)

_SIZES = (len(TOPICS), 1, len(EVENTS), len(STAGES), len(FORMS), len(DIRECTIONS))
WIDTH = sum(_SIZES)
"""Outputs of the model: seven topics, structural, then one per event, stage, form and direction."""


@dataclass(frozen=True, slots=True)
class Heads:
    """The model's odds for one headline; those of events, stages, forms and directions each sum to one."""

    topics: Mapping[Topic, float]
    structural: float
    events: Mapping[Event, float]
    stages: Mapping[Stage, float]
    forms: Mapping[Form, float]
    directions: Mapping[Direction, float]

    @property
    def form(self) -> Form:
        """The likeliest form."""
        return max(self.forms, key=self.forms.__getitem__)

    @property
    def direction(self) -> Direction:
        """The likeliest direction."""
        return max(self.directions, key=self.directions.__getitem__)


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns an output into honest odds: a logistic (Platt 1999), set on held-out rows.

    ``word`` is what the lexicon's own word for it, as log-odds, counts beside the output.
    """

    slope: float = 1.0
    shift: float = 0.0
    word: float = 0.0

    def odds(self, output: float, hint: float = 0.0) -> float:
        """The probability that an output stands for, with the log-odds that the lexicon gives."""
        return float(1 / (1 + np.exp(-np.clip(self.slope * output + self.word * hint + self.shift, -30, 30))))


def split(outputs: Any) -> tuple[Any, ...]:
    """The columns of each head, in the order topics, structural, events, stages, forms, directions."""
    ends = list(accumulate(_SIZES))
    return tuple(outputs[..., end - size : end] for end, size in zip(ends, _SIZES, strict=True))


def heads_of(output: Array, scales: Sequence[Scale], hints: Sequence[float]) -> Heads:
    """The odds of one row of outputs.

    ``scales`` are those of the seven topics and of structural, ``hints`` the lexicon's log-odds for the topics.
    """
    topics, structural, *choices = split(output)
    events, stages, forms, directions = (_softmax(choice) for choice in choices)
    return Heads(
        topics={
            topic: scale.odds(x, hint) for topic, x, scale, hint in zip(TOPICS, topics, scales[:-1], hints, strict=True)
        },
        structural=scales[-1].odds(structural[0]),
        events=dict(zip(EVENTS, events, strict=True)),
        stages=dict(zip(STAGES, stages, strict=True)),
        forms=dict(zip(FORMS, forms, strict=True)),
        directions=dict(zip(DIRECTIONS, directions, strict=True)),
    )


def _softmax(outputs: Array) -> list[float]:
    raised = np.exp(outputs - outputs.max())
    return [float(x) for x in raised / raised.sum()]
