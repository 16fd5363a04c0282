"""A network: the program of a checked graph, and its weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import DTypeLike

from cnnstudio.array import Array
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.memory import check_memory
from cnnstudio.engine.program import Program, compile_graph
from cnnstudio.engine.weights import Weights
from cnnstudio.graph import DataSpec, Graph, NodeId, check


class Network:
    """A program and its weights."""

    def __init__(self, program: Program, weights: Weights) -> None:
        self.program, self.weights = program, weights
        self._feature_extractor = reference_engine().feature_extractor(program, weights)

    @classmethod
    def create(cls, graph: Graph, seed: int = 0, dtype: DTypeLike = np.float32) -> Network:
        """Build the graph's network with newly initialized weights.

        Raises NetworkError where the graph has problems, NotEnoughMemoryError where the machine cannot hold it.
        """
        return cls.build(compile_graph(graph), {}, seed, dtype)

    @classmethod
    def for_project(cls, graph: Graph, fit: DataSpec | None, arrays: Mapping[str, Array], seed: int = 0) -> Network:
        """Build the graph's network with these arrays; layers without one are newly initialized.

        Raises NetworkError also where the network does not suit the data that `fit` describes.
        """
        return cls.build(compile_graph(graph, check(graph, fit)), arrays, seed)

    @classmethod
    def build(cls, program: Program, arrays: Mapping[str, Array], seed: int, dtype: DTypeLike = np.float32) -> Network:
        """Build a network with these arrays where name and shape agree, newly initialized ones elsewhere."""
        size = sum(weight.size for weight in program.weights.values())
        check_memory(size * np.dtype(dtype).itemsize, f"A network of {size:,} weights")
        weights = Weights(program.weights, dtype)
        for key, spec in weights.specs.items():
            if key in arrays and arrays[key].shape == spec.shape:
                weights.arrays[key][...] = arrays[key]
            else:
                weights.initialize_array(key, seed)
        return cls(program, weights)

    def copy(self) -> Network:
        """The same program with a copy of the weights."""
        return Network(self.program, self.weights.copy())

    def predict(self, x: Array) -> Array:
        """Predictions for images (N, C, H, W), by the reference engine: (N, classes), or the output's own shape."""
        with reference_engine().load(self.program, self.weights) as execution:
            return execution.predict(x)[0]

    def activations(self, x: Array) -> dict[NodeId, Array]:
        """Every layer's output (N, ...) for images (N, C, H, W) in inference mode, by the reference engine.

        Safe to call from several threads. Raises NotEnoughMemoryError where the machine cannot hold them.
        """
        return {node: array for arrays in self.activations_by_layer(x) for node, array in arrays.items()}

    def activations_by_layer(self, x: Array) -> Iterator[dict[NodeId, Array]]:
        """The same, one or a few layers at a time, as soon as they are computed."""
        return self._feature_extractor.by_layer(x)
