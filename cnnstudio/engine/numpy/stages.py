"""Which stage computes which operation."""

from __future__ import annotations

from typing import Any

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.numpy.activation import ActivationStage, ParametricReLUStage, SoftmaxStage
from cnnstudio.engine.numpy.average_pooling import AveragePoolingStage
from cnnstudio.engine.numpy.convolution import ConvolutionStage
from cnnstudio.engine.numpy.dense import DenseStage, ReshapeStage
from cnnstudio.engine.numpy.join import AddStage, ConcatenateStage, MultiplyStage
from cnnstudio.engine.numpy.max_pooling import MaxPoolingStage
from cnnstudio.engine.numpy.normalization import (
    BatchNormalizationStage,
    LocalResponseNormalizationStage,
    SampleNormalizationStage,
    StandardizationStage,
)
from cnnstudio.engine.numpy.regularization import DropoutStage, GaussianNoiseStage
from cnnstudio.engine.numpy.stage import Stage
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.engine.numpy.transposed_convolution import TransposedConvolutionStage
from cnnstudio.engine.numpy.upsampling import UpsamplingStage
from cnnstudio.operations import (
    Activation,
    Add,
    AveragePooling,
    BatchNormalization,
    Concatenate,
    Convolution,
    Dense,
    Dropout,
    GaussianNoise,
    GroupNormalization,
    LayerNormalization,
    LocalResponseNormalization,
    MaxPooling,
    Multiply,
    Operation,
    ParametricReLU,
    Reshape,
    Softmax,
    Standardization,
    TransposedConvolution,
    Upsampling,
)

STAGES: dict[type[Operation], type[Stage[Any]]] = {
    Convolution: ConvolutionStage,
    TransposedConvolution: TransposedConvolutionStage,
    Dense: DenseStage,
    Reshape: ReshapeStage,
    MaxPooling: MaxPoolingStage,
    AveragePooling: AveragePoolingStage,
    Upsampling: UpsamplingStage,
    Activation: ActivationStage,
    ParametricReLU: ParametricReLUStage,
    Softmax: SoftmaxStage,
    Dropout: DropoutStage,
    GaussianNoise: GaussianNoiseStage,
    BatchNormalization: BatchNormalizationStage,
    GroupNormalization: SampleNormalizationStage,
    LayerNormalization: SampleNormalizationStage,
    LocalResponseNormalization: LocalResponseNormalizationStage,
    Standardization: StandardizationStage,
    Add: AddStage,
    Multiply: MultiplyStage,
    Concatenate: ConcatenateStage,
}


def make_stage(operation: Operation, context: StageContext) -> Stage[Any]:
    """The stage of an operation, or of a fused one's convolution or dense operation."""
    kind = type(operation.head) if isinstance(operation, Fused) else type(operation)
    return STAGES[kind](operation, context)
