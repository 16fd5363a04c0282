"""Which stage computes which operation."""

from __future__ import annotations

from cnnstudio.engine.numpy.convolution import ConvolutionStage, TransposedConvolutionStage
from cnnstudio.engine.numpy.dense import DenseStage, ReshapeStage
from cnnstudio.engine.numpy.join import AddStage, ConcatenateStage, MultiplyStage
from cnnstudio.engine.numpy.normalization import (
    BatchNormalizationStage,
    LocalResponseNormalizationStage,
    SampleNormalizationStage,
)
from cnnstudio.engine.numpy.pointwise import (
    ActivationStage,
    DropoutStage,
    GaussianNoiseStage,
    ParametricReLUStage,
    SoftmaxStage,
    StandardizationStage,
)
from cnnstudio.engine.numpy.pooling import AveragePoolingStage, MaxPoolingStage, UpsamplingStage
from cnnstudio.engine.numpy.stage import Stage
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

STAGES: dict[type[Operation], type[Stage]] = {
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
