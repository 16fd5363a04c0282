"""Activation functions on arrays, forward and backward."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.sigmoid import sigmoid
from cnnstudio.operations import Activation

Forward = Callable[[Array, Array, Array, Activation], None]  # x, out (may be x), scratch, activation
Backward = Callable[
    [Array, Array, Array, Array, Array, Activation], None
]  # x, y, the gradient of y (becomes that of x), scratch, mask, activation

ROOT = float(np.sqrt(2.0 / np.pi))  # of GELU's tanh form
CUBIC = 0.044715


def _relu(x: Array, out: Array, zeros: Array, a: Activation) -> None:
    np.maximum(x, zeros, out=out)


def _relu_backward(x: Array, y: Array, grad: Array, zero: Array, mask: Array, a: Activation) -> None:
    np.greater(y, zero, out=mask)
    np.multiply(grad, mask, out=grad)


def _leaky_relu(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.multiply(x, a.alpha, out=scratch)
    np.maximum(x, scratch, out=out)


def _leaky_relu_backward(x: Array, y: Array, grad: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.greater(y, 0, out=mask)
    np.multiply(mask, 1.0 - a.alpha, out=scratch)
    np.add(scratch, a.alpha, out=scratch)
    np.multiply(grad, scratch, out=grad)


def _elu(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.minimum(x, 0, out=scratch)
    np.expm1(scratch, out=scratch)
    np.multiply(scratch, a.alpha, out=scratch)
    np.maximum(x, 0, out=out)
    np.add(out, scratch, out=out)


def _elu_backward(x: Array, y: Array, grad: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.minimum(y, 0, out=scratch)
    np.add(scratch, a.alpha, out=scratch)
    np.less_equal(y, 0, out=mask)
    np.multiply(scratch, mask, out=scratch)
    np.logical_not(mask, out=mask)
    np.add(scratch, mask, out=scratch)
    np.multiply(grad, scratch, out=grad)


def _sigmoid(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    sigmoid(x, out)


def _sigmoid_backward(x: Array, y: Array, grad: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.subtract(1.0, y, out=scratch)
    np.multiply(scratch, y, out=scratch)
    np.multiply(grad, scratch, out=grad)


def _hard_sigmoid(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.multiply(x, a.alpha, out=out)
    np.add(out, a.beta, out=out)
    np.clip(out, 0, 1, out=out)


def _hard_sigmoid_backward(x: Array, y: Array, grad: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.subtract(1.0, y, out=scratch)
    np.multiply(scratch, y, out=scratch)
    np.greater(scratch, 0, out=mask)
    np.multiply(mask, a.alpha, out=scratch)
    np.multiply(grad, scratch, out=grad)


def _tanh(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.tanh(x, out=out)


def _tanh_backward(x: Array, y: Array, grad: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.multiply(y, y, out=scratch)
    np.subtract(1.0, scratch, out=scratch)
    np.multiply(grad, scratch, out=grad)


def _softplus(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    np.abs(x, out=scratch)
    np.negative(scratch, out=scratch)
    np.exp(scratch, out=scratch)
    np.log1p(scratch, out=scratch)
    np.maximum(x, 0, out=out)
    np.add(out, scratch, out=out)


def _softplus_backward(x: Array, y: Array, grad: Array, scratch: Array, mask: Array, a: Activation) -> None:
    np.negative(y, out=scratch)
    np.expm1(scratch, out=scratch)
    np.negative(scratch, out=scratch)
    np.multiply(grad, scratch, out=grad)


def _silu(x: Array, out: Array, scratch: Array, a: Activation) -> None:
    sigmoid(x, scratch)
    np.multiply(x, scratch, out=out)


def _silu_backward(x: Array, y: Array, grad: Array, scratch: Array, mask: Array, a: Activation) -> None:
    # with s = sigmoid(x): grad (s + y (1 - s)) = grad s + y (grad - grad s)
    sigmoid(x, scratch)
    _mix(grad, scratch, y)


def _mix(grad: Array, gate: Array, other: Array) -> None:
    """grad = grad gate + other (grad - grad gate); overwrites the gate."""
    np.multiply(grad, gate, out=gate)
    np.subtract(grad, gate, out=grad)
    np.multiply(grad, other, out=grad)
    np.add(grad, gate, out=grad)


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


def _gelu_backward(x: Array, y: Array, grad: Array, scratch: Array, derivative: Array, a: Activation) -> None:
    # with g the gate: grad (g + (1 - g) 2 y u), u = sqrt(2 / pi) (1 + 3 * 0.044715 x^2)
    np.multiply(x, x, out=derivative)
    np.multiply(derivative, 6.0 * ROOT * CUBIC, out=derivative)
    np.add(derivative, 2.0 * ROOT, out=derivative)
    np.multiply(derivative, y, out=derivative)
    _gelu_gate(x, scratch)
    _mix(grad, scratch, derivative)


FUNCTIONS: dict[str, tuple[Forward, Backward]] = {
    "relu": (_relu, _relu_backward),
    "leaky_relu": (_leaky_relu, _leaky_relu_backward),
    "elu": (_elu, _elu_backward),
    "sigmoid": (_sigmoid, _sigmoid_backward),
    "hard_sigmoid": (_hard_sigmoid, _hard_sigmoid_backward),
    "tanh": (_tanh, _tanh_backward),
    "softplus": (_softplus, _softplus_backward),
    "silu": (_silu, _silu_backward),
    "gelu": (_gelu, _gelu_backward),
}
