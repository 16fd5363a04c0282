"""The NumPy engine: the one that is always there, and the reference for every other."""

from __future__ import annotations

from collections import OrderedDict
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from cnnstudio.array import Array
from cnnstudio.engine.engine import Engine, Execution, FeatureExtractor, StepResult, TrainingOptions, check_finite
from cnnstudio.engine.fusion import inference_program, training_program
from cnnstudio.engine.losses import loss_bytes, loss_pass
from cnnstudio.engine.numpy.feature_extractor import NumpyFeatureExtractor
from cnnstudio.engine.numpy.nudge import Decay, need_few, nudge
from cnnstudio.engine.numpy.optimizers import UPDATES, Update
from cnnstudio.engine.numpy.plan import Plan, Terms
from cnnstudio.engine.numpy.sharded_plan import ShardedPlan
from cnnstudio.engine.numpy.thread_team import Crew, quiet
from cnnstudio.engine.program import Program
from cnnstudio.engine.sharding import available_cores, shard_sizes
from cnnstudio.engine.weights import Weights
from cnnstudio.operations import Nudge

ANSWER_BATCH = 128  # images that are answered at once
KEPT_PLANS = 4  # batch sizes whose plans are kept


class NumpyEngine(Engine):
    """Computes with NumPy on `threads` threads, by default one for each core."""

    name = "numpy"
    can_fail = False
    supports_float64 = True
    supports_nudge = True

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or available_cores()
        self.device = f"NumPy · {self.threads} thread{'s' * (self.threads > 1)}"

    def load(self, program: Program, weights: Weights, learning: TrainingOptions | None = None) -> NumpyExecution:
        return NumpyExecution(program, weights, learning, self.threads)

    def feature_extractor(self, program: Program, weights: Weights) -> FeatureExtractor:
        return NumpyFeatureExtractor(program, weights)

    def memory_needed(self, program: Program, weights: Weights, batch: int, learning: TrainingOptions | None) -> int:
        if learning is None or isinstance(learning.optimizer, Nudge):
            lowered, terms = inference_program(program), Terms(min(batch, ANSWER_BATCH) if learning is None else batch)
        else:
            lowered, terms = training_program(program), Terms(batch, learning=True, training=True)
        sizes = shard_sizes(lowered, terms.batch, self.threads)
        plans = {size: Plan(lowered, weights, terms._replace(batch=size)).bytes for size in set(sizes)}
        slots = len(learning.optimizer.slots) if learning else 0
        judged = loss_bytes(lowered, weights, batch) if learning else 0
        return sum(plans[size] for size in sizes) + weights.trained.nbytes * slots + judged


