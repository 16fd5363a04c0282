"""Small networks around a layer, and their gradients through the engine's public interface."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from cnnstudio.array import Array
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.fusion import training_program
from cnnstudio.engine.losses import loss_function
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine, NumpyExecution
from cnnstudio.engine.numpy.plan import PlanOptions
from cnnstudio.engine.numpy.sharded_plan import ShardedPlan
from cnnstudio.engine.numpy.thread_team import ThreadTeam
from cnnstudio.engine.program import Program, compile_graph
from cnnstudio.engine.weights import Weights
from cnnstudio.graph import Edge, Graph, Node, NodeId
from cnnstudio.layers import Layer, lower
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer, ReshapeLayer
from cnnstudio.operations import Shape, elements
from cnnstudio.operations.optimizer import SGD, Optimizer
from tests.support.numeric import along, away_from_kinks, check_derivative

Connection = tuple[NodeId, NodeId] | tuple[NodeId, NodeId, int]  # source and target, and the port if not the first
TESTED = "tested"  # the id of the node with the layer that a network is built around


def wire(nodes: dict[NodeId, Layer], *edges: Connection) -> Graph:
    """A graph of named layers; an edge is (source, target) or (source, target, port)."""
    graph = Graph()
    for name, layer in nodes.items():
        graph = graph.with_node(Node(name, layer, name))
    for source, target, *port in edges:
        graph = graph.with_edge(Edge(source, target, port[0] if port else 0))
    return graph


def line(*layers: Layer) -> Graph:
    """The layers one after another, with ids `layer0`, `layer1`, …"""
    names = [f"layer{index}" for index in range(len(layers))]
    return wire(dict(zip(names, layers, strict=True)), *pairwise(names))


def around(layer: Layer, *shapes: Shape, weighted: bool = False) -> Graph:
    """A network in which the layer gets inputs of these shapes, with a loss that depends on all of its output.

    What feeds it has weights that learn if it has several inputs or `weighted` says so, else it is the image itself.
    """
    if layer.kind == "input":
        return _ended(wire({TESTED: layer}), TESTED, lower(layer).output_shape)
    if len(shapes) == 1 and layer.kind != "output" and not weighted:
        graph, source = _fed(shapes[0])
        graph = graph.with_node(Node(TESTED, layer, TESTED)).with_edge(Edge(source, TESTED))
        return _ended(graph, TESTED, lower(layer, *shapes).output_shape)
    graph, source = _fed(shapes[0])
    graph = graph.with_node(Node(TESTED, layer, TESTED))
    for port, shape in enumerate(shapes):  # several inputs must differ, so each comes by weights of its own
        feeder = (
            ConvolutionLayer(filters=shape[0], kernel_size=(1, 1)) if len(shape) == 3 else DenseLayer(units=shape[0])
        )
        graph = graph.with_node(Node(f"feeder{port}", feeder, f"feeder{port}"))
        graph = graph.with_edge(Edge(source, f"feeder{port}")).with_edge(Edge(f"feeder{port}", TESTED, port))
    return graph if layer.kind == "output" else _ended(graph, TESTED, lower(layer, *shapes).output_shape)


def _fed(shape: Shape) -> tuple[Graph, NodeId]:
    """A graph that begins with values of this shape, and the node that gives them."""
    if len(shape) == 3:
        return wire({"input": InputLayer(shape=shape)}), "input"
    graph = wire(
        {"input": InputLayer(shape=(1, 1, elements(shape))), "shaped": ReshapeLayer(shape=shape)}, ("input", "shaped")
    )
    return graph, "shaped"


def _ended(graph: Graph, source: NodeId, shape: Shape) -> Graph:
    graph = graph.with_node(Node("output", OutputLayer(loss="squared"), "output"))
    if len(shape) == 1:
        return graph.with_edge(Edge(source, "output"))
    graph = graph.with_node(Node("flatten", FlattenLayer(), "flatten"))
    return graph.with_edge(Edge(source, "flatten")).with_edge(Edge("flatten", "output"))


def network(graph: Graph, seed: int = 0, dtype: DTypeLike = np.float64) -> Network:
    """The graph's network with random weights, biases and running statistics."""
    program = compile_graph(graph)
    weights = Weights(program.weights, np.float64)
    weights.initialize(seed)
    rng = np.random.default_rng([seed, 1])
    for key, array in weights.arrays.items():
        if key.rsplit(".", 1)[1] in ("running_var", "deviation"):
            array[...] = rng.uniform(0.5, 2.0, array.shape)
        else:
            array += rng.normal(0.0, 0.3, array.shape)
    return Network(program, weights.copy(dtype))


