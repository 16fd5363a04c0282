"""Whether a network can compute with the numbers in saved arrays: NaN and infinity spread to every result."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnstudio.array import Array


def not_finite(arrays: Mapping[str, Array]) -> str | None:
    """The first name, in alphabetical order, of an array with NaN, infinity or numbers too large for float32."""
    largest = float(np.finfo(np.float32).max)
    return next((key for key in sorted(arrays) if not _within(arrays[key], -largest, largest)), None)


def not_a_number(arrays: Mapping[str, Array]) -> str | None:
    """The first name, in alphabetical order, of an array with NaN."""
    return next((key for key in sorted(arrays) if not _within(arrays[key], -np.inf, np.inf)), None)


def _within(array: Array, least: float, most: float) -> bool:
    """Without a copy, for there can be hundreds of millions of numbers."""
    return not array.size or (least <= float(array.min()) and float(array.max()) <= most)
