"""The NumPy engine: available on every machine, and the reference that all other engines are compared with."""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from cnnstudio.array import Array
from cnnstudio.engine.engine import Engine, Execution, FeatureExtractor, StepResult, TrainingOptions
from cnnstudio.engine.finite_check import check_finite
from cnnstudio.engine.fusion import inference_program, training_program
from cnnstudio.engine.losses import loss_bytes, loss_function
from cnnstudio.engine.numpy.feature_extractor import NumpyFeatureExtractor
from cnnstudio.engine.numpy.nudge import Decay, check_count, nudge
from cnnstudio.engine.numpy.optimizers import UPDATES, Update
from cnnstudio.engine.numpy.plan import Plan, PlanOptions
from cnnstudio.engine.numpy.sharded_plan import ShardedPlan
from cnnstudio.engine.numpy.thread_team import ThreadTeam, without_warnings
from cnnstudio.engine.program import Program
from cnnstudio.engine.sharding import available_cores, shard_sizes
from cnnstudio.engine.weights import Weights
from cnnstudio.interruption import Interrupted
from cnnstudio.operations import Nudge

PREDICT_BATCH = 128  # images per forward pass of `predict`
CACHED_PLANS = 4  # plans, one per batch size and kind of pass, that are kept for later


class NumpyEngine(Engine):
    """Computes with NumPy on `threads` threads, by default one per core."""

    name = "numpy"
    can_fail = False
    supports_float64 = True
    supports_nudge = True

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or available_cores()
        self.device = f"NumPy · {self.threads} thread{'s' * (self.threads > 1)}"

    def load(self, program: Program, weights: Weights, options: TrainingOptions | None = None) -> NumpyExecution:
        return NumpyExecution(program, weights, options, self.threads)

    def feature_extractor(self, program: Program, weights: Weights) -> FeatureExtractor:
        return NumpyFeatureExtractor(program, weights)

    def memory_needed(self, program: Program, weights: Weights, batch: int, options: TrainingOptions | None) -> int:
        if options is None:
            lowered, plan_options = inference_program(program), PlanOptions(min(batch, PREDICT_BATCH))
        elif isinstance(options.optimizer, Nudge):
            lowered, plan_options = inference_program(program), PlanOptions(batch)
        else:
            lowered, plan_options = training_program(program), PlanOptions(batch, backward=True, training=True)
        sizes = shard_sizes(lowered, plan_options.batch, self.threads)
        plans = {size: Plan(lowered, weights, plan_options._replace(batch=size)).bytes for size in set(sizes)}
        slots = len(options.optimizer.slots) if options else 0
        loss = loss_bytes(lowered, weights, batch) if options else 0
        return sum(plans[size] for size in sizes) + weights.trained.nbytes * slots + loss


