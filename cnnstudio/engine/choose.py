"""Which device computes: list them, and pick one by name or by measuring."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.engine import Engine, Learning
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.program import Program
from cnnstudio.engine.weights import Weights


class DeviceError(ValueError):
    """A device that is not there or not usable; the message says why."""


@dataclass(frozen=True)
class Device:
    """A device: the name that selects it, what it is, and why it is refused, if it is."""

    name: str
    description: str
    refused: str = ""


def devices() -> list[Device]:
    """All devices of this machine, NumPy first."""
    return [Device("numpy", NumpyEngine().device)]


def choose(
    name: str, program: Program, weights: Weights, batch: int, learning: Learning | None = None
) -> tuple[Engine, str]:
    """The engine of this name, and in one sentence why it. Raises DeviceError."""
    if name in ("auto", "numpy"):
        return NumpyEngine(), "NumPy is always there."
    raise DeviceError(f"There is no device {name!r}; there are auto, {', '.join(d.name for d in devices())}.")
