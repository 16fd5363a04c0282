"""Checks an ONNX file by comparing its predictions in ONNX Runtime with the network's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.export.error import ExportError

BATCHES = (1, 3)  # runtimes may treat a single image differently
TOLERANCE = 1e-4  # absolute, and relative to each output or, if above one, to the largest


def verify(network: Network, path: Path) -> str:
    """Run an ONNX file on random images; returns how it was checked.

    Raises ExportError if ONNX Runtime refuses the file or its predictions differ from the network's.
    """
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as states
    except ImportError:
        return "not checked: onnxruntime is not installed (pip install onnxruntime)"
    version = ".".join(onnxruntime.__version__.split(".")[:2])
    refusals = (
        states.Fail,
        states.InvalidArgument,
        states.InvalidGraph,
        states.NotImplemented,
        states.RuntimeException,
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    rng = np.random.default_rng(0)
    largest = 0.0
    try:
        session = onnxruntime.InferenceSession(readable(path), options, providers=["CPUExecutionProvider"])
        for batch in BATCHES:
            x = rng.standard_normal((batch, *network.program.shapes[network.program.input]), np.float32)
            (found,) = session.run(None, {session.get_inputs()[0].name: x})
            largest = max(largest, _difference(found, network.predict(x), version))
    except refusals as error:
        reason = " ".join(str(error).split())
        raise ExportError(f"ONNX Runtime {version} rejects the file, so it was not written: {reason}") from error
    return f"checked with ONNX Runtime {version}: largest difference {largest:.1g}"


def readable(path: Path) -> str | bytes:
    """The path of an ONNX file as ONNX takes it, or the contents where ONNX cannot encode the path."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return path.read_bytes()
    return str(path)


def _difference(found: Array, expected: Array, version: str) -> float:
    """The largest difference between outputs. Raises ExportError if it exceeds the tolerance or cannot be told."""
    if not np.isfinite(expected).all():
        raise ExportError(
            "The network computes NaN or infinity, so the file cannot be checked and was not written. Reset the "
            "training, and train it with a smaller learning rate, or export npz or safetensors to get the weights."
        )
    finite = np.isfinite(found)
    difference = float(np.abs(found[finite] - expected[finite]).max(initial=0.0))
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    if not np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE * scale):
        raise ExportError(
            f"Predictions of ONNX Runtime {version} differ from the network's by up to {difference:.1g}, so no file "
            "was written. Export npz or safetensors to get the weights."
        )
    return difference
