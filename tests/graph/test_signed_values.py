"""Which results are shown around zero: this follows from the layers, never from the values."""

from __future__ import annotations

import pytest

from cnnstudio.graph import Edge, Graph
from cnnstudio.graph.edit import add
from cnnstudio.graph.signed_values import signed_nodes
from cnnstudio.layers import LAYERS, Layer
from cnnstudio.layers.activation import ReLULayer, SigmoidLayer, TanhLayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import AddLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer, LocalResponseNormalizationLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer
from cnnstudio.layers.reshape import FlattenLayer


def last_of(*layers: Layer) -> bool:
    """Whether the last of these layers in a chain is signed."""
    graph, last = Graph(), ""
    for layer in layers:
        graph, new = add(graph, layer)
        graph = graph.with_edge(Edge(last, new)) if last else graph
        last = new
    return last in signed_nodes(graph)


@pytest.mark.parametrize("layer", [ConvolutionLayer(), DenseLayer(), BatchNormalizationLayer(), TanhLayer()])
def test_weighted_sums_and_normalized_values_can_be_negative(layer: Layer) -> None:
    assert last_of(InputLayer(), ReLULayer(), layer)


@pytest.mark.parametrize("layer", [ReLULayer(), SigmoidLayer(), LAYERS["softplus"](), LAYERS["softmax"]()])
def test_activations_without_negative_outputs_are_not_signed(layer: Layer) -> None:
    assert not last_of(InputLayer(), ConvolutionLayer(), layer)


@pytest.mark.parametrize(
    "layer", [MaxPoolingLayer(), FlattenLayer(), DropoutLayer(), LocalResponseNormalizationLayer()]
)
def test_other_layers_are_signed_if_their_input_is(layer: Layer) -> None:
    assert last_of(InputLayer(), ConvolutionLayer(), layer)
    assert not last_of(InputLayer(), ConvolutionLayer(), ReLULayer(), layer)


def test_a_join_is_signed_if_one_of_its_inputs_is() -> None:
    graph, conv = add(Graph(), ConvolutionLayer())
    graph, relu = add(graph, ReLULayer())
    graph, join = add(graph, AddLayer())
    graph = graph.with_edge(Edge(conv, relu)).with_edge(Edge(relu, join, 1))
    assert join not in signed_nodes(graph)
    assert join in signed_nodes(graph.with_edge(Edge(conv, join, 0)))


def test_probabilities_are_not_signed_and_scores_are() -> None:
    assert not last_of(InputLayer(), DenseLayer(), OutputLayer())
    assert last_of(InputLayer(), DenseLayer(), OutputLayer(loss="hinge"))


def test_nodes_outside_a_loop_have_a_result() -> None:
    graph, conv = add(Graph(), ConvolutionLayer())
    graph, relu = add(graph, ReLULayer())
    graph = graph.with_edge(Edge(conv, relu)).with_edge(Edge(relu, conv))
    assert signed_nodes(graph) == {conv}
