"""Small networks to export: one around each layer, with weights and running statistics that no default hides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from cnnstudio.engine.network import Network
from cnnstudio.graph import Edge, Graph
from cnnstudio.graph.edit import add
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLU, Tanh
from cnnstudio.layers.ends import Input, Output
from cnnstudio.layers.reshape import Flatten

Array = NDArray[Any]

PICTURE = (4, 7, 6)


def chain(*layers: Layer) -> Graph:
    """The layers one after another."""
    graph, last = Graph(), ""
    for layer in layers:
        graph, node = add(graph, layer)
        graph = graph.with_edge(Edge(last, node)) if last else graph
        last = node
    return graph


def around(layer: Layer, picture: tuple[int, ...] = PICTURE, *, rows: bool = False) -> Graph:
    """The layer between Input (flattened for `rows`) and an Output that takes any shape and adds nothing.

    A layer that joins paths gets three.
    """
    graph, source = add(Graph(), Input(shape=picture))
    if rows:
        graph, flat = add(graph, Flatten())
        graph, source = graph.with_edge(Edge(source, flat)), flat
    graph, node = add(graph, layer)
    graph = graph.with_edge(Edge(source, node, 0))
    if layer.inputs[1] > 1:
        for port, other in enumerate((Tanh(), ReLU()), 1):
            graph, path = add(graph, other)
            graph = graph.with_edge(Edge(source, path)).with_edge(Edge(path, node, port))
    graph, end = add(graph, Output(loss="squared", target="picture"))
    return graph.with_edge(Edge(node, end))


def random_network(graph: Graph, seed: int = 0) -> Network:
    """The graph's network with random weights, biases and running statistics; deviations stay positive."""
    network = Network.create(graph, seed)
    rng = np.random.default_rng(seed)
    for key, array in network.weights.arrays.items():
        positive = key.endswith((".running_var", ".deviation"))
        array[...] = rng.uniform(0.5, 2.0, array.shape) if positive else rng.normal(size=array.shape)
    return network


def names_of(graph: Graph) -> dict[str, str]:
    """The layers' names, as the command line hands them to an exporter."""
    return {node.id: node.name for node in graph.nodes.values()}


def pictures(network: Network, batch: int, seed: int = 1) -> Array:
    """Random pictures for a network."""
    shape = network.program.shapes[network.program.input]
    return np.random.default_rng(seed).standard_normal((batch, *shape), np.float32)


def run_onnx(path: Path, x: Array) -> Array:
    """What ONNX Runtime answers."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (answer,) = session.run(["output"], {"input": x})
    return np.asarray(answer)
