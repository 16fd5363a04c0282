"""A batch shared out among the members of a crew: one plan a shard, run at once."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import IMAGE_VALUE, NonFiniteError, StepResult, check_finite, layer_of_value
from cnnstudio.engine.losses import LossPass, loss_bytes
from cnnstudio.engine.memory import check_memory
from cnnstudio.engine.numpy.plan import Plan, Share, Terms, samples_first
from cnnstudio.engine.numpy.thread_team import Crew, Exchange
from cnnstudio.engine.program import Program
from cnnstudio.engine.sharding import shard_sizes
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.engine.weights import Weights

Noise = Callable[[int, int], np.random.Generator]  # stage, member


class ShardedPlan:
    """Plans for all shards of a batch. Raises NotEnoughMemoryError where the machine cannot hold them."""

    def __init__(self, program: Program, weights: Weights, terms: Terms, crew: Crew, noise: Noise) -> None:
        self.program, self.weights, self.crew = program, weights, crew
        sizes = shard_sizes(program, terms.batch, crew.size)
        ends = np.cumsum([0, *sizes])
        self.slices = [slice(ends[i], ends[i + 1]) for i in range(len(sizes))]
        self._exchange = Exchange(len(sizes))
        self.plans = [
            Plan(
                program,
                weights,
                terms._replace(batch=size),
                Share(self._exchange, member, terms.batch),
                lambda stage, member=member: noise(stage, member),  # type: ignore[misc]
            )
            for member, size in enumerate(sizes)
        ]
        self._mixes = len(sizes) > 1 and any(step.operation.mixes_samples for step in program.instructions)
        self.bytes = sum(plan.bytes for plan in self.plans)
        if terms.learning and terms.training:
            self.bytes += loss_bytes(program, weights, terms.batch)
        check_memory(self.bytes, f"A batch of {terms.batch}")
        for plan in self.plans:
            plan.allocate()
        made = {program.input, *(step.output for step in program.instructions)}  # learning needs no output
        self._gradients = [plan.gradient for plan in self.plans if plan.gradient is not None]
        self._results = {
            number: [samples_first(plan.value(number)) for plan in self.plans]
            for number in made & {program.output, program.scores}
        }

    def forward(self, x: Array) -> None:
        """Run the program on a batch."""

        def task(member: int) -> None:
            plan = self.plans[member]
            plan.load(x[self.slices[member]])
            plan.forward()

        self.crew.run(self._exchange.attend(task), len(self.plans))

    def gather(self, number: int) -> Array:
        """The output or the scores of the whole batch, (N, ...); a copy, for the buffers are written to again."""
        parts = self._results[number]
        return parts[0].copy() if len(parts) == 1 else np.concatenate(parts)

    def learn(self, x: Array, labels: Array, loss: LossPass) -> tuple[StepResult, Array]:
        """Run forward and back; returns the result and the gradient, laid out like `weights.trained`.

        Raises NonFiniteError where the loss or the gradient is not finite.
        """
        total = loss.total(labels)
        losses, correct = [0.0] * len(self.plans), [0] * len(self.plans)

        def task(member: int) -> None:
            plan, place = self.plans[member], self.slices[member]
            plan.load(x[place])
            plan.forward()
            correct[member] = loss.correct(plan.scores, labels[place])
            losses[member] = loss.value(plan.scores, labels[place], plan.input, total, plan.dscores)
            if self._may_go_back(losses[member]):
                plan.backward()

        self.crew.run(self._exchange.attend(task), len(self.plans))
        value = math.fsum(losses)
        if not math.isfinite(value):
            raise self.bad_value(losses)
        gradient = self._gradients[0]
        for other in self._gradients[1:]:
            np.add(gradient, other, out=gradient)
        check_finite(self.weights, gradient)
        return StepResult(value, sum(correct)), gradient

    def input_gradient(self, x: Array, direction: Array) -> Array:
        """The gradient (N, C, H, W) of the sum of scores times `direction` (N, ...)."""

        def task(member: int) -> None:
            plan, place = self.plans[member], self.slices[member]
            assert plan.dscores is not None
            plan.load(x[place])
            plan.forward()
            np.copyto(plan.dscores, np.moveaxis(direction[place], 0, -1))
            plan.backward()

        self.crew.run(self._exchange.attend(task), len(self.plans))
        return np.concatenate([samples_first(plan.gradient_of(self.program.input)) for plan in self.plans])

    def _may_go_back(self, value: float) -> bool:
        """Whether the shard's loss is finite; where the way back joins the shards, whether all of theirs are."""
        if not self._mixes:
            return math.isfinite(value)
        verdict = np.array([value])
        self._exchange.sum(verdict)
        return bool(np.isfinite(verdict[0]))

    def bad_value(self, losses: list[float]) -> NonFiniteError:
        """The error that names the first layer whose output is not finite, given the shards' losses."""
        plan = self.plans[next(i for i, value in enumerate(losses) if not math.isfinite(value))]
        if not all(np.isfinite(other.input).all() for other in self.plans):
            return NonFiniteError(layer_of_value(self.program, self.program.input), IMAGE_VALUE)
        for step in self.program.instructions:
            for key in step.weights.values():
                if not np.isfinite(self.weights.arrays[key]).all():
                    return NonFiniteError(*WeightKey.parse(key))
            if plan.terms.learning and not np.isfinite(plan.value(step.output)).all():  # else others took its place
                return NonFiniteError(layer_of_value(self.program, step.output), "its output")
        ends = [node for node, value in self.program.nodes.items() if value == self.program.output]
        return NonFiniteError(ends[-1], "the loss")  # Output may give on the value of the layer before it
