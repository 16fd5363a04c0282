"""A measured process that runs this program's engine."""

from __future__ import annotations

import cnnstudio  # noqa: F401  # before numpy, because it selects BLAS kernels

# isort: split
import numpy as np
from measured_process import Step, serve
from workloads import CONV, DENSE, FLAT, NETWORKS, POOL, classes

from cnnstudio.engine.device_selection import choose_engine
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.graph import Edge, Graph
from cnnstudio.graph.edit import add
from cnnstudio.layers import LAYERS, Layer
from cnnstudio.operations.optimizer import SGD


def graph_of(name: str) -> Graph:
    """The workload as a graph."""
    image, rows = NETWORKS[name]
    layers = [LAYERS["input"](shape=image), *(_layer(row) for row in rows), LAYERS["output"]()]
    graph, last = Graph(), ""
    for layer in layers:
        graph, node = add(graph, layer)
        if last:
            graph = graph.with_edge(Edge(last, node))
        last = node
    return graph


def _layer(row: tuple[object, ...]) -> Layer:
    kind, *numbers = row
    if kind == CONV:
        filters, size, border = (int(str(number)) for number in numbers)
        padding = {"padding": "custom", "border": (border,) * 4} if border else {"padding": "valid"}
        return LAYERS["convolution"](filters=filters, kernel_size=(size, size), **padding)
    if kind == DENSE:
        return LAYERS["dense"](units=numbers[0])
    return LAYERS[{POOL: "max_pooling", FLAT: "flatten"}.get(str(kind), "relu")]()


def make(request: dict[str, object]) -> Step:
    """One training step (input copy, forward, loss, backward, finite check, SGD) or one prediction."""
    name, batch = str(request["workload"]), int(str(request["batch"]))
    network = Network.create(graph_of(name))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, *NETWORKS[name][0])).astype(np.float32)
    labels = rng.integers(0, classes(name), batch)
    training = TrainingOptions(SGD()) if request["do"] == "train" else None
    engine, _ = choose_engine(str(request["on"]), network.program, network.weights, batch, training)
    execution = engine.load(network.program, network.weights, training)
    if training is None:
        return lambda: execution.predict(x)
    return lambda: execution.step(x, labels, 1e-3, 0)


if __name__ == "__main__":
    serve(make)
