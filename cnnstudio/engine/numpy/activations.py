"""Activation functions on arrays, and the gradients through them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.sigmoid import sigmoid
from cnnstudio.operations import Activation

Forward = Callable[[Array, Array, Array, Activation], None]  # x, out (may be x), scratch, activation
Backward = Callable[[Array, Array, Array, Array, Array, Activation], None]  # x, y, dy (becomes dx), scratch, mask, ...

ROOT = float(np.sqrt(2.0 / np.pi))  # of GELU's tanh form
CUBIC = 0.044715


def _relu(x: Array, out: Array, zeros: Array, a: Activation) -> None:
    np.maximum(x, zeros, out=out)


def _relu_back(x: Array, y: Array, dy: Array, zero: Array, mask: Array, a: Activation) -> None:
    np.greater(y, zero, out=mask)
    np.multiply(dy, mask, out=dy)


def _leaky_relu(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.multiply(x, a.alpha, out=scratch)
    np.maximum(x, scratch, out=out)


def _leaky_relu_back(x: Array, y: Array, dy: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.greater(y, 0, out=mask)
    np.multiply(mask, 1.0 - a.alpha, out=scratch)
    np.add(scratch, a.alpha, out=scratch)
    np.multiply(dy, scratch, out=dy)


def _elu(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.minimum(x, 0, out=scratch)
    np.expm1(scratch, out=scratch)
    np.multiply(scratch, a.alpha, out=scratch)
    np.maximum(x, 0, out=out)
    np.add(out, scratch, out=out)


def _elu_back(x: Array, y: Array, dy: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.minimum(y, 0, out=scratch)
    np.add(scratch, a.alpha, out=scratch)
    np.less_equal(y, 0, out=mask)
    np.multiply(scratch, mask, out=scratch)
    np.logical_not(mask, out=mask)
    np.add(scratch, mask, out=scratch)
    np.multiply(dy, scratch, out=dy)


def _sigmoid(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    sigmoid(x, out)


def _sigmoid_back(x: Array, y: Array, dy: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.subtract(1.0, y, out=scratch)
    np.multiply(scratch, y, out=scratch)
    np.multiply(dy, scratch, out=dy)


def _hard_sigmoid(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.multiply(x, a.alpha, out=out)
    np.add(out, a.beta, out=out)
    np.clip(out, 0, 1, out=out)


def _hard_sigmoid_back(x: Array, y: Array, dy: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.subtract(1.0, y, out=scratch)
    np.multiply(scratch, y, out=scratch)
    np.greater(scratch, 0, out=mask)
    np.multiply(mask, a.alpha, out=scratch)
    np.multiply(dy, scratch, out=dy)


def _tanh(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.tanh(x, out=out)


def _tanh_back(x: Array, y: Array, dy: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.multiply(y, y, out=scratch)
    np.subtract(1.0, scratch, out=scratch)
    np.multiply(dy, scratch, out=dy)


def _softplus(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.abs(x, out=scratch)
    np.negative(scratch, out=scratch)
    np.exp(scratch, out=scratch)
    np.log1p(scratch, out=scratch)
    np.maximum(x, 0, out=out)
    np.add(out, scratch, out=out)


def _softplus_back(x: Array, y: Array, dy: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.negative(y, out=scratch)
    np.expm1(scratch, out=scratch)
    np.negative(scratch, out=scratch)
    np.multiply(dy, scratch, out=dy)


def _silu(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    sigmoid(x, scratch)
    np.multiply(x, scratch, out=out)


def _silu_back(x: Array, y: Array, dy: Array, scratch: Array, mask: Array, a: Activation) -> None:
    # with s = sigmoid(x): dy (s + y (1 - s)) = dy s + y (dy - dy s)
    sigmoid(x, scratch)
    _mix(dy, scratch, y)


def _mix(dy: Array, gate: Array, other: Array) -> None:
    """dy becomes dy gate + other (dy - dy gate); the gate is used up."""
    np.multiply(dy, gate, out=gate)
    np.subtract(dy, gate, out=dy)
    np.multiply(dy, other, out=dy)
    np.add(dy, gate, out=dy)


def _gelu(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    _gelu_gate(x, scratch)
    np.multiply(x, scratch, out=out)


def _gelu_gate(x: Array, out: Array) -> None:
    """(1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3), as sigmoid(2 u), which is exact in the tails."""
    np.multiply(x, x, out=out)
    np.multiply(out, 2.0 * ROOT * CUBIC, out=out)
    np.add(out, 2.0 * ROOT, out=out)
    np.multiply(out, x, out=out)
    sigmoid(out, out)


def _gelu_back(x: Array, y: Array, dy: Array, scratch: Array, slope: Array, a: Activation) -> None:
    # with g the gate: dy (g + (1 - g) 2 y u), u = sqrt(2 / pi) (1 + 3 * 0.044715 x^2)
    np.multiply(x, x, out=slope)
    np.multiply(slope, 6.0 * ROOT * CUBIC, out=slope)
    np.add(slope, 2.0 * ROOT, out=slope)
    np.multiply(slope, y, out=slope)
    _gelu_gate(x, scratch)
    _mix(dy, scratch, slope)


FUNCTIONS: dict[str, tuple[Forward, Backward]] = {
    "relu": (_relu, _relu_back),
    "leaky_relu": (_leaky_relu, _leaky_relu_back),
    "elu": (_elu, _elu_back),
    "sigmoid": (_sigmoid, _sigmoid_back),
    "hard_sigmoid": (_hard_sigmoid, _hard_sigmoid_back),
    "tanh": (_tanh, _tanh_back),
    "softplus": (_softplus, _softplus_back),
    "silu": (_silu, _silu_back),
    "gelu": (_gelu, _gelu_back),
}
