"""Every layer, declared once. Importing this package fills the table of layers."""

from cnnstudio.layers import (
    activation,
    convolution,
    dense,
    input_output,
    join,
    normalization,
    pooling,
    regularization,
    reshape,
)
from cnnstudio.layers.layer import (
    CATEGORIES,
    LAYERS,
    Layer,
    Remedy,
    ShapeError,
    lower,
    write_shape,
)

__all__ = [
    "CATEGORIES",
    "LAYERS",
    "Layer",
    "Remedy",
    "ShapeError",
    "activation",
    "convolution",
    "dense",
    "input_output",
    "join",
    "lower",
    "normalization",
    "pooling",
    "regularization",
    "reshape",
    "write_shape",
]
