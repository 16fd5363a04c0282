"""The interface of engines: load a network, then predict with it or train it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.program import Program
from cnnstudio.engine.weights import Weights
from cnnstudio.graph import NodeId
from cnnstudio.operations import Nudge, Optimizer
from cnnstudio.user_error import UserError

IMAGE_VALUE = "an image"  # the tensor that a NonFiniteError names where the data is at fault


class NonFiniteError(ArithmeticError):
    """A step produced NaN or infinity. The weights are those from before the step."""

    def __init__(self, layer: str, tensor: str) -> None:
        super().__init__(f"{layer}: {tensor} is not finite")
        self.layer, self.tensor = layer, tensor


class DeviceLostError(RuntimeError):
    """The device failed during a run. The weights are those of the last good step."""


class TooManyWeightsError(UserError):
    """The network has too many weights for the chosen optimizer; the message says how many it can train."""


@dataclass(frozen=True)
class TrainingOptions:
    """How a loaded network is trained: the optimizer, gradient clipping and the random seed.

    `clip` limits the gradient's norm (`clip_by` "norm") or each of its elements ("value"); 0 means no clipping.
    `seed` and the step number alone determine the random numbers of dropout and noise.
    `optimizer_start` is the step at which the optimizer started, with slots of zeros.
    """

    optimizer: Optimizer
    clip: float = 0.0
    clip_by: str = "norm"
    seed: int = 0
    optimizer_start: int = 0


class StepResult(NamedTuple):
    """The mean loss of a batch before its step, and how many of its samples were classified correctly."""

    loss: float
    correct: int


class Execution(ABC):
    """A network loaded on an engine. Close it to free memory and threads."""

    program: Program
    weights: Weights

    @abstractmethod
    def predict(self, x: Array) -> tuple[Array, Array]:
        """The outputs (N, ...) and the scores (N, ...) for images (N, C, H, W), in inference mode."""

    @abstractmethod
    def step(self, x: Array, labels: Array, learning_rate: float, number: int) -> StepResult:
        """Train on one batch, as step `number` of the run (from 0).

        Raises NonFiniteError, before any weight has moved, where the loss or the gradient is not finite; Interrupted,
        also before that, where the thread is asked to give up.
        """

    @abstractmethod
    def pull(self) -> None:
        """Copy weights and slots from the device to `weights` and `slots`."""

    @abstractmethod
    def push(self) -> None:
        """Copy `weights` and `slots` to the device."""

    @property
    @abstractmethod
    def slots(self) -> dict[str, Array]:
        """The optimizer's state by name, each laid out like `weights.trained`; current after `pull`."""

    @abstractmethod
    def close(self) -> None:
        """Free memory and threads."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class FeatureExtractor(ABC):
    """Computes every layer's output in inference mode, always from the current weights."""

    @abstractmethod
    def by_layer(self, x: Array) -> Iterator[dict[NodeId, Array]]:
        """The outputs (N, ...) for images (N, C, H, W), one or a few layers at a time, as soon as they are computed.

        Safe to call from several threads: others wait until the iterator is exhausted or closed. Raises
        NotEnoughMemoryError where the machine cannot hold them, Interrupted where the thread is asked to give up.
        """


class Engine(ABC):
    """Computes networks on one device, and states what it can do."""

    name: str = ""  # selects it, such as "opencl:0"
    device: str = ""  # describes the device to people
    can_fail: bool = True  # whether a loaded network may raise DeviceLostError
    supports_float64: bool = False
    supports_nudge: bool = False  # whether it trains with the Nudge optimizer

    @abstractmethod
    def load(self, program: Program, weights: Weights, options: TrainingOptions | None = None) -> Execution:
        """Load a network for prediction or, with `options`, also for training."""

    @classmethod
    def unsupported(cls, weights: Weights, options: TrainingOptions | None) -> str:
        """Why this engine cannot train with these weights and options, in one sentence; empty where it can."""
        if options and isinstance(options.optimizer, Nudge) and not cls.supports_nudge:
            return "Only NumPy can train with the Nudge optimizer."
        if weights.dtype != np.float32 and not cls.supports_float64:
            return f"Only NumPy computes in {weights.dtype}."
        return ""

    @abstractmethod
    def feature_extractor(self, program: Program, weights: Weights) -> FeatureExtractor:
        """A feature extractor for these weights, which follows later changes to them."""

    @abstractmethod
    def memory_needed(self, program: Program, weights: Weights, batch: int, options: TrainingOptions | None) -> int:
        """The bytes needed to load a network and run batches of this size; nothing is allocated to find out."""
