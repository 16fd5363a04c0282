"""What a layer is: declared parameters and one rule, `lower`, from which shape, weights and cost all follow."""

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

MANY = 16  # input ports that a joining layer can have


@dataclass(frozen=True)
class LayerFix:
    """A way out of a ShapeError: change parameters of the layer, or put another layer with them before it."""

    title: str
    params: Mapping[str, object] = field(default_factory=dict)
    before: str = ""


class ShapeError(ValueError):
    """Inputs that a layer cannot take; the message is shown on the node, the fixes are offered beside it."""

    def __init__(self, message: str, *fixes: LayerFix) -> None:
        super().__init__(message)
        self.fixes = fixes


class Layer(Spec):
    """One kind of layer, declared once. Registering is subclassing with a kind.

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
        """Emit the operations that compute this layer; raise ShapeError where the inputs do not fit."""
        raise NotImplementedError

    def is_signed(self, inputs_signed: bool) -> bool:
        """Whether outputs lie on both sides of zero, given whether any input does; never depends on weights."""
        return inputs_signed

    def summary(self) -> str:
        """The few numbers that tell this layer from its like, such as `6@5×5`; often nothing."""
        return ""

    def arithmetic(self, *inputs: Shape) -> tuple[str, ...]:
        """How the output shape comes about, in lines with the layer's own numbers; often nothing."""
        return ()

    @classmethod
    def help(cls) -> str:
        """What it does, in plain sentences: the class's docstring."""
        return inspect.cleandoc(cls.__doc__ or "")


@lru_cache(maxsize=4096)
def lower(layer: Layer, *inputs: Shape) -> Block:
    """What the layer becomes for inputs of these shapes. Raises ShapeError where they do not fit."""
    build = BlockBuilder(*inputs)
    return build.finish(layer.lower(build, *build.inputs))


def format_shape(shape: Shape) -> str:
    """A shape as people read it: `6 × 28 × 28`."""
    return " × ".join(str(size) for size in shape)


def require_image(shape: Shape) -> tuple[int, int, int]:
    """Return the shape as (C, H, W); raise ShapeError where it has other dimensions."""
    if len(shape) != 3:
        image = _as_image(elements(shape))
        raise ShapeError(
            f"Needs an image (channels × height × width), but gets {format_shape(shape)} numbers in a row; "
            "move it before Flatten, or put Reshape before it.",
            LayerFix(f"Insert Reshape to {format_shape(image)}", {"shape": image}, before="reshape"),
        )
    channels, height, width = shape
    return channels, height, width


def _as_image(count: int) -> tuple[int, int, int]:
    """A square image of so many numbers, or where there is none, as many channels of one pixel."""
    side = math.isqrt(count)
    return (1, side, side) if side * side == count else (count, 1, 1)
