"""Networks that branch and merge, are frozen in part, or give the gradient of an image."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnstudio.engine.fusion import fuse
from cnnstudio.engine.numpy.plan import Plan, PlanOptions
from cnnstudio.graph import Edge, Graph, Node
from cnnstudio.layers.activation import ReLULayer, TanhLayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import AddLayer, ConcatenateLayer, MultiplyLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.pooling import GlobalAveragePoolingLayer, MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer, GaussianNoiseLayer, SpatialDropoutLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import SGD, Adam
from tests.support.dags import graphs
from tests.support.networks import batch, check_gradients, gradients, line, load, network, wire
from tests.support.strategies import cases

FEW = cases(60)
MANY = cases(500)
CONV = ConvolutionLayer(filters=3, padding="same")


def residual() -> Graph:
    """A block whose input skips two convolutions."""
    nodes = {
        "input": InputLayer(shape=(2, 5, 6)),
        "stem": CONV,
        "relu": ReLULayer(),
        "conv": CONV,
        "bend": TanhLayer(),
        "conv2": CONV,
        "sum": AddLayer(),
        "gap": GlobalAveragePoolingLayer(),
        "fc": DenseLayer(units=4),
        "output": OutputLayer(),
    }
    path = ["input", "stem", "relu", "conv", "bend", "conv2", "sum", "gap", "fc", "output"]
    return wire(nodes, *pairwise(path), ("relu", "sum", 1))


def inception() -> Graph:
    """Three branches from one feature map, concatenated."""
    nodes = {
        "input": InputLayer(shape=(2, 5, 6)),
        "stem": CONV,
        "one": ConvolutionLayer(filters=2, kernel_size=(1, 1)),
        "three": CONV,
        "pool": MaxPoolingLayer(pool_size=(3, 3), stride=(1, 1), padding="same"),
        "stack": ConcatenateLayer(),
        "flatten": FlattenLayer(),
        "fc": DenseLayer(units=4),
        "output": OutputLayer(loss="hinge"),
    }
    edges = [("input", "stem"), *(("stem", name) for name in ("one", "three", "pool"))]
    edges += [("stack", "flatten"), ("flatten", "fc"), ("fc", "output")]
    return wire(nodes, *edges, *((name, "stack", port) for port, name in enumerate(("one", "three", "pool"))))


def twice(join: AddLayer | MultiplyLayer | ConcatenateLayer, ports: int) -> Graph:
    """One feature map at every input of a merging layer."""
    nodes = {
        "input": InputLayer(shape=(2, 4, 3)),
        "conv": CONV,
        "join": join,
        "flatten": FlattenLayer(),
        "fc": DenseLayer(units=3),
    }
    nodes["output"] = OutputLayer()
    edges = [("input", "conv"), ("join", "flatten"), ("flatten", "fc"), ("fc", "output")]
    return wire(nodes, *edges, *(("conv", "join", port) for port in range(ports)))


def reshapes() -> Graph:
    """A feature map with several consumers, among them two flatten layers with two consumers each."""
    nodes = {
        "input": InputLayer(shape=(2, 4, 3)),
        "conv": CONV,
        "row": FlattenLayer(),
        "row2": FlattenLayer(),
        "gap": GlobalAveragePoolingLayer(),
    }
    nodes |= {name: DenseLayer(units=3) for name in ("a", "b", "c", "d", "e")} | {
        "sum": AddLayer(),
        "output": OutputLayer(),
    }
    edges = [("input", "conv"), ("conv", "row"), ("conv", "row2"), ("conv", "gap"), ("row", "a"), ("row", "b")]
    edges += [("row2", "c"), ("row2", "d"), ("gap", "e"), ("sum", "output")]
    return wire(nodes, *edges, *((name, "sum", port) for port, name in enumerate("abcde")))


SHAPES = {
    "residual": residual(),
    "inception": inception(),
    "add twice": twice(AddLayer(), 2),
    "add four times": twice(AddLayer(), 4),
    "multiply three times": twice(MultiplyLayer(), 3),
    "concatenate twice": twice(ConcatenateLayer(), 2),
    "reshapes": reshapes(),
}
every_shape = pytest.mark.parametrize("graph", SHAPES.values(), ids=SHAPES.keys())


@every_shape
def test_gradients_of_values_with_several_consumers(graph: Graph) -> None:
    check_gradients(network(graph), 3)


@FEW
@given(graph=graphs(), size=st.integers(1, 4))
def test_gradients_of_any_graph(graph: Graph, size: int) -> None:
    check_gradients(network(graph), size)


@pytest.mark.slow
@MANY
@given(graph=graphs(), size=st.integers(1, 4))
def test_gradients_of_many_graphs(graph: Graph, size: int) -> None:
    check_gradients(network(graph), size)


def test_adding_a_value_to_itself_doubles_it() -> None:
    made = network(twice(AddLayer(), 2))
    x, _ = batch(made, 3)
    seen = made.activations(x)
    np.testing.assert_array_equal(seen["join"], 2 * seen["conv"])


# Parts of a network


def test_a_frozen_layer_keeps_its_weights_and_passes_the_gradient_on() -> None:
    def graph(frozen: bool) -> Graph:
        middle = ConvolutionLayer(filters=3, frozen=frozen)
        return line(
            InputLayer(shape=(1, 7, 7)),
            CONV,
            ReLULayer(),
            middle,
            ReLULayer(),
            FlattenLayer(),
            DenseLayer(units=3),
            OutputLayer(),
        )

    free, made = network(graph(frozen=False)), network(graph(frozen=True))
    made.weights.copy_from(free.weights)
    x, labels = batch(made, 4)
    expected, found = gradients(free, x, labels), gradients(made, x, labels)
    assert set(expected) - set(found) == {"layer3.weight", "layer3.bias"}
    for key, gradient in found.items():
        np.testing.assert_allclose(gradient, expected[key], rtol=1e-10, atol=1e-13)
    before = {key: array.copy() for key, array in made.weights.arrays.items()}
    with load(made, Adam()) as execution:
        execution.step(x, labels, 0.01, 0)
    moved = {key for key, array in made.weights.arrays.items() if not np.array_equal(array, before[key])}
    assert moved == set(found)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_frozen_batch_norm_trains_in_inference_mode(threads: int) -> None:
    norm = BatchNormalizationLayer(frozen=True)
    made = network(
        line(InputLayer(shape=(1, 7, 7)), CONV, norm, ReLULayer(), FlattenLayer(), DenseLayer(units=3), OutputLayer())
    )
    check_gradients(made, 5)
    x, labels = batch(made, 64)
    before = {key: array.copy() for key, array in made.weights.arrays.items()}
    with load(made, Adam(), threads) as execution:
        votes = execution.predict(x)[0]
        loss = execution.step(x, labels, 0.01, 0).loss
    assert loss == pytest.approx(-np.log(votes[np.arange(64), labels]).mean(), rel=1e-9)
    moved = {key for key, array in made.weights.arrays.items() if not np.array_equal(array, before[key])}
    assert moved == {"layer1.weight", "layer1.bias", "layer5.weight", "layer5.bias"}


def test_a_fully_frozen_network_still_has_a_loss() -> None:
    made = network(line(InputLayer(shape=(1, 3, 3)), FlattenLayer(), DenseLayer(units=3, frozen=True), OutputLayer()))
    x, labels = batch(made, 4)
    before = made.weights.frozen.copy()
    with load(made) as execution:
        first, second = execution.step(x, labels, 1.0, 0), execution.step(x, labels, 1.0, 1)
    assert first == second
    np.testing.assert_array_equal(made.weights.frozen, before)


def test_a_branch_without_output_changes_nothing_and_is_not_trained() -> None:
    plain = residual()
    branch = ConvolutionLayer(filters=2, l2=1.0, l1=0.5)
    graph = plain.with_node(Node("branch", branch, "branch")).with_edge(Edge("relu", "branch"))
    with_branch, without = network(graph), network(plain)
    with_branch.weights.copy_from(without.weights)
    x, labels = batch(without, 3)
    before = with_branch.weights.arrays["branch.weight"].copy()
    for made in (with_branch, without):
        with load(made, SGD(), clip=0.1) as execution:
            for number in range(3):
                execution.step(x, labels, 2.0, number)
    for key, array in without.weights.arrays.items():
        np.testing.assert_array_equal(with_branch.weights.arrays[key], array)
    np.testing.assert_array_equal(with_branch.weights.arrays["branch.weight"], before)


@pytest.mark.parametrize(
    "layer", [DropoutLayer(rate=0.4), SpatialDropoutLayer(rate=0.4), GaussianNoiseLayer(deviation=0.5)]
)
def test_random_numbers_depend_only_on_seed_and_step(
    layer: DropoutLayer | SpatialDropoutLayer | GaussianNoiseLayer,
) -> None:
    made = network(line(InputLayer(shape=(2, 6, 6)), CONV, layer, FlattenLayer(), DenseLayer(units=3), OutputLayer()))
    x, labels = batch(made, 4)

    def loss(seed: int, number: int) -> float:
        with load(made, seed=seed) as execution:
            return execution.gradient(x, labels, number)[0].loss

    assert loss(0, 3) == loss(0, 3)
    assert len({loss(seed, number) for seed in range(3) for number in range(3)}) == 9
    with load(made) as execution:
        losses = [execution.gradient(x, labels, number)[0].loss for number in (3, 4, 3)]
    assert losses[0] == losses[2] == loss(0, 3) != losses[1]


def test_dropout_keeps_the_mean_and_drops_the_given_fraction() -> None:
    made = network(
        line(InputLayer(shape=(1, 60, 60)), DropoutLayer(rate=0.3), FlattenLayer(), OutputLayer(loss="squared"))
    )
    made_whole = network(
        line(InputLayer(shape=(400, 3, 3)), SpatialDropoutLayer(rate=0.3), FlattenLayer(), OutputLayer(loss="squared"))
    )
    for network_of, maps in ((made, False), (made_whole, True)):
        program = network_of.program.until(network_of.program.scores)
        plan = Plan(fuse(program), network_of.weights, PlanOptions(10, training=True))
        plan.allocate()
        shape = program.shapes[program.input]
        plan.load(np.ones((10, *shape)))
        plan.forward()
        result = np.moveaxis(plan.value(program.nodes["layer1"]), -1, 0)
        assert set(np.unique(result)) == {0.0, 1 / 0.7}
        dropped = (result == 0).mean(axis=(2, 3)) if maps else (result == 0)
        assert not maps or set(np.unique(dropped)) == {0.0, 1.0}
        count = dropped.size
        assert abs(dropped.mean() - 0.3) < 4 * np.sqrt(0.21 / count)


def test_layers_that_act_only_in_training_are_the_identity_in_inference() -> None:
    made = network(
        line(
            InputLayer(shape=(2, 6, 6)),
            DropoutLayer(),
            GaussianNoiseLayer(),
            FlattenLayer(),
            DenseLayer(units=3),
            OutputLayer(),
        )
    )
    x, _ = batch(made, 4)
    np.testing.assert_array_equal(made.activations(x)["layer2"], x)
    np.testing.assert_array_equal(made.predict(x), made.predict(x))


@every_shape
def test_the_image_gradient_matches_finite_differences_of_the_scores(graph: Graph) -> None:
    made = network(graph)
    x, _ = batch(made, 3)
    rng = np.random.default_rng(5)
    scores = made.program.shapes[made.program.scores]
    direction, along = rng.normal(size=(3, *scores)), rng.normal(size=x.shape)
    with load(made) as execution:
        found = execution.input_gradient(x, direction)

        def total(distance: float) -> float:
            return float((execution.predict(x + distance * along)[1] * direction).sum())

        measured = (total(1e-5) - total(-1e-5)) / 2e-5
    assert found.shape == x.shape
    assert np.vdot(found, along) == pytest.approx(measured, rel=1e-6)


def test_the_image_gradient_uses_inference_mode() -> None:
    made = network(
        line(
            InputLayer(shape=(2, 6, 6)),
            CONV,
            BatchNormalizationLayer(),
            DropoutLayer(),
            FlattenLayer(),
            DenseLayer(units=3),
            BatchNormalizationLayer(),
            OutputLayer(),
        )
    )
    x, _ = batch(made, 2)
    before = made.weights.copy()
    direction = np.eye(3)[[0, 2]]
    with load(made) as execution:
        both = execution.input_gradient(x, direction)
        single = execution.input_gradient(x[:1], direction[:1])
        scores = lambda shifted: execution.predict(shifted)[1]  # noqa: E731
        step = np.zeros_like(x)
        step[0, 1, 2, 3] = 1e-5
        measured = ((scores(x + step) - scores(x - step)) * direction).sum() / 2e-5
    np.testing.assert_allclose(both[:1], single, rtol=1e-12)
    assert both[0, 1, 2, 3] == pytest.approx(measured, rel=1e-7)
    for key, array in made.weights.arrays.items():
        np.testing.assert_array_equal(array, before.arrays[key])


def test_the_program_for_inference_has_no_training_operations() -> None:
    made = network(
        line(InputLayer(shape=(2, 6, 6)), DropoutLayer(), FlattenLayer(), DenseLayer(units=3), OutputLayer())
    )
    rest = made.program.for_inference()
    assert len(rest.instructions) == len(made.program.instructions) - 1
    assert rest.nodes["layer1"] == rest.input
    assert replace(rest, instructions=()).weights == made.program.weights
