"""Fits the network: AdamW (Loshchilov and Hutter 2019), batches of like length, one summed loss of six heads."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from pipelines.language.heads import DIRECTIONS, EVENTS, FORMS, STAGES, TOPICS, split
from pipelines.language.training.network import Weights, forward
from pipelines.language.training.rows import Row

Array = npt.NDArray[np.float32]
Embed = Callable[[npt.NDArray[np.int64]], Array]
"""Turns piece numbers (rows, pieces) into what goes into the first layer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn. ``rate`` is for the encoder; heads are new and learn ``head_haste`` times as fast."""

    layers: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    """Layers of the base model that are kept."""
    epochs: int = 5
    batch: int = 32
    rate: float = 1.5e-4
    head_haste: float = 6.0
    decay: float = 0.01
    drop: float = 0.1
    facts_drop: float = 0.1
    warmup: float = 0.1
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Example:
    """A row made ready: piece numbers, its facts as numbers, and its labels."""

    pieces: Sequence[int]
    facts: Sequence[int]
    row: Row


def padded(examples: Sequence[Example], embed: Embed, facts: int) -> tuple[Array, Array, Array]:
    """Embedded pieces, mask and facts of a batch. Lengths are multiples of eight, so that few shapes are compiled."""
    longest = max(len(example.pieces) for example in examples)
    width = -(-longest // 8) * 8
    numbers = np.zeros((len(examples), width), np.int64)
    mask = np.zeros((len(examples), width), np.float32)
    known = np.zeros((len(examples), facts), np.float32)
    for index, example in enumerate(examples):
        numbers[index, : len(example.pieces)] = example.pieces
        mask[index, : len(example.pieces)] = 1
        known[index, list(example.facts)] = 1
    return embed(numbers), mask, known


def targets(examples: Sequence[Example]) -> tuple[Array, ...]:
    """Labels by head: topics, structural, then one-hot events, stages, forms, directions; zero where not labelled."""
    rows = [example.row for example in examples]
    return (
        np.array([[topic in row.topics for topic in TOPICS] for row in rows], np.float32),
        np.array([[row.structural] for row in rows], np.float32),
        np.array([[event is row.event for event in EVENTS] for row in rows], np.float32),
        np.array([[stage is row.stage for stage in STAGES] for row in rows], np.float32),
        np.array([[form is row.form for form in FORMS] for row in rows], np.float32),
        np.array([[direction is row.direction for direction in DIRECTIONS] for row in rows], np.float32),
    )


def loss(outputs: Any, wanted: Sequence[Any]) -> Any:
    """The summed loss of a batch; topics weigh double."""
    topics, structural, *choices = split(outputs)
    both = 2 * _binary(topics, wanted[0]) + _binary(structural, wanted[1])
    return both + sum(
        -(labels * jax.nn.log_softmax(choice)).sum(-1).mean()
        for choice, labels in zip(choices, wanted[2:], strict=True)
    )


def _binary(outputs: Any, labels: Any) -> Any:
    return -(labels * jax.nn.log_sigmoid(outputs) + (1 - labels) * jax.nn.log_sigmoid(-outputs)).mean()


def fit(
    weights: Weights, examples: Sequence[Example], embed: Embed, plan: Plan, tell: Callable[[int], None]
) -> Weights:
    """The weights after ``plan.epochs`` rounds; ``tell`` hears how many more examples were learnt."""
    facts = len(weights["facts"])
    steps = plan.epochs * math.ceil(len(examples) / plan.batch)
    rng, key = random.Random(plan.seed), jax.random.PRNGKey(plan.seed)

    def measured(now: Weights, inputs: Any, wanted: Any, key: Any) -> Any:
        embedded, mask, known = inputs
        first, second = jax.random.split(key)
        known = jnp.where(jax.random.bernoulli(first, plan.facts_drop, known.shape), 0, known)
        return loss(forward(now, embedded, mask, known, second, plan.drop), wanted)

    @jax.jit
    def step(now: Weights, mean: Weights, spread: Weights, at: Any, inputs: Any, wanted: Any, key: Any) -> Any:
        grads = jax.grad(measured)(now, inputs, wanted, key)
        size = jnp.sqrt(sum((leaf**2).sum() for leaf in jax.tree.leaves(grads)))
        grads = jax.tree.map(lambda leaf: leaf * jnp.minimum(1, 1 / (size + 1e-6)), grads)
        mean = jax.tree.map(lambda old, leaf: 0.9 * old + 0.1 * leaf, mean, grads)
        spread = jax.tree.map(lambda old, leaf: 0.999 * old + 0.001 * leaf**2, spread, grads)
        rate = plan.rate * jnp.minimum((at + 1) / (plan.warmup * steps), 1) * (1 - at / steps)

        def moved(weight: Any, mean: Any, spread: Any, haste: float) -> Any:
            pull = (mean / (1 - 0.9 ** (at + 1))) / (jnp.sqrt(spread / (1 - 0.999 ** (at + 1))) + 1e-8)
            return weight - rate * haste * (pull + plan.decay * weight)

        hasty = {name: partial(moved, haste=1.0 if name == "layers" else plan.head_haste) for name in now}
        after = {name: jax.tree.map(hasty[name], now[name], mean[name], spread[name]) for name in now}
        return after, mean, spread

    mean = jax.tree.map(jnp.zeros_like, weights)
    spread = mean
    at = 0
    for _ in range(plan.epochs):
        for batch in batches(examples, plan.batch, rng):
            key, own = jax.random.split(key)
            inputs, wanted = padded(batch, embed, facts), targets(batch)
            weights, mean, spread = step(weights, mean, spread, jnp.float32(at), inputs, wanted, own)
            at += 1
            tell(len(batch))
    return weights


def batches(examples: Sequence[Example], size: int, rng: random.Random) -> list[list[Example]]:
    """All examples once in batches of like length, in an order that the seed decides. A last, short batch is filled."""
    order = list(examples)
    rng.shuffle(order)
    if len(order) % size:
        order += rng.sample(order, min(len(order), size - len(order) % size))
    pool = size * 50
    sorted_in_pools = [
        example
        for start in range(0, len(order), pool)
        for example in sorted(order[start : start + pool], key=lambda example: len(example.pieces))
    ]
    made = [sorted_in_pools[start : start + size] for start in range(0, len(order), size)]
    rng.shuffle(made)
    return made
