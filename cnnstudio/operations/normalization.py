"""Normalization operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cnnstudio.operations.operation import Operation


@dataclass(frozen=True)
class BatchNormalization(Operation):
    """Ioffe and Szegedy, 2015: per channel, with statistics of the batch in training and running ones in inference.

    If `frozen`, it uses the running statistics in training as well and does not update them.

    Weights: `weight`, `bias` (C,). Buffers: `running_mean`, `running_var` (C,), updated as in PyTorch: new = (1 -
    momentum) * old + momentum * batch, with the unbiased variance.
    """

    mixes_samples: ClassVar[bool] = True

    epsilon: float
    momentum: float
    frozen: bool = False


@dataclass(frozen=True)
class GroupNormalization(Operation):
    """Wu and He, 2018: over groups of channels of each sample. Weights: `weight`, `bias` (C,)."""

    groups: int
    epsilon: float


@dataclass(frozen=True)
class LayerNormalization(Operation):
    """Ba, Kiros and Hinton, 2016: over all values of each sample. Weights: `weight`, `bias`, of the input's shape."""

    epsilon: float


@dataclass(frozen=True)
class LocalResponseNormalization(Operation):
    """Krizhevsky et al., 2012: x / (bias + alpha / size * sum of squares over `size` neighboring channels) ** beta."""

    size: int
    alpha: float
    beta: float
    bias: float


@dataclass(frozen=True)
class Standardization(Operation):
    """(x - mean) / deviation. Buffers, measured on the training images: `mean`, `deviation` (C,)."""
