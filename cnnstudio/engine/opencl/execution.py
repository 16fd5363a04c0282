"""The OpenCL engine: trains and evaluates networks on one OpenCL device."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import Engine, Execution, FeatureExtractor, NonFiniteError, StepResult, TrainingOptions
from cnnstudio.engine.fusion import inference_program, training_program
from cnnstudio.engine.losses import loss_bytes, loss_function
from cnnstudio.engine.memory import check_memory
from cnnstudio.engine.opencl.device import OpenCLDevice, raising_device_lost
from cnnstudio.engine.opencl.lowering import Lowering
from cnnstudio.engine.opencl.persistent_memory import PersistentMemory
from cnnstudio.engine.opencl.plan import Plan, lower
from cnnstudio.engine.opencl.random_inputs import fill_random_inputs
from cnnstudio.engine.opencl.weight_update import bias_corrections
from cnnstudio.engine.program import Program
from cnnstudio.engine.weights import Weights

INFERENCE_BATCH = 128  # images that are predicted at once


class OpenCLEngine(Engine):
    """Computes on one OpenCL device, in float32.

    The reference engine finds out which layer a step failed in, and computes the outputs of single layers.
    """

    def __init__(self, device: OpenCLDevice, reference: Engine, name: str = "opencl") -> None:
        self.name, self.device, self._device, self._reference = name, device.description, device, reference

    def load(self, program: Program, weights: Weights, options: TrainingOptions | None = None) -> OpenCLExecution:
        return OpenCLExecution(self._device, self._reference, program, weights, options)

    def feature_extractor(self, program: Program, weights: Weights) -> FeatureExtractor:
        return self._reference.feature_extractor(program, weights)

    def memory_needed(self, program: Program, weights: Weights, batch: int, options: TrainingOptions | None) -> int:
        traits, persistent = self._device.traits, PersistentMemory(weights, options)
        blocks = -(-batch // traits.lanes)
        lowered = training_program(program) if options else inference_program(program)
        lowering = lower(lowered, persistent, traits, blocks, options)
        host_loss = loss_bytes(program, weights, batch) if options else 0
        return sum(lowering.allocations) + persistent.bytes + host_loss


class OpenCLExecution(Execution):
    """A network loaded on an OpenCL device; see Execution."""

    def __init__(
        self,
        device: OpenCLDevice,
        reference: Engine,
        program: Program,
        weights: Weights,
        options: TrainingOptions | None,
    ) -> None:
        self.program, self.weights, self.options = program, weights, options
        self._device, self._reference, self._persistent = device, reference, PersistentMemory(weights, options)
        self._training_program, self._inference_program = training_program(program), inference_program(program)
        self._loss = loss_function(program.require_loss(), weights.dtype)
        self._plans: dict[tuple[bool, int], Plan] = {}  # by whether it trains, and its number of blocks
        count = weights.trained.size + weights.frozen.size
        device.need_memory([self._persistent.bytes], f"A network of {count:,} weights")
        with raising_device_lost():
            self._memory = device.memory(self._persistent.bytes)
        self.push()

    @property
    def slots(self) -> dict[str, Array]:
        return self._persistent.slots

    def push(self) -> None:
        with raising_device_lost():
            for name, vector in self._persistent.vectors.items():
                self._device.write(self._memory, vector, self._persistent.regions[name].start)
            self._device.finish()

    def pull(self) -> None:
        with raising_device_lost():
            for name in self._persistent.changing:
                self._device.read(self._persistent.vectors[name], self._memory, self._persistent.regions[name].start)
            self._device.finish()

    def predict(self, x: Array) -> tuple[Array, Array]:
        program, shapes = self._inference_program, self.program.shapes
        outputs = [np.empty((0, *shapes[program.output]), np.float32)]
        scores = [np.empty((0, *shapes[program.scores]), np.float32)]
        with raising_device_lost():
            for first in range(0, len(x), INFERENCE_BATCH):
                part = x[first : first + INFERENCE_BATCH]
                plan = self._inference_plan(len(part))
                plan.fill(part)
                plan.send(0)
                plan.run()
                self._device.finish()
                outputs.append(plan.samples(plan.lowering.output, program.output, len(part)).copy())
                scores.append(plan.samples(plan.lowering.scores, program.scores, len(part)).copy())
        return np.concatenate(outputs), np.concatenate(scores)

    def step(self, x: Array, labels: Array, rate: float, number: int) -> StepResult:
        assert self.options is not None
        with raising_device_lost():
            result = self._try_step(self.options, x, labels, rate, number)
        if result is None:
            raise self._locate_non_finite(x, labels, number)
        return result

    def _try_step(
        self, options: TrainingOptions, x: Array, labels: Array, rate: float, number: int
    ) -> StepResult | None:
        """One step, or None where a number was not finite and therefore no weight has changed."""
        plan = self._training_plan(len(x))
        corrections = bias_corrections(options.optimizer, number - options.optimizer_start)
        settings = (rate, *corrections, self._loss.total(labels))
        plan.fill(x, labels, settings)
        fill_random_inputs(plan.lowering, plan.host.view, len(x), (options.seed, number))
        plan.send(0)
        plan.run(0)
        host_result = None
        if not plan.lowering.loss_on_device:
            host_result = self._host_loss(plan, x, labels)
            if not np.isfinite(host_result.loss):
                return None
        self._device.finish()
        return plan.result(host_result)

    def _host_loss(self, plan: Plan, x: Array, labels: Array) -> StepResult:
        """Compute the loss on the host between the two phases of a step, and start the second with its gradient."""
        self._device.finish()
        lowering, program = plan.lowering, self._training_program
        scores = np.ascontiguousarray(np.moveaxis(plan.samples(lowering.scores, program.scores, len(x)), 0, -1))
        grad_scores = np.empty_like(scores)
        images = np.moveaxis(x, 0, -1)
        with np.errstate(all="ignore"):
            loss = self._loss.value(scores, labels, images, self._loss.total(labels), grad_scores)
        plan.put(lowering.grad_scores, np.moveaxis(grad_scores, -1, 0))
        plan.send(1)
        plan.run(1)
        return StepResult(loss, self._loss.correct(scores, labels))

    def _locate_non_finite(self, x: Array, labels: Array, number: int) -> NonFiniteError:
        """The error that names the layer: the reference engine repeats the step on a copy of the weights."""
        self.pull()
        with self._reference.load(self.program, self.weights.copy(), self.options) as repeated:
            try:
                repeated.step(x, labels, 0.0, number)
            except NonFiniteError as error:
                return error
        return NonFiniteError("the network", "a number on this device")

    def close(self) -> None:
        self._plans.clear()
        self._memory = None

    def _training_plan(self, count: int) -> Plan:
        """A plan for a batch of this size. One for larger batches does as well, and gives the same bits."""
        blocks = -(-count // self._device.traits.lanes)
        large_enough = [size for trains, size in self._plans if trains and size >= blocks]
        return self._plan(min(large_enough, default=blocks), self.options)

    def _inference_plan(self, count: int) -> Plan:
        lanes = self._device.traits.lanes
        return self._plan(1 if count <= lanes else -(-INFERENCE_BATCH // lanes), None)

    def _plan(self, blocks: int, options: TrainingOptions | None) -> Plan:
        key = (options is not None, blocks)
        if key not in self._plans:
            program = self._training_program if options else self._inference_program
            lowering = lower(program, self._persistent, self._device.traits, blocks, options)
            self._check_memory(lowering)
            self._plans[key] = Plan(self._device, lowering, self._memory)
        return self._plans[key]

    def _check_memory(self, lowering: Lowering) -> None:
        what = f"A batch of {lowering.blocks * self._device.traits.lanes}"
        if self._device.is_processor:
            check_memory(sum(lowering.allocations), what)
        self._device.need_memory([*lowering.allocations, self._persistent.bytes], what)
