"""Stages of dropout and noise, which act only in training."""

from __future__ import annotations

import numpy as np

from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.operations import (
    Dropout,
    GaussianNoise,
)


class DropoutStage(Stage[Dropout]):
    """Multiplies by a random mask of 0 and 1 / (1 - rate); programs for inference have no such stage."""

    def __init__(self, operation: Dropout, context: StageContext) -> None:
        super().__init__(operation, context)
        self.rate = operation.rate
        full = context.batched(context.output_shape)
        shape = (full[0], *[1] * (len(full) - 2), full[-1]) if operation.whole_maps else full
        self._random = context.memory.forward_scratch(shape, np.float32)
        self._mask = context.memory.saved(shape)

    def bind(self) -> None:
        super().bind()
        self.random, self.mask = self._random.array, self._mask.array

    def forward(self) -> None:
        self.context.generator().random(out=self.random, dtype=np.float32)
        np.greater_equal(self.random, self.rate, out=self.mask, casting="unsafe")
        np.multiply(self.mask, 1.0 / (1.0 - self.rate), out=self.mask)
        np.multiply(self.x, self.mask, out=self.y)

    def backward(self) -> None:
        if self.grad_input is not None:
            np.multiply(self.grad_output, self.mask, out=self.grad_input)


class GaussianNoiseStage(Stage[GaussianNoise]):
    """Adds normally distributed noise; programs for inference have no such stage."""

    def __init__(self, operation: GaussianNoise, context: StageContext) -> None:
        super().__init__(operation, context)
        self._random = context.memory.forward_scratch(context.batched(context.output_shape), np.float32)

    def bind(self) -> None:
        super().bind()
        self.random = self._random.array

    def forward(self) -> None:
        self.context.generator().standard_normal(out=self.random, dtype=np.float32)
        np.multiply(self.random, self.operation.std, out=self.random)
        np.add(self.x, self.random, out=self.y)

    def backward(self) -> None:
        if self.grad_input is not None:
            np.copyto(self.grad_input, self.grad_output)


STAGES: StageTable = {Dropout: DropoutStage, GaussianNoise: GaussianNoiseStage}
