"""The logistic function on arrays, which activations and losses share."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array


def sigmoid(x: Array, out: Array) -> None:
    """Write 1 / (1 + exp(-x)) to `out`, which may be `x`. Computed from tanh, which cannot overflow."""
    np.multiply(x, 0.5, out=out)
    np.tanh(out, out=out)
    np.multiply(out, 0.5, out=out)
    np.add(out, 0.5, out=out)
