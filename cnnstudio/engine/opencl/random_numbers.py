"""The random numbers of dropout and noise: drawn on the host exactly as the NumPy engine draws them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.opencl.lowering import Lowering
from cnnstudio.engine.sharding import available_cores, shard_sizes
from cnnstudio.operations import Dropout, elements

Numbers = Callable[[int, int], Array]  # first of so many numbers of the host's memory, in bytes and in numbers


def fill_draws(lowering: Lowering, numbers: Numbers, batch: int, step: tuple[int, int]) -> None:
    """Draw for every stage, for the shards that NumPy would make of the batch; `step` is the run's seed and the
    step's number.
    """
    sizes, blocks = shard_sizes(lowering.program, batch, available_cores()), lowering.blocks
    for draw in lowering.draws:
        layout = draw.value.layout
        drawn = np.zeros((elements(layout.shape), blocks * layout.lanes), np.float32)
        first = 0
        for member, size in enumerate(sizes):
            rng = np.random.default_rng([*step, draw.index, member])
            shape = (*layout.shape, size)
            part = (
                rng.random(shape, np.float32)
                if isinstance(draw.operation, Dropout)
                else rng.standard_normal(shape, np.float32)
            )
            drawn[:, first : first + size] = part.reshape(len(drawn), size)
            first += size
        place = numbers(draw.value.region.start, drawn.size).reshape(blocks, len(drawn), layout.lanes)
        np.copyto(place, drawn.reshape(len(drawn), blocks, layout.lanes).transpose(1, 0, 2))
