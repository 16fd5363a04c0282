"""The operations that layers lower to, engines execute and exporters translate; losses and optimizers included."""

from cnnstudio.operations.block import Block, BlockBuilder, Instruction, Value, Weight
from cnnstudio.operations.convolution import Convolution, TransposedConvolution
from cnnstudio.operations.dense import Dense, Reshape
from cnnstudio.operations.join import Add, Concatenate, Multiply
from cnnstudio.operations.loss import (
    LOSSES,
    BinaryCrossEntropy,
    ElementLoss,
    Hinge,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SoftmaxCrossEntropy,
    Triplet,
)
from cnnstudio.operations.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    LocalResponseNormalization,
    Standardization,
)
from cnnstudio.operations.operation import Operation, Pair, Shape, Sides, elements
from cnnstudio.operations.optimizer import OPTIMIZERS, Nudge, Optimizer
from cnnstudio.operations.pointwise import (
    MONOTONE,
    Activation,
    Dropout,
    GaussianNoise,
    ParametricReLU,
    Softmax,
)
from cnnstudio.operations.pooling import AveragePooling, MaxPooling, Pooling, Upsampling
from cnnstudio.operations.sliding_window import count_windows

__all__ = [
    "LOSSES",
    "MONOTONE",
    "OPTIMIZERS",
    "Activation",
    "Add",
    "AveragePooling",
    "BatchNormalization",
    "BinaryCrossEntropy",
    "Block",
    "BlockBuilder",
    "Concatenate",
    "Convolution",
    "Dense",
    "Dropout",
    "ElementLoss",
    "GaussianNoise",
    "GroupNormalization",
    "Hinge",
    "Instruction",
    "LayerNormalization",
    "LocalResponseNormalization",
    "Loss",
    "MaxPooling",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Multiply",
    "Nudge",
    "Operation",
    "Optimizer",
    "Pair",
    "ParametricReLU",
    "Pooling",
    "Reshape",
    "Shape",
    "Sides",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Standardization",
    "TransposedConvolution",
    "Triplet",
    "Upsampling",
    "Value",
    "Weight",
    "count_windows",
    "elements",
]
