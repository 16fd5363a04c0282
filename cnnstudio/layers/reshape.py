"""Layers that change the shape of their input but not its values."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer, LayerFix, ShapeError, format_shape
from cnnstudio.operations import BlockBuilder, Reshape, Shape, Value, elements
from cnnstudio.spec import numbers


class FlattenLayer(Layer, kind="flatten", title="Flatten", role="shape"):
    """Turns feature maps into one long vector, as a fully connected layer needs it."""

    numbered = False

    def arithmetic(self, *inputs: Shape) -> tuple[str, ...]:
        return (f"{format_shape(inputs[0])} = {elements(inputs[0])}",)

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(Reshape((elements(inputs[0].shape),)), inputs[0])


class ReshapeLayer(Layer, kind="reshape", title="Reshape", role="shape"):
    """Arranges the same values, in the same order, in another shape."""

    shape: tuple[int, ...] = numbers(
        default=(1, 1, 1),
        min=-1,
        max=65536,
        lengths=(1, 3),
        names=("channels", "height", "width"),
        help="Channels, height and width of the output. One of them may be -1: it is computed from the others.",
    )

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(Reshape(self._resolve(inputs[0].shape)), inputs[0])

    def _resolve(self, shape: Shape) -> Shape:
        total = elements(shape)
        if any(size < 1 for size in self.shape if size != -1) or self.shape.count(-1) > 1:
            raise ShapeError("Each size must be at least 1; one of them may be -1.", self._fix(total))
        known = elements(tuple(size for size in self.shape if size != -1))
        if total % known or (-1 not in self.shape and total != known):
            raise ShapeError(
                f"An input of {format_shape(shape)} has {total} values and cannot be reshaped to "
                f"{format_shape(self.shape)}.",
                self._fix(total),
            )
        return tuple(total // known if size == -1 else size for size in self.shape)

    def _fix(self, total: int) -> LayerFix:
        """Keep height and width if possible, and compute the channels from them."""
        rest = self.shape[1:]
        known = elements(tuple(max(size, 0) for size in rest))
        kept = rest if known and total % known == 0 else tuple(1 for _ in rest)
        shape = (-1, *kept)
        return LayerFix(f"Set shape to {format_shape((total // elements(kept), *kept))}", {"shape": shape})
