"""Losses that need more of the data than a class: the image as the target, and a weight for each class."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnstudio.data import DataError, xo
from cnnstudio.engine.network import Network
from cnnstudio.graph import DataSpec, Graph, check
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.training.events import RunDone
from cnnstudio.training.settings import TrainingChoice
from cnnstudio.training.trainer import train
from tests.support.networks import line

FIT = DataSpec((1, 9, 9), 2)


def _copier(output: OutputLayer, *, padding: str = "same") -> Graph:
    return line(InputLayer(shape=(1, 9, 9)), ConvolutionLayer(filters=1, padding=padding), output)


def _flat(output: OutputLayer, units: int) -> Graph:
    return line(InputLayer(shape=(1, 9, 9)), FlattenLayer(), DenseLayer(units=units), output)


@pytest.mark.parametrize("loss", ["squared", "absolute", "binary"])
@pytest.mark.parametrize("weights", [(), (1.0, 0.5)])
def test_the_image_can_be_the_target_with_or_without_flatten(loss: str, weights: tuple[float, ...]) -> None:
    output = OutputLayer(loss=loss, target="picture", class_weights=weights)
    for graph in (_copier(output), _flat(output, 81)):
        assert check(graph, FIT).ok
        *_, done = train(Network.create(graph), xo.generate(), TrainingChoice(), steps=3)
        assert isinstance(done, RunDone)
        assert done.reason == "finished"


def test_an_output_of_another_size_is_a_problem_with_a_fix() -> None:
    output = OutputLayer(loss="squared", target="picture")
    for graph in (_copier(output, padding="valid"), _flat(output, 2)):
        (problem,) = check(graph, FIT).problems
        assert "compared with the image" in problem.message
        assert problem.node == f"layer{len(graph.nodes) - 1}"
        with pytest.raises(DataError, match=r"compared with the image.*1 × 9 × 9"):
            next(train(Network.create(graph), xo.generate(), TrainingChoice()))
    assert check(problem.fixes[0].graph, FIT).ok


def test_there_must_be_one_class_weight_per_class() -> None:
    graph = _copier(OutputLayer(loss="squared", target="picture", class_weights=(1.0, 2.0, 3.0)))
    (problem,) = check(graph, FIT).problems
    assert problem.message == "The data has 2 classes, but there are 3 class weights."
    assert check(problem.fixes[0].graph, FIT).ok
    with pytest.raises(DataError, match="2 classes, but there are 3 class weights"):
        next(train(Network.create(graph), xo.generate(), TrainingChoice()))
    assert check(graph, replace(FIT, classes=3)).ok
