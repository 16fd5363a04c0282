"""The mean and standard deviation of input normalization layers, from the training images, before the first step."""

from __future__ import annotations

import numpy as np

from cnnstudio.data import Dataset, Scaling
from cnnstudio.engine.network import Network
from cnnstudio.operations import Standardization

SAMPLE = 256  # images to measure where the layer does not follow Input directly


def measure_standardization(network: Network, dataset: Dataset) -> None:
    """Set `mean` and `deviation` of every such layer to those of what reaches it."""
    program = network.program
    for step in program.instructions:
        if not isinstance(step.operation, Standardization):
            continue
        if step.inputs[0] == program.input:
            stored = Scaling.measured(dataset.images[dataset.splits["train"]])
            mean = (np.array(stored.mean) - dataset.scaling.mean) / dataset.scaling.std
            deviation = np.array(stored.std) / dataset.scaling.std
        else:
            source = next(node for node, number in program.nodes.items() if number == step.inputs[0])
            images, _ = dataset.take(dataset.splits["train"][:SAMPLE])
            seen = network.activations(images)[source]
            values = np.moveaxis(seen, 1, 0).reshape(seen.shape[1], -1)
            mean, deviation = values.mean(axis=1), values.std(axis=1)
        network.weights.arrays[step.weights["mean"]][...] = mean
        network.weights.arrays[step.weights["deviation"]][...] = np.where(deviation > 0, deviation, 1.0)
