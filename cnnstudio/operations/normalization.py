"""Operations that bring values to a common scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cnnstudio.operations.operation import Operation


@dataclass(frozen=True)
class BatchNormalization(Operation):
    """Ioffe and Szegedy, 2015: per channel, over the batch while training, by running statistics otherwise.

    Where it is `frozen`, running statistics hold while training, too, and stay as they are.

    Weights: `weight`, `bias` (C,). State: `running_mean`, `running_var` (C,), which keep 1 - momentum of the past
    and take the unbiased variance, as PyTorch does.
    """

    mixes_samples: ClassVar[bool] = True

    epsilon: float
    momentum: float
    frozen: bool = False


@dataclass(frozen=True)
class GroupNormalization(Operation):
    """Wu and He, 2018: over groups of channels of one sample. Weights: `weight`, `bias` (C,)."""

    groups: int
    epsilon: float


@dataclass(frozen=True)
class LayerNormalization(Operation):
    """Ba, Kiros and Hinton, 2016: over all values of one sample. Weights: `weight`, `bias`, of the input's shape."""

    epsilon: float


@dataclass(frozen=True)
class LocalResponseNormalization(Operation):
    """Krizhevsky et al., 2012: x / (bias + alpha / size * sum of squares over `size` neighbouring channels) ** beta."""

    size: int
    alpha: float
    beta: float
    bias: float


@dataclass(frozen=True)
class Standardization(Operation):
    """(x - mean) / deviation. State, measured on the training images: `mean`, `deviation` (C,)."""
