"""An OpenCL device: its traits, its command queue, and memory on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import DeviceLostError
from cnnstudio.engine.memory import NotEnoughMemoryError
from cnnstudio.engine.opencl.device_traits import DeviceTraits

BUILD_OPTIONS = ["-cl-mad-enable", "-cl-no-signed-zeros"]
MAX_ALLOCATION = 4 * (2**31 - 1)  # bytes: kernels index elements with 32 bits
GPU_LANES = 32  # samples side by side, one for each work item: what GPUs run in lockstep
GPU_WORK_GROUP = 64


def opencl() -> Any:
    """The pyopencl module; raises ImportError where it is not installed."""
    import pyopencl

    return pyopencl


@contextmanager
def raising_device_lost() -> Iterator[None]:
    """Turns errors of the driver into DeviceLostError."""
    try:
        yield
    except opencl().Error as error:
        raise DeviceLostError(f"The OpenCL device failed: {error}.") from error


class OpenCLDevice:
    """A device that pyopencl lists."""

    def __init__(self, device: Any) -> None:
        self.device = device
        self.platform = str(device.platform.name).strip()
        self.model = str(device.name).strip()

    @property
    def description(self) -> str:
        """A description for people."""
        return f"OpenCL · {self.model} ({self.platform})"

    @property
    def is_processor(self) -> bool:
        """Whether it is the CPU, not a graphics card."""
        return bool(self.device.type & opencl().device_type.CPU)

    @cached_property
    def traits(self) -> DeviceTraits:
        """What generated code depends on."""
        compute_units = int(self.device.max_compute_units)
        if not self.is_processor:
            return DeviceTraits(
                GPU_LANES, 1, compute_units, local_memory=0, coarse_grained=False, work_group=GPU_WORK_GROUP
            )
        widest = int(self.device.native_vector_width_float)
        width = 16 if widest >= 16 else 8 if widest >= 8 else 4
        accumulators = 24 if width == 16 else 12
        return DeviceTraits(
            width, width, compute_units, int(self.device.local_mem_size), coarse_grained=True, accumulators=accumulators
        )

    @cached_property
    def context(self) -> Any:
        """Its OpenCL context."""
        return opencl().Context([self.device])

    @cached_property
    def queue(self) -> Any:
        """Its command queue; commands run in order."""
        return opencl().CommandQueue(self.context)

    @property
    def shares_memory(self) -> bool:
        """Whether host and device can share memory (fine-grained SVM buffers)."""
        cl = opencl()
        try:
            return bool(self.device.svm_capabilities & cl.device_svm_capabilities.FINE_GRAIN_BUFFER)
        except cl.Error:
            return False

    def build(self, text: str) -> Any:
        """Compile a program for this device."""
        return opencl().Program(self.context, text).build(BUILD_OPTIONS, cache_dir=False)

    def need_memory(self, allocations: Sequence[int], what: str) -> None:
        """Raise NotEnoughMemoryError, with both numbers, where the device cannot hold allocations of these bytes."""
        for needed, most, how in (
            (max(allocations), min(int(self.device.max_mem_alloc_size), MAX_ALLOCATION), " at once"),
            (sum(allocations), int(self.device.global_mem_size), ""),
        ):
            if needed > most:
                raise NotEnoughMemoryError(
                    f"{what} needs {needed / 1e9:.1f} GB on {self.model}, which provides {most / 1e9:.1f} GB{how}; "
                    "use a smaller batch, fewer filters or smaller images, or train with NumPy."
                )

    def memory(self, size: int) -> Any:
        """Allocate zeroed memory of this many bytes."""
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
        """Wait until all commands are done."""
        self.queue.finish()


class HostVisibleBuffer:
    """Memory that both host and device can access: shared, or copied where the device cannot share memory."""

    def __init__(self, device: OpenCLDevice, size: int) -> None:
        cl = opencl()
        self._device, self._buffer = device, None
        count = -(-size // 4)
        if device.shares_memory:
            self.array: Array = cl.fsvm_empty(device.context, (count,), np.float32)
            self.argument: Any = cl.SVM(self.array)
        else:
            self.array = np.empty(count, np.float32)
            self.argument = self._buffer = device.memory(4 * count)
        self.array[:] = 0.0

    def view(self, first: int, count: int) -> Array:
        """A view of so many elements of four bytes, from an offset in bytes."""
        return self.array[first // 4 : first // 4 + count]

    def send(self, first: int, last: int) -> None:
        """Make what the host wrote into a range of bytes visible to the device."""
        if self._buffer is not None:
            self._device.write(self._buffer, self.view(first, (last - first) // 4), first)

    def fetch(self, first: int, count: int) -> Array:
        """So many elements, as the device left them; all commands must be done."""
        array = self.view(first, count)
        if self._buffer is not None:
            self._device.read(array, self._buffer, first)
        return array
