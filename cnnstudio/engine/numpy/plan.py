"""A program bound to memory for one batch size, ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.memory import Arena, Buffer, touch
from cnnstudio.engine.numpy.all_reduce import Shard
from cnnstudio.engine.numpy.stage import Stage
from cnnstudio.engine.numpy.stage_context import StageContext, StageGradients, StageMemory, StageValues
from cnnstudio.engine.numpy.stages import make_stage
from cnnstudio.engine.program import Program, depends_on
from cnnstudio.engine.weights import Weights
from cnnstudio.interruption import current_interruption
from cnnstudio.operations import Instruction, Reshape

LONG = 1 << 25  # MACs of a pass, or bytes of a plan, above which it can be interrupted between stages
MAX_SAVED_BYTES = 48 << 20  # larger plans compute im2col columns again in the backward pass instead of saving them


class PlanOptions(NamedTuple):
    """How a program is run."""

    batch: int
    backward: bool = False  # a backward pass follows
    training: bool = False  # dropout and batch statistics act, and the weights get gradients
    input_gradient: bool = False


class Plan:
    """Stages and buffers for a batch, or for one shard of it.

    Times within a step are numbered: instruction i runs forward at i and backward at 2 n - i, the loss at n.
    `bytes` is what `allocate` will take, so that a caller can refuse first.
    """

    def __init__(
        self,
        program: Program,
        weights: Weights,
        options: PlanOptions,
        shard: Shard | None = None,
        generator: Callable[[int], np.random.Generator] = np.random.default_rng,
    ) -> None:
        self.program, self.weights, self.options = program, weights, options
        self._shard, self._generator = shard or Shard.whole(options.batch), generator
        self._consumers = program.consumers()
        self._last_uses = self._find_last_uses()
        self._with_gradient = self._values_with_gradient()
        self.bytes = self._lay_out(save_columns=True)
        if self.bytes > MAX_SAVED_BYTES:
            self.bytes = self._lay_out(save_columns=False)
        if options.backward and options.training:
            self.bytes += weights.trained.nbytes

    def allocate(self) -> None:
        """Take the memory and bind every stage to it."""
        trains = self.options.backward and self.options.training
        trained = self.weights.trained  # its gradient is laid out alike; np.zeros touches no memory
        self.grad_weights = np.zeros(trained.shape, trained.dtype) if trains else None
        self._arena.allocate()
        self._is_new, self._is_long = True, self.program.macs * self.options.batch > LONG or self.bytes > LONG
        batch = self.options.batch
        self._arrays = {
            number: buffer.array.reshape(*self.program.shapes[number], batch) for number, buffer in self._values.items()
        }
        for stage in self._stages:
            stage.bind()
        self.input = self.value(self.program.input)
        self._input_by_sample = samples_first(self.input)
        self.scores = self.value(self.program.scores)
        has_gradient = self.program.scores in self._with_gradient
        self.grad_scores = self.gradient_of(self.program.scores) if has_gradient else None
        bound = [[(a.array, b.array) for a, b in sums] for sums in self._sums]
        done, forward_share = self._shares_done(), 1.0 / 3.0 if self.options.backward else 1.0
        self._forward_stages = [
            (stage, forward_share * share) for stage, share in zip(self._stages, done[1:], strict=True)
        ]
        shares = [1.0 - (1.0 - forward_share) * share for share in done[:-1]]
        triples = zip(reversed(self._stages), reversed(bound), reversed(shares), strict=True)
        self._backward_stages = [triple for triple in triples if triple[0].context.has_backward]

    def load(self, x: Array) -> None:
        """Copy a batch (N, C, H, W) to the input."""
        if self._is_new:
            self._arena.touch()
            if self.grad_weights is not None:
                touch(self.grad_weights)
            self._is_new = False
        np.copyto(self._input_by_sample, x, casting="same_kind")

    def forward(self) -> None:
        """Run the forward pass."""
        interruption = current_interruption()
        interruption.check()
        for stage, done in self._forward_stages:
            stage.forward()
            if self._is_long:
                interruption.report(done)
                interruption.check()

    def forward_by_stage(self) -> Iterator[int]:
        """Run the forward pass in steps; after each, its value is there, until the next step."""
        interruption = current_interruption()
        for (stage, done), instruction in zip(self._forward_stages, self.program.instructions, strict=True):
            interruption.check()
            with np.errstate(all="ignore"):
                stage.forward()
            interruption.report(done)
            yield instruction.output

    def backward(self) -> None:
        """Run the backward pass from the gradient in `grad_scores`."""
        interruption = current_interruption()
        interruption.check()
        for stage, sums, done in self._backward_stages:
            stage.backward()
            for target, part in sums:
                np.add(target, part, out=target)
            if self._is_long:
                interruption.report(done)
                interruption.check()

    def _shares_done(self) -> list[float]:
        """How much of a pass is done before the first stage and after each, from 0 to 1."""
        shapes = self.program.shapes
        costs = [
            step.operation.macs(*(shapes[number] for number in step.inputs)) + prod(shapes[step.output])
            for step in self.program.instructions
        ]
        return [done / max(sum(costs), 1) for done in accumulate(costs, initial=0)]

    def value(self, number: int) -> Array:
        """The array (.., N) of a value."""
        return self._arrays[number]

    def gradient_of(self, number: int) -> Array:
        """The gradient (.., N) of a value that has one."""
        buffer = self._gradients[number]
        assert buffer is not None
        return buffer.array

    def _lay_out(self, save_columns: bool) -> int:
        """Request all buffers and make all stages, in the order of the program; returns the bytes they need."""
        self._arena, self._save_columns = Arena(), save_columns
        self._stages: list[Stage[Any]] = []
        self._values: dict[int, Buffer] = {}
        self._gradients: dict[int, Buffer | None] = {}
        self._sums: list[list[tuple[Buffer, Buffer]]] = []  # gradients to add up after each stage's backward pass
        self._request_value(self.program.input, -1)
        for index, step in enumerate(self.program.instructions):
            self._sums.append([])
            if isinstance(step.operation, Reshape):
                self._request_view(step, index)
            else:
                self._request_value(step.output, index)
            self._stages.append(make_stage(step.operation, self._context(index, step)))
        return self._arena.pack()

    def _values_with_gradient(self) -> set[int]:
        """The values that need a gradient: those that depend on a trained weight, or on the input if asked for."""
        if not self.options.backward:
            return set()
        sources = {
            step.output
            for step in self.program.instructions
            if any(self._is_trained(key) for key in step.weights.values())
        }
        if self.options.input_gradient:
            sources.add(self.program.input)
        return depends_on(self.program, sources)

    def _is_trained(self, key: str) -> bool:
        return self.options.training and self.weights.is_trained(key)

    def _request_value(self, number: int, index: int) -> None:
        """Request a buffer for a value that instruction `index` computes, and one for its gradient."""
        shape = (*self.program.shapes[number], self.options.batch)
        last_use = self._last_uses[number]
        last = self._backward_time(index) if self.options.backward else last_use
        self._values[number] = self._arena.buffer(shape, self.weights.dtype, index, last)
        self._gradients[number] = None
        if number in self._with_gradient:
            self._gradients[number] = self._gradient_buffer(shape, last_use, index)

    def _request_view(self, step: Instruction, index: int) -> None:
        """A reshaped value lies in the memory of its source; so does its gradient if it is the only consumer."""
        source = step.inputs[0]
        shape = (*self.program.shapes[step.output], self.options.batch)
        self._values[step.output] = self._values[source].reshaped(shape)
        if step.output not in self._with_gradient:
            self._gradients[step.output] = None
        elif self._shares_gradient(step):
            gradient = self._gradients[source]
            self._gradients[step.output] = gradient.reshaped(shape) if gradient else None
        else:
            self._gradients[step.output] = self._gradient_buffer(shape, self._last_uses[step.output], index)

    def _gradient_buffer(self, shape: tuple[int, ...], last_use: int, index: int) -> Buffer:
        first = self._backward_time(min(last_use, len(self.program.instructions)))
        return self._arena.buffer(shape, self.weights.dtype, first, self._backward_time(index))

    def _shares_gradient(self, step: Instruction) -> bool:
        return len(self._consumers[step.inputs[0]]) == 1 and step.inputs[0] in self._with_gradient

    def _find_last_uses(self) -> dict[int, int]:
        """The last instruction that reads each value or a view of it; past the end if it is read after the pass."""
        instructions, found = self.program.instructions, dict[int, int]()
        kept = {self.program.output, self.program.scores, self.program.input}
        producers = [(-1, self.program.input), *((index, step.output) for index, step in enumerate(instructions))]
        for index, number in reversed(producers):
            readers = ((at, instructions[at]) for at in self._consumers.get(number, ()))
            uses = (found[step.output] if isinstance(step.operation, Reshape) else at for at, step in readers)
            found[number] = 2 * len(instructions) + 1 if number in kept else max(uses, default=index)
        return found

    def _backward_time(self, index: int) -> int:
        return 2 * len(self.program.instructions) - index

    def _context(self, index: int, step: Instruction) -> StageContext:
        output_gradient = self._gradients[step.output]
        return StageContext(
            StageValues(
                input_shapes=tuple(self.program.shapes[number] for number in step.inputs),
                output_shape=self.program.shapes[step.output],
                inputs=tuple(self._values[number] for number in step.inputs),
                output=self._values[step.output],
            ),
            StageGradients(
                inputs=self._input_gradients(index, step),
                output=output_gradient,
                weight=lambda role: self._weight_gradient(step, role),
                trains_weight="weight" in step.weights and self._is_trained(step.weights["weight"]),
            ),
            weights={role: self.weights.arrays[key] for role, key in step.weights.items()},
            memory=StageMemory(
                self._arena,
                self.weights.dtype,
                forward_time=index,
                backward_time=self._backward_time(index),
                has_backward=output_gradient is not None,
            ),
            shard=self._shard,
            training=self.options.training,
            save_columns=self._save_columns,
            generator=lambda: self._generator(index),
        )

    def _input_gradients(self, index: int, step: Instruction) -> tuple[Buffer | None, ...]:
        if isinstance(step.operation, Reshape) and self._shares_gradient(step):
            return (None,)
        return tuple(self._input_gradient(index, port, number) for port, number in enumerate(step.inputs))

    def _input_gradient(self, index: int, port: int, number: int) -> Buffer | None:
        """Where an instruction writes the gradient of an input.

        The value's last consumer is the first to write it; what the others compute is added to it.
        """
        gradient = self._gradients[number]
        if gradient is None or self._gradients[self.program.instructions[index].output] is None:
            return None
        last_consumer = self._consumers[number][-1]
        first_port = self.program.instructions[last_consumer].inputs.index(number)
        if number != self.program.scores and (index, port) == (last_consumer, first_port):
            return gradient
        time = self._backward_time(index)
        part = self._arena.buffer(gradient.shape, gradient.dtype, time, time)
        self._sums[index].append((gradient, part))
        return part

    def _weight_gradient(self, step: Instruction, role: str) -> Array | None:
        if self.grad_weights is None or role not in step.weights or not self._is_trained(step.weights[role]):
            return None
        return self.weights.view_of(step.weights[role], self.grad_weights)


def samples_first(array: Array) -> Array:
    """A view (N, ...) of an array (..., N)."""
    return array.transpose(array.ndim - 1, *range(array.ndim - 1))
