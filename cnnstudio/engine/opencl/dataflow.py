"""How values flow through a program: who reads them, which share memory, which need a gradient and a border."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.opencl.convolution_geometry import ConvolutionGeometry
from cnnstudio.engine.opencl.device_traits import DeviceTraits
from cnnstudio.engine.opencl.layout import NO_BORDER
from cnnstudio.engine.opencl.winograd import WinogradUse
from cnnstudio.engine.program import Program, depends_on
from cnnstudio.engine.weights import Weights
from cnnstudio.operations import Convolution, Dense, Instruction, Reshape, Sides, TransposedConvolution


def required_border(step: Instruction, program: Program, traits: DeviceTraits) -> Sides:
    """The border of zeros that an instruction needs around its input."""
    operation = step.operation.head if isinstance(step.operation, Fused) else step.operation
    if isinstance(operation, Convolution):
        geometry = ConvolutionGeometry.of(operation, program.shapes[step.inputs[0]])
        return WinogradUse.of(geometry, traits).border_of_large(geometry)
    if isinstance(operation, TransposedConvolution):
        return ConvolutionGeometry.of(operation, program.shapes[step.inputs[0]]).border_of_small
    return NO_BORDER


@dataclass(frozen=True)
class Contribution:
    """An instruction that contributes to the gradient of a value, and through which of its inputs."""

    instruction: int
    place: int


class DataFlow:
    """Facts about a program that are known before any memory is planned. Values are identified by their numbers.

    A reshape gives a *view*: the same memory under another shape. The value that owns the memory is its *base*.
    `needs_grad` are the values whose gradient is needed; empty unless `training`.
    """

    def __init__(self, program: Program, weights: Weights, traits: DeviceTraits, *, training: bool) -> None:
        self.program, self.traits = program, traits
        self.readers = program.consumers()
        self.needs_grad = _values_that_need_grad(program, weights) if training else set[int]()
        self.borders = {number: self._border(number) for number in range(len(program.shapes))}
        self._bases: dict[int, int] = {}
        for step in program.instructions:
            if self.is_view(step):
                self._bases[step.output] = self.base(step.inputs[0])

    def is_view(self, step: Instruction) -> bool:
        """Whether the output is the input's memory under another shape."""
        contiguous = self.borders[step.inputs[0]] == NO_BORDER and self.borders[step.output] == NO_BORDER
        return isinstance(step.operation, Reshape) and contiguous

    def base(self, number: int) -> int:
        """The value in whose memory this one lies."""
        return self._bases.get(number, number)

    def views(self, base: int) -> list[int]:
        """The values that lie in the memory of this one, itself included."""
        return [base, *(number for number, other in self._bases.items() if other == base)]

    def contributions(self, base: int) -> list[Contribution]:
        """Who contributes to the gradient of a value or its views; the loss not counted."""
        found = []
        for number in self.views(base):
            for index in sorted(set(self.readers.get(number, ()))):
                step = self.program.instructions[index]
                if step.output in self.needs_grad and not self.is_view(step):
                    found += [Contribution(index, place) for place, other in enumerate(step.inputs) if other == number]
        return found

    def last_reader(self, base: int) -> int:
        """The last instruction that reads a value or its views; -1 where there is none."""
        return max((index for number in self.views(base) for index in self.readers.get(number, ())), default=-1)

    def read_by_dense(self, base: int) -> bool:
        """Whether a fully connected layer reads the value: its weight gradient may be computed at any later time."""
        steps = (
            self.program.instructions[index] for number in self.views(base) for index in self.readers.get(number, ())
        )
        return any(isinstance(step.operation, Fused) and isinstance(step.operation.head, Dense) for step in steps)

    def is_result(self, base: int) -> bool:
        """Whether the value is the network's output or the scores."""
        return bool({self.program.output, self.program.scores} & set(self.views(base)))

    def _border(self, number: int) -> Sides:
        readers = [self.program.instructions[index] for index in self.readers.get(number, ())]
        required = [required_border(step, self.program, self.traits) for step in readers]
        top, left, bottom, right = (max(sides) for sides in zip(NO_BORDER, *required, strict=True))
        return top, left, bottom, right


def _values_that_need_grad(program: Program, weights: Weights) -> set[int]:
    """The values that depend on a weight that is trained."""
    sources = {
        step.output for step in program.instructions if any(weights.is_trained(key) for key in step.weights.values())
    }
    return depends_on(program, sources)
