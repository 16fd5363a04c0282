"""A stage is one instruction on a device: it declares its memory, then says which jobs compute it forward and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from numpy.typing import DTypeLike

from cnnstudio.engine.memory import Arena
from cnnstudio.engine.opencl.device_traits import Traits
from cnnstudio.engine.opencl.gradient import Gradient
from cnnstudio.engine.opencl.job import Job, Port, Region, Sink, Value
from cnnstudio.engine.opencl.layout import NO_BORDER, Layout
from cnnstudio.operations import Operation, Shape, Sides


class Partials(Protocol):
    """Gives places for what is added up to a weight's gradient."""

    def __call__(self, role: str, chunks: int = 1, *, whole: bool = False, name: str = "partial") -> Port | None:
        """The port of `chunks` arrays for each block of samples, `room(size)` numbers apart; or, `whole`, of the
        gradient itself, for one who adds up all blocks. None where the weight does not learn.
        """


@dataclass
class Bench:
    """Where one stage is set up: its instruction, its values, and the memory that it may ask for."""

    operation: Operation
    traits: Traits
    arena: Arena  # for each block of samples
    common: Arena  # for all together
    inputs: tuple[Value, ...]
    output: Value
    learning: bool  # a backward pass through this stage follows
    contributors: int  # how many put something into the gradient of its output
    wanted: tuple[bool, ...]  # for each input, whether its gradient is
    weights: Mapping[str, Port]
    next_state: Callable[[str], Port]
    header: Port
    flag: Port
    forward_time: int
    gradient_time: int  # when the first puts something into the gradient of its output
    backward_time: int
    end: int  # the moment after the last
    training: bool
    ask: Callable[[Layout, int, int, DTypeLike], Value]
    partial: Partials
    draws: Callable[[Shape], Value]

    @property
    def shape(self) -> Shape:
        """Of one sample of the output."""
        return self.output.layout.shape

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Of one sample of each input."""
        return tuple(value.layout.shape for value in self.inputs)

    def layout(self, shape: Shape, border: Sides = NO_BORDER) -> Layout:
        """Where such numbers lie."""
        return Layout(shape, self.traits.lanes, border)

    def value(self, layout: Layout, first: int, last: int, dtype: DTypeLike = "float32") -> Value:
        """Memory for numbers of a whole batch from one moment to another."""
        return self.ask(layout, first, last, dtype)

    def kept(self, shape: Shape, dtype: DTypeLike = "float32") -> Value:
        """Numbers that the backward pass finds as the forward pass left them."""
        last = self.backward_time if self.learning else self.forward_time
        return self.value(self.layout(shape), self.forward_time, last, dtype)

    def forward_scratch(self, shape: Shape) -> Value:
        """Numbers for the forward pass alone."""
        return self.value(self.layout(shape), self.forward_time, self.forward_time)

    def array(self, numbers: int, first: int, last: int) -> Region:
        """Memory for numbers that belong to no sample but to a block."""
        return Region.of(self.arena.buffer((numbers,), "float32", first, last))

    def common_array(self, numbers: int, first: int, last: int) -> Region:
        """Memory for numbers of all blocks together."""
        return Region.of(self.common.buffer((numbers,), "float32", first, last), "common")


class Stage:
    """One instruction. Subclasses ask for memory in `__init__`."""

    gradient: Gradient

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        if bench.learning:
            self.gradient = self.make_gradient()

    def make_gradient(self) -> Gradient:
        """Where the gradient of the output goes: by default, as it is, into memory like the output's."""
        b = self.bench
        return Gradient(b.value(b.layout(b.shape), b.gradient_time, b.backward_time), b.contributors)

    @property
    def dy(self) -> Value:
        """The gradient of the output, as the jobs of the way back find it."""
        return self.gradient.target

    def forward(self) -> list[Job]:
        """What computes the output from the inputs."""
        raise NotImplementedError

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        """What computes the wanted gradients from the output's, and puts those of the inputs into the sinks."""
        raise NotImplementedError