def batch(made: Network, size: int, seed: int = 0) -> tuple[Array, Array]:
    """Random images and labels that suit the network, in its precision."""
    rng = np.random.default_rng([seed, 2])
    program = made.program
    images = rng.normal(size=(size, *program.shapes[program.input])).astype(made.weights.dtype)
    return images, rng.integers(0, len(program.require_loss().class_weights) or program.shapes[program.scores][0], size)


def load(made: Network, optimizer: Optimizer | None = None, threads: int = 1, **learning: Any) -> NumpyExecution:
    """The network, loaded for training."""
    return NumpyEngine(threads).load(made.program, made.weights, TrainingOptions(optimizer or SGD(), **learning))


def gradients(made: Network, x: Array, labels: Array) -> dict[str, Array]:
    """The gradient of the loss by weight key, from the engine's public interface; copies."""
    with load(made) as execution:
        _, flat = execution.gradient(x, labels)
    return parts(made.weights, flat)


def parts(weights: Weights, flat: Array) -> dict[str, Array]:
    """Copies of the parts of a vector that is laid out like `weights.trained`."""
    found = {key: weights.view_of(key, flat) for key in weights.specs}
    return {key: part.copy() for key, part in found.items() if part is not None}


def image_gradient(made: Network, x: Array, labels: Array) -> Array:
    """The gradient (N, C, H, W) of the training loss with respect to the images."""
    terms = PlanOptions(len(x), backward=True, training=True, input_gradient=True)
    noise = lambda stage, member: np.random.default_rng([0, 0, stage, member])  # noqa: E731  # as the engine's first step
    plan = ShardedPlan(training_program(made.program), made.weights, terms, ThreadTeam(1), noise)
    found = plan.plans[0].gradient_of(plan.program.input)
    found.fill(np.nan)  # every number of it must be written
    plan.forward_backward(x, labels, loss_function(made.program.require_loss(), made.weights.dtype))
    return np.moveaxis(found, -1, 0).copy()


def check_gradients(made: Network, size: int, seed: int = 0) -> None:
    """Assert that the gradients of images and of every weight match finite differences of the loss."""
    away_from_kinks(lambda draw: _check_at(made, size, 1000 * seed + draw))


def _check_at(made: Network, size: int, seed: int) -> None:
    x, labels = batch(made, size, seed)
    rng = np.random.default_rng([seed, 3])
    found, to_image = gradients(made, x, labels), image_gradient(made, x, labels)
    with load(made) as execution:

        def loss() -> float:
            return execution.gradient(x, labels)[0].loss

        if getattr(made.program.loss, "target", "class") == "class":  # else the image is a target too
            direction = rng.normal(size=x.shape)
            check_derivative(to_image, direction, along(x, direction, loss))
        for key, gradient in found.items():
            array = made.weights.arrays[key]
            direction = rng.normal(size=array.shape)
            check_derivative(gradient, direction, along(array, direction, loss))


def loss_and_gradient(program: Program, made: Network, x: Array, labels: Array) -> tuple[float, Array]:
    """The loss and its gradient of a lowered program, on memory that another batch has used before."""
    plan = ShardedPlan(
        program,
        made.weights,
        PlanOptions(len(x), backward=True, training=True),
        ThreadTeam(1),
        lambda stage, member: np.random.default_rng(7),
    )
    loss = loss_function(program.require_loss(), made.weights.dtype)
    plan.forward_backward(x[::-1], labels, loss)  # leaves numbers behind that the next pass must not see
    result, gradient = plan.forward_backward(x, labels, loss)
    return result.loss, gradient.copy()
