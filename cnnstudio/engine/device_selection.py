"""List the devices, and choose one by name or by measuring. The only place that knows which engines there are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from threading import Lock

import numpy as np

from cnnstudio.engine.engine import DeviceLostError, Engine, NonFiniteError, TrainingOptions
from cnnstudio.engine.memory import NotEnoughMemoryError
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.opencl.device import OpenCLDevice
from cnnstudio.engine.opencl.devices import listed_devices, why_no_devices
from cnnstudio.engine.opencl.execution import OpenCLEngine
from cnnstudio.engine.program import Program
from cnnstudio.engine.self_test import self_test
from cnnstudio.engine.weights import Weights
from cnnstudio.user_error import UserError

FAST_STEP = 2e-4  # seconds of a NumPy step below which no other device is tried
MEASURING_TIME = 0.1  # seconds for which each device is measured
REQUIRED_RATIO = 0.9  # another device must take less than this part of NumPy's time


class DeviceError(UserError):
    """A device that does not exist or cannot be used; the message says why."""


@dataclass(frozen=True)
class Device:
    """A device: the name that selects it, its description, and why it is refused, if it is."""

    name: str
    description: str
    refused: str = ""


@dataclass(frozen=True)
class FoundDevice:
    """An OpenCL device, and why it is refused, if it is."""

    device: OpenCLDevice
    refused: str


def reference_engine(threads: int | None = None) -> Engine:
    """The engine that works on every machine and does not fail; all others are compared with it."""
    return NumpyEngine(threads)


_searching = Lock()  # the device menu and a run may ask at the same time


def found_devices() -> tuple[FoundDevice, ...]:
    """Every OpenCL device of this machine, each tested once; threads that ask at the same time wait for one search."""
    with _searching:
        return search_devices()


@cache
def search_devices() -> tuple[FoundDevice, ...]:
    """What `found_devices` returns; `search_devices.cache_clear()` makes it search again."""
    reference = reference_engine(threads=1)
    return tuple(
        FoundDevice(device, self_test(OpenCLEngine(device, reference), reference)) for device in listed_devices()
    )


def devices() -> list[Device]:
    """All devices of this machine, NumPy first. Where there is no OpenCL device, the last one says how to get one."""
    listed = [reference_device()]
    for index, found in enumerate(found_devices()):
        listed.append(Device(f"opencl:{index}", found.device.description, found.refused))
    if not found_devices():
        listed.append(Device("opencl", "OpenCL", why_no_devices()))
    return listed


def reference_device() -> Device:
    """The device of the reference engine, which is always available."""
    engine = reference_engine()
    return Device(engine.name, engine.device)


def choose_engine(
    name: str, program: Program, weights: Weights, batch: int, options: TrainingOptions | None = None
) -> tuple[Engine, str]:
    """The engine of a device, and for `auto` why it was chosen, in one sentence. Raises DeviceError.

    `auto` measures a few steps of this network, with copies of its weights, on NumPy and then on every other device,
    unless NumPy is so fast that there is nothing to gain. Two runs may thus use different devices, whose results agree
    except for rounding; name a device to get the same bits every time.
    """
    reference = reference_engine()
    if name == reference.name:
        return reference, ""
    unsupported = OpenCLEngine.unsupported(weights, options)
    if name == "auto":
        return (reference, unsupported) if unsupported else _fastest(program, weights, batch, options)
    if unsupported:
        raise DeviceError(f"{unsupported} Choose the device numpy or auto.")
    return open_engine(name), ""


def open_engine(name: str) -> Engine:
    """The engine of a device; `opencl` is the first OpenCL device that works. Raises DeviceError."""
    if name == NumpyEngine.name:
        return reference_engine()
    listed = devices()
    if name == "opencl":
        name = next((d.name for d in listed[1:] if not d.refused), name)
    device = next((d for d in listed if d.name == name), None)
    if device is None:
        raise DeviceError(f"There is no device {name!r}; there are auto, {', '.join(d.name for d in listed)}.")
    if device.refused:
        raise DeviceError(f"The device {name} cannot be used: {device.refused}")
    return OpenCLEngine(found_devices()[int(name.partition(":")[2])].device, reference_engine(), name)


def _fastest(program: Program, weights: Weights, batch: int, options: TrainingOptions | None) -> tuple[Engine, str]:
    """The fastest engine, if it is clearly faster than NumPy."""
    numpy = reference_engine()
    base = _seconds(numpy, program, weights, batch, options)
    if base is None:
        return numpy, "This network could not be measured."
    if base < FAST_STEP:
        return numpy, f"NumPy takes only {_format_time(base)} per step."
    usable: list[Engine] = [
        OpenCLEngine(found.device, numpy, f"opencl:{index}")
        for index, found in enumerate(found_devices())
        if not found.refused
    ]
    times: list[tuple[float, Engine]] = []
    for engine in usable:
        seconds = _seconds(engine, program, weights, batch, options)
        if seconds is not None:
            times.append((seconds, engine))
    if not times:
        return numpy, f"NumPy takes {_format_time(base)} per step, and no other device can run this network."
    best, engine = min(times, key=lambda pair: pair[0])
    chosen = engine if best < REQUIRED_RATIO * base else numpy
    measured = [("NumPy", base), *((other.name.replace("opencl:", "OpenCL "), seconds) for seconds, other in times)]
    steps = ", ".join(f"{name} {_format_time(seconds)}" for name, seconds in sorted(measured, key=lambda pair: pair[1]))
    return chosen, f"A step takes {steps}."


def _seconds(
    engine: Engine, program: Program, weights: Weights, batch: int, options: TrainingOptions | None
) -> float | None:
    """The time of one step, the shortest of several; None where the engine cannot run it."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, *program.shapes[program.input]), np.float32)
    labels = rng.integers(0, program.classes or 2, batch)
    try:
        with engine.load(program, weights.copy(), options) as execution:
            run = (lambda n: execution.step(x, labels, 0.0, n)) if options else (lambda n: execution.predict(x))
            run(0)
            times: list[float] = []
            while len(times) < 3 or sum(times) < MEASURING_TIME:
                start = time.perf_counter()
                run(len(times) + 1)
                times.append(time.perf_counter() - start)
            return min(times)
    except (DeviceLostError, NonFiniteError, NotEnoughMemoryError):
        return None


def _format_time(seconds: float) -> str:
    milliseconds = 1000 * seconds
    return f"{milliseconds:.2f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
