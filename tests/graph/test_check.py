"""Checking a graph: shapes, problems in plain words, and fixes that work."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnstudio.graph import DataSpec, Edge, Graph, Node, Problem, UnknownLayer, check
from cnnstudio.layers import LAYERS, Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer, TransposedConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import AddLayer, ConcatenateLayer
from cnnstudio.layers.normalization import GroupNormalizationLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.reshape import FlattenLayer
from tests.networks import chain_of, graph_of, small


def only_problem(graph: Graph, fit: DataSpec | None = None) -> Problem:
    """The one problem of a graph that has just one."""
    (problem,) = [problem for problem in check(graph, fit).problems if not problem.warning]
    return problem


def ending(*layers: Layer, shape: tuple[int, int, int] = (3, 12, 12)) -> Graph:
    """A chain from an image through these layers to two scores."""
    middle = {f"layer{number}": layer for number, layer in enumerate(layers)}
    ends: dict[str, Layer] = {"flatten": FlattenLayer(), "fc": DenseLayer(units=2), "output": OutputLayer()}
    return chain_of({"input": InputLayer(shape=shape), **middle, **ends})


class TestSound:
    def test_shapes_and_costs_of_a_valid_network(self) -> None:
        report = check(small())
        assert report.ok
        assert report.problems == ()
        shapes = {key: report.shape(key) for key in small().nodes}
        assert shapes == {
            "input": (1, 9, 9),
            "conv": (3, 7, 7),
            "relu": (3, 7, 7),
            "pool": (3, 3, 3),
            "flatten": (27,),
            "fc": (2,),
            "output": (2,),
        }
        assert report.parameters == 3 * 9 + 3 + 27 * 2 + 2
        assert report.macs == 49 * 3 * 9 + 27 * 2

    def test_shapes_are_inferred_where_no_problem_prevents_it(self) -> None:
        graph = small().with_layer("pool", MaxPoolingLayer(pool_size=(31, 31)))
        report = check(graph)
        assert not report.ok
        assert report.shape("relu") == (3, 7, 7)
        assert report.shape("pool") is report.shape("fc") is None
        assert [problem.node for problem in report.problems] == ["pool"]

    def test_check_has_no_side_effects(self) -> None:
        graph = small()
        before = (dict(graph.nodes), graph.edges)
        check(graph, DataSpec((3, 32, 32), 10))
        assert (dict(graph.nodes), graph.edges) == before


class TestEnds:
    @pytest.mark.parametrize(("missing", "title"), [("input", "Input"), ("output", "Output")])
    def test_a_network_needs_an_input_and_an_output(self, missing: str, title: str) -> None:
        problems = check(small().without([missing])).problems
        assert any(problem.node is None and f"no {title} layer" in problem.message for problem in problems)

    def test_an_empty_graph_lacks_input_and_output(self) -> None:
        assert len(check(Graph()).problems) == 2

    @pytest.mark.parametrize("kind", ["input", "output"])
    def test_a_second_input_or_output_can_be_removed(self, kind: str) -> None:
        graph = small().with_node(Node("second", LAYERS[kind](), "second"))
        if kind == "output":
            graph = graph.with_edge(Edge("fc", "second"))
        problem = only_problem(graph)
        assert problem.node == "second"
        (fix,) = problem.fixes
        assert fix.graph == small()

    def test_an_edge_into_input_is_a_problem_and_not_an_exception(self) -> None:
        graph = small().with_edge(Edge("conv", "input")).without_edge(Edge("input", "conv"))
        problems = check(graph, DataSpec((1, 9, 9), 2)).problems
        assert any(problem.node == "input" and "has 1" in problem.message for problem in problems)

    def test_an_unconnected_layer_offers_a_connection(self) -> None:
        problem = only_problem(small().without_edge(Edge("conv", "relu")))
        assert problem.node == "relu"
        assert "drag from the output of another layer" in problem.message

    def test_the_problem_of_a_join_with_one_input_names_the_number_needed(self) -> None:
        graph = ending(ReLULayer(), AddLayer())
        problem = only_problem(graph)
        assert problem.message.startswith("Needs 2 inputs, has 1")

    def test_too_many_inputs_are_a_problem(self) -> None:
        graph = small().with_edge(Edge("conv", "pool", 1))
        assert "Takes 1 input, has 2" in only_problem(graph).message

    def test_a_dead_end_is_a_warning(self) -> None:
        graph = small().with_node(Node("idle", ReLULayer(), "idle")).with_edge(Edge("conv", "idle"))
        report = check(graph)
        assert report.ok
        (problem,) = report.problems
        assert (problem.node, problem.warning) == ("idle", True)


class TestLoops:
    def test_a_loop_is_listed_in_the_direction_of_its_edges(self) -> None:
        graph = graph_of({"a": ReLULayer(), "b": ReLULayer(), "c": ReLULayer()}, "a>b", "b>c", "c>a")
        report = check(graph)
        assert report.blocks == {}
        (problem,) = report.problems
        named = problem.message.partition("loop: ")[2].partition(".")[0].split(" → ")
        assert set(named) == {"a", "b", "c"}
        assert all(Edge(first, second) in graph.edges for first, second in itertools.pairwise(named))

    def test_a_loop_is_a_problem_with_a_dataset_too(self) -> None:
        graph = graph_of({"input": InputLayer(), "a": ReLULayer()}, "a>a")
        assert len(check(graph, DataSpec((1, 28, 28), 10)).problems) == 1


class TestNames:
    def test_a_duplicate_name_is_a_problem_and_a_free_one_is_offered(self) -> None:
        problem = only_problem(small().with_name("relu", "conv"))
        assert problem.node == "relu"
        (fix,) = problem.fixes
        assert fix.graph.nodes["relu"].name == "relu1"
        assert check(fix.graph).ok


class TestDataSpec:
    def test_a_network_that_fits_the_dataset_has_no_problem(self) -> None:
        assert check(small(), DataSpec((1, 9, 9), 2)).ok

    def test_a_fix_sets_the_input_shape_to_that_of_the_dataset(self) -> None:
        problem = only_problem(small(), DataSpec((1, 12, 12), 2))
        assert problem.node == "input"
        assert "1 × 12 × 12" in problem.message
        assert "1 × 9 × 9" in problem.message
        (fix,) = problem.fixes
        assert check(fix.graph, DataSpec((1, 12, 12), 2)).ok

    def test_a_fix_sets_the_number_of_classes(self) -> None:
        problem = only_problem(small(), DataSpec((1, 9, 9), 10))
        assert problem.message == "The data has 10 classes, but the network has 2 outputs."
        (fix,) = problem.fixes
        assert fix.title == "Set fc to 10 outputs"
        assert check(fix.graph, DataSpec((1, 9, 9), 10)).ok

    def test_the_last_dense_layer_is_found_behind_layers_that_keep_the_size(self) -> None:
        nodes: dict[str, Layer] = {"fc": DenseLayer(units=2), "relu": ReLULayer(), "output": OutputLayer()}
        graph = chain_of({"input": InputLayer(shape=(1, 3, 3)), "flatten": FlattenLayer(), **nodes})
        (fix,) = only_problem(graph, DataSpec((1, 3, 3), 5)).fixes
        assert check(fix.graph, DataSpec((1, 3, 3), 5)).ok

    def test_fixes_that_would_not_work_are_not_offered(self) -> None:
        nodes: dict[str, Layer] = {"fc": DenseLayer(units=8), "flatten": FlattenLayer()}
        parts = chain_of({"input": InputLayer(shape=(1, 2, 2)), "flat": FlattenLayer(), **nodes})
        graph = parts.with_node(Node("join", ConcatenateLayer(), "join")).with_node(
            Node("output", OutputLayer(), "output")
        )
        for edge in (Edge("flatten", "join", 0), Edge("flatten", "join", 1), Edge("join", "output")):
            graph = graph.with_edge(edge)
        assert only_problem(graph, DataSpec((1, 2, 2), 3)).fixes == ()

    def test_images_larger_than_the_maximum_input_have_no_fix(self) -> None:
        assert only_problem(small(), DataSpec((1, 5000, 9), 2)).fixes == ()

    def test_an_autoencoder_may_have_any_number_of_outputs(self) -> None:
        graph = chain_of(
            {
                "input": InputLayer(shape=(1, 4, 4)),
                "relu": ReLULayer(),
                "output": OutputLayer(loss="squared", target="picture"),
            }
        )
        assert check(graph, DataSpec((1, 4, 4), 10)).ok


BROKEN: dict[str, Callable[[], Graph]] = {
    "dense on maps": lambda: small().without(["flatten"]).with_edge(Edge("pool", "fc")),
    "output on maps": lambda: small().without(["flatten", "fc"]).with_edge(Edge("pool", "output")),
    "convolution on a row": lambda: chain_of(
        {
            "input": InputLayer(shape=(1, 6, 6)),
            "flat": FlattenLayer(),
            "conv": ConvolutionLayer(),
            "flatten": FlattenLayer(),
            "fc": DenseLayer(units=2),
            "output": OutputLayer(),
        }
    ),
    "window too large": lambda: ending(ConvolutionLayer(kernel_size=(31, 31))),
    "window too high": lambda: ending(ConvolutionLayer(kernel_size=(31, 3))),
    "dilated window too large": lambda: ending(ConvolutionLayer(kernel_size=(5, 5), dilation=(16, 16))),
    "pool too large": lambda: ending(MaxPoolingLayer(pool_size=(20, 20))),
    "border as wide as the window": lambda: ending(MaxPoolingLayer(padding="custom", border=(2, 2, 2, 2))),
    "groups that divide nothing": lambda: ending(ConvolutionLayer(groups=2)),
    "group norm": lambda: ending(GroupNormalizationLayer(groups=2)),
    "crop that leaves nothing": lambda: ending(TransposedConvolutionLayer(crop=(30, 30))),
    "extra beyond the stride": lambda: ending(TransposedConvolutionLayer(extra=(2, 2))),
    "class weights of another number": lambda: small().with_layer("output", OutputLayer(class_weights=(1.0, 2.0, 3.0))),
    "two names alike": lambda: small().with_name("fc", "conv"),
    "two outputs": lambda: small().with_node(Node("o", OutputLayer(), "o")).with_edge(Edge("fc", "o")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_fix_gives_a_valid_network(name: str) -> None:
    problem = only_problem(BROKEN[name]())
    assert problem.fixes
    for fix in problem.fixes:
        assert fix.title
        report = check(fix.graph)
        assert report.ok, f"{fix.title}: {[each.message for each in report.problems]}"


class TestWords:
    def test_a_window_that_does_not_fit_is_explained_with_its_arithmetic(self) -> None:
        graph = ending(ConvolutionLayer(kernel_size=(5, 5)), shape=(1, 3, 3))
        message = only_problem(graph).message
        assert "(3 − 5 + 2·0)/1 + 1 = -1" in message

    def test_a_missing_flatten_is_named(self) -> None:
        problem = only_problem(BROKEN["dense on maps"]())
        assert "Insert Flatten before it" in problem.message
        (fix,) = problem.fixes
        assert [node.layer.kind for node in fix.graph.nodes.values()].count("flatten") == 1

    def test_an_inserted_layer_is_placed_between_its_neighbors(self) -> None:
        graph = BROKEN["dense on maps"]()
        (fix,) = only_problem(graph).fixes
        (new,) = set(fix.graph.nodes) - set(graph.nodes)
        left, right = graph.nodes["pool"].position[0], graph.nodes["fc"].position[0]
        assert left < fix.graph.nodes[new].position[0] < right

    def test_an_unknown_layer_is_kept_and_explained(self) -> None:
        graph = small().with_node(Node("relu", UnknownLayer(), "relu", unknown='{"layer": {"kind": "new"}}'))
        assert "newer version" in only_problem(graph).message


@st.composite
def drawings(draw: st.DrawFn) -> Graph:
    """Any graph a person might draw, however little sense it makes."""
    kinds = draw(st.lists(st.sampled_from(sorted(LAYERS)), max_size=8))
    graph = Graph()
    for number, kind in enumerate(kinds):
        name = draw(st.sampled_from([f"n{number}", "same"]))
        layer = LAYERS[kind]()
        if kind == "input":
            layer = InputLayer(shape=draw(st.tuples(*[st.integers(1, 40)] * 3)))
        elif hasattr(layer, "kernel_size") and draw(st.booleans()):
            layer = layer.with_params(kernel_size=draw(st.integers(1, 31)), dilation=draw(st.integers(1, 16)))
        elif hasattr(layer, "pool_size") and draw(st.booleans()):
            size, border = draw(st.integers(1, 31)), draw(st.integers(0, 64))
            layer = layer.with_params(pool_size=size, padding="custom", border=(border,) * 4)
        graph = graph.with_node(Node(f"n{number}", layer, name))
    if kinds:
        ends = st.integers(0, len(kinds) - 1)
        for source, target, port in draw(st.lists(st.tuples(ends, ends, st.integers(0, 3)), max_size=14)):
            graph = graph.with_edge(Edge(f"n{source}", f"n{target}", port))
    return graph


@settings(max_examples=300, deadline=None)
@given(drawings(), st.sampled_from([None, DataSpec((1, 9, 9), 2), DataSpec((3, 5000, 1), 70_000)]))
def test_any_graph_can_be_checked_and_every_fix_removes_its_problem(graph: Graph, fit: DataSpec | None) -> None:
    for problem in check(graph, fit).problems:
        assert problem.message
        assert problem.node is None or problem.node in graph.nodes
        for fix in problem.fixes:
            left = [(other.node, other.message) for other in check(fix.graph, fit).problems]
            assert left.count((problem.node, problem.message)) == 0
