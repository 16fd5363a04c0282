"""Warnings about networks that can be built but train badly, and their fixes."""

from __future__ import annotations

import pytest

from cnnstudio.graph import Graph, Problem, check
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import HardSigmoidLayer, ReLULayer, SigmoidLayer, SoftmaxLayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.pooling import GlobalAveragePoolingLayer
from cnnstudio.layers.reshape import FlattenLayer
from tests.networks import chain_of


def classifier(loss: str, *before_output: Layer) -> Graph:
    """A linear classifier with layers between its scores and Output."""
    layers: dict[str, Layer] = {"input": InputLayer(shape=(1, 9, 9)), "flatten": FlattenLayer()}
    layers |= {"fc": DenseLayer(units=2)}
    layers |= {layer.kind: layer for layer in before_output}
    return chain_of(layers | {"output": OutputLayer(loss=loss)})


def normalized(*layers: Layer, frozen: bool = False) -> Graph:
    """A network with a batch norm after these layers."""
    named: dict[str, Layer] = {"input": InputLayer(shape=(1, 8, 8))} | {layer.kind: layer for layer in layers}
    named |= {"norm": BatchNormalizationLayer(frozen=frozen), "flat": FlattenLayer(), "fc": DenseLayer(units=2)}
    return chain_of(named | {"output": OutputLayer()})


def only(problems: tuple[Problem, ...]) -> Problem:
    (problem,) = problems
    return problem


@pytest.mark.parametrize(
    ("loss", "layer", "title"), [("softmax", SoftmaxLayer(), "Softmax"), ("binary", SigmoidLayer(), "Sigmoid")]
)
def test_an_activation_that_the_loss_applies_too(loss: str, layer: Layer, title: str) -> None:
    report = check(classifier(loss, layer))
    problem = only(report.problems)
    assert report.ok
    assert problem.warning
    assert problem.node == layer.kind
    assert problem.message.startswith(f"{title} is applied twice, because output applies it to the scores")
    (fix,) = problem.fixes
    assert fix.title == f"Remove {layer.kind}"
    assert fix.graph.wiring == classifier(loss).wiring


def test_a_reshape_between_activation_and_output_does_not_hide_it() -> None:
    assert only(check(classifier("softmax", SoftmaxLayer(), FlattenLayer())).problems).node == "softmax"


@pytest.mark.parametrize(
    ("loss", "layer"),
    [
        ("softmax", SigmoidLayer()),
        ("softmax", ReLULayer()),
        ("hinge", SoftmaxLayer()),
        ("squared", SigmoidLayer()),
        ("binary", SoftmaxLayer()),
        ("binary", HardSigmoidLayer()),
    ],
)
def test_other_activations_before_output_are_accepted(loss: str, layer: Layer) -> None:
    assert not check(classifier(loss, layer)).problems


@pytest.mark.parametrize("layers", [(FlattenLayer(), DenseLayer(units=8)), (GlobalAveragePoolingLayer(),)])
def test_batch_norm_of_single_values(layers: tuple[Layer, ...]) -> None:
    graph = normalized(*layers)
    assert not check(graph).problems
    assert not check(graph, batch_size=2).problems
    problem = only(check(graph, batch_size=1).problems)
    assert problem.warning
    assert problem.node == "norm"
    assert "With a batch size of 1, each channel has a single value" in problem.message
    (fix,) = problem.fixes
    assert fix.title == "Replace norm with Layer norm"
    assert not check(fix.graph, batch_size=1).problems


def test_batch_norm_of_images_or_with_running_statistics_works_with_any_batch_size() -> None:
    assert not check(normalized(ConvolutionLayer(filters=4)), batch_size=1).problems
    assert not check(normalized(FlattenLayer(), DenseLayer(units=8), frozen=True), batch_size=1).problems
