"""Writes a trained network as ONNX in whole numbers of eight bits, which onnxruntime reads by itself."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from pipelines.language.training.base import Base
from pipelines.language.training.network import HANDS, SIZE, Weights

_OPSET = 17


class _Graph:
    """Collects nodes and constants under short names, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, **fields: Any) -> str:
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **fields))
        return name

    def linear(self, x: str, weight: Any, bias: Any) -> str:
        return self.node("Add", self.node("MatMul", x, self.constant(weight)), self.constant(bias))

    def normal(self, x: str, scale: Any, shift: Any) -> str:
        return self.node("LayerNormalization", x, self.constant(scale), self.constant(shift), axis=-1, epsilon=1e-12)


def write_onnx(weights: Weights, base: Base, file: Path) -> None:
    """Write the network, with the embeddings of its base, to ``file``.

    Inputs of the file: ``numbers`` int64 (rows, pieces), ``facts`` float32 (rows, facts). Output: ``outputs`` float32
    (rows, WIDTH). There is no mask: the rows of one call are of one length.
    """
    weights = _plain(weights)
    graph = _Graph()
    x = _embedded(graph, base)
    for layer in weights["layers"]:
        x = _layer(graph, layer, x)
    kept = [node.name for node in graph.nodes if node.op_type == "MatMul"]
    _heads(graph, weights, x)
    plain = [node.name for node in graph.nodes if node.op_type == "MatMul" and node.name not in kept]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "lodestone",
            [
                helper.make_tensor_value_info("numbers", TensorProto.INT64, ["rows", "pieces"]),
                helper.make_tensor_value_info("facts", TensorProto.FLOAT, ["rows", len(weights["facts"])]),
            ],
            [helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["rows", weights["head"].shape[1]])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=9,
    )
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        onnx.save(model, whole)
        logging.disable(logging.WARNING)  # it advises a preparation that shapes like ours do not need
        try:
            quantize_dynamic(
                whole,
                file,
                weight_type=QuantType.QInt8,
                per_channel=True,
                op_types_to_quantize=["MatMul"],
                nodes_to_exclude=plain,
            )
        finally:
            logging.disable(logging.NOTSET)


def _plain(weights: Weights) -> Weights:
    """The same weights as numpy arrays."""
    return {
        name: [{key: np.asarray(value, np.float32) for key, value in layer.items()} for layer in part]
        if isinstance(part, list)
        else np.asarray(part, np.float32)
        for name, part in weights.items()
    }


def _embedded(graph: _Graph, base: Base) -> str:
    """The same as ``Base.embed``."""
    found = graph.node("Cast", graph.node("Gather", graph.constant(base.table), "numbers"), to=TensorProto.FLOAT)
    found = graph.node("Mul", found, graph.node("Gather", graph.constant(base.steps), "numbers"))
    length = graph.node(
        "Slice", graph.node("Shape", "numbers"), *(graph.constant(np.array([n], np.int64)) for n in (1, 2))
    )
    places = graph.node(
        "Slice",
        graph.constant(base.positions),
        graph.constant(np.array([0], np.int64)),
        length,
        graph.constant(np.array([0], np.int64)),
    )
    return graph.normal(graph.node("Add", found, places), *base.norm)


def _layer(graph: _Graph, layer: Any, x: str) -> str:
    apart = graph.constant(np.array([0, 0, 3, HANDS, SIZE // HANDS], np.int64))
    together = graph.constant(np.array([0, 0, SIZE], np.int64))
    # The root by which attention divides goes into the query's weights, which saves a step in service.
    root = np.repeat(np.array([(SIZE // HANDS) ** -0.5, 1, 1], np.float32), SIZE)
    mixed = graph.node("Reshape", graph.linear(x, layer["mix"] * root, layer["mix_bias"] * root), apart)
    mixed = graph.node("Transpose", mixed, perm=[2, 0, 3, 1, 4])
    query, word, value = (graph.node("Gather", mixed, graph.constant(np.int64(part)), axis=0) for part in range(3))
    word = graph.node("Transpose", word, perm=[0, 1, 3, 2])
    seen = graph.node("Softmax", graph.node("MatMul", query, word), axis=-1)
    mixed = graph.node("Transpose", graph.node("MatMul", seen, value), perm=[0, 2, 1, 3])
    out = graph.linear(graph.node("Reshape", mixed, together), layer["out"], layer["out_bias"])
    x = graph.normal(graph.node("Add", x, out), layer["norm1"], layer["norm1_bias"])
    wide = graph.linear(x, layer["wide"], layer["wide_bias"])
    raised = graph.node(
        "Add",
        graph.node("Erf", graph.node("Mul", wide, graph.constant(np.float32(0.5**0.5)))),
        graph.constant(np.float32(1)),
    )
    inner = graph.node("Mul", graph.node("Mul", wide, graph.constant(np.float32(0.5))), raised)
    narrow = graph.linear(inner, layer["narrow"], layer["narrow_bias"])
    return graph.normal(graph.node("Add", x, narrow), layer["norm2"], layer["norm2_bias"])


def _heads(graph: _Graph, weights: Weights, x: str) -> None:
    mean = graph.node("ReduceMean", x, axes=[1], keepdims=0)
    first = graph.node("Gather", x, graph.constant(np.int64(0)), axis=1)
    pooled = graph.linear(graph.node("Concat", first, mean, axis=-1), weights["pool"], weights["pool_bias"])
    known = graph.node("MatMul", "facts", graph.constant(weights["facts"]))
    hidden = graph.node("Tanh", graph.node("Add", pooled, known))
    graph.nodes.append(
        helper.make_node(
            "Add",
            [graph.node("MatMul", hidden, graph.constant(weights["head"])), graph.constant(weights["head_bias"])],
            ["outputs"],
            name="outputs",
        )
    )
