"""The logistic function on arrays, which activations and losses share."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array


def sigmoid(x: Array, out: Array) -> None:
    """Write 1 / (1 + exp(-x)) to `out`, which may be `x`.

    Exact in both tails: far below zero exp(-x) overflows to infinity, and the result is 0. Computed from tanh, it would
    lose all digits there: in float32 it would be 0 from about -17 on.
    """
    np.negative(x, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    np.divide(1.0, out, out=out)
