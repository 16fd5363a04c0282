"""Which OpenCL devices there are, and which of them compute correctly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cnnstudio.engine.engine import DeviceLostError, Learning
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.opencl.device import OpenCLDevice, opencl
from cnnstudio.engine.opencl.execution import OpenCLEngine
from cnnstudio.engine.program import Program
from cnnstudio.engine.weights import Weights
from cnnstudio.operations import (
    Activation,
    Convolution,
    Dense,
    Instruction,
    MaxPooling,
    Reshape,
    SoftmaxCrossEntropy,
    Weight,
)
from cnnstudio.operations.optimizer import SGD

TOLERANCE = 1e-4
MORE = (
    "With `pip install pyopencl` and a driver (of a graphics card, or for the processor itself "
    "`apt-get install pocl-opencl-icd`) there would be more devices."
)


@dataclass(frozen=True)
class Found:
    """A device, and why it is refused if it is."""

    device: OpenCLDevice
    refused: str


@cache
def found_devices() -> tuple[Found, ...]:
    """Every device that pyopencl lists, each tested once; none where there is no pyopencl or no driver."""
    return tuple(Found(device, self_test(device)) for device in map(OpenCLDevice, _listed()))


def missing() -> str:
    """Why there is no device at all, and how to get one; empty where there is one."""
    if found_devices():
        return ""
    try:
        opencl()
    except ImportError:
        return f"pyopencl is not installed. {MORE}"
    return f"pyopencl finds no driver. {MORE}"


def self_test(device: OpenCLDevice) -> str:
    """Learn one batch with a tiny network and compare with NumPy; returns what is wrong, or nothing."""
    try:
        difference = _difference(device)
    except DeviceLostError as error:
        return f"it cannot run a test: {error}"
    except Exception as error:  # whatever a driver does, the program goes on without it
        return f"it cannot run a test: {type(error).__name__}: {error}"
    if not difference < TOLERANCE:
        return f"it computes wrongly: a test differs from NumPy by {difference:.2g}"
    return ""


def _listed() -> list[Any]:
    """The devices of all platforms."""
    try:
        cl = opencl()
    except ImportError:
        return []
    try:
        platforms = cl.get_platforms()
    except cl.Error:
        return []
    listed = []
    for platform in platforms:
        try:
            listed += platform.get_devices()
        except cl.Error:  # a platform without devices says so by failing
            continue
    return listed


def _difference(device: OpenCLDevice) -> float:
    """How far the weights of a tiny network are apart after one step on the device and one on NumPy."""
    program = _tiny_program()
    start = Weights(program.weights)
    start.initialize(0)
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((5, 2, 9, 9), np.float32), rng.integers(0, 3, 5)
    results = []
    for engine in (NumpyEngine(threads=1), OpenCLEngine(device)):
        weights = start.copy()
        with engine.load(program, weights, Learning(SGD(rate=1.0))) as execution:
            execution.step(x, labels, 1.0, 0)
            _, scores = execution.predict(x)
            execution.pull()
        results.append((weights.trained - start.trained, scores))
    (wanted, wanted_scores), (moved, scores) = results
    gaps = [np.abs(a - b).max() / np.abs(a).max() for a, b in ((wanted, moved), (wanted_scores, scores))]
    return float(max(gaps))


def _tiny_program() -> Program:
    """Convolution, pooling, ReLU, fully connected."""
    shapes = ((2, 9, 9), (4, 9, 9), (4, 4, 4), (4, 4, 4), (64,), (3,))
    convolution = Convolution(4, (3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 1)
    steps = (
        Instruction(convolution, (0,), 1, {"weight": "conv.weight", "bias": "conv.bias"}),
        Instruction(MaxPooling((2, 2), (2, 2), (0, 0, 0, 0), (0, 0)), (1,), 2),
        Instruction(Activation("relu"), (2,), 3),
        Instruction(Reshape((64,)), (3,), 4),
        Instruction(Dense(3), (4,), 5, {"weight": "fc.weight", "bias": "fc.bias"}),
    )
    weights = {
        "conv.weight": Weight("weight", (4, 2, 3, 3), "he_normal", fan_in=18, fan_out=36),
        "conv.bias": Weight("bias", (4,)),
        "fc.weight": Weight("weight", (3, 64), "he_normal", fan_in=64, fan_out=3),
        "fc.bias": Weight("bias", (3,)),
    }
    return Program(shapes, steps, weights, input=0, output=5, scores=5, loss=SoftmaxCrossEntropy(), nodes={})