class NumpyExecution(Execution):
    """See Execution. It trains `weights` in place, so `pull` and `push` have nothing to do."""

    def __init__(self, program: Program, weights: Weights, options: TrainingOptions | None, threads: int) -> None:
        use_one_blas_thread()
        self.program, self.weights, self.options = program, weights, options
        self._training, self._inference = training_program(program), inference_program(program)
        self._plans: OrderedDict[PlanOptions, ShardedPlan] = OrderedDict()
        self._loss = loss_function(program.require_loss(), weights.dtype)
        self._step_number = 0
        self._update = _update(options, weights, self._training)
        self._state_before = weights.state.copy()
        self._decays: list[Decay] = [
            (weights.arrays[key].reshape(-1), weights.places[key][1], spec.l1, spec.l2)
            for key, spec in self._training.weights.items()
            if weights.is_trained(key) and (spec.l1 or spec.l2)
        ]
        self._context = without_warnings()
        self._team = ThreadTeam(threads)  # last, so that no threads are left where something above raises

    @property
    def slots(self) -> dict[str, Array]:
        return self._update.slots if self._update else {}

    def predict(self, x: Array) -> tuple[Array, Array]:
        if 0 < len(x) <= PREDICT_BATCH:
            return self._context.run(self._predict_batch, x)
        ends = self._inference.output, self._inference.scores
        outputs, scores = ([np.empty((0, *self.program.shapes[end]), self.weights.dtype)] for end in ends)
        for first in range(0, len(x), PREDICT_BATCH):
            batch_outputs, batch_scores = self._context.run(self._predict_batch, x[first : first + PREDICT_BATCH])
            outputs.append(batch_outputs)
            scores.append(batch_scores)
        return np.concatenate(outputs), np.concatenate(scores)

    def _predict_batch(self, x: Array) -> tuple[Array, Array]:
        plan = self._plan(PlanOptions(len(x)))
        plan.forward(x)
        return plan.gather(self._inference.output), plan.gather(self._inference.scores)

    def step(self, x: Array, labels: Array, learning_rate: float, number: int) -> StepResult:
        return self._context.run(self._step, x, labels, learning_rate, number)

    def _step(self, x: Array, labels: Array, learning_rate: float, number: int) -> StepResult:
        assert self.options is not None
        if self._update is None:
            plan = self._plan(PlanOptions(len(x)))
            return nudge(plan, self.weights, self._loss, x, labels, learning_rate, self._decays)
        self._update.prepare()
        result, gradient = self._forward_backward(x, labels, number, self._decays)
        _clip(gradient, self.options)
        self._update.apply(gradient, learning_rate, number - self.options.optimizer_start)
        return result

    def gradient(self, x: Array, labels: Array, number: int = 0) -> tuple[StepResult, Array]:
        """The result of a batch and the gradient of its loss, laid out like `weights.trained`; weights stay as is."""
        return self._context.run(self._forward_backward, x, labels, number, [])

    def input_gradient(self, x: Array, direction: Array) -> Array:
        """The gradient (N, C, H, W), with respect to images, of the sum of scores times `direction` (N, ...).

        With a direction of 1 at one class and 0 elsewhere it shows which pixels speak for that class. The network is
        in inference mode, as in `predict`. Tests compare it with finite differences; the program does not use it.
        """
        plan = self._plan(PlanOptions(len(x), backward=True, input_gradient=True))
        return self._context.run(plan.input_gradient, x, direction)

    def _forward_backward(self, x: Array, labels: Array, number: int, decays: list[Decay]) -> tuple[StepResult, Array]:
        """The result and the gradient with weight decay; where it raises, weights and state are as before."""
        self._step_number = number
        if self._state_before.size:
            np.copyto(self._state_before, self.weights.state)
        try:
            plan = self._plan(PlanOptions(len(x), backward=True, training=True))
            result, gradient = plan.forward_backward(x, labels, self._loss)
            for weight, place, l1, l2 in decays:
                gradient[place] += l2 * weight + l1 * np.sign(weight)
            if decays:
                check_finite(self.weights, gradient)
        except (ArithmeticError, Interrupted):
            np.copyto(self.weights.state, self._state_before)
            raise
        return result, gradient

    def pull(self) -> None:
        pass

    def push(self) -> None:
        pass

    def close(self) -> None:
        self._team.close()
        self._plans.clear()

    def _plan(self, options: PlanOptions) -> ShardedPlan:
        """The plan for these options, made on first use; the least recently used one is dropped."""
        plan = self._plans.get(options)
        if plan is None:
            program = self._inference
            if options.backward:
                program = self._training if options.training else training_program(self.program.for_inference())
            plan = self._plans[options] = ShardedPlan(program, self.weights, options, self._team, self._generator)
            if len(self._plans) > CACHED_PLANS:
                self._plans.popitem(last=False)
        self._plans.move_to_end(options)
        return plan

    def _generator(self, stage: int, shard: int) -> np.random.Generator:
        """Random numbers of one stage at this step; the same when the step is repeated."""
        seed = self.options.seed if self.options else 0
        return np.random.default_rng([seed, self._step_number, stage, shard])


@cache
def use_one_blas_thread() -> None:
    """Keep BLAS to one thread: the engine's own threads gain more, and results do not depend on BLAS's choice."""
    ThreadpoolController().limit(limits=1, user_api="blas")


def _update(options: TrainingOptions | None, weights: Weights, program: Program) -> Update[Any] | None:
    if options is None:
        return None
    if isinstance(options.optimizer, Nudge):
        check_count(weights)
        return None
    ranges = weights.trained_ranges(program.weights)  # layers that lead to no output keep their weights
    return UPDATES[options.optimizer.kind](options.optimizer, weights.trained, ranges)


def _clip(gradient: Array, options: TrainingOptions) -> None:
    if not options.clip:
        return
    if options.clip_by == "value":
        np.clip(gradient, -options.clip, options.clip, out=gradient)
        return
    norm = float(np.sqrt(np.dot(gradient, gradient)))
    if norm > options.clip:
        np.multiply(gradient, options.clip / norm, out=gradient)
