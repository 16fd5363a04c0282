"""The stage class of every operation, gathered from the modules that define the stages."""

from __future__ import annotations

from typing import Any

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.numpy import (
    activation,
    average_pooling,
    convolution,
    dense,
    join,
    max_pooling,
    normalization,
    regularization,
    transposed_convolution,
    upsampling,
)
from cnnstudio.engine.numpy.stage import Stage, StageTable
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.operations import Operation

STAGES: StageTable = {
    **convolution.STAGES,
    **transposed_convolution.STAGES,
    **dense.STAGES,
    **max_pooling.STAGES,
    **average_pooling.STAGES,
    **upsampling.STAGES,
    **activation.STAGES,
    **regularization.STAGES,
    **normalization.STAGES,
    **join.STAGES,
}


def make_stage(operation: Operation, context: StageContext) -> Stage[Any]:
    """The stage of an operation, or of a fused one's convolution or dense operation."""
    kind = type(operation.head) if isinstance(operation, Fused) else type(operation)
    return STAGES[kind](operation, context)
