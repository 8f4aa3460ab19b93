"""What the model's outputs stand for, and how act and doubt are decided."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.language.heads import EVENTS, STAGES, TOPICS, WIDTH, Heads, Scale, heads_of, split
from pipelines.language.report import act_of
from pipelines.language.training.calibrate import best_cut, scale_of
from rules.story import Direction, Event, Form, Stage, Topic

PLAIN = (Scale(),) * (len(TOPICS) + 1)


def heads(events: dict[Event, float], stages: dict[Stage, float]) -> Heads:
    return Heads(
        topics=dict.fromkeys(TOPICS, 0.5),
        structural=0.5,
        events={event: events.get(event, 0.0) for event in EVENTS},
        stages={stage: stages.get(stage, 0.0) for stage in STAGES},
        forms=dict.fromkeys(Form, 0.1),
        directions=dict.fromkeys(Direction, 0.3),
    )


def test_outputs_are_split_in_the_order_of_the_heads() -> None:
    row = np.arange(WIDTH, dtype=np.float32)
    topics, structural, events, stages, forms, directions = split(row)
    assert topics.tolist() == list(range(7))
    assert structural.tolist() == [7]
    assert len(events) == len(Event)
    assert len(stages) == len(Stage)
    assert len(forms) == len(Form)
    assert directions[-1] == WIDTH - 1


def test_odds_of_a_choice_sum_to_one_and_the_highest_output_wins() -> None:
    row = np.zeros(WIDTH, np.float32)
    row[0] = 4
    row[8 + EVENTS.index(Event.TARIFF)] = 3
    found = heads_of(row, PLAIN, [0.0] * len(TOPICS))
    assert found.topics[Topic.RARE_EARTH] > 0.98
    assert found.structural == 0.5
    assert sum(found.events.values()) == pytest.approx(1)
    assert max(found.events, key=found.events.__getitem__) is Event.TARIFF


def test_doubt_lets_an_act_win_before_it_is_the_likeliest() -> None:
    unsure = heads({Event.TARIFF: 0.3, Event.OTHER: 0.4}, {Stage.NONE: 0.5, Stage.ANNOUNCED: 0.3})
    assert act_of(unsure, structural=False, doubt=1.0) == (Event.OTHER, Stage.NONE)
    assert act_of(unsure, structural=False, doubt=0.5) == (Event.TARIFF, Stage.ANNOUNCED)


def test_a_structural_headline_has_an_act_that_is_more_than_a_rumour() -> None:
    leaked = heads({Event.SPECULATION_TALKS: 0.9, Event.SANCTION: 0.1}, {Stage.RUMOUR: 0.8, Stage.IN_FORCE: 0.2})
    assert act_of(leaked, structural=True, doubt=1.0) == (Event.SANCTION, Stage.IN_FORCE)


def test_a_scale_makes_outputs_honest() -> None:
    rng = np.random.default_rng(3)
    outputs = rng.normal(0, 2, 4000)
    labels = (rng.random(4000) < 1 / (1 + np.exp(-(0.5 * outputs - 1)))).astype(np.float64)
    scale = scale_of(outputs, labels)
    assert scale.slope == pytest.approx(0.5, abs=0.08)
    assert scale.shift == pytest.approx(-1, abs=0.12)


def test_a_hint_of_the_lexicon_is_weighed_beside_the_output() -> None:
    rng = np.random.default_rng(4)
    outputs, hints = rng.normal(0, 2, 4000), rng.normal(0, 2, 4000)
    labels = (rng.random(4000) < 1 / (1 + np.exp(-(0.5 * outputs + 1.5 * hints)))).astype(np.float64)
    scale = scale_of(outputs, labels, hints)
    assert scale.word == pytest.approx(1.5, abs=0.2)
    assert scale.odds(0.0, 2.0) > 0.9
    assert scale.odds(0.0, -2.0) < 0.1


def test_a_head_without_examples_keeps_its_plain_scale() -> None:
    assert scale_of(np.array([1.0, 2.0]), np.array([0.0, 0.0])) == Scale()


def test_the_best_cut_parts_what_can_be_parted() -> None:
    odds = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
    assert 0.3 < best_cut(odds, np.array([0.0, 0, 0, 1, 1, 1])) <= 0.6
