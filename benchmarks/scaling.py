"""How the cost of a training step grows with filters, images and layers, as plots."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import cnnstudio  # noqa: F401  # before numpy, because it selects BLAS kernels

# isort: split
import numpy as np
from matplotlib import pyplot
from measured_process import measure

from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.graph import Edge, Graph
from cnnstudio.graph.edit import add
from cnnstudio.layers import LAYERS
from cnnstudio.operations.optimizer import SGD

SIZE, CHANNELS, BATCH = 16, 16, 32
SECONDS = 0.4


def measure_scaling(path: Path) -> None:
    """Measure and write the plot."""
    axes_of: dict[str, tuple[list[int], Callable[[int], float]]] = {
        "filters of one layer": ([16, 32, 64, 128, 256], lambda n: _step(n, 1, BATCH)),
        "images of a batch": ([16, 32, 64, 128, 256], lambda n: _step(32, 2, n)),
        "layers": ([2, 4, 8, 16, 32], lambda n: _step(16, n, BATCH)),
    }
    figure, axes = pyplot.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for axis, (name, (numbers, cost)) in zip(axes, axes_of.items(), strict=True):
        times = [cost(number) * 1e3 for number in numbers]
        slope = np.polyfit(np.log(numbers[1:]), np.log(times[1:]), 1)[0]
        axis.loglog(numbers, times, "o-", label=f"measured (grows as n^{slope:.2f})")
        axis.loglog(numbers, times[-1] * np.array(numbers) / numbers[-1], "--", label="linear")
        axis.set_xlabel(name)
        axis.set_ylabel("ms per step")
        axis.set_xticks(numbers, [str(number) for number in numbers])
        axis.minorticks_off()
        axis.legend()
        print(f"{name}: n^{slope:.2f}")
    figure.savefig(path)


def _step(filters: int, depth: int, batch: int) -> float:
    """The median seconds of a training step of a network with this many 3 x 3 convolutions."""
    layers = [LAYERS["input"](shape=(CHANNELS, SIZE, SIZE))]
    for _ in range(depth):
        layers += [LAYERS["convolution"](filters=filters, padding="same"), LAYERS["relu"]()]
    layers += [LAYERS["global_average_pooling"](), LAYERS["dense"](units=10), LAYERS["output"]()]
    graph, last = Graph(), ""
    for layer in layers:
        graph, node = add(graph, layer)
        if last:
            graph = graph.with_edge(Edge(last, node))
        last = node
    network = Network.create(graph)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, CHANNELS, SIZE, SIZE)).astype(np.float32)
    labels = rng.integers(0, 10, batch)
    with NumpyEngine().load(network.program, network.weights, TrainingOptions(SGD())) as execution:
        return statistics.median(measure(lambda: execution.step(x, labels, 1e-3, 0), SECONDS))


if __name__ == "__main__":
    measure_scaling(Path(sys.argv[1]))
