"""Where a layer goes if no place is chosen."""

from __future__ import annotations

import pytest

from cnnstudio.graph import Edge, Graph, check
from cnnstudio.graph.edit import append, remove_and_reconnect
from cnnstudio.graph.insertion_point import insertion_point
from cnnstudio.layers import LAYERS
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.project import new_project
from tests.networks import small


def place_of(graph: Graph, kind: str) -> tuple[str, ...]:
    """The names of the nodes before and after a layer that is added at the insertion point."""
    layer = LAYERS[kind]()
    extended, new = append(graph, layer, insertion_point(graph, layer, None), (0.0, 0.0))
    around = [*(edge.source for edge in extended.inputs(new)), *(edge.target for edge in extended.outputs(new))]
    return tuple(extended.nodes[key].name for key in around)


@pytest.mark.parametrize(
    ("template", "kind", "expected"),
    [
        ("lenet5", "convolution", ("pool2", "flatten")),
        ("lenet5", "max_pooling", ("pool2", "flatten")),
        ("lenet5", "relu", ("relu4", "fc3")),
        ("lenet5", "dropout", ("relu4", "fc3")),
        ("lenet5", "dense", ("relu4", "fc3")),
        ("lenet5", "flatten", ("relu4", "fc3")),
        ("vgg-small", "convolution", ("pool2", "flatten")),
        ("resnet-small", "batch_normalization", ("gap1", "fc1")),
    ],
)
def test_a_layer_follows_the_last_layer_before_the_scores_where_it_fits(
    template: str, kind: str, expected: tuple[str, str]
) -> None:
    graph = new_project(template).graph
    assert place_of(graph, kind) == expected


@pytest.mark.parametrize("template", ["xo", "lenet5", "vgg-small", "resnet-small", "inception-block", "gap-cifar"])
@pytest.mark.parametrize("kind", ["convolution", "relu", "batch_normalization", "dense", "average_pooling"])
def test_a_layer_is_never_added_between_scores_and_output(template: str, kind: str) -> None:
    graph = new_project(template).graph
    before, after = place_of(graph, kind)
    assert after != "output"
    (last,) = graph.inputs(graph.output_nodes[0].id)
    assert before != graph.nodes[last.source].name


def test_a_layer_that_fits_nowhere_is_added_before_the_scores() -> None:
    layer = ConvolutionLayer(kernel_size=(11, 11))
    graph = small()
    assert not check(append(graph, layer, insertion_point(graph, layer, None), (0.0, 0.0))[0]).ok
    assert insertion_point(graph, layer, None) == "flatten"


def test_without_scores_a_layer_is_added_at_the_end() -> None:
    unweighted = remove_and_reconnect(small(), ["conv", "fc"])
    assert insertion_point(unweighted, LAYERS["relu"](), None) == "flatten"
    assert insertion_point(Graph(), LAYERS["relu"](), None) is None
    headless = small().without(["output"])
    assert insertion_point(headless, LAYERS["relu"](), None) == "fc"


def test_an_output_is_connected_to_the_scores() -> None:
    graph = small().without(["output"])
    assert place_of(graph, "output") == ("fc",)


def test_a_loop_is_left_alone() -> None:
    loop = small().with_edge(Edge("relu", "conv"))
    assert insertion_point(loop, LAYERS["relu"](), None) in loop.nodes
