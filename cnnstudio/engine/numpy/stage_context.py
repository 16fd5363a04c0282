"""What a stage is given: its values, gradients and weights, its shard of the batch, and memory for its own buffers.

Arrays are laid out (C, H, W, N) or (features, N): the batch is innermost, so that every pass over an array runs along
memory whatever the number of channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from cnnstudio.array import Array
from cnnstudio.engine.memory import Arena, Buffer
from cnnstudio.engine.numpy.all_reduce import Shard
from cnnstudio.operations import Shape


@dataclass(frozen=True)
class StageValues:
    """What the forward pass reads and writes; shapes are those of one sample."""

    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    inputs: tuple[Buffer, ...]
    output: Buffer


@dataclass(frozen=True)
class StageGradients:
    """What the backward pass reads and writes; None where a gradient is not needed.

    The stage may overwrite the gradient of its output. `weight` gives the gradient of a weight by its role, from
    `bind` on.
    """

    inputs: tuple[Buffer | None, ...]
    output: Buffer | None
    weight: Callable[[str], Array | None]
    trains_weight: bool  # whether the role "weight" has a gradient


@dataclass(frozen=True)
class StageMemory:
    """Buffers of a stage's own, which share their place with others that live at another time of the step."""

    arena: Arena
    dtype: np.dtype[Any]
    forward_time: int
    backward_time: int
    has_backward: bool

    def forward_scratch(self, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Buffer:
        """A buffer for the forward pass only."""
        return self.arena.buffer(shape, dtype or self.dtype, self.forward_time, self.forward_time)

    def backward_scratch(self, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Buffer:
        """A buffer for the backward pass only."""
        return self.arena.buffer(shape, dtype or self.dtype, self.backward_time, self.backward_time)

    def scratch(self, shape: tuple[int, ...], *, backward: bool) -> Buffer:
        """A buffer for one of the two passes."""
        return self.backward_scratch(shape) if backward else self.forward_scratch(shape)

    def saved(self, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Buffer:
        """A buffer that the forward pass writes and saves for the backward pass."""
        last = self.backward_time if self.has_backward else self.forward_time
        return self.arena.buffer(shape, dtype or self.dtype, self.forward_time, last)

    def constant(self, shape: tuple[int, ...]) -> Buffer:
        """A buffer of zeros, which `bind` may fill once and which then never changes."""
        return self.arena.buffer(shape, self.dtype, -1, self.forward_time + self.backward_time + 1)


@dataclass(frozen=True)
class StageContext:
    """Everything a stage needs to know beside its operation."""

    values: StageValues
    gradients: StageGradients
    weights: Mapping[str, Array]  # by role
    memory: StageMemory
    shard: Shard
    training: bool  # dropout acts and batch statistics are used
    save_columns: bool  # whether there is memory to save im2col columns for the backward pass
    generator: Callable[[], np.random.Generator]  # random numbers of this stage at the current step

    @property
    def has_backward(self) -> bool:
        """Whether a backward pass through this stage follows."""
        return self.memory.has_backward

    @property
    def input_shape(self) -> Shape:
        """The shape of one sample of the first input."""
        return self.values.input_shapes[0]

    @property
    def output_shape(self) -> Shape:
        """The shape of one sample of the output."""
        return self.values.output_shape

    def batched(self, shape: Shape) -> tuple[int, ...]:
        """The shape of all samples of the shard."""
        return (*shape, self.shard.size)
