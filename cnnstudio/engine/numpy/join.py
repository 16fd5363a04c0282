"""Stages with several inputs."""

from __future__ import annotations

import numpy as np

from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.operations import (
    Add,
    Concatenate,
    Multiply,
)


class AddStage(Stage[Add]):
    """The sum of the inputs."""

    def forward(self) -> None:
        np.add(self.xs[0], self.xs[1], out=self.y)
        for x in self.xs[2:]:
            np.add(self.y, x, out=self.y)

    def backward(self) -> None:
        for grad_input in self.grad_inputs:
            if grad_input is not None:
                np.copyto(grad_input, self.grad_output)


class MultiplyStage(Stage[Multiply]):
    """The product of the inputs."""

    def forward(self) -> None:
        np.multiply(self.xs[0], self.xs[1], out=self.y)
        for x in self.xs[2:]:
            np.multiply(self.y, x, out=self.y)

    def backward(self) -> None:
        for index, grad_input in enumerate(self.grad_inputs):
            if grad_input is not None:
                np.copyto(grad_input, self.grad_output)
                for other, x in enumerate(self.xs):
                    if other != index:
                        np.multiply(grad_input, x, out=grad_input)


class ConcatenateStage(Stage[Concatenate]):
    """The inputs' channels, one after another."""

    def __init__(self, operation: Concatenate, context: StageContext) -> None:
        super().__init__(operation, context)
        ends = np.cumsum([0, *(shape[0] for shape in context.values.input_shapes)])
        self.slices = [slice(ends[i], ends[i + 1]) for i in range(len(context.values.input_shapes))]

    def forward(self) -> None:
        for place, x in zip(self.slices, self.xs, strict=True):
            np.copyto(self.y[place], x)

    def backward(self) -> None:
        for place, grad_input in zip(self.slices, self.grad_inputs, strict=True):
            if grad_input is not None:
                np.copyto(grad_input, self.grad_output[place])


STAGES: StageTable = {Add: AddStage, Multiply: MultiplyStage, Concatenate: ConcatenateStage}
