"""Block: what one layer lowers to, a few operations and the weights they use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cnnstudio.operations.dense import Reshape
from cnnstudio.operations.loss import Loss
from cnnstudio.operations.operation import Operation, Shape, elements


@dataclass(frozen=True)
class Weight:
    """A trainable array; with `trainable=False`, a buffer such as a running mean, which has no gradient.

    `frozen` excludes a trainable array from updates. `l1` and `l2` are its weight decay.
    """

    name: str
    shape: Shape
    initializer: str = "zeros"
    constant: float = 0.0
    fan_in: int = 1
    fan_out: int = 1
    trainable: bool = True
    frozen: bool = False
    l1: float = 0.0
    l2: float = 0.0

    @property
    def size(self) -> int:
        """The number of elements."""
        return elements(self.shape)


@dataclass(frozen=True)
class Value:
    """An intermediate result within a block: its number, and the shape of one sample."""

    number: int
    shape: Shape


@dataclass(frozen=True)
class Instruction:
    """An operation applied to numbered values. `weights` maps the operation's names for weights to the layer's."""

    operation: Operation
    inputs: tuple[int, ...]
    output: int
    weights: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """A lowered layer. Its first values are its inputs. An output layer has a loss of the value `scores`."""

    shapes: tuple[Shape, ...]
    instructions: tuple[Instruction, ...]
    weights: tuple[Weight, ...]
    output: int
    loss: Loss | None
    scores: int | None

    @cached_property
    def output_shape(self) -> Shape:
        """The output shape of one sample."""
        return self.shapes[self.output]

    @property
    def only_reshapes(self) -> bool:
        """Whether the output holds the input's numbers in the same order, as after Flatten."""
        return bool(self.instructions) and all(isinstance(step.operation, Reshape) for step in self.instructions)

    @cached_property
    def parameters(self) -> int:
        """The number of trainable parameters."""
        return sum(weight.size for weight in self.weights if weight.trainable)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulate operations (MACs) per sample."""
        return sum(step.operation.macs(*(self.shapes[number] for number in step.inputs)) for step in self.instructions)


class BlockBuilder:
    """Collects the operations that a layer's `lower` method emits."""

    def __init__(self, *inputs: Shape) -> None:
        self._shapes = list(inputs)
        self._instructions: list[Instruction] = []
        self._weights: list[Weight] = []
        self._loss: Loss | None = None
        self._scores: int | None = None

    @property
    def inputs(self) -> tuple[Value, ...]:
        """The inputs of the layer. To be read before the first `emit`."""
        return tuple(Value(number, shape) for number, shape in enumerate(self._shapes))

    def image(self, shape: Shape) -> Value:
        """Declare the network's input image."""
        self._shapes.append(shape)
        return Value(len(self._shapes) - 1, shape)

    def weight(self, weight: Weight) -> str:
        """Declare a weight of the layer; returns its name for `emit`."""
        self._weights.append(weight)
        return weight.name

    def emit(self, operation: Operation, *inputs: Value, **weights: str) -> Value:
        """Apply the operation; returns its output. `weights` maps the operation's names to declared weights."""
        shape = operation.output_shape(*(value.shape for value in inputs))
        output = Value(len(self._shapes), shape)
        self._shapes.append(shape)
        numbers = tuple(value.number for value in inputs)
        self._instructions.append(Instruction(operation, numbers, output.number, weights))
        return output

    def loss(self, loss: Loss, scores: Value) -> None:
        """Set the loss, and the scores that it is computed from."""
        self._loss, self._scores = loss, scores.number

    def finish(self, output: Value) -> Block:
        """The finished block with this output."""
        return Block(
            tuple(self._shapes),
            tuple(self._instructions),
            tuple(self._weights),
            output.number,
            self._loss,
            self._scores,
        )