class NumpyExecution(Execution):
    """See Execution. `weights` themselves are what learns, so `pull` and `push` have nothing to do."""

    def __init__(self, program: Program, weights: Weights, learning: TrainingOptions | None, threads: int) -> None:
        use_one_blas_thread()
        self.program, self.weights, self.learning = program, weights, learning
        self._learner, self._answerer = training_program(program), inference_program(program)
        self._plans: OrderedDict[Terms, ShardedPlan] = OrderedDict()
        self._loss = loss_pass(program.require_loss(), weights.dtype)
        self._number = 0
        self._update = _update(learning, weights, self._learner)
        self._state_before = weights.state.copy()
        self._decays: list[Decay] = [
            (weights.arrays[key].reshape(-1), weights.places[key][1], spec.l1, spec.l2)
            for key, spec in self._learner.weights.items()
            if weights.is_trained(key) and (spec.l1 or spec.l2)
        ]
        self._quiet = quiet()
        self._crew = Crew(threads)  # last, so that no threads are left where something above is refused

    @property
    def slots(self) -> dict[str, Array]:
        return self._update.slots if self._update else {}

    def predict(self, x: Array) -> tuple[Array, Array]:
        if 0 < len(x) <= ANSWER_BATCH:
            return self._quiet.run(self._answer, x)
        ends = self._answerer.output, self._answerer.scores
        answers, scores = ([np.empty((0, *self.program.shapes[end]), self.weights.dtype)] for end in ends)
        for first in range(0, len(x), ANSWER_BATCH):
            answer, score = self._quiet.run(self._answer, x[first : first + ANSWER_BATCH])
            answers.append(answer)
            scores.append(score)
        return np.concatenate(answers), np.concatenate(scores)

    def _answer(self, x: Array) -> tuple[Array, Array]:
        plan = self._plan(Terms(len(x)))
        plan.forward(x)
        return plan.gather(self._answerer.output), plan.gather(self._answerer.scores)

    def step(self, x: Array, labels: Array, rate: float, number: int) -> StepResult:
        return self._quiet.run(self._step, x, labels, rate, number)

    def _step(self, x: Array, labels: Array, rate: float, number: int) -> StepResult:
        assert self.learning is not None
        if self._update is None:
            plan = self._plan(Terms(len(x)))
            return nudge(plan, self.weights, self._loss, x, labels, rate, self._decays)
        result, gradient = self._learn(x, labels, number, self._decays)
        _clip(gradient, self.learning)
        self._update.apply(gradient, rate, number - self.learning.since)
        return result

    def gradient(self, x: Array, labels: Array, number: int = 0) -> tuple[StepResult, Array]:
        """The result of a batch and the gradient of its loss, laid out like `weights.trained`; no weight moves."""
        return self._quiet.run(self._learn, x, labels, number, [])

    def input_gradient(self, x: Array, direction: Array) -> Array:
        """The gradient (N, C, H, W), with respect to images, of the sum of scores times `direction` (N, ...).

        A direction of 1 at one class and 0 elsewhere says what in the images speaks for that class. The network is
        at rest, as in `predict`. Tests compare it with differences; nothing in the program needs it.
        """
        plan = self._plan(Terms(len(x), learning=True, input_gradient=True))
        return self._quiet.run(plan.input_gradient, x, direction)

    def _learn(self, x: Array, labels: Array, number: int, decays: list[Decay]) -> tuple[StepResult, Array]:
        """The result and the gradient with its decays; running statistics follow unless NonFiniteError is raised."""
        self._number = number
        if self._state_before.size:
            np.copyto(self._state_before, self.weights.state)
        try:
            plan = self._plan(Terms(len(x), learning=True, training=True))
            result, gradient = plan.learn(x, labels, self._loss)
            for weight, place, l1, l2 in decays:
                gradient[place] += l2 * weight + l1 * np.sign(weight)
            if decays:
                check_finite(self.weights, gradient)
        except ArithmeticError:
            np.copyto(self.weights.state, self._state_before)
            raise
        return result, gradient

    def pull(self) -> None:
        pass

    def push(self) -> None:
        pass

    def close(self) -> None:
        self._crew.close()
        self._plans.clear()

    def _plan(self, terms: Terms) -> ShardedPlan:
        """The plan for these terms, made on first use; the one not used for longest makes room."""
        plan = self._plans.get(terms)
        if plan is None:
            program = self._answerer
            if terms.learning:
                program = self._learner if terms.training else training_program(self.program.for_inference())
            plan = self._plans[terms] = ShardedPlan(program, self.weights, terms, self._crew, self._noise)
            if len(self._plans) > KEPT_PLANS:
                self._plans.popitem(last=False)
        self._plans.move_to_end(terms)
        return plan

    def _noise(self, stage: int, member: int) -> np.random.Generator:
        """Random numbers of one stage at this step: the same again when the step is run again."""
        seed = self.learning.seed if self.learning else 0
        return np.random.default_rng([seed, self._number, stage, member])


@cache
def use_one_blas_thread() -> None:
    """Let the engine's own threads be the only ones: they gain more, and results do not depend on BLAS's choice."""
    ThreadpoolController().limit(limits=1, user_api="blas")


def _update(learning: TrainingOptions | None, weights: Weights, program: Program) -> Update | None:
    if learning is None:
        return None
    if isinstance(learning.optimizer, Nudge):
        need_few(weights)
        return None
    ranges = weights.trained_ranges(program.weights)  # layers that lead to no output keep their weights
    return UPDATES[learning.optimizer.kind](learning.optimizer, weights.trained, ranges)


def _clip(gradient: Array, learning: TrainingOptions) -> None:
    if not learning.clip:
        return
    if learning.clip_by == "value":
        np.clip(gradient, -learning.clip, learning.clip, out=gradient)
        return
    norm = float(np.sqrt(np.dot(gradient, gradient)))
    if norm > learning.clip:
        np.multiply(gradient, learning.clip / norm, out=gradient)
