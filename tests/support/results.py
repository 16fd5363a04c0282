"""A layer's output for given images and weights."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.fusion import training_program
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.plan import Plan, PlanOptions
from cnnstudio.engine.program import compile_graph
from cnnstudio.engine.weights import Weights
from cnnstudio.layers import Layer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from tests.support.networks import line


def built(*layers: Layer, output: OutputLayer | None = None, **arrays: Array) -> Network:
    """The layers as a network with these weights, named by the index of their layer: `w1_weight` is layer 1's."""
    program = compile_graph(line(*layers, output or OutputLayer(loss="squared", target="picture")))
    weights = Weights(program.weights, np.float64)
    weights.initialize(0)
    for name, array in arrays.items():
        place, _, role = name.partition("_")
        weights.arrays[f"layer{place[1:]}.{role}"][...] = array
    return Network(program, weights)


def result(layer: Layer, x: Array, **weights: Array) -> Array:
    """The layer's output for images or vectors, in inference mode."""
    start = InputLayer(shape=x.shape[1:] if x.ndim == 4 else (1, 1, x.shape[1]))
    layers = (start, layer) if x.ndim == 4 else (start, FlattenLayer(), layer)
    program = compile_graph(line(*layers, FlattenLayer(), OutputLayer(loss="squared")))
    arrays = Weights(program.weights, np.float64)
    arrays.initialize(0)
    place = f"layer{len(layers) - 1}"
    for name, array in weights.items():
        arrays.arrays[f"{place}.{name}"][...] = array
    return Network(program, arrays).activations(x.reshape(len(x), *start.shape))[place]


def trained(layer: Layer, x: Array, **weights: Array) -> Array:
    """The layer's output for images or vectors, in training mode."""
    start = InputLayer(shape=x.shape[1:] if x.ndim == 4 else (1, 1, x.shape[1]))
    layers = (start, layer) if x.ndim == 4 else (start, FlattenLayer(), layer)
    place = len(layers) - 1
    arrays = {f"w{place}_{name}": array for name, array in weights.items()}
    made = built(*layers, FlattenLayer(), output=OutputLayer(loss="squared"), **arrays)
    expected = made.program.nodes[f"layer{place}"]
    plan = Plan(training_program(made.program), made.weights, PlanOptions(len(x), training=True))
    plan.allocate()
    plan.load(x.reshape(len(x), *start.shape))
    values = {number: plan.value(number).copy() for number in plan.forward_by_stage()}
    return np.moveaxis(values[expected], -1, 0)
