"""The random numbers of dropout and noise: drawn on the host, exactly as the NumPy engine draws them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.opencl.lowering import Lowering
from cnnstudio.engine.sharding import available_cores, shard_sizes
from cnnstudio.operations import Dropout, elements

HostView = Callable[[int, int], Array]  # a view of the host's memory: from an offset in bytes, so many numbers


def fill_random_inputs(lowering: Lowering, host: HostView, batch: int, step: tuple[int, int]) -> None:
    """Draws the numbers for every stage that needs some, for the shards into which NumPy would split the batch.

    `step` holds the seed of the run and the number of the step.
    """
    sizes, blocks = shard_sizes(lowering.program, batch, available_cores()), lowering.blocks
    for random_input in lowering.random_inputs:
        layout = random_input.value.layout
        numbers = np.zeros((elements(layout.shape), blocks * layout.lanes), np.float32)
        first = 0
        for shard, size in enumerate(sizes):
            rng = np.random.default_rng([*step, random_input.instruction, shard])
            shape = (*layout.shape, size)
            uniform = isinstance(random_input.operation, Dropout)
            drawn = rng.random(shape, np.float32) if uniform else rng.standard_normal(shape, np.float32)
            numbers[:, first : first + size] = drawn.reshape(len(numbers), size)
            first += size
        target = host(random_input.value.region.start, numbers.size).reshape(blocks, len(numbers), layout.lanes)
        np.copyto(target, numbers.reshape(len(numbers), blocks, layout.lanes).transpose(1, 0, 2))
