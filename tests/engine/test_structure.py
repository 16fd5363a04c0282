"""Networks that fork and join: values with several readers, shards, fusion and shared memory change no number."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import prod

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnstudio.engine.fusion import Fused, fuse
from cnnstudio.engine.memory import ALIGNMENT, Arena
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy import plan as planning
from cnnstudio.engine.numpy import sharded
from cnnstudio.engine.numpy.crew import Crew
from cnnstudio.engine.numpy.loss import loss_pass
from cnnstudio.engine.numpy.plan import Plan, Terms
from cnnstudio.engine.numpy.sharded import shard_sizes
from cnnstudio.engine.program import Program
from cnnstudio.graph import Edge, Graph, Node
from cnnstudio.layers.activation import ReLU, Tanh
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import FullyConnected
from cnnstudio.layers.ends import Input, Output
from cnnstudio.layers.join import AddLayer, ConcatenateLayer, MultiplyLayer
from cnnstudio.layers.normalization import BatchNorm
from cnnstudio.layers.pooling import GlobalAveragePooling, MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer, GaussianNoiseLayer, SpatialDropout
from cnnstudio.layers.reshape import Flatten
from cnnstudio.operations.optimizer import SGD, Adam, Momentum
from tests.support.dags import chains, graphs
from tests.support.networks import batch, gradients, line, load, meets_differences, network, wire

FEW = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MANY = settings(FEW, max_examples=1500)
CONV = ConvolutionLayer(filters=3, padding="same")


def residual() -> Graph:
    """A block whose input skips two convolutions."""
    nodes = {
        "input": Input(shape=(2, 5, 6)),
        "stem": CONV,
        "relu": ReLU(),
        "conv": CONV,
        "bend": Tanh(),
        "conv2": CONV,
        "sum": AddLayer(),
        "gap": GlobalAveragePooling(),
        "fc": FullyConnected(units=4),
        "output": Output(),
    }
    path = ["input", "stem", "relu", "conv", "bend", "conv2", "sum", "gap", "fc", "output"]
    return wire(nodes, *pairwise(path), ("relu", "sum", 1))


def inception() -> Graph:
    """Three paths from one map, stacked."""
    nodes = {
        "input": Input(shape=(2, 5, 6)),
        "stem": CONV,
        "one": ConvolutionLayer(filters=2, kernel_size=(1, 1)),
        "three": CONV,
        "pool": MaxPoolingLayer(pool_size=(3, 3), stride=(1, 1), padding="same"),
        "stack": ConcatenateLayer(),
        "flatten": Flatten(),
        "fc": FullyConnected(units=4),
        "output": Output(loss="hinge"),
    }
    edges = [("input", "stem"), *(("stem", name) for name in ("one", "three", "pool"))]
    edges += [("stack", "flatten"), ("flatten", "fc"), ("fc", "output")]
    return wire(nodes, *edges, *((name, "stack", port) for port, name in enumerate(("one", "three", "pool"))))


def twice(join: AddLayer | MultiplyLayer | ConcatenateLayer, ports: int) -> Graph:
    """One map at every port of a join."""
    nodes = {
        "input": Input(shape=(2, 4, 3)),
        "conv": CONV,
        "join": join,
        "flatten": Flatten(),
        "fc": FullyConnected(units=3),
    }
    nodes["output"] = Output()
    edges = [("input", "conv"), ("join", "flatten"), ("flatten", "fc"), ("fc", "output")]
    return wire(nodes, *edges, *(("conv", "join", port) for port in range(ports)))


def reshapes() -> Graph:
    """A map that is read as it is, and laid out in a row by two layers that are each read twice."""
    nodes = {
        "input": Input(shape=(2, 4, 3)),
        "conv": CONV,
        "row": Flatten(),
        "row2": Flatten(),
        "gap": GlobalAveragePooling(),
    }
    nodes |= {name: FullyConnected(units=3) for name in ("a", "b", "c", "d", "e")} | {
        "sum": AddLayer(),
        "output": Output(),
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
def test_gradients_of_values_with_several_readers_are_slopes(graph: Graph) -> None:
    meets_differences(network(graph), 3)


@FEW
@given(graph=graphs(), size=st.integers(1, 4))
def test_gradients_of_any_graph_are_slopes(graph: Graph, size: int) -> None:
    meets_differences(network(graph), size)


@pytest.mark.slow
@MANY
@given(graph=graphs(), size=st.integers(1, 4))
def test_gradients_of_many_graphs_are_slopes(graph: Graph, size: int) -> None:
    meets_differences(network(graph), size)


def test_adding_a_value_to_itself_doubles_it() -> None:
    made = network(twice(AddLayer(), 2))
    x, _ = batch(made, 3)
    seen = made.look(x)
    np.testing.assert_array_equal(seen["join"], 2 * seen["conv"])


# Parts of a network


def test_a_frozen_layer_stays_and_lets_the_gradient_through() -> None:
    def graph(frozen: bool) -> Graph:
        middle = ConvolutionLayer(filters=3, frozen=frozen)
        norm = BatchNorm(frozen=frozen)
        return line(
            Input(shape=(1, 7, 7)), CONV, ReLU(), middle, norm, ReLU(), Flatten(), FullyConnected(units=3), Output()
        )

    free, made = network(graph(frozen=False)), network(graph(frozen=True))
    made.weights.adopt(free.weights)
    x, labels = batch(made, 4)
    wanted, found = gradients(free, x, labels), gradients(made, x, labels)
    assert set(wanted) - set(found) == {"layer3.weight", "layer3.bias", "layer4.weight", "layer4.bias"}
    for key, gradient in found.items():
        np.testing.assert_allclose(gradient, wanted[key], rtol=1e-10, atol=1e-13)
    before = {key: array.copy() for key, array in made.weights.arrays.items()}
    with load(made, Adam()) as execution:
        execution.step(x, labels, 0.01, 0)
    moved = {key for key, array in made.weights.arrays.items() if not np.array_equal(array, before[key])}
    assert moved == {*found, "layer4.running_mean", "layer4.running_var"}


def test_a_wholly_frozen_network_can_still_be_asked_for_its_loss() -> None:
    made = network(line(Input(shape=(1, 3, 3)), Flatten(), FullyConnected(units=3, frozen=True), Output()))
    x, labels = batch(made, 4)
    before = made.weights.frozen.copy()
    with load(made) as execution:
        first, second = execution.step(x, labels, 1.0, 0), execution.step(x, labels, 1.0, 1)
    assert first == second
    np.testing.assert_array_equal(made.weights.frozen, before)


def test_a_branch_that_leads_nowhere_changes_nothing_and_is_left_alone() -> None:
    plain = residual()
    branch = ConvolutionLayer(filters=2, l2=1.0, l1=0.5)
    graph = plain.with_node(Node("branch", branch, "branch")).with_edge(Edge("relu", "branch"))
    with_branch, without = network(graph), network(plain)
    with_branch.weights.adopt(without.weights)
    x, labels = batch(without, 3)
    before = with_branch.weights.arrays["branch.weight"].copy()
    for made in (with_branch, without):
        with load(made, SGD(), clip=0.1) as execution:
            for number in range(3):
                execution.step(x, labels, 2.0, number)
    for key, array in without.weights.arrays.items():
        np.testing.assert_array_equal(with_branch.weights.arrays[key], array)
    np.testing.assert_array_equal(with_branch.weights.arrays["branch.weight"], before)


@pytest.mark.parametrize("layer", [DropoutLayer(rate=0.4), SpatialDropout(rate=0.4), GaussianNoiseLayer(deviation=0.5)])
def test_chance_depends_on_the_seed_and_the_step_alone(
    layer: DropoutLayer | SpatialDropout | GaussianNoiseLayer,
) -> None:
    made = network(line(Input(shape=(2, 6, 6)), CONV, layer, Flatten(), FullyConnected(units=3), Output()))
    x, labels = batch(made, 4)

    def loss(seed: int, number: int) -> float:
        with load(made, seed=seed) as execution:
            return execution.gradient(x, labels, number)[0].loss

    assert loss(0, 3) == loss(0, 3)
    assert len({loss(seed, number) for seed in range(3) for number in range(3)}) == 9
    with load(made) as execution:
        losses = [execution.gradient(x, labels, number)[0].loss for number in (3, 4, 3)]
    assert losses[0] == losses[2] == loss(0, 3) != losses[1]


def test_dropout_keeps_the_mean_and_drops_the_share_it_says() -> None:
    made = network(line(Input(shape=(1, 60, 60)), DropoutLayer(rate=0.3), Flatten(), Output(loss="squared")))
    made_whole = network(line(Input(shape=(400, 3, 3)), SpatialDropout(rate=0.3), Flatten(), Output(loss="squared")))
    for network_of, maps in ((made, False), (made_whole, True)):
        program = network_of.program.until(network_of.program.scores)
        plan = Plan(fuse(program), network_of.weights, Terms(10, training=True))
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


def test_layers_that_act_only_in_training_rest_in_use() -> None:
    made = network(
        line(Input(shape=(2, 6, 6)), DropoutLayer(), GaussianNoiseLayer(), Flatten(), FullyConnected(units=3), Output())
    )
    x, _ = batch(made, 4)
    np.testing.assert_array_equal(made.look(x)["layer2"], x)
    np.testing.assert_array_equal(made.predict(x), made.predict(x))


# Shards


def _norms() -> Graph:
    return line(
        Input(shape=(2, 6, 6)),
        CONV,
        BatchNorm(),
        ReLU(),
        CONV,
        BatchNorm(),
        Flatten(),
        FullyConnected(units=3),
        BatchNorm(),
        Output(),
    )


@pytest.mark.parametrize("size", [16, 17, 23])
@pytest.mark.parametrize("threads", [2, 3])
def test_shards_give_what_the_whole_batch_gives(size: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharded, "SHARD_WORK", 1)
    monkeypatch.setattr(sharded, "LEAST_SHARE", 5)
    whole, shared = network(_norms()), network(_norms())
    x, labels = batch(whole, size)
    sizes = shard_sizes(whole.program, size, threads)
    assert len(sizes) == threads
    assert sum(sizes) == size
    assert max(sizes) - min(sizes) <= 1
    for made, count in ((whole, 1), (shared, threads)):
        with load(made, Momentum(), threads=count) as execution:
            for number in range(4):
                execution.step(x, labels, 0.05, number)
    for key, array in whole.weights.arrays.items():
        np.testing.assert_allclose(shared.weights.arrays[key], array, rtol=1e-9, atol=1e-11, err_msg=key)
    with load(whole, threads=threads) as execution:
        np.testing.assert_allclose(execution.predict(x)[0], whole.predict(x), rtol=1e-12)


def test_a_batch_that_fails_does_not_spoil_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharded, "SHARD_WORK", 1)
    made = network(_norms())
    x, labels = batch(made, 16)
    with load(made, threads=2) as execution:
        wanted = execution.gradient(x, labels)[0]
        with pytest.raises(ValueError, match="broadcast"):
            execution.gradient(x[:, :, 1:], labels)
        assert execution.gradient(x, labels)[0] == wanted


def test_losses_that_mix_samples_are_never_sharded() -> None:
    made = network(
        line(
            Input(shape=(8, 64, 64)),
            ConvolutionLayer(filters=64),
            Flatten(),
            FullyConnected(units=3),
            Output(loss="triplet"),
        )
    )
    assert shard_sizes(made.program, 64, 8) == [64]


# Fusion


def _apart(program: Program) -> Program:
    """The program with nothing joined."""
    return fuse(program, keep=frozenset(range(len(program.shapes))))


def _learned(program: Program, made: Network, x: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    plan = sharded.ShardedPlan(
        program,
        made.weights,
        Terms(len(x), learning=True, training=True),
        Crew(1),
        lambda stage, member: np.random.default_rng(7),
    )
    loss = loss_pass(program.loss, made.weights.dtype)
    plan.learn(x[::-1], labels, loss)  # leaves numbers behind that the next pass must not see
    result, gradient = plan.learn(x, labels, loss)
    return result.loss, gradient.copy()


def _fusion_changes_nothing(graph: Graph, size: int) -> None:
    made = network(graph)
    x, labels = batch(made, size)
    program = made.program.until(made.program.scores)
    joined = fuse(program)
    assert len(joined.instructions) <= len(program.instructions)
    value, gradient = _learned(joined, made, x, labels)
    wanted_value, wanted = _learned(_apart(program), made, x, labels)
    assert value == pytest.approx(wanted_value, rel=1e-12)
    np.testing.assert_allclose(gradient, wanted, rtol=1e-9, atol=1e-12)


@FEW
@given(graph=chains(), size=st.integers(1, 4))
def test_joined_operations_compute_what_single_ones_do(graph: Graph, size: int) -> None:
    _fusion_changes_nothing(graph, size)


@pytest.mark.slow
@MANY
@given(graph=chains() | graphs().filter(lambda g: not g.of_kind("dropout")), size=st.integers(1, 4))
def test_joined_operations_compute_what_single_ones_do_in_many_cases(graph: Graph, size: int) -> None:
    _fusion_changes_nothing(graph, size)


def test_convolution_pooling_bias_and_activation_become_one() -> None:
    made = network(
        line(
            Input(shape=(1, 6, 6)),
            CONV,
            ReLU(),
            MaxPoolingLayer(),
            Flatten(),
            FullyConnected(units=3),
            Tanh(),
            Output(),
        )
    )
    joined = fuse(made.program.until(made.program.scores))
    heads = [step.operation for step in joined.instructions if isinstance(step.operation, Fused)]
    assert [bool(head.pool) for head in heads] == [True, False]
    assert [head.activation.function for head in heads if head.activation] == ["relu", "tanh"]
    assert len(joined.instructions) == 3


def test_values_that_are_looked_at_are_not_joined_away() -> None:
    made = network(
        line(Input(shape=(1, 6, 6)), CONV, ReLU(), MaxPoolingLayer(), Flatten(), FullyConnected(units=3), Output())
    )
    x, _ = batch(made, 2)
    seen = made.look(x)
    assert set(seen) == set(made.program.nodes)
    np.testing.assert_array_equal(seen["layer2"], np.maximum(seen["layer1"], 0))
    assert (seen["layer1"] < 0).any()


# Memory


@settings(FEW, max_examples=200)
@given(
    asked=st.lists(
        st.tuples(
            st.integers(1, 300), st.sampled_from((np.float32, np.float64, bool)), st.integers(0, 12), st.integers(0, 12)
        ),
        min_size=1,
        max_size=24,
    )
)
def test_no_two_live_buffers_overlap(asked: list[tuple[int, type, int, int]]) -> None:
    arena = Arena()
    buffers = [arena.buffer((count,), dtype, min(first, last), max(first, last)) for count, dtype, first, last in asked]
    total = arena.pack()
    assert total <= sum(buffer.size for buffer in buffers)
    for index, buffer in enumerate(buffers):
        assert buffer.offset % ALIGNMENT == 0
        assert buffer.offset + buffer.size <= total
        for other in buffers[:index]:
            if other.first <= buffer.last and buffer.first <= other.last:
                assert buffer.offset + buffer.size <= other.offset or other.offset + other.size <= buffer.offset
    arena.allocate()
    for mark, buffer in enumerate(buffers):
        assert buffer.array.shape == buffer.shape
        assert buffer.array.ctypes.data % ALIGNMENT == 0
        assert not buffer.array.any()
        view = buffer.under((prod(buffer.shape), 1)).array
        assert np.shares_memory(view, buffer.array)
        assert mark >= 0


def _placed_apart(arena: Arena) -> int:
    end = 0
    for buffer in arena._buffers:
        buffer.offset, end = end, end + buffer.size
    return end


@pytest.mark.parametrize("roomy", [True, False], ids=["roomy", "scarce"])
@FEW
@given(graph=chains() | graphs(), size=st.integers(1, 4))
def test_shared_memory_gives_what_memory_of_ones_own_gives(roomy: bool, graph: Graph, size: int) -> None:
    _sharing_changes_nothing(roomy, graph, size)


@pytest.mark.slow
@pytest.mark.parametrize("roomy", [True, False], ids=["roomy", "scarce"])
@MANY
@given(graph=chains() | graphs(), size=st.integers(1, 9))
def test_shared_memory_gives_what_memory_of_ones_own_gives_in_many_cases(roomy: bool, graph: Graph, size: int) -> None:
    _sharing_changes_nothing(roomy, graph, size)


def _sharing_changes_nothing(roomy: bool, graph: Graph, size: int) -> None:
    made = network(graph)
    x, labels = batch(made, size)
    program = fuse(made.program.until(made.program.scores))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "ROOMY", 1 << 40)
        patch.setattr(Arena, "pack", _placed_apart)
        wanted_value, wanted = _learned(program, made, x, labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "ROOMY", 1 << 40 if roomy else 0)
        value, gradient = _learned(program, made, x, labels)
    assert value == pytest.approx(wanted_value, rel=1e-13)
    np.testing.assert_allclose(gradient, wanted, rtol=1e-10, atol=1e-13)


def test_a_network_too_large_to_keep_its_columns_learns_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = line(
        Input(shape=(3, 32, 32)),
        ConvolutionLayer(filters=16, kernel_size=(5, 5), padding="same"),
        ReLU(),
        MaxPoolingLayer(),
        ConvolutionLayer(filters=16, padding="same"),
        ReLU(),
        Flatten(),
        FullyConnected(units=10),
        Output(),
    )
    made = network(graph)
    x, labels = batch(made, 120)
    program = fuse(made.program.until(made.program.scores))
    terms, limit = Terms(len(x), learning=True, training=True), planning.ROOMY
    scarce = _learned(program, made, x, labels)
    monkeypatch.setattr(planning, "ROOMY", 1 << 40)
    assert Plan(program, made.weights, terms).bytes > limit
    kept = _learned(program, made, x, labels)
    assert scarce[0] == kept[0]
    np.testing.assert_array_equal(scarce[1], kept[1])


# What in the picture matters


@every_shape
def test_the_pictures_gradient_is_the_slope_of_the_scores(graph: Graph) -> None:
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


def test_the_pictures_gradient_at_rest_goes_by_running_statistics_and_without_chance() -> None:
    made = network(
        line(
            Input(shape=(2, 6, 6)),
            CONV,
            BatchNorm(),
            DropoutLayer(),
            Flatten(),
            FullyConnected(units=3),
            BatchNorm(),
            Output(),
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


def test_the_program_of_a_network_in_use_has_no_training_steps() -> None:
    made = network(line(Input(shape=(2, 6, 6)), DropoutLayer(), Flatten(), FullyConnected(units=3), Output()))
    rest = made.program.at_rest()
    assert len(rest.instructions) == len(made.program.instructions) - 1
    assert rest.nodes["layer1"] == rest.input
    assert replace(rest, instructions=()).weights == made.program.weights
