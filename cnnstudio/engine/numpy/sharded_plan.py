"""A batch split over the threads of a team: one plan per shard, all run in parallel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import IMAGE_VALUE, NonFiniteError, StepResult
from cnnstudio.engine.finite_check import check_finite, layer_of_value
from cnnstudio.engine.losses import LossFunction, loss_bytes
from cnnstudio.engine.memory import check_memory
from cnnstudio.engine.numpy.all_reduce import AllReduce, Shard
from cnnstudio.engine.numpy.plan import Plan, PlanOptions, samples_first
from cnnstudio.engine.numpy.thread_team import ThreadTeam
from cnnstudio.engine.program import Program
from cnnstudio.engine.sharding import shard_sizes
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.engine.weights import Weights

GeneratorOf = Callable[[int, int], np.random.Generator]  # stage, shard


class ShardedPlan:
    """Plans for all shards of a batch. Raises NotEnoughMemoryError where the machine cannot hold them."""

    def __init__(
        self, program: Program, weights: Weights, options: PlanOptions, team: ThreadTeam, generator: GeneratorOf
    ) -> None:
        self.program, self.weights, self.team = program, weights, team
        sizes = shard_sizes(program, options.batch, team.size)
        ends = np.cumsum([0, *sizes])
        self.slices = [slice(ends[i], ends[i + 1]) for i in range(len(sizes))]
        self._all_reduce = AllReduce(len(sizes))
        self.plans = [
            Plan(
                program,
                weights,
                options._replace(batch=size),
                Shard(size, options.batch, index, self._all_reduce),
                lambda stage, index=index: generator(stage, index),  # type: ignore[misc]
            )
            for index, size in enumerate(sizes)
        ]
        self._reduces = len(sizes) > 1 and any(step.operation.mixes_samples for step in program.instructions)
        self.bytes = sum(plan.bytes for plan in self.plans)
        if options.backward and options.training:
            self.bytes += loss_bytes(program, weights, options.batch)
        check_memory(self.bytes, f"A batch of {options.batch}")
        for plan in self.plans:
            plan.allocate()
        self._grad_weights = [plan.grad_weights for plan in self.plans if plan.grad_weights is not None]
        computed = {program.input, *(step.output for step in program.instructions)}  # training computes no output
        self._results = {
            number: [samples_first(plan.value(number)) for plan in self.plans]
            for number in computed & {program.output, program.scores}
        }

    def forward(self, x: Array) -> None:
        """Run the forward pass on a batch."""

        def task(index: int) -> None:
            plan = self.plans[index]
            plan.load(x[self.slices[index]])
            plan.forward()

        self.team.run(self._all_reduce.wrap(task), len(self.plans))

    def gather(self, number: int) -> Array:
        """The output or the scores (N, ...) of the whole batch; a copy, because the next pass overwrites them."""
        parts = self._results[number]
        return parts[0].copy() if len(parts) == 1 else np.concatenate(parts)

    def forward_backward(self, x: Array, labels: Array, loss: LossFunction[Any]) -> tuple[StepResult, Array]:
        """Run both passes; returns the result and the gradient, laid out like `weights.trained`.

        Raises NonFiniteError where the loss or the gradient is not finite.
        """
        total = loss.total(labels)
        losses, correct = [0.0] * len(self.plans), [0] * len(self.plans)

        def task(index: int) -> None:
            plan, samples = self.plans[index], self.slices[index]
            plan.load(x[samples])
            plan.forward()
            correct[index] = loss.correct(plan.scores, labels[samples])
            losses[index] = loss.value(plan.scores, labels[samples], plan.input, total, plan.grad_scores)
            if self._can_go_on(losses[index]):
                plan.backward()

        self.team.run(self._all_reduce.wrap(task), len(self.plans))
        value = math.fsum(losses)
        if not math.isfinite(value):
            raise self.non_finite_error(losses)
        gradient = self._grad_weights[0]
        for other in self._grad_weights[1:]:
            np.add(gradient, other, out=gradient)
        check_finite(self.weights, gradient)
        return StepResult(value, sum(correct)), gradient

    def input_gradient(self, x: Array, direction: Array) -> Array:
        """The gradient (N, C, H, W) of the sum of scores times `direction` (N, ...)."""

        def task(index: int) -> None:
            plan, samples = self.plans[index], self.slices[index]
            assert plan.grad_scores is not None
            plan.load(x[samples])
            plan.forward()
            np.copyto(plan.grad_scores, np.moveaxis(direction[samples], 0, -1))
            plan.backward()

        self.team.run(self._all_reduce.wrap(task), len(self.plans))
        return np.concatenate([samples_first(plan.gradient_of(self.program.input)) for plan in self.plans])

    def _can_go_on(self, loss: float) -> bool:
        """Whether the shard's loss is finite, and all others' too where the backward pass sums over shards."""
        if not self._reduces:
            return math.isfinite(loss)
        total = np.array([loss])
        self._all_reduce.sum(total)
        return bool(np.isfinite(total[0]))

    def non_finite_error(self, losses: list[float]) -> NonFiniteError:
        """The error that names the first layer whose output is not finite, given the shards' losses."""
        plan = self.plans[next(i for i, value in enumerate(losses) if not math.isfinite(value))]
        if not all(np.isfinite(other.input).all() for other in self.plans):
            return NonFiniteError(layer_of_value(self.program, self.program.input), IMAGE_VALUE)
        for step in self.program.instructions:
            for key in step.weights.values():
                if not np.isfinite(self.weights.arrays[key]).all():
                    return NonFiniteError(*WeightKey.parse(key))
            # without a backward pass, other values have overwritten this one
            if plan.options.backward and not np.isfinite(plan.value(step.output)).all():
                return NonFiniteError(layer_of_value(self.program, step.output), "its output")
        ends = [node for node, value in self.program.nodes.items() if value == self.program.output]
        return NonFiniteError(ends[-1], "the loss")  # several nodes may share the output's value; Output is the last
