"""Small graphs, datasets and projects that many tests start from."""

from __future__ import annotations

import itertools

import numpy as np

from cnnstudio.data import Dataset, open_dataset
from cnnstudio.graph import Edge, Graph, Node
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.reshape import FlattenLayer


def graph_of(nodes: dict[str, Layer], *edges: str) -> Graph:
    """A graph with these layers by id, and edges written `a>b` or `a>b:1` for the port 1."""
    graph = Graph()
    for place, (key, layer) in enumerate(nodes.items()):
        graph = graph.with_node(Node(key, layer, key, (100.0 * place, 0.0)))
    for text in edges:
        source, _, rest = text.partition(">")
        target, _, port = rest.partition(":")
        graph = graph.with_edge(Edge(source, target, int(port or 0)))
    return graph


def chain_of(nodes: dict[str, Layer]) -> Graph:
    """A graph with these layers by id, one after another."""
    keys = list(nodes)
    return graph_of(nodes, *(f"{a}>{b}" for a, b in itertools.pairwise(keys)))


def small() -> Graph:
    """Input 1 × 9 × 9, convolution, ReLU, pooling, two scores: the X-or-O network."""
    return chain_of(
        {
            "input": InputLayer(shape=(1, 9, 9)),
            "conv": ConvolutionLayer(filters=3),
            "relu": ReLULayer(),
            "pool": MaxPoolingLayer(),
            "flatten": FlattenLayer(),
            "fc": DenseLayer(units=2),
            "output": OutputLayer(),
        }
    )


def nodes_of_kind(graph: Graph, kind: str) -> list[Node]:
    """The nodes whose layer is of this kind."""
    return [node for node in graph.nodes.values() if node.layer.kind == kind]


def few(dataset: Dataset, count: int) -> Dataset:
    """The dataset with only so many of its training images."""
    splits = {**dataset.splits, "train": np.asarray(dataset.splits["train"][:count])}
    return Dataset(
        dataset.name, dataset.images, dataset.labels, dataset.class_names, splits, dataset.scaling, dataset.limits
    )


def xo(count: int = 160) -> Dataset:
    """X-or-O with so many training images."""
    return few(open_dataset("xo"), count)
