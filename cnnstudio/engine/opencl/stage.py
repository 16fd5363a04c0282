"""A stage is one instruction on a device: it allocates memory and returns the jobs of its forward and backward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from numpy.typing import DTypeLike

from cnnstudio.engine.memory import Arena
from cnnstudio.engine.opencl.device_traits import DeviceTraits
from cnnstudio.engine.opencl.host_buffers import HostBuffers
from cnnstudio.engine.opencl.job import Epilogue, Job, KernelArg, Region, Value
from cnnstudio.engine.opencl.layout import NO_BORDER, Layout
from cnnstudio.engine.opencl.output_gradient import OutputGradient
from cnnstudio.operations import Operation, Shape, Sides

Op = TypeVar("Op", bound=Operation)


class PartialSumsAllocator(Protocol):
    """Allocates the partial sums of a weight's gradient."""

    def __call__(self, role: str, chunks: int = 1, *, final: bool = False, name: str = "partial") -> KernelArg | None:
        """An argument for `chunks` arrays for each block of samples, `aligned(size)` elements apart; or, if `final`,
        for the gradient itself, when the job sums over all blocks. None where the weight is not trained.
        """


@dataclass(frozen=True)
class StageTimes:
    """When a stage runs, in the steps of the lowering. Memory with disjoint lifetimes shares its place."""

    forward: int
    first_gradient: int  # when the first contribution to the gradient of the output is written
    backward: int
    end: int  # after the last step


@dataclass(frozen=True)
class StageMemory:
    """Allocates memory for one stage."""

    traits: DeviceTraits
    times: StageTimes
    work: Arena  # once for each block of samples
    common: Arena  # once for the plan
    allocate: Callable[[Layout, int, int, DTypeLike], Value]
    keeps_for_backward: bool

    def layout(self, shape: Shape, border: Sides = NO_BORDER) -> Layout:
        """The layout of a value on this device."""
        return Layout(shape, self.traits.lanes, border)

    def value(self, layout: Layout, first: int, last: int, dtype: DTypeLike = "float32") -> Value:
        """A value of the whole batch that lives from one step to another, both included."""
        return self.allocate(layout, first, last, dtype)

    def saved_for_backward(self, shape: Shape, dtype: DTypeLike = "float32") -> Value:
        """A value that the forward pass writes and the backward pass reads."""
        last = self.times.backward if self.keeps_for_backward else self.times.forward
        return self.value(self.layout(shape), self.times.forward, last, dtype)

    def forward_value(self, shape: Shape) -> Value:
        """A value for the forward pass only."""
        return self.value(self.layout(shape), self.times.forward, self.times.forward)

    def block_array(self, size: int, first: int, last: int) -> Region:
        """An array that belongs to a block as a whole, not to its samples."""
        return Region.of(self.work.buffer((size,), "float32", first, last))

    def common_array(self, size: int, first: int, last: int) -> Region:
        """An array for all blocks together."""
        return Region.of(self.common.buffer((size,), "float32", first, last), "common")


@dataclass(frozen=True)
class StageGradients:
    """Which gradients the backward pass of a stage receives and must compute."""

    needed: bool  # whether there is a backward pass through the stage
    contributors: int  # how many jobs write or add to the gradient of its output
    inputs: tuple[bool, ...]  # for each input, whether its gradient is needed


@dataclass(frozen=True)
class StageWeights:
    """The arrays of a stage by their role in its operation."""

    arrays: Mapping[str, KernelArg]
    partial_sums: PartialSumsAllocator
    next_state: Callable[[str], KernelArg]  # where the next value of a state array goes until the step is accepted

    def arg(self, role: str, name: str = "") -> KernelArg:
        """The array with this role, as an argument with this name (by default the role)."""
        return self.arrays[role].named(name or role)

    def optional(self, role: str) -> KernelArg | None:
        """The array with this role, where the layer has one."""
        return self.arg(role) if role in self.arrays else None


@dataclass(frozen=True)
class StageContext(Generic[Op]):
    """Everything a stage is made from: its operation, values, weights, gradients, and memory."""

    operation: Op
    inputs: tuple[Value, ...]
    output: Value
    weights: StageWeights
    gradients: StageGradients
    memory: StageMemory
    host: HostBuffers
    random_input: Callable[[Shape], Value]  # numbers that the host draws before every step
    training: bool

    @property
    def traits(self) -> DeviceTraits:
        """Of the device."""
        return self.memory.traits

    @property
    def times(self) -> StageTimes:
        """When the stage runs."""
        return self.memory.times

    @property
    def shape(self) -> Shape:
        """The shape of one sample of the output."""
        return self.output.layout.shape

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shape of one sample of each input."""
        return tuple(value.layout.shape for value in self.inputs)


class Stage(Generic[Op]):
    """One instruction with its operation. Subclasses allocate memory in `__init__`."""

    gradient: OutputGradient

    def __init__(self, context: StageContext[Op]) -> None:
        self.context, self.operation = context, context.operation
        if context.gradients.needed:
            self.gradient = self.make_gradient()

    def make_gradient(self) -> OutputGradient:
        """Where the gradient of the output is accumulated: by default in a value of its shape."""
        c = self.context
        target = c.memory.value(c.memory.layout(c.shape), c.times.first_gradient, c.times.backward)
        return OutputGradient(target, c.gradients.contributors)

    @property
    def grad_output(self) -> Value:
        """The gradient of the output, complete once the jobs of `gradient.finish()` have run."""
        return self.gradient.target

    def forward(self) -> list[Job]:
        """The jobs that compute the output from the inputs."""
        raise NotImplementedError

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        """The jobs that compute the gradients of weights and inputs from the gradient of the output.

        `grad_inputs` has an epilogue for each input whose gradient is needed, and None for the others.
        """
        raise NotImplementedError


StageTable = Mapping[type[Operation], type[Stage[Any]]]  # the stage class of each operation
