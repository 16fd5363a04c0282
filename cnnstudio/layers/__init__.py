"""All layers, each declared once. Importing this package fills the registry `LAYERS`."""

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
    LayerFix,
    ShapeError,
    format_shape,
    lower,
)

__all__ = [
    "CATEGORIES",
    "LAYERS",
    "Layer",
    "LayerFix",
    "ShapeError",
    "activation",
    "convolution",
    "dense",
    "format_shape",
    "input_output",
    "join",
    "lower",
    "normalization",
    "pooling",
    "regularization",
    "reshape",
]
