"""Images with their classes, split into training, validation and test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnstudio.array import Array
from cnnstudio.graph import DataSpec
from cnnstudio.operations import Shape

SPLITS = ("train", "validation", "test")


class DataError(ValueError):
    """Data that cannot be read or used; the message says what is wrong and how to mend it."""


@dataclass(frozen=True)
class Scaling:
    """How stored pixel values become what the network sees: (value - mean) / deviation, per channel."""

    mean: tuple[float, ...] = (0.0,)
    deviation: tuple[float, ...] = (1.0,)

    def apply(self, images: Array) -> Array:
        """Images (N, C, H, W) of any type as float32."""
        column = (-1, 1, 1)
        mean = np.asarray(self.mean, np.float32).reshape(column)
        scale = (1.0 / np.asarray(self.deviation, np.float32)).reshape(column)
        scaled: Array = images.astype(np.float32)
        np.subtract(scaled, mean, out=scaled)
        np.multiply(scaled, scale, out=scaled)
        return scaled

    def undo(self, images: Array) -> Array:
        """What `apply` was given."""
        column = (-1, 1, 1)
        shown: Array = images * np.reshape(self.deviation, column) + np.reshape(self.mean, column)
        return shown

    @classmethod
    def measured(cls, images: Array) -> Scaling:
        """The scaling that gives these images (N, C, H, W) mean 0 and deviation 1 in each channel."""
        means, deviations = [], []
        for channel in range(images.shape[1]):
            values = images[:, channel]
            mean = float(values.mean(dtype=np.float64))
            square = sum(float(np.square(part, dtype=np.float64).sum()) for part in np.array_split(values, 64))
            means.append(mean)
            deviations.append(float(np.sqrt(max(square / values.size - mean * mean, 0.0))) or 1.0)
        return cls(tuple(means), tuple(deviations))


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images (N, C, H, W) as stored, labels (N,), and which of them belong to which split."""

    name: str
    images: Array
    labels: Array
    class_names: tuple[str, ...]
    splits: Mapping[str, Array]
    scaling: Scaling
    limits: tuple[float, float] = (0.0, 255.0)  # stored values that are shown as black and white

    @property
    def shape(self) -> Shape:
        """The shape of one image."""
        _, channels, height, width = self.images.shape
        return channels, height, width

    @property
    def spec(self) -> DataSpec:
        """What a network must match to be trained on this data."""
        return DataSpec(self.shape, len(self.class_names))

    def size(self, split: str) -> int:
        """How many samples a split has."""
        return len(self.splits[split])

    def take(self, indices: Sequence[int] | Array) -> tuple[Array, Array]:
        """Scaled images (n, C, H, W) float32 and labels (n,) of these samples."""
        return self.scaling.apply(self.images[indices]), self.labels[indices]

    def counts(self, split: str) -> tuple[int, ...]:
        """How many samples of each class a split has."""
        return tuple(np.bincount(self.labels[self.splits[split]], minlength=len(self.class_names)).tolist())


def split_off(count: int, share: float, seed: int) -> tuple[Array, Array]:
    """The indices 0 .. count-1 in two sorted parts, the second a random share of them."""
    order = np.random.default_rng([seed, 0x5EED]).permutation(count)
    cut = count - round(count * share)
    return np.sort(order[:cut]), np.sort(order[cut:])
