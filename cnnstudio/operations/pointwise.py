"""Elementwise operations, and softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cnnstudio.operations.operation import Operation

MONOTONE = frozenset(
    {"relu", "leaky_relu", "elu", "sigmoid", "hard_sigmoid", "tanh", "softplus"}
)  # monotonically increasing, so they can be swapped with max pooling


@dataclass(frozen=True)
class Activation(Operation):
    """An elementwise function.

    relu, leaky_relu (alpha: negative slope), elu (alpha: negative limit), gelu (the tanh form of Hendrycks and
    Gimpel, 2016), silu, sigmoid, hard_sigmoid (alpha: slope, beta: value at zero), tanh, softplus.
    """

    function: str
    alpha: float = 0.0
    beta: float = 0.0


@dataclass(frozen=True)
class ParametricReLU(Operation):
    """ReLU with a trainable negative slope per channel. Weights: `weight` (C,)."""


@dataclass(frozen=True)
class Softmax(Operation):
    """Softmax over the channels at each position."""


@dataclass(frozen=True)
class Dropout(Operation):
    """In training, zero a fraction `rate` of the values (or whole maps) and scale the others by 1 / (1 - rate)."""

    random: ClassVar[bool] = True

    rate: float
    whole_maps: bool


@dataclass(frozen=True)
class GaussianNoise(Operation):
    """In training, add normally distributed noise of standard deviation `std`."""

    random: ClassVar[bool] = True

    std: float
