"""Operations that treat every number by itself, and softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cnnstudio.operations.operation import Operation

MONOTONE = frozenset(
    {"relu", "leaky_relu", "elu", "sigmoid", "hard_sigmoid", "tanh", "softplus"}
)  # never decreasing, so they change places with max pooling


@dataclass(frozen=True)
class Activation(Operation):
    """A function of one number.

    relu, leaky_relu (alpha: slope below zero), elu (alpha: depth below zero), gelu (the tanh form of Hendrycks and
    Gimpel, 2016), silu, sigmoid, hard_sigmoid (alpha: slope, beta: value at zero), tanh, softplus.
    """

    function: str
    alpha: float = 0.0
    beta: float = 0.0


@dataclass(frozen=True)
class ParametricReLU(Operation):
    """ReLU whose slope below zero is learned, one a channel. Weights: `weight` (C,)."""


@dataclass(frozen=True)
class Softmax(Operation):
    """Make the channels at each place positive and sum to one."""


@dataclass(frozen=True)
class Dropout(Operation):
    """While training, zero a share `rate` of the values (or of whole maps) and scale the rest by 1 / (1 - rate)."""

    random: ClassVar[bool] = True

    rate: float
    whole_maps: bool


@dataclass(frozen=True)
class GaussianNoise(Operation):
    """While training, add normal noise of the given standard deviation."""

    random: ClassVar[bool] = True

    std: float
