"""Layers that join several inputs, for residual and inception blocks."""

from __future__ import annotations

from cnnstudio.layers.layer import MAX_INPUTS, Layer, ShapeError, format_shape
from cnnstudio.operations import Add, BlockBuilder, Concatenate, Multiply, Value


class AddLayer(Layer, kind="add", synonyms="residual sum skip", title="Add", role="join", inputs=(2, MAX_INPUTS)):
    """Adds inputs of equal shape element by element, as in a residual connection."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        _require_equal_shapes(inputs)
        return build.emit(Add(), *inputs)


class MultiplyLayer(Layer, kind="multiply", title="Multiply", role="join", inputs=(2, MAX_INPUTS)):
    """Multiplies inputs of equal shape element by element, so that one path can gate the other."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        _require_equal_shapes(inputs)
        return build.emit(Multiply(), *inputs)


class ConcatenateLayer(
    Layer,
    kind="concatenate",
    synonyms="merge inception",
    title="Concatenate",
    role="join",
    inputs=(2, MAX_INPUTS),
    prefix="concat",
):
    """Stacks the channels of its inputs, as at the end of an inception block."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        first = inputs[0].shape
        for value in inputs[1:]:
            if len(value.shape) != len(first) or value.shape[1:] != first[1:]:
                raise ShapeError(
                    "Inputs must have maps of equal height and width, but are "
                    f"{format_shape(first)} and {format_shape(value.shape)}."
                )
        return build.emit(Concatenate(), *inputs)


def _require_equal_shapes(inputs: tuple[Value, ...]) -> None:
    for value in inputs[1:]:
        if value.shape != inputs[0].shape:
            raise ShapeError(
                f"Inputs must have equal shapes, not {format_shape(inputs[0].shape)} and {format_shape(value.shape)}."
            )
