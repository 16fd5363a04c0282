"""Who reads which value of a program: whether memory can be shared under another shape, and who adds to a gradient."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.opencl.convolution_geometry import Windows
from cnnstudio.engine.opencl.device_traits import Traits
from cnnstudio.engine.opencl.layout import NO_BORDER
from cnnstudio.engine.opencl.winograd import Fast
from cnnstudio.engine.program import Program, depends_on
from cnnstudio.engine.weights import Weights
from cnnstudio.operations import Convolution, Dense, Instruction, Reshape, Sides, TransposedConvolution


def border_wanted(step: Instruction, program: Program, traits: Traits) -> Sides:
    """The zeros that an instruction wants around its input."""
    operation = step.operation.head if isinstance(step.operation, Fused) else step.operation
    if isinstance(operation, Convolution):
        windows = Windows.of(operation, program.shapes[step.inputs[0]])
        return Fast.of(windows, traits).border_of_large(windows)
    if isinstance(operation, TransposedConvolution):
        return Windows.of(operation, program.shapes[step.inputs[0]]).border_of_small
    return NO_BORDER


@dataclass(frozen=True)
class Contribution:
    """An instruction's input through which it adds to the gradient of a value."""

    index: int
    port: int


class Uses:
    """What can be said of a program before any memory is planned. `wanted` are the values whose gradient is needed."""

    def __init__(self, program: Program, weights: Weights, traits: Traits, *, learning: bool) -> None:
        self.program, self.traits = program, traits
        self.readers = program.consumers()
        self.wanted = _wanted(program, weights) if learning else set[int]()
        self.borders = {number: self._border(number) for number in range(len(program.shapes))}
        self.roots: dict[int, int] = {}  # the value whose memory another is seen in
        for step in program.instructions:
            if self.is_alias(step):
                self.roots[step.output] = self.root(step.inputs[0])

    def is_alias(self, step: Instruction) -> bool:
        """Whether the output is the input's memory under another shape."""
        plain = NO_BORDER in (self.borders[step.inputs[0]],) and self.borders[step.output] == NO_BORDER
        return isinstance(step.operation, Reshape) and plain

    def root(self, number: int) -> int:
        """The value in whose memory this one lies."""
        return self.roots.get(number, number)

    def names(self, root: int) -> list[int]:
        """The values that lie in the memory of this one."""
        return [root, *(number for number, other in self.roots.items() if other == root)]

    def contributions(self, root: int) -> list[Contribution]:
        """Who adds to the gradient of a value, whatever the shape in which they see it; the loss not counted."""
        found = []
        for number in self.names(root):
            for index in sorted(set(self.readers.get(number, ()))):
                step = self.program.instructions[index]
                if step.output in self.wanted and not self.is_alias(step):
                    found += [Contribution(index, port) for port, other in enumerate(step.inputs) if other == number]
        return found

    def last_reader(self, root: int) -> int:
        """The last instruction that reads a value; -1 where there is none."""
        return max((index for number in self.names(root) for index in self.readers.get(number, ())), default=-1)

    def read_by_all(self, root: int) -> bool:
        """Whether a fully connected layer reads the value, whose weight's gradient is computed at any later moment."""
        steps = (
            self.program.instructions[index] for number in self.names(root) for index in self.readers.get(number, ())
        )
        return any(isinstance(step.operation, Fused) and isinstance(step.operation.head, Dense) for step in steps)

    def is_end(self, root: int) -> bool:
        """Whether the value is an answer or the scores."""
        return bool({self.program.output, self.program.scores} & set(self.names(root)))

    def _border(self, number: int) -> Sides:
        readers = [self.program.instructions[index] for index in self.readers.get(number, ())]
        wanted = [border_wanted(step, self.program, self.traits) for step in readers]
        top, left, bottom, right = (max(sides) for sides in zip(NO_BORDER, *wanted, strict=True))
        return top, left, bottom, right


def _wanted(program: Program, weights: Weights) -> set[int]:
    """The values that depend on a weight that learns."""
    sources = {
        step.output for step in program.instructions if any(weights.is_trained(key) for key in step.weights.values())
    }
    return depends_on(program, sources)
