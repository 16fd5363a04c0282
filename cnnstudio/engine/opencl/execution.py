"""The OpenCL engine."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import Engine, Execution, FeatureExtractor, NonFiniteError, StepResult, TrainingOptions
from cnnstudio.engine.fusion import inference_program, training_program
from cnnstudio.engine.losses import loss_bytes, loss_pass
from cnnstudio.engine.memory import check_memory
from cnnstudio.engine.opencl.device import OpenCLDevice, failures_told
from cnnstudio.engine.opencl.lowering import Lowering
from cnnstudio.engine.opencl.optimizers import moments
from cnnstudio.engine.opencl.persistent_memory import Kept
from cnnstudio.engine.opencl.plan import Plan, lower
from cnnstudio.engine.opencl.random_numbers import fill_draws
from cnnstudio.engine.program import Program
from cnnstudio.engine.weights import Weights

ANSWER_BATCH = 128  # images that are answered at once


class OpenCLEngine(Engine):
    """Computes on one OpenCL device, in float32.

    The reference engine finds out which layer a step failed in, and computes the outputs of single layers.
    """

    def __init__(self, device: OpenCLDevice, reference: Engine, name: str = "opencl") -> None:
        self.name, self.device, self._device, self._reference = name, device.description, device, reference

    def load(self, program: Program, weights: Weights, learning: TrainingOptions | None = None) -> OpenCLExecution:
        return OpenCLExecution(self._device, self._reference, program, weights, learning)

    def feature_extractor(self, program: Program, weights: Weights) -> FeatureExtractor:
        return self._reference.feature_extractor(program, weights)

    def memory_needed(self, program: Program, weights: Weights, batch: int, learning: TrainingOptions | None) -> int:
        traits, kept = self._device.traits, Kept(weights, learning)
        blocks = -(-batch // traits.lanes)
        lowered = training_program(program) if learning else inference_program(program)
        lowering = lower(lowered, kept, traits, blocks, learning)
        judged = loss_bytes(program, weights, batch) if learning else 0  # on the host
        return sum(lowering.pieces) + kept.bytes + judged


class OpenCLExecution(Execution):
    """See Execution."""

    def __init__(
        self,
        device: OpenCLDevice,
        reference: Engine,
        program: Program,
        weights: Weights,
        learning: TrainingOptions | None,
    ) -> None:
        self.program, self.weights, self.learning = program, weights, learning
        self._device, self._reference, self._kept = device, reference, Kept(weights, learning)
        self._learner, self._answerer = training_program(program), inference_program(program)
        self._loss = loss_pass(program.require_loss(), weights.dtype)
        self._plans: dict[tuple[bool, int], Plan] = {}
        device.need_memory([self._kept.bytes], f"A network of {weights.trained.size + weights.frozen.size:,} weights")
        with failures_told():
            self._memory = device.memory(self._kept.bytes)
        self.push()

    @property
    def slots(self) -> dict[str, Array]:
        return self._kept.slots

    def push(self) -> None:
        with failures_told():
            for name, vector in self._kept.vectors.items():
                self._device.write(self._memory, vector, self._kept.regions[name].start)
            self._device.finish()

    def pull(self) -> None:
        with failures_told():
            for name in self._kept.changing:
                self._device.read(self._kept.vectors[name], self._memory, self._kept.regions[name].start)
            self._device.finish()

    def predict(self, x: Array) -> tuple[Array, Array]:
        ends = self._answerer.output, self._answerer.scores
        found: tuple[list[Array], ...] = tuple([np.empty((0, *self.program.shapes[end]), np.float32)] for end in ends)
        with failures_told():
            for first in range(0, len(x), ANSWER_BATCH):
                part = x[first : first + ANSWER_BATCH]
                plan = self._answering_plan(len(part))
                plan.fill(part)
                plan.send(0)
                plan.run()
                self._device.finish()
                for list_, region, end in zip(found, (plan.lowering.answers, plan.lowering.scores), ends, strict=True):
                    list_.append(plan.samples(region, end, len(part)).copy())
        answers, scores = found
        return np.concatenate(answers), np.concatenate(scores)

    def step(self, x: Array, labels: Array, rate: float, number: int) -> StepResult:
        assert self.learning is not None
        with failures_told():
            result = self._try_step(x, labels, rate, number)
        if result is None:
            raise self._explain(x, labels, number)
        return result

    def _try_step(self, x: Array, labels: Array, rate: float, number: int) -> StepResult | None:
        """One step, or None where a number was not finite and so nothing has moved."""
        assert self.learning is not None
        plan = self._learning_plan(len(x))
        means = moments(self.learning.optimizer, number - self.learning.since)
        settings = (rate, *means, self._loss.total(labels))
        plan.fill(x, labels, settings)
        fill_draws(plan.lowering, plan.host.numbers, len(x), (self.learning.seed, number))
        plan.send(0)
        plan.run(0)
        judged = None
        if not plan.lowering.judges_on_device:
            judged = self._judge(plan, x, labels)
            if not np.isfinite(judged.loss):
                return None
        self._device.finish()
        return plan.result(judged)

    def _judge(self, plan: Plan, x: Array, labels: Array) -> StepResult:
        """Compute a loss on the host in the midst of a step, and go on from its gradient."""
        self._device.finish()
        lowering = plan.lowering
        scores = np.ascontiguousarray(np.moveaxis(plan.samples(lowering.scores, self._learner.scores, len(x)), 0, -1))
        gradient = np.empty_like(scores)
        image = np.moveaxis(x, 0, -1)
        with np.errstate(all="ignore"):
            loss = self._loss.value(scores, labels, image, self._loss.total(labels), gradient)
        plan.put(lowering.dscores, np.moveaxis(gradient, -1, 0))
        plan.send(1)
        plan.run(1)
        return StepResult(loss, self._loss.correct(scores, labels))

    def _explain(self, x: Array, labels: Array, number: int) -> NonFiniteError:
        """Which layer was to blame: the reference engine repeats the step on a copy of the weights."""
        self.pull()
        with self._reference.load(self.program, self.weights.copy(), self.learning) as repeated:
            try:
                repeated.step(x, labels, 0.0, number)
            except NonFiniteError as error:
                return error
        return NonFiniteError("the network", "a number on this device")

    def close(self) -> None:
        self._plans.clear()
        self._memory = None

    def _learning_plan(self, count: int) -> Plan:
        """A plan with room for the batch; one for larger batches does as well, and gives the same bits."""
        blocks = -(-count // self._device.traits.lanes)
        fitting = [size for learns, size in self._plans if learns and size >= blocks]
        return self._plan(min(fitting, default=blocks), self.learning)

    def _answering_plan(self, count: int) -> Plan:
        lanes = self._device.traits.lanes
        return self._plan(1 if count <= lanes else -(-ANSWER_BATCH // lanes), None)

    def _plan(self, blocks: int, learning: TrainingOptions | None) -> Plan:
        key = (learning is not None, blocks)
        if key not in self._plans:
            program = self._learner if learning else self._answerer
            lowering = lower(program, self._kept, self._device.traits, blocks, learning)
            self._need_room(lowering)
            self._plans[key] = Plan(self._device, lowering, self._memory)
        return self._plans[key]

    def _need_room(self, lowering: Lowering) -> None:
        what = f"A batch of {lowering.blocks * self._device.traits.lanes}"
        pieces = lowering.pieces
        if self._device.is_processor:
            check_memory(sum(pieces), what)
        self._device.need_memory([*pieces, self._kept.bytes], what)
