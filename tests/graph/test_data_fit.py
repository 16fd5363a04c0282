"""Fitting a network, or a new layer, to its data."""

from __future__ import annotations

import pytest

from cnnstudio.graph import DataSpec, Graph, check
from cnnstudio.graph.data_fit import describe_fit, fit_layer, fit_to_data
from cnnstudio.graph.edit import append
from cnnstudio.layers import LAYERS
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer
from cnnstudio.project import new_project
from tests.networks import small

DATA = DataSpec((3, 20, 20), 7)


@pytest.mark.parametrize("template", ["alexnet", "vgg16"])
def test_a_network_for_a_thousand_classes_takes_ten(template: str) -> None:
    graph, data = new_project(template).graph, DataSpec((3, 224, 224), 10)
    fitted = fit_to_data(graph, data)
    assert not check(fitted, data).problems
    assert describe_fit(graph, fitted) == "fc3 has 10 outputs"
    assert [key for key in graph.nodes if graph.nodes[key] != fitted.nodes[key]] == ["fc3"]


def test_image_shape_and_classes_are_fitted_together() -> None:
    fitted = fit_to_data(small(), DATA)
    assert not check(fitted, DATA).problems
    assert describe_fit(small(), fitted) == "input takes 3 × 20 × 20, fc has 7 outputs"


def test_a_network_that_fits_is_the_same() -> None:
    graph = small()
    assert fit_to_data(graph, DataSpec((1, 9, 9), 2)) is graph


def test_a_network_that_cannot_be_fitted_is_the_same() -> None:
    graph = small()
    assert fit_to_data(graph, DataSpec((1, 2, 2), 2)) is graph  # smaller than the convolution's window
    assert fit_to_data(graph, DataSpec((1, 9, 5000), 2)) is graph  # larger than any Input


def test_an_autoencoder_keeps_its_outputs() -> None:
    graph = new_project("autoencoder").graph
    assert fit_to_data(graph, DataSpec((1, 28, 28), 3)) is graph


def added(graph: Graph, kind: str, after: str | None) -> int | tuple[int, ...]:
    """The size of a layer that is added after a node and fitted."""
    extended, new = append(graph, LAYERS[kind](), after, (0.0, 0.0))
    layer = fit_layer(extended, new, DATA).nodes[new].layer
    return layer.shape if isinstance(layer, InputLayer) else getattr(layer, layer.output_size_param)


def test_a_new_input_takes_the_shape_of_the_images() -> None:
    assert added(Graph(), "input", None) == (3, 20, 20)


def test_the_last_fully_connected_layer_takes_the_number_of_classes() -> None:
    assert added(small().without(["fc"]), "dense", "flatten") == 7
    assert added(small(), "dense", "fc") == 7
    assert added(small().without(["output", "fc"]), "dense", "flatten") == 7


def test_hidden_layers_keep_their_defaults() -> None:
    assert added(small(), "dense", "flatten") == DenseLayer().units
    extended, new = append(small(), ConvolutionLayer(), "relu", (0.0, 0.0))
    assert fit_layer(extended, new, DATA) is extended
