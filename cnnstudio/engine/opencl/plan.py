"""A plan runs a program on a device for batches of up to some size: it owns the memory and the compiled kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import StepResult, TrainingOptions
from cnnstudio.engine.opencl import step_header
from cnnstudio.engine.opencl.device import HostVisibleBuffer, OpenCLDevice, opencl
from cnnstudio.engine.opencl.device_traits import DeviceTraits
from cnnstudio.engine.opencl.job import Region
from cnnstudio.engine.opencl.kernel_source import KernelSource, Launch
from cnnstudio.engine.opencl.lowering import Lowering
from cnnstudio.engine.opencl.persistent_memory import PersistentMemory
from cnnstudio.engine.opencl.schedule import schedule_launches
from cnnstudio.engine.program import Program
from cnnstudio.operations import elements

DEDICATED_BORDERS_LIMIT = 512 << 20  # bytes of a plan up to which values with a border share their memory with nothing


def lower(
    program: Program, persistent: PersistentMemory, traits: DeviceTraits, blocks: int, options: TrainingOptions | None
) -> Lowering:
    """The program's jobs, with memory laid out for speed, or for economy where much is needed."""
    lowering = Lowering(program, persistent, traits, blocks, options, dedicated_borders=True)
    if sum(lowering.allocations) <= DEDICATED_BORDERS_LIMIT:
        return lowering
    return Lowering(program, persistent, traits, blocks, options, dedicated_borders=False)


class Plan:
    """Runs batches of up to `capacity` samples. A step has two phases where the host computes the loss, else one."""

    def __init__(self, device: OpenCLDevice, lowering: Lowering, persistent_memory: Any) -> None:
        self.device, self.lowering = device, lowering
        self.capacity = lowering.blocks * device.traits.lanes
        passes = 3 if lowering.options else 1  # forward, gradients of inputs, gradients of weights
        macs = passes * lowering.program.macs * self.capacity
        phases = [schedule_launches(jobs, device.traits, lowering.blocks, macs) for jobs in lowering.phases]
        launches = [launch for phase in phases for launch in phase]
        source = KernelSource(launches, device.traits.lanes, device.traits.width)
        self._work = device.memory(4 * lowering.blocks * lowering.block_stride)
        self._common = device.memory(lowering.common_bytes)
        self.host = HostVisibleBuffer(device, lowering.host.bytes)
        self._table = device.memory(4 * len(source.table) + 8)
        device.write(self._table, source.offsets(lowering.blocks, lowering.block_stride))
        for region, array in lowering.constant_arrays():
            device.write(self._common, array, 4 * region.offset)
        program = device.build(source.text)
        kernels = [
            self._bind(program, name, launch, persistent_memory)
            for name, launch in zip(source.names, launches, strict=True)
        ]
        device.finish()
        starts = np.cumsum([0, *(len(phase) for phase in phases)])
        self._phases = [kernels[starts[i] : starts[i + 1]] for i in range(len(phases))]

    def fill(self, x: Array, labels: Array | None = None, settings: Sequence[float] = ()) -> None:
        """Write a batch and the settings of its step into the host's memory."""
        ints = self.host.view(4 * step_header.INTS, 2).view(np.int32)
        ints[step_header.COUNT], ints[step_header.FLAG] = len(x), 0
        self.host.view(4 * step_header.SETTINGS, len(settings))[:] = settings
        if labels is not None:
            self.host.view(self.lowering.labels.start, len(labels)).view(np.int32)[:] = labels
        self.put(self.lowering.images, x)

    def put(self, region: Region, samples: Array) -> None:
        """Write samples, one after another, into the host's memory."""
        np.copyto(self.host.view(region.start, samples.size).reshape(samples.shape), samples, casting="same_kind")

    def send(self, phase: int) -> None:
        """Make what the host wrote for a phase visible to the device."""
        self.host.send(*self.lowering.sent[phase])

    def run(self, phase: int = 0) -> None:
        """Launch the kernels of a phase, without waiting for them."""
        enqueue, queue = opencl().enqueue_nd_range_kernel, self.device.queue
        for kernel, size, work_group in self._phases[phase]:
            enqueue(queue, kernel, size, work_group)

    def result(self, host_result: StepResult | None) -> StepResult | None:
        """The result of a step that is done; None where its flag is up. A loss computed on the host is passed in."""
        flag = self.host.fetch(4 * step_header.INTS, 2).view(np.int32)[step_header.FLAG]
        if flag:
            return None
        loss, correct = self.host.fetch(4 * step_header.RESULTS, 2)
        return host_result or StepResult(float(loss), round(float(correct)))

    def samples(self, region: Region, number: int, count: int) -> Array:
        """A value that was unpacked, (count, ...); a view that the next run overwrites."""
        shape = self.lowering.program.shapes[number]
        return self.host.fetch(region.start, count * elements(shape)).reshape(count, *shape)

    def _bind(
        self, program: Any, name: str, launch: Launch, persistent_memory: Any
    ) -> tuple[Any, tuple[int], tuple[int]]:
        """The kernel with its arguments set, the number of work items, and the size of their work groups."""
        cl, traits = opencl(), self.device.traits
        kernel = cl.Kernel(program, name)
        arguments = [self._work, self._common, persistent_memory, self.host.argument, self._table]
        if launch.local_memory:
            arguments.append(cl.LocalMemory(launch.local_memory))
        for place, argument in enumerate(arguments):
            kernel.set_arg(place, argument)
        work_group = 1 if launch.local_memory else traits.work_group
        items = launch.items(self.lowering.blocks, traits)
        return kernel, (-(-items // work_group) * work_group,), (work_group,)
