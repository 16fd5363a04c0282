"""Sliding means of noisy values."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array


def smooth(values: Array, window: int) -> Array:
    """The mean of each value and up to `window - 1` before it; values that are not finite are left out.

    A sum is put together from the sums of two neighboring blocks of `window` values (van Herk 1992), never by
    subtraction, so that one huge value disturbs no mean that it is not part of.
    """
    finite = np.isfinite(values)
    sums = _sliding_sums(np.where(finite, values, 0.0), window)
    if finite.all():
        return sums / np.minimum(np.arange(1, len(values) + 1), window)
    counts = _sliding_sums(finite.astype(np.float64), window)
    means: Array = np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return means


def _sliding_sums(values: Array, window: int) -> Array:
    """The sum of each value and up to `window - 1` before it."""
    blocks = np.zeros((-(-len(values) // window) + 1, window))  # one block of zeros comes before the first
    blocks.reshape(-1)[window : window + len(values)] = values
    ends = np.cumsum(blocks[:, ::-1], axis=1)[:, ::-1]  # of each value and those after it in its block
    sums = np.cumsum(blocks[1:], axis=1)
    sums[:, :-1] += ends[:-1, 1:]
    result: Array = sums.reshape(-1)[: len(values)]
    return result
