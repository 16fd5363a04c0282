"""A program bound to a device for some blocks of samples: memory, kernels, and lists of launches, ready to run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import StepResult, TrainingOptions
from cnnstudio.engine.opencl import step_header as header
from cnnstudio.engine.opencl.device import HostArea, OpenCLDevice, opencl
from cnnstudio.engine.opencl.device_traits import Traits
from cnnstudio.engine.opencl.job import Region
from cnnstudio.engine.opencl.kernel_source import Launch, Source
from cnnstudio.engine.opencl.lowering import Lowering
from cnnstudio.engine.opencl.persistent_memory import Kept
from cnnstudio.engine.opencl.schedule import arrange
from cnnstudio.engine.program import Program
from cnnstudio.operations import elements

ROOMY = 512 << 20  # bytes up to which values with a border keep their memory to themselves


def lower(program: Program, kept: Kept, traits: Traits, blocks: int, learning: TrainingOptions | None) -> Lowering:
    """The program's jobs, laid out for speed, or for little memory where it needs much."""
    lowering = Lowering(program, kept, traits, blocks, learning, roomy=True)
    if sum(lowering.pieces) <= ROOMY:
        return lowering
    return Lowering(program, kept, traits, blocks, learning, roomy=False)


class Plan:
    """What runs one batch of up to `capacity` samples."""

    def __init__(self, device: OpenCLDevice, lowering: Lowering, kept_memory: Any) -> None:
        self.device, self.lowering = device, lowering
        self.capacity = lowering.blocks * device.traits.lanes
        passes = 3 if lowering.learning else 1
        work = passes * lowering.program.macs * self.capacity
        phases = [arrange(jobs, device.traits, lowering.blocks, work) for jobs in lowering.phases]
        launches = [launch for phase in phases for launch in phase]
        source = Source(launches, device.traits.lanes, device.traits.width)
        self._work = device.memory(4 * lowering.blocks * lowering.stride)
        self._common = device.memory(lowering.common_bytes)
        self.host = HostArea(device, lowering.host.bytes)
        self._table = device.memory(4 * len(source.table) + 8)
        device.write(self._table, source.offsets(lowering.blocks, lowering.stride))
        for region, array in lowering.all_tables():
            device.write(self._common, array, 4 * region.offset)
        program = device.build(source.text)
        bound = [
            self._bind(program, name, launch, kept_memory) for name, launch in zip(source.names, launches, strict=True)
        ]
        device.finish()
        starts = np.cumsum([0, *(len(phase) for phase in phases)])
        self._phases = [bound[starts[i] : starts[i + 1]] for i in range(len(phases))]

    def fill(self, x: Array, labels: Array | None = None, settings: Sequence[float] = ()) -> None:
        """Put a batch and the numbers of its step where the device finds them."""
        ints = self.host.numbers(4 * header.INTS, 2).view(np.int32)
        ints[header.COUNT], ints[header.FLAG] = len(x), 0
        self.host.numbers(4 * header.SETTINGS, len(settings))[:] = settings
        if labels is not None:
            self.host.numbers(self.lowering.labels.start, len(labels)).view(np.int32)[:] = labels
        self.put(self.lowering.images, x)

    def put(self, region: Region, samples: Array) -> None:
        """Write samples, one after another."""
        np.copyto(self.host.numbers(region.start, samples.size).reshape(samples.shape), samples, casting="same_kind")

    def send(self, phase: int) -> None:
        """Let the device see what was written for a phase."""
        self.host.send(*self.lowering.sent[phase])

    def run(self, phase: int = 0) -> None:
        """Do the launches of a phase, without waiting for them."""
        enqueue, queue = opencl().enqueue_nd_range_kernel, self.device.queue
        for kernel, size, team in self._phases[phase]:
            enqueue(queue, kernel, size, team)

    def result(self, judged: StepResult | None) -> StepResult | None:
        """How the step went, once it is done; None where its flag is up. A loss that the host judged is not here."""
        flag = self.host.fetch(4 * header.INTS, 2).view(np.int32)[header.FLAG]
        if flag:
            return None
        loss, hits = self.host.fetch(4 * header.RESULTS, 2)
        return judged or StepResult(float(loss), round(float(hits)))

    def samples(self, region: Region, number: int, count: int) -> Array:
        """A value that was unloaded, (count, ...); a view that the next run overwrites."""
        shape = self.lowering.program.shapes[number]
        return self.host.fetch(region.start, count * elements(shape)).reshape(count, *shape)

    def _bind(self, program: Any, name: str, launch: Launch, kept_memory: Any) -> tuple[Any, tuple[int], tuple[int]]:
        """The kernel with its arguments, and how many work items it takes in teams of which size."""
        cl, traits = opencl(), self.device.traits
        kernel = cl.Kernel(program, name)
        arguments = [self._work, self._common, kept_memory, self.host.argument, self._table]
        if launch.scratch:
            arguments.append(cl.LocalMemory(launch.scratch))
        for place, argument in enumerate(arguments):
            kernel.set_arg(place, argument)
        team = 1 if launch.scratch else traits.team
        items = launch.items(self.lowering.blocks, traits)
        return kernel, (-(-items // team) * team,), (team,)
