"""The stage class of every operation."""

from __future__ import annotations

from cnnstudio.engine.opencl.convolution import ConvolutionStage, TransposedConvolutionStage
from cnnstudio.engine.opencl.dense import DenseStage, ReshapeStage
from cnnstudio.engine.opencl.join import AddStage, ConcatenateStage, MultiplyStage
from cnnstudio.engine.opencl.normalization import (
    BatchNormalizationStage,
    LocalResponseNormalizationStage,
    SampleNormalizationStage,
)
from cnnstudio.engine.opencl.pointwise import (
    ActivationStage,
    DropoutStage,
    GaussianNoiseStage,
    ParametricReLUStage,
    SoftmaxStage,
    StandardizationStage,
)
from cnnstudio.engine.opencl.pooling import AveragePoolingStage, MaxPoolingStage, UpsamplingStage
from cnnstudio.engine.opencl.stage import StageClass
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

STAGES: dict[type[Operation], StageClass] = {
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
