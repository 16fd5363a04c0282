"""Layers with several inputs, for residual and inception blocks."""

from __future__ import annotations

from cnnstudio.layers.layer import MANY, Layer, ShapeError, format_shape
from cnnstudio.operations import Add, BlockBuilder, Concatenate, Multiply, Value


class AddLayer(Layer, kind="add", synonyms="residual sum skip", title="Add", role="join", inputs=(2, MANY)):
    """Adds maps of the same size, value by value: a residual connection."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        _need_one_shape(inputs)
        return build.emit(Add(), *inputs)


class MultiplyLayer(Layer, kind="multiply", title="Multiply", role="join", inputs=(2, MANY)):
    """Multiplies maps of the same size, value by value: one path opens and closes the other, like a gate."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        _need_one_shape(inputs)
        return build.emit(Multiply(), *inputs)


class ConcatenateLayer(
    Layer,
    kind="concatenate",
    synonyms="merge inception",
    title="Concatenate",
    role="join",
    inputs=(2, MANY),
    prefix="concat",
):
    """Stacks the maps of several paths behind one another: an inception block."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        first = inputs[0].shape
        for value in inputs[1:]:
            if len(value.shape) != len(first) or value.shape[1:] != first[1:]:
                raise ShapeError(
                    "Inputs must have maps of equal height and width, but are "
                    f"{format_shape(first)} and {format_shape(value.shape)}."
                )
        return build.emit(Concatenate(), *inputs)


def _need_one_shape(inputs: tuple[Value, ...]) -> None:
    for value in inputs[1:]:
        if value.shape != inputs[0].shape:
            raise ShapeError(
                f"Inputs must have one shape, but are {format_shape(inputs[0].shape)} and {format_shape(value.shape)}."
            )
