"""The weights of a network: flat vectors, and a named view of each array in them."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import DTypeLike

from cnnstudio.array import Array
from cnnstudio.interruption import check_interrupted
from cnnstudio.operations import Weight, elements

ALIGN = 16  # numbers, so that every float32 array starts on a cache line
DRAWN_AT_ONCE = 1 << 16  # random numbers, which are drawn in float64, so that they stay in the cache until converted


class Weights:
    """All arrays of a network in the shapes that files use.

    They lie in three flat vectors: `trained` is what an optimizer moves, `frozen` what it must not, `state` what
    training updates by other means, such as running statistics. `arrays[key]` are views into them.
    """

    def __init__(self, specs: Mapping[str, Weight], dtype: DTypeLike = np.float32) -> None:
        self.specs = dict(specs)
        self.dtype = np.dtype(dtype)
        self.places: dict[str, tuple[str, slice]] = {}
        ends = {"trained": 0, "frozen": 0, "state": 0}
        for key, spec in self.specs.items():
            part = "state" if not spec.trainable else "frozen" if spec.frozen else "trained"
            start = ends[part]
            self.places[key] = (part, slice(start, start + spec.size))
            ends[part] = -(-(start + spec.size) // ALIGN) * ALIGN
        self.trained, self.frozen, self.state = (np.zeros(end, self.dtype) for end in ends.values())
        parts = {"trained": self.trained, "frozen": self.frozen, "state": self.state}
        self.arrays = {
            key: parts[part][place].reshape(self.specs[key].shape) for key, (part, place) in self.places.items()
        }

    def is_trained(self, key: str) -> bool:
        """Whether an optimizer updates the array."""
        return self.places[key][0] == "trained"

    def view_of(self, key: str, vector: Array) -> Array | None:
        """The array's part of a vector that is laid out like `trained`; None where it is not trained."""
        part, place = self.places[key]
        return vector[place].reshape(self.specs[key].shape) if part == "trained" else None

    def trained_ranges(self, keys: Collection[str]) -> list[slice]:
        """The ranges of `trained` that these arrays occupy, padding included; neighbors are joined."""
        ranges: list[slice] = []
        for key, (part, place) in self.places.items():
            if part == "trained" and key in keys:
                start = ranges.pop().start if ranges and ranges[-1].stop == place.start else place.start
                ranges.append(slice(start, -(-place.stop // ALIGN) * ALIGN))
        return ranges

    def key_at(self, index: int) -> str:
        """The key of the array at this index of `trained`. Raises IndexError in the gaps between arrays."""
        for key, (part, place) in self.places.items():
            if part == "trained" and place.start <= index < place.stop:
                return key
        raise IndexError(index)

    def initialize(self, seed: int) -> None:
        """Initialize every array. Its numbers depend only on the seed, its key and its shape."""
        for key in self.specs:
            self.initialize_array(key, seed)

    def initialize_array(self, key: str, seed: int) -> None:
        """Initialize one array."""
        rng = np.random.default_rng([seed, zlib.crc32(key.encode())])
        _fill_with_initial_values(self.arrays[key], self.specs[key], rng)

    def copy_from(self, other: Weights) -> set[str]:
        """Copy every array that the other has in the same shape; returns their keys."""
        copied = {key for key in self.specs if key in other.specs and other.specs[key].shape == self.specs[key].shape}
        for key in copied:
            self.arrays[key][...] = other.arrays[key]
        return copied

    def copy(self, dtype: DTypeLike | None = None) -> Weights:
        """A copy, in another precision if a dtype is given."""
        copied = Weights(self.specs, dtype or self.dtype)
        copied.copy_from(self)
        return copied


def _fill_with_initial_values(array: Array, spec: Weight, rng: np.random.Generator) -> None:
    """Initial values: He et al. 2015, Glorot and Bengio 2010, LeCun et al. 1998, Saxe et al. 2013 (orthogonal)."""
    if spec.initializer == "constant":
        array.fill(spec.constant)
    elif spec.initializer == "zeros":
        array.fill(0)
    elif spec.initializer == "orthogonal":
        array[...] = _orthogonal(spec, rng)
    else:
        _fill_with_random_values(array.reshape(-1), spec, rng)


def _fill_with_random_values(flat: Array, spec: Weight, rng: np.random.Generator) -> None:
    """Draw the values in blocks; they are the same as if they were drawn at once."""
    family, _, law = spec.initializer.partition("_")
    variance = {
        "he": 2.0 / spec.fan_in,
        "glorot": 2.0 / (spec.fan_in + spec.fan_out),
        "lecun": 1.0 / spec.fan_in,
    }[family]
    deviation, limit = np.sqrt(variance), np.sqrt(3.0 * variance)
    for first in range(0, len(flat), DRAWN_AT_ONCE):
        check_interrupted()
        block = flat[first : first + DRAWN_AT_ONCE]
        block[...] = (
            rng.normal(0.0, deviation, len(block)) if law == "normal" else rng.uniform(-limit, limit, len(block))
        )


def _orthogonal(spec: Weight, rng: np.random.Generator) -> Array:
    rows = spec.shape[0]
    columns = elements(spec.shape[1:])
    square = rng.normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(square)
    q *= np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(spec.shape)
