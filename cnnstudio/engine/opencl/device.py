"""One OpenCL device: its traits, its queue, and memory on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import DeviceLostError
from cnnstudio.engine.memory import NotEnoughMemoryError
from cnnstudio.engine.opencl.device_traits import Traits

BUILD_OPTIONS = ["-cl-mad-enable", "-cl-no-signed-zeros"]
MOST_BYTES = 4 * (2**31 - 1)  # of one piece of memory: kernels count its numbers in 32 bits
GPU_LANES = 32  # samples side by side where each work item treats one: what such devices run in step
GPU_TEAM = 64


def opencl() -> Any:
    """The pyopencl module; raises ImportError where it is not installed."""
    import pyopencl

    return pyopencl


@contextmanager
def failures_told() -> Iterator[None]:
    """Turn every error of a device in mid-run into DeviceLostError."""
    try:
        yield
    except opencl().Error as error:
        raise DeviceLostError(f"The OpenCL device failed: {error}.") from error


class OpenCLDevice:
    """A device that pyopencl found."""

    def __init__(self, device: Any) -> None:
        self.device = device
        self.platform = str(device.platform.name).strip()
        self.model = str(device.name).strip()

    @property
    def description(self) -> str:
        """What it is, for people."""
        return f"OpenCL · {self.model} ({self.platform})"

    @property
    def is_processor(self) -> bool:
        """Whether it is the processor itself, and not a card."""
        return bool(self.device.type & opencl().device_type.CPU)

    @cached_property
    def traits(self) -> Traits:
        """What the code for it depends on."""
        units = int(self.device.max_compute_units)
        if not self.is_processor:
            return Traits(GPU_LANES, 1, units, scratch=0, patient=False, team=GPU_TEAM)
        widest = int(self.device.native_vector_width_float)
        width = 16 if widest >= 16 else 8 if widest >= 8 else 4
        accumulators = 24 if width == 16 else 12
        return Traits(width, width, units, int(self.device.local_mem_size), patient=True, accumulators=accumulators)

    @cached_property
    def context(self) -> Any:
        """The device's context."""
        return opencl().Context([self.device])

    @cached_property
    def queue(self) -> Any:
        """Where work is put, to be done in order."""
        return opencl().CommandQueue(self.context)

    @property
    def shares_memory(self) -> bool:
        """Whether the host may write into the device's memory at any time between launches."""
        cl = opencl()
        try:
            return bool(self.device.svm_capabilities & cl.device_svm_capabilities.FINE_GRAIN_BUFFER)
        except cl.Error:
            return False

    def build(self, text: str) -> Any:
        """Compile a program."""
        return opencl().Program(self.context, text).build(BUILD_OPTIONS, cache_dir=False)

    def need_memory(self, pieces: Sequence[int], what: str) -> None:
        """Raise NotEnoughMemoryError, with both numbers, where the device cannot hold pieces of so many bytes."""
        for needed, most, how in (
            (max(pieces), min(int(self.device.max_mem_alloc_size), MOST_BYTES), " at once"),
            (sum(pieces), int(self.device.global_mem_size), ""),
        ):
            if needed > most:
                raise NotEnoughMemoryError(
                    f"{what} needs {needed / 1e9:.1f} GB on {self.model}, which gives {most / 1e9:.1f} GB{how}; "
                    "use a smaller batch, fewer filters or smaller images, or train with NumPy."
                )

    def memory(self, size: int) -> Any:
        """Memory of so many bytes, zeroed."""
        cl = opencl()
        size = max(size, 4)
        buffer = cl.Buffer(self.context, cl.mem_flags.READ_WRITE, size)
        cl.enqueue_fill_buffer(self.queue, buffer, np.uint32(0), 0, size // 4 * 4)
        return buffer

    def write(self, buffer: Any, array: Array, offset: int = 0) -> None:
        """Copy to the device."""
        if array.nbytes:
            opencl().enqueue_copy(self.queue, buffer, np.ascontiguousarray(array), dst_offset=offset)

    def read(self, array: Array, buffer: Any, offset: int = 0) -> None:
        """Copy from the device into a contiguous array."""
        if array.nbytes:
            opencl().enqueue_copy(self.queue, array, buffer, src_offset=offset)

    def finish(self) -> None:
        """Wait until all work is done."""
        self.queue.finish()


class HostArea:
    """Memory that host and device both reach: truly shared, or copied back and forth."""

    def __init__(self, device: OpenCLDevice, size: int) -> None:
        cl = opencl()
        self._device, self._buffer = device, None
        numbers = -(-size // 4)
        if device.shares_memory:
            self.array: Array = cl.fsvm_empty(device.context, (numbers,), np.float32)
            self.argument: Any = cl.SVM(self.array)
        else:
            self.array = np.empty(numbers, np.float32)
            self.argument = self._buffer = device.memory(4 * numbers)
        self.array[:] = 0.0

    def numbers(self, first: int, count: int) -> Array:
        """So many numbers of four bytes from an offset in bytes."""
        return self.array[first // 4 : first // 4 + count]

    def send(self, first: int, last: int) -> None:
        """Let the device see what the host wrote into these bytes."""
        if self._buffer is not None:
            self._device.write(self._buffer, self.numbers(first, (last - first) // 4), first)

    def fetch(self, first: int, count: int) -> Array:
        """So many numbers, as the device left them; all work must be done."""
        found = self.numbers(first, count)
        if self._buffer is not None:
            self._device.read(found, self._buffer, first)
        return found
