"""Which results are shown about zero: told from the layers, never from the values."""

from __future__ import annotations

import pytest

from cnnstudio.graph import Edge, Graph
from cnnstudio.graph.edit import add
from cnnstudio.graph.signs import signed_nodes
from cnnstudio.layers import LAYERS, Layer
from cnnstudio.layers.activation import ReLU, Sigmoid, Tanh
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import FullyConnected
from cnnstudio.layers.ends import Input, Output
from cnnstudio.layers.join import AddLayer
from cnnstudio.layers.normalization import BatchNorm, LocalResponseNorm
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer
from cnnstudio.layers.reshape import Flatten


def last_of(*layers: Layer) -> bool:
    """Whether the last of these layers in a chain is signed."""
    graph, last = Graph(), ""
    for layer in layers:
        graph, new = add(graph, layer)
        graph = graph.with_edge(Edge(last, new)) if last else graph
        last = new
    return last in signed_nodes(graph)


@pytest.mark.parametrize("layer", [ConvolutionLayer(), FullyConnected(), BatchNorm(), Tanh()])
def test_sums_and_what_is_centred_have_either_sign(layer: Layer) -> None:
    assert last_of(Input(), ReLU(), layer)


@pytest.mark.parametrize("layer", [ReLU(), Sigmoid(), LAYERS["softplus"](), LAYERS["softmax"]()])
def test_activations_without_a_negative_half_have_one(layer: Layer) -> None:
    assert not last_of(Input(), ConvolutionLayer(), layer)


@pytest.mark.parametrize("layer", [MaxPoolingLayer(), Flatten(), DropoutLayer(), LocalResponseNorm()])
def test_others_follow_what_they_get(layer: Layer) -> None:
    assert last_of(Input(), ConvolutionLayer(), layer)
    assert not last_of(Input(), ConvolutionLayer(), ReLU(), layer)


def test_a_join_has_either_sign_if_one_of_its_inputs_has() -> None:
    graph, conv = add(Graph(), ConvolutionLayer())
    graph, relu = add(graph, ReLU())
    graph, join = add(graph, AddLayer())
    graph = graph.with_edge(Edge(conv, relu)).with_edge(Edge(relu, join, 1))
    assert join not in signed_nodes(graph)
    assert join in signed_nodes(graph.with_edge(Edge(conv, join, 0)))


def test_probabilities_have_one_sign_and_scores_either() -> None:
    assert not last_of(Input(), FullyConnected(), Output())
    assert last_of(Input(), FullyConnected(), Output(loss="hinge"))


def test_a_loop_does_not_keep_the_others_from_being_told() -> None:
    graph, conv = add(Graph(), ConvolutionLayer())
    graph, relu = add(graph, ReLU())
    graph = graph.with_edge(Edge(conv, relu)).with_edge(Edge(relu, conv))
    assert signed_nodes(graph) == {conv}
