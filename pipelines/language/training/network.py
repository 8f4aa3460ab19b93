"""The model while it learns: a BERT encoder (Devlin et al. 2019) with six heads, in JAX.

Embeddings are frozen: what the sentence model knows of words that no label has shown stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pipelines.language.heads import WIDTH

SIZE, HANDS, INNER = 384, 12, 1536
"""Width of the encoder, attention heads, width of the feed-forward part: those of MiniLM-L6 (Wang et al. 2020)."""

Weights = dict[str, Any]


def begin(base: Mapping[str, np.ndarray[Any, Any]], layers: Sequence[int], facts: int, seed: int) -> Weights:
    """Weights to start from: those layers of a base model, and new heads. ``facts`` is the number of known facts."""
    rng = np.random.default_rng(seed)

    def new(*shape: int) -> np.ndarray[Any, Any]:
        return (rng.standard_normal(shape) * 0.02).astype(np.float32)

    return {
        "layers": [_layer(base, f"encoder.layer.{number}.") for number in layers],
        "pool": new(2 * SIZE, SIZE),
        "facts": new(facts, SIZE),
        "pool_bias": np.zeros(SIZE, np.float32),
        "head": new(SIZE, WIDTH),
        "head_bias": np.zeros(WIDTH, np.float32),
    }


def _layer(base: Mapping[str, np.ndarray[Any, Any]], at: str) -> dict[str, np.ndarray[Any, Any]]:
    def weight(name: str) -> np.ndarray[Any, Any]:
        return np.ascontiguousarray(base[f"{at}{name}.weight"].T)

    mixed = [f"attention.self.{name}" for name in ("query", "key", "value")]
    return {
        "mix": np.concatenate([weight(name) for name in mixed], axis=1),
        "mix_bias": np.concatenate([base[f"{at}{name}.bias"] for name in mixed]),
        "out": weight("attention.output.dense"),
        "out_bias": base[f"{at}attention.output.dense.bias"],
        "norm1": base[f"{at}attention.output.LayerNorm.weight"],
        "norm1_bias": base[f"{at}attention.output.LayerNorm.bias"],
        "wide": weight("intermediate.dense"),
        "wide_bias": base[f"{at}intermediate.dense.bias"],
        "narrow": weight("output.dense"),
        "narrow_bias": base[f"{at}output.dense.bias"],
        "norm2": base[f"{at}output.LayerNorm.weight"],
        "norm2_bias": base[f"{at}output.LayerNorm.bias"],
    }


def forward(weights: Weights, embedded: Any, mask: Any, facts: Any, key: Any = None, drop: float = 0.0) -> Any:
    """Outputs (rows, WIDTH) for embedded pieces (rows, pieces, SIZE), a mask (rows, pieces) and facts (rows, facts).

    With a ``key`` a share ``drop`` of the values is left out, as in training.
    """
    keys: Any = iter(jax.random.split(key, 2 * len(weights["layers"]) + 2) if key is not None else [])

    def dropped(x: Any) -> Any:
        if key is None:
            return x
        kept = jax.random.bernoulli(next(keys), 1 - drop, x.shape)
        return jnp.where(kept, x / (1 - drop), 0)

    x = dropped(embedded)
    unseen = (mask[:, None, None, :] - 1) * 1e4
    rows, pieces, _ = x.shape
    for layer in weights["layers"]:
        parts = jnp.split(x @ layer["mix"] + layer["mix_bias"], 3, axis=-1)
        query, word, value = (part.reshape(rows, pieces, HANDS, -1).transpose(0, 2, 1, 3) for part in parts)
        seen = jax.nn.softmax(query @ word.transpose(0, 1, 3, 2) / np.sqrt(SIZE // HANDS) + unseen, axis=-1)
        mixed = (seen @ value).transpose(0, 2, 1, 3).reshape(rows, pieces, SIZE)
        x = normal(x + dropped(mixed @ layer["out"] + layer["out_bias"]), layer["norm1"], layer["norm1_bias"])
        inner = jax.nn.gelu(x @ layer["wide"] + layer["wide_bias"], approximate=False)
        x = normal(x + dropped(inner @ layer["narrow"] + layer["narrow_bias"]), layer["norm2"], layer["norm2_bias"])
    mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    pooled = jnp.concatenate([x[:, 0], mean], axis=-1) @ weights["pool"] + weights["pool_bias"]
    return dropped(jnp.tanh(pooled + facts @ weights["facts"])) @ weights["head"] + weights["head_bias"]


def normal(x: Any, scale: Any, shift: Any) -> Any:
    """Layer normalisation over the last axis, as BERT has it."""
    mean = x.mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-12) * scale + shift
