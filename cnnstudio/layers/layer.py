"""The base class of layers: declared parameters and one method, `lower`, from which shape, weights and cost follow."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

from cnnstudio.operations import Block, BlockBuilder, Shape, Value, elements
from cnnstudio.spec import Spec

LAYERS: dict[str, type[Layer]] = {}

CATEGORIES = {
    "input": "Input & output",
    "output": "Input & output",
    "convolution": "Convolution",
    "activation": "Activation",
    "pooling": "Pooling",
    "dense": "Fully connected",
    "normalization": "Normalization",
    "regularization": "Regularization",
    "shape": "Shape",
    "join": "Join",
}

MAX_INPUTS = 16  # of a layer that joins several


@dataclass(frozen=True)
class LayerFix:
    """How to fix a ShapeError: set parameters of the layer, or insert another layer with these parameters before it."""

    title: str
    params: Mapping[str, object] = field(default_factory=dict)
    insert: str = ""  # the kind of the layer to insert


class ShapeError(ValueError):
    """Inputs of a shape that the layer cannot take. The message is shown on the node, with the fixes beside it."""

    def __init__(self, message: str, *fixes: LayerFix) -> None:
        super().__init__(message)
        self.fixes = fixes


class Layer(Spec):
    """One kind of layer, declared once. A subclass with a `kind` is registered in `LAYERS`.

    `role` selects its color and palette category, `inputs` is the least and the largest number of inputs, `prefix`
    begins the names of its nodes, `key` is its shortcut on the canvas, `synonyms` are other search terms.
    """

    role: ClassVar[str] = ""
    inputs: ClassVar[tuple[int, int]] = (1, 1)
    prefix: ClassVar[str] = "layer"
    is_input: ClassVar[bool] = False  # images enter the network here
    is_output: ClassVar[bool] = False  # the end of the network, with its loss
    numbered: ClassVar[bool] = True  # the first node's name has a number, too
    output_size_param: ClassVar[str] = ""  # the parameter that sets the number of outputs, if there is one
    filter_axis: ClassVar[int] = 0  # the axis of a 4-D weight that counts the filters
    key: ClassVar[str] = ""
    synonyms: ClassVar[str] = ""

    def __init_subclass__(
        cls,
        *,
        kind: str = "",
        title: str = "",
        role: str = "",
        inputs: tuple[int, int] = (1, 1),
        prefix: str = "",
        key: str = "",
        synonyms: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if kind:
            cls.kind, cls.title, cls.role, cls.inputs = kind, title, role, inputs
            cls.prefix, cls.key, cls.synonyms = prefix or kind, key, synonyms
            LAYERS[kind] = cls

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        """Emit the operations that compute this layer; returns the output. Raises ShapeError for unsuitable inputs."""
        raise NotImplementedError

    def is_signed(self, inputs_signed: bool) -> bool:
        """Whether outputs lie on both sides of zero, given whether any input does; never depends on weights."""
        return inputs_signed

    def summary(self) -> str:
        """The main parameters in a few characters, such as `6@5×5`; may be empty."""
        return ""

    def arithmetic(self, *inputs: Shape) -> tuple[str, ...]:
        """How the output shape is computed, in lines with this layer's numbers; may be empty."""
        return ()

    @classmethod
    def help(cls) -> str:
        """What the layer does: the docstring of the class."""
        return inspect.cleandoc(cls.__doc__ or "")


@lru_cache(maxsize=4096)
def lower(layer: Layer, *inputs: Shape) -> Block:
    """Lower the layer for inputs of these shapes. Raises ShapeError for unsuitable ones."""
    build = BlockBuilder(*inputs)
    return build.finish(layer.lower(build, *build.inputs))


def format_shape(shape: Shape) -> str:
    """Format a shape for people: `6 × 28 × 28`."""
    return " × ".join(str(size) for size in shape)


def require_image(shape: Shape) -> tuple[int, int, int]:
    """Return the shape as (C, H, W). Raises ShapeError if it does not have three dimensions."""
    if len(shape) != 3:
        image = _as_image(elements(shape))
        raise ShapeError(
            f"Needs an image (channels × height × width), but its input is a vector of {format_shape(shape)}. "
            "Move the layer before Flatten, or insert Reshape.",
            LayerFix(f"Insert Reshape to {format_shape(image)}", {"shape": image}, insert="reshape"),
        )
    channels, height, width = shape
    return channels, height, width


def _as_image(count: int) -> tuple[int, int, int]:
    """A square image with this many values, or if there is none, this many channels of one pixel."""
    side = math.isqrt(count)
    return (1, side, side) if side * side == count else (count, 1, 1)
