"""A matrix product in parts, between which it can be interrupted."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.interruption import check_interrupted

PART = 1 << 27  # MACs of a part: about a hundredth of a second of one core
NARROW = 128  # columns below which a matrix is not split further


class MatrixProduct:
    """The product of two stacks of matrices, written to a third; stacks of length 1 fit any other."""

    def __init__(self, left: Array, right: Array, out: Array) -> None:
        self._parts = _split(left, right, out)
        self._is_long = len(self._parts) > 1
        whole_rows = out.ndim == 2 and all(part.flags.c_contiguous for _, _, part in self._parts)
        self._multiply = np.dot if whole_rows else np.matmul  # dot has less overhead, but writes only whole matrices

    def compute(self) -> None:
        """Write the product of the arrays' current values."""
        for left, right, out in self._parts:
            if self._is_long:
                check_interrupted()
            self._multiply(left, right, out)


def _split(left: Array, right: Array, out: Array) -> list[tuple[Array, Array, Array]]:
    """Halve the product until each part is small: a stack along its longest axis, a matrix along the longer side."""
    axis = max(range(out.ndim - 2), key=lambda axis: out.shape[axis], default=-1)
    if axis < 0 or out.shape[axis] == 1:
        axis = out.ndim - 2 if out.shape[-2] > out.shape[-1] else out.ndim - 1
    least = NARROW if axis >= out.ndim - 2 else 1
    if out.size * left.shape[-1] <= PART or out.shape[axis] < 2 * least:
        return [(left, right, out)]
    middle = out.shape[axis] // 2 // least * least
    parts = []
    for place in (slice(0, middle), slice(middle, None)):
        new_left = left if axis == out.ndim - 1 else _take(left, axis, place, out.ndim)
        new_right = right if axis == out.ndim - 2 else _take(right, axis, place, out.ndim)
        parts += _split(new_left, new_right, _take(out, axis, place, out.ndim))
    return parts


def _take(array: Array, axis: int, place: slice, ndim: int) -> Array:
    """A part of an array along an axis, counted as in an array of `ndim` axes; one that repeats stays as it is."""
    own = axis - (ndim - array.ndim)
    if own < 0 or (array.shape[own] == 1 and axis < ndim - 2):
        return array
    return array[(slice(None),) * own + (place,)]
