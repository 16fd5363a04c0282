"""A program bound to memory for one batch size, ready to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.memory import Arena, Buffer
from cnnstudio.engine.numpy.stage import Bench, Stage
from cnnstudio.engine.numpy.stages import STAGES
from cnnstudio.engine.numpy.thread_team import Exchange
from cnnstudio.engine.program import Program, depends_on
from cnnstudio.engine.weights import Weights
from cnnstudio.operations import Instruction, Reshape

ROOMY = 48 << 20  # bytes up to which columns are kept for the backward pass instead of copied again


class Terms(NamedTuple):
    """How a program is to be run."""

    batch: int
    learning: bool = False  # a backward pass follows
    training: bool = False  # dropout and batch statistics act, and the weights get their gradients
    input_gradient: bool = False
    keep: frozenset[int] = frozenset()  # values that must outlive the pass


@dataclass(frozen=True)
class Share:
    """Which part of a batch a plan runs, and how it reaches the others."""

    exchange: Exchange
    member: int
    whole_batch: int

    @classmethod
    def whole(cls, batch: int) -> Share:
        """All of the batch."""
        return cls(Exchange(1), 0, batch)


class Plan:
    """Stages and buffers for a batch, or for one shard of it.

    Moments of a step are numbered: instruction i runs forward at i and backward at 2 n - i, the loss at n.
    `bytes` says what `allocate` will take, so that a caller can refuse first.
    """

    def __init__(
        self,
        program: Program,
        weights: Weights,
        terms: Terms,
        share: Share | None = None,
        noise: Callable[[int], np.random.Generator] = np.random.default_rng,
    ) -> None:
        self.program, self.weights, self.terms = program, weights, terms
        self._share, self._noise = share or Share.whole(terms.batch), noise
        self._uses = program.consumers()
        self._wanted = self._values_with_gradient()
        self.bytes = self._lay_out(roomy=True)
        if self.bytes > ROOMY:
            self.bytes = self._lay_out(roomy=False)
        if terms.learning and terms.training:
            self.bytes += weights.trained.nbytes

    def allocate(self) -> None:
        """Take the memory and bind every stage to it."""
        learns = self.terms.learning and self.terms.training
        self.gradient = np.zeros_like(self.weights.trained) if learns else None
        self._arena.allocate()
        batch = self.terms.batch
        self._arrays = {
            number: buffer.array.reshape(*self.program.shapes[number], batch) for number, buffer in self._values.items()
        }
        for stage in self._stages:
            stage.bind()
        self.input = self.value(self.program.input)
        self._load = samples_first(self.input)
        self.scores = self.value(self.program.scores)
        self.dscores = self.gradient_of(self.program.scores) if self.program.scores in self._wanted else None
        bound = [[(a.array, b.array) for a, b in sums] for sums in self._sums]
        pairs = zip(reversed(self._stages), reversed(bound), strict=True)
        self._way_back = [(stage, sums) for stage, sums in pairs if stage.bench.learning]

    def load(self, x: Array) -> None:
        """Take a batch (N, C, H, W)."""
        np.copyto(self._load, x, casting="same_kind")

    def forward(self) -> None:
        """Run every stage."""
        for stage in self._stages:
            stage.forward()

    def backward(self) -> None:
        """Run every stage's way back, from the gradient in `dscores`."""
        for stage, sums in self._way_back:
            stage.backward()
            for target, part in sums:
                np.add(target, part, out=target)

    def value(self, number: int) -> Array:
        """The array (.., N) of a value."""
        return self._arrays[number]

    def gradient_of(self, number: int) -> Array:
        """The array (.., N) of the gradient of a value that has one."""
        buffer = self._gradients[number]
        assert buffer is not None
        return buffer.array

    def _lay_out(self, roomy: bool) -> int:
        """Declare all buffers and make all stages, in the order of the program; returns the bytes they need."""
        self._arena, self._roomy = Arena(), roomy
        self._stages: list[Stage] = []
        self._values: dict[int, Buffer] = {}
        self._gradients: dict[int, Buffer | None] = {}
        self._sums: list[list[tuple[Buffer, Buffer]]] = []  # after each stage's way back: gradients to add up
        self._open(self.program.input, -1)
        for index, step in enumerate(self.program.instructions):
            self._sums.append([])
            if isinstance(step.operation, Reshape):
                self._open_alias(step, index)
            else:
                self._open(step.output, index)
            self._stages.append(self._make_stage(index, step))
        return self._arena.pack()

    def _values_with_gradient(self) -> set[int]:
        """The values whose gradient is needed: those that depend on a weight that learns, or on the wanted input."""
        if not self.terms.learning:
            return set()
        sources = {
            step.output for step in self.program.instructions if any(self._learns(key) for key in step.weights.values())
        }
        if self.terms.input_gradient:
            sources.add(self.program.input)
        return depends_on(self.program, sources)

    def _learns(self, key: str) -> bool:
        return self.terms.training and self.weights.is_trained(key)

    def _open(self, number: int, index: int) -> None:
        """Give a value that instruction `index` makes its buffer, and one for its gradient."""
        shape = (*self.program.shapes[number], self.terms.batch)
        last_use = self._last_use(number, index)
        last = self._backward_time(index) if self.terms.learning else last_use
        self._values[number] = self._arena.buffer(shape, self.weights.dtype, index, last)
        self._gradients[number] = None
        if number in self._wanted:
            first = self._backward_time(min(last_use, len(self.program.instructions)))
            dtype = self.weights.dtype
            self._gradients[number] = self._arena.buffer(shape, dtype, first, self._backward_time(index))

    def _open_alias(self, step: Instruction, index: int) -> None:
        """A value under another shape lies in the same memory; so does its gradient if it is the only reader."""
        source = step.inputs[0]
        shape = (*self.program.shapes[step.output], self.terms.batch)
        self._values[step.output] = self._values[source].reshaped(shape)
        if step.output not in self._wanted:
            self._gradients[step.output] = None
        elif self._is_alias(step):
            gradient = self._gradients[source]
            self._gradients[step.output] = gradient.reshaped(shape) if gradient else None
        else:
            first = self._backward_time(min(self._last_use(step.output, index), len(self.program.instructions)))
            dtype = self.weights.dtype
            self._gradients[step.output] = self._arena.buffer(shape, dtype, first, self._backward_time(index))

    def _is_alias(self, step: Instruction) -> bool:
        return len(self._uses[step.inputs[0]]) == 1 and step.inputs[0] in self._wanted

    def _last_use(self, number: int, index: int) -> int:
        """The last instruction that reads the value, under this shape or another; past the end if it is kept."""
        if number in (self.program.output, self.program.scores, self.program.input) or number in self.terms.keep:
            return 2 * len(self.program.instructions) + 1
        last = index
        for user in self._uses.get(number, ()):
            step = self.program.instructions[user]
            last = max(last, self._last_use(step.output, user) if isinstance(step.operation, Reshape) else user)
        return last

    def _backward_time(self, index: int) -> int:
        return 2 * len(self.program.instructions) - index

    def _make_stage(self, index: int, step: Instruction) -> Stage:
        operation = step.operation
        kind = type(operation.head) if isinstance(operation, Fused) else type(operation)
        if isinstance(operation, Reshape) and self._is_alias(step):
            targets: tuple[Buffer | None, ...] = (None,)
        else:
            targets = tuple(self._gradient_target(index, port, number) for port, number in enumerate(step.inputs))
        return STAGES[kind](self._bench(index, step, targets))

    def _gradient_target(self, index: int, port: int, number: int) -> Buffer | None:
        """Where an instruction writes the gradient of an input.

        The first to write is the value's last reader; what the others find is added to it.
        """
        gradient = self._gradients[number]
        if gradient is None or self._gradients[self.program.instructions[index].output] is None:
            return None
        last_reader = self._uses[number][-1]
        first_port = self.program.instructions[last_reader].inputs.index(number)
        if number != self.program.scores and (index, port) == (last_reader, first_port):
            return gradient
        time = self._backward_time(index)
        part = self._arena.buffer(gradient.shape, gradient.dtype, time, time)
        self._sums[index].append((gradient, part))
        return part

    def _weight_gradient(self, step: Instruction, role: str) -> Array | None:
        if self.gradient is None or role not in step.weights or not self._learns(step.weights[role]):
            return None
        return self.weights.view_of(step.weights[role], self.gradient)

    def _bench(self, index: int, step: Instruction, targets: tuple[Buffer | None, ...]) -> Bench:
        return Bench(
            operation=step.operation,
            arena=self._arena,
            batch=self.terms.batch,
            dtype=self.weights.dtype,
            shapes=tuple(self.program.shapes[number] for number in step.inputs),
            shape=self.program.shapes[step.output],
            inputs=tuple(self._values[number] for number in step.inputs),
            output=self._values[step.output],
            gradients=targets,
            gradient=self._gradients[step.output],
            weights={role: self.weights.arrays[key] for role, key in step.weights.items()},
            weight_gradient=lambda role: self._weight_gradient(step, role),
            learns_weight="weight" in step.weights and self._learns(step.weights["weight"]),
            forward_time=index,
            backward_time=self._backward_time(index),
            training=self.terms.training,
            exchange=self._share.exchange,
            whole_batch=self._share.whole_batch,
            leads=self._share.member == 0,
            roomy=self._roomy,
            noise=lambda: self._noise(index),
        )


def samples_first(array: Array) -> Array:
    """A view (N, ...) of an array (..., N)."""
    return array.transpose(array.ndim - 1, *range(array.ndim - 1))
