"""A stage is one instruction bound to memory: it requests its buffers, then runs forward and backward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from cnnstudio.array import Array
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.operations import Operation

Op = TypeVar("Op", bound=Operation)


class Stage(Generic[Op]):
    """Computes one operation. Subclasses request buffers in `__init__` and take their arrays in `bind`."""

    xs: tuple[Array, ...]  # inputs
    x: Array  # the first input
    y: Array  # output
    grad_inputs: tuple[Array | None, ...]  # to be written; None where a gradient is not needed
    grad_input: Array | None  # the first of them
    grad_output: Array  # the stage may overwrite it
    grad_weight: Array | None  # of the role "weight", to be written
    grad_bias: Array | None

    def __init__(self, operation: Op, context: StageContext) -> None:
        self.operation, self.context = operation, context

    def bind(self) -> None:
        """Take the arrays, now that the arena has its memory."""
        values, gradients = self.context.values, self.context.gradients
        self.xs = tuple(buffer.array for buffer in values.inputs)
        self.x, self.y = self.xs[0], values.output.array
        self.grad_inputs = tuple(buffer.array if buffer else None for buffer in gradients.inputs)
        self.grad_input = self.grad_inputs[0]
        self.grad_weight, self.grad_bias = gradients.weight("weight"), gradients.weight("bias")
        self.grad_output = gradients.output.array if gradients.output else self.y  # unused without a backward pass

    def forward(self) -> None:
        """Compute the output from the inputs."""
        raise NotImplementedError

    def backward(self) -> None:
        """Compute the gradients of inputs and weights from the gradient of the output."""
        raise NotImplementedError


StageTable = Mapping[type[Operation], type[Stage[Any]]]  # the stage class of each operation
