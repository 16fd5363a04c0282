"""What every engine offers: a network loaded on it can answer, be evaluated and learn."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.program import Program
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.engine.weights import Weights
from cnnstudio.graph import NodeId
from cnnstudio.operations import Nudge, Optimizer

IMAGE_VALUE = "an image"  # what a NonFiniteError names where the data is at fault


class NonFiniteError(ArithmeticError):
    """A step gave a number that is no number; the weights are those from before it."""

    def __init__(self, layer: str, tensor: str) -> None:
        super().__init__(f"{layer}: {tensor} is not finite")
        self.layer, self.tensor = layer, tensor


class DeviceLostError(RuntimeError):
    """The device failed in mid-run; the weights are those of the last good step."""


class TooManyWeightsError(ValueError):
    """The network has too many weights for the chosen optimizer; the message says how many it can train."""


@dataclass(frozen=True)
class TrainingOptions:
    """How a loaded network learns: the rule, and what is done to the gradient first.

    `clip` limits the gradient's norm (`clip_by` "norm") or each of its numbers ("value"); 0 leaves it alone.
    `seed` decides the random numbers of dropout and noise, which depend on nothing else but the step's number.
    `since` is the step at which the optimizer began, with empty slots.
    """

    optimizer: Optimizer
    clip: float = 0.0
    clip_by: str = "norm"
    seed: int = 0
    since: int = 0


class StepResult(NamedTuple):
    """The mean loss of a batch before its step, and how many of its samples were judged right."""

    loss: float
    correct: int


class Execution(ABC):
    """A network loaded on an engine. Close it to give memory and threads back."""

    program: Program
    weights: Weights

    @abstractmethod
    def predict(self, x: Array) -> tuple[Array, Array]:
        """The network's answers and the scores behind them, for images (N, C, H, W); dropout and noise rest."""

    @abstractmethod
    def step(self, x: Array, labels: Array, rate: float, number: int) -> StepResult:
        """Learn from one batch, as step `number` of the run (from 0).

        Raises NonFiniteError, before any weight has moved, where the loss or the gradient is not finite.
        """

    @abstractmethod
    def pull(self) -> None:
        """Bring `weights` up to date with what the device has learned."""

    @abstractmethod
    def push(self) -> None:
        """Bring the device up to date with `weights` and the slots."""

    @property
    @abstractmethod
    def slots(self) -> dict[str, Array]:
        """What the optimizer remembers, each laid out like `weights.trained`; up to date after `pull`."""

    @abstractmethod
    def close(self) -> None:
        """Give memory and threads back."""

    def __enter__(self) -> Execution:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class FeatureExtractor(ABC):
    """Computes every layer's output in inference mode, always from the current weights."""

    @abstractmethod
    def __call__(self, x: Array) -> dict[NodeId, Array]:
        """The outputs (N, ...) by layer, for images (N, C, H, W); safe to call from several threads.

        Raises NotEnoughMemoryError where the machine cannot hold them.
        """


class Engine(ABC):
    """Computes networks on one device, and states what it can do."""

    name: str = ""  # selects it, such as "opencl:0"
    device: str = ""  # describes the device to people
    can_fail: bool = True  # whether a loaded network may raise DeviceLostError
    supports_float64: bool = False
    supports_nudge: bool = False  # whether it trains with the Nudge optimizer

    @abstractmethod
    def load(self, program: Program, weights: Weights, learning: TrainingOptions | None = None) -> Execution:
        """Load a network, to answer or (with `learning`) also to learn."""

    @classmethod
    def unsupported(cls, weights: Weights, learning: TrainingOptions | None) -> str:
        """What this kind of engine cannot do of what is asked, in one sentence; empty where it can do it all."""
        if learning and isinstance(learning.optimizer, Nudge) and not cls.supports_nudge:
            return "Nudging weights one by one is done by NumPy alone."
        if weights.dtype != np.float32 and not cls.supports_float64:
            return f"Only NumPy computes in {weights.dtype}."
        return ""

    @abstractmethod
    def feature_extractor(self, program: Program, weights: Weights) -> FeatureExtractor:
        """What computes every layer's output with these weights."""

    @abstractmethod
    def memory_needed(self, program: Program, weights: Weights, batch: int, learning: TrainingOptions | None) -> int:
        """The bytes that loading a network and running such batches takes; nothing is allocated to find out."""


def layer_of_value(program: Program, number: int) -> str:
    """The name of the layer that makes a value: the one whose weights do, where several are computed together."""
    for step in program.instructions:
        if step.output == number and step.weights:
            return WeightKey.parse(next(iter(step.weights.values()))).node
    return next((node for node, value in program.nodes.items() if value == number), "network")


def check_finite(weights: Weights, gradient: Array) -> None:
    """Raise NonFiniteError unless the gradient, its length and the running statistics are finite.

    One pass over the gradient tells. A length beyond the numbers' range (about 1e19 in float32) would carry weights
    out of it.
    """
    if weights.state.size and not math.isfinite(weights.state.sum()):
        for key, (part, _) in weights.places.items():
            if part == "state" and not np.isfinite(weights.arrays[key]).all():
                raise NonFiniteError(*WeightKey.parse(key))
    if not math.isfinite(np.dot(gradient, gradient)):
        bad = np.flatnonzero(~np.isfinite(gradient))
        index = int(bad[0]) if len(bad) else int(np.abs(gradient).argmax())
        node, role = WeightKey.parse(weights.key_at(index))
        raise NonFiniteError(node, f"the gradient of its {role}")
