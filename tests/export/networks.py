"""Small networks to export: one around each layer, with weights and running statistics that no default hides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.graph import Edge, Graph
from cnnstudio.graph.edit import add
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer, TanhLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer

IMAGE = (4, 7, 6)


def chain(*layers: Layer) -> Graph:
    """The layers one after another."""
    graph, last = Graph(), ""
    for layer in layers:
        graph, node = add(graph, layer)
        graph = graph.with_edge(Edge(last, node)) if last else graph
        last = node
    return graph


def around(layer: Layer, image: tuple[int, ...] = IMAGE, *, rows: bool = False) -> Graph:
    """The layer between Input (flattened for `rows`) and an Output that takes any shape and adds nothing.

    A layer that joins paths gets three.
    """
    graph, source = add(Graph(), InputLayer(shape=image))
    if rows:
        graph, flat = add(graph, FlattenLayer())
        graph, source = graph.with_edge(Edge(source, flat)), flat
    graph, node = add(graph, layer)
    graph = graph.with_edge(Edge(source, node, 0))
    if layer.inputs[1] > 1:
        for port, other in enumerate((TanhLayer(), ReLULayer()), 1):
            graph, path = add(graph, other)
            graph = graph.with_edge(Edge(source, path)).with_edge(Edge(path, node, port))
    graph, end = add(graph, OutputLayer(loss="squared", target="picture"))
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


def images(network: Network, batch: int, seed: int = 1) -> Array:
    """Random images for a network."""
    shape = network.program.shapes[network.program.input]
    return np.random.default_rng(seed).standard_normal((batch, *shape), np.float32)


def run_onnx(path: Path, x: Array) -> Array:
    """What ONNX Runtime answers."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (answer,) = session.run(["output"], {"input": x})
    return np.asarray(answer)
