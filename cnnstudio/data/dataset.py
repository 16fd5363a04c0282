"""The Dataset: images and labels, split into training, validation and test."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cnnstudio.array import Array
from cnnstudio.graph import DataSpec
from cnnstudio.interruption import check_interrupted
from cnnstudio.operations import Shape
from cnnstudio.user_error import UserError

SPLITS = ("train", "validation", "test")


class DataError(UserError):
    """Data that cannot be read or used; the message says what is wrong and how to fix it."""


@dataclass(frozen=True)
class Scaling:
    """How stored pixel values are scaled for the network: (value - mean) / std, per channel."""

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    def apply(self, images: Array) -> Array:
        """Scale images (N, C, H, W) of any type to float32."""
        column = (-1, 1, 1)
        mean = np.asarray(self.mean, np.float32).reshape(column)
        scale = (1.0 / np.asarray(self.std, np.float32)).reshape(column)
        scaled: Array = images.astype(np.float32)
        np.subtract(scaled, mean, out=scaled)
        np.multiply(scaled, scale, out=scaled)
        return scaled

    def undo(self, images: Array) -> Array:
        """The inverse of `apply`."""
        column = (-1, 1, 1)
        shown: Array = images * np.reshape(self.std, column) + np.reshape(self.mean, column)
        return shown

    @classmethod
    def measured(cls, images: Array) -> Scaling:
        """The scaling that gives these images (N, C, H, W) mean 0 and standard deviation 1 in each channel."""
        means, stds = [], []
        for channel in range(images.shape[1]):
            values = images[:, channel]
            mean = float(values.mean(dtype=np.float64))
            square = sum(_sum_of_squares(part) for part in np.array_split(values, 64))
            means.append(mean)
            stds.append(float(np.sqrt(max(square / values.size - mean * mean, 0.0))) or 1.0)
        return cls(tuple(means), tuple(stds))


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images (N, C, H, W) as stored, labels (N,), and the indices of each split."""

    name: str
    images: Array
    labels: Array
    class_names: tuple[str, ...]
    splits: Mapping[str, Array]
    scaling: Scaling
    limits: tuple[float, float] = (0.0, 255.0)  # the stored values of black and white

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
        """The number of samples in a split."""
        return len(self.splits[split])

    @cached_property
    def fingerprint(self) -> str:
        """A hash of images, labels, class names and splits, which tells whether data is still the same."""
        digest = hashlib.blake2b(digest_size=16)
        arrays = (self.images, self.labels, *(self.splits[split] for split in SPLITS))
        for array in arrays:
            digest.update(f"{array.dtype}{array.shape}".encode())
            for part in np.array_split(array, 64):  # so that no copy of everything is made
                digest.update(part.tobytes())
        digest.update("\0".join(self.class_names).encode(errors="surrogatepass"))
        return digest.hexdigest()

    def take(self, indices: Sequence[int] | Array) -> tuple[Array, Array]:
        """Scaled images (n, C, H, W), float32, and labels (n,) of the samples with these indices."""
        return self.scaling.apply(self.images[indices]), self.labels[indices]

    def counts(self, split: str) -> tuple[int, ...]:
        """The number of samples of each class in a split."""
        return tuple(np.bincount(self.labels[self.splits[split]], minlength=len(self.class_names)).tolist())


def _sum_of_squares(values: Array) -> float:
    check_interrupted()
    return float(np.square(values, dtype=np.float64).sum())


def split_off(count: int, fraction: float, seed: int) -> tuple[Array, Array]:
    """The indices 0 .. count-1 in two sorted parts, the second a random fraction of them."""
    order = np.random.default_rng([seed, 0x5EED]).permutation(count)
    cut = count - round(count * fraction)
    return np.sort(order[:cut]), np.sort(order[cut:])
