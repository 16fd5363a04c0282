"""The fully connected layer: every input is connected to every output."""

from __future__ import annotations

from cnnstudio.layers.layer import LayerFix, ShapeError, format_shape
from cnnstudio.layers.weighted import WeightedLayer
from cnnstudio.operations import BlockBuilder, Dense, Shape, Value
from cnnstudio.spec import integer


class DenseLayer(
    WeightedLayer,
    kind="dense",
    synonyms="dense linear fc inner product",
    title="Fully connected",
    role="dense",
    prefix="fc",
    key="F",
):
    """Connects every input to every output. Each input votes for each output with its own weight; the sum of the votes
    is the score."""

    output_size_param = "units"

    units: int = integer(
        default=10,
        min=1,
        max=65536,
        label="Units",
        help="Number of outputs. In the last layer, one for each class.",
    )

    def summary(self) -> str:
        return str(self.units)

    def arithmetic(self, *inputs: Shape) -> tuple[str, ...]:
        return (f"outputs = {self.units} × {format_shape(inputs[0])} inputs",)

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        if len(inputs[0].shape) != 1:
            raise ShapeError(
                f"Needs a flat vector, but its input is {format_shape(inputs[0].shape)}. Insert Flatten before it.",
                LayerFix("Insert Flatten", insert="flatten"),
            )
        (features,) = inputs[0].shape
        weight = self.add_weight(build, (self.units, features), features, self.units)
        return build.emit(Dense(self.units), inputs[0], weight=weight, **self.add_bias(build, self.units))
