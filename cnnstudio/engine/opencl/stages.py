"""The stage class of every operation, gathered from the modules that define the stages."""

from __future__ import annotations

from cnnstudio.engine.opencl import (
    convolution,
    dense,
    join,
    normalization,
    pointwise,
    pooling,
)
from cnnstudio.engine.opencl.stage import StageTable

STAGES: StageTable = {
    **convolution.STAGES,
    **dense.STAGES,
    **pooling.STAGES,
    **pointwise.STAGES,
    **normalization.STAGES,
    **join.STAGES,
}
