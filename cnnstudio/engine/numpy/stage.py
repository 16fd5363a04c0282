"""A stage is one instruction bound to memory: it declares its buffers, then runs forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from cnnstudio.array import Array
from cnnstudio.engine.memory import Arena, Buffer
from cnnstudio.engine.numpy.thread_team import Exchange
from cnnstudio.operations import Operation, Shape


@dataclass
class Bench:
    """Where one stage is set up: its instruction, its values and gradients, and the arena that gives it scratch.

    Arrays are laid out (C, H, W, N) or (features, N): the batch innermost, so that every pass over them runs
    along memory whatever the number of channels.
    """

    operation: Operation
    arena: Arena
    batch: int
    dtype: np.dtype[Any]
    shapes: tuple[Shape, ...]  # of one sample, for each input
    shape: Shape  # of one sample of the output
    inputs: tuple[Buffer, ...]
    output: Buffer
    gradients: tuple[Buffer | None, ...]  # where to write the gradient of each input; None: not wanted
    gradient: Buffer | None  # the gradient of the output; the stage may overwrite it
    weights: dict[str, Array]
    weight_gradient: Callable[[str], Array | None]  # by role, from `bind` on; None where it does not learn
    forward_time: int
    backward_time: int
    learns_weight: bool  # the operation's weight is one that learning moves
    training: bool
    exchange: Exchange
    whole_batch: int  # samples of all shards together
    leads: bool  # this is the shard that updates running statistics
    roomy: bool = True  # memory is no concern: keep what saves work
    noise: Callable[[], np.random.Generator] = field(default=np.random.default_rng)

    @property
    def learning(self) -> bool:
        """Whether a backward pass through this stage follows."""
        return self.gradient is not None

    def full(self, shape: Shape) -> tuple[int, ...]:
        """The shape of a whole batch."""
        return (*shape, self.batch)

    def forward_scratch(self, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Buffer:
        """An array for the forward pass alone."""
        return self.arena.buffer(shape, dtype or self.dtype, self.forward_time, self.forward_time)

    def backward_scratch(self, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Buffer:
        """An array for the backward pass alone."""
        return self.arena.buffer(shape, dtype or self.dtype, self.backward_time, self.backward_time)

    def kept(self, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Buffer:
        """An array that the backward pass finds as the forward pass left it."""
        last = self.backward_time if self.learning else self.forward_time
        return self.arena.buffer(shape, dtype or self.dtype, self.forward_time, last)

    def constant(self, shape: tuple[int, ...]) -> Buffer:
        """An array of the stage's own that is zero until `bind` fills it, and then stays as it is."""
        return self.arena.buffer(shape, self.dtype, -1, self.forward_time + self.backward_time + 1)


class Stage:
    """One instruction. Subclasses ask for buffers in `__init__` and take their arrays in `bind`."""

    xs: tuple[Array, ...]  # inputs
    y: Array  # output
    dxs: tuple[Array | None, ...]  # gradients to write; None where nobody wants one
    dy: Array  # gradient of the output, which the stage may overwrite
    x: Array  # the first input
    dx: Array | None  # the first gradient

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def bind(self) -> None:
        """Take the arrays, now that the arena has its memory."""
        b = self.bench
        self.xs = tuple(buffer.array for buffer in b.inputs)
        self.dxs = tuple(buffer.array if buffer else None for buffer in b.gradients)
        self.x, self.y = self.xs[0], b.output.array
        self.dx = self.dxs[0]
        self.dy = b.gradient.array if b.gradient else self.y  # without a backward pass nobody asks for it

    def forward(self) -> None:
        """Compute the output from the inputs."""
        raise NotImplementedError

    def backward(self) -> None:
        """Compute the wanted gradients from the output's."""
        raise NotImplementedError
