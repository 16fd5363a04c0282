"""Normalization layers: bring values to a common scale."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer, LayerFix, ShapeError, require_image
from cnnstudio.layers.weighted import TrainableLayer
from cnnstudio.operations import (
    BatchNormalization,
    BlockBuilder,
    GroupNormalization,
    LayerNormalization,
    LocalResponseNormalization,
    Shape,
    Standardization,
    Value,
    Weight,
)
from cnnstudio.spec import integer, real


class AffineNormalizationLayer(TrainableLayer):
    """A normalization that learns, afterwards, the scale and offset that suit the next layer."""

    epsilon: float = real(
        default=1e-5, min=1e-12, max=1.0, step=1e-5, help="Added to the variance so that it is never zero."
    )

    def scale(self, build: BlockBuilder, shape: Shape) -> dict[str, str]:
        """Declare the learned scale (starts at one) and offset (starts at zero)."""
        weight = Weight("weight", shape, "constant", 1.0, frozen=self.frozen)
        bias = Weight("bias", shape, frozen=self.frozen)
        return {"weight": build.weight(weight), "bias": build.weight(bias)}

    def is_signed(self, inputs_signed: bool) -> bool:
        return True


class BatchNormalizationLayer(
    AffineNormalizationLayer,
    kind="batch_normalization",
    synonyms="bn",
    title="Batch norm",
    role="normalization",
    prefix="norm",
    key="B",
):
    """Gives every channel mean 0 and deviation 1 over the batch, then lets it learn its own scale and offset.

    Frozen, it uses its running mean and variance while training, too, and leaves them as they are.
    """

    momentum: float = real(
        default=0.1,
        min=0.0,
        max=1.0,
        step=0.05,
        help="How fast the running mean and variance, used after training, follow the batches.",
    )

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        shape = (inputs[0].shape[0],)
        roles = self.scale(build, shape)
        for name, start in (("running_mean", 0.0), ("running_var", 1.0)):
            roles[name] = build.weight(Weight(name, shape, "constant", start, learned=False))
        return build.emit(BatchNormalization(self.epsilon, self.momentum, self.frozen), inputs[0], **roles)


class LayerNormalizationLayer(
    AffineNormalizationLayer, kind="layer_normalization", title="Layer norm", role="normalization", prefix="norm"
):
    """Gives all values of one image together mean 0 and deviation 1, whatever else is in the batch."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(LayerNormalization(self.epsilon), inputs[0], **self.scale(build, inputs[0].shape))


class GroupNormalizationLayer(
    AffineNormalizationLayer, kind="group_normalization", title="Group norm", role="normalization", prefix="norm"
):
    """Gives groups of channels of one image mean 0 and deviation 1, whatever else is in the batch."""

    groups: int = integer(default=4, min=1, max=4096, help="How many groups the channels are split into.")

    def summary(self) -> str:
        return str(self.groups)

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        channels = inputs[0].shape[0]
        if channels % self.groups:
            raise ShapeError(
                f"{self.groups} groups do not divide {channels} channels.",
                LayerFix("Set groups to 1", {"groups": 1}),
            )
        return build.emit(GroupNormalization(self.groups, self.epsilon), inputs[0], **self.scale(build, (channels,)))


class LocalResponseNormalizationLayer(
    Layer,
    kind="local_response_normalization",
    synonyms="lrn",
    title="Local response norm",
    role="normalization",
    prefix="lrn",
):
    """Lets a strong response quieten the neighbouring channels, as in AlexNet."""

    size: int = integer(default=5, min=1, max=255, help="How many neighbouring channels take part.")
    alpha: float = real(default=1e-4, min=0.0, max=100.0, step=1e-4, help="How strongly they quieten.")
    beta: float = real(default=0.75, min=0.0, max=10.0, step=0.05, help="The exponent of the divisor.")
    bias: float = real(default=1.0, min=1e-6, max=100.0, step=0.5, help="The divisor of a silent place.")

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        require_image(inputs[0].shape)
        return build.emit(LocalResponseNormalization(self.size, self.alpha, self.beta, self.bias), inputs[0])


class InputNormalizationLayer(
    Layer,
    kind="input_normalization",
    title="Input normalization",
    role="normalization",
    prefix="standardize",
):
    """Subtracts the training images' mean and divides by their deviation, channel by channel; put it after Input."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        shape = (inputs[0].shape[0],)
        mean = build.weight(Weight("mean", shape, learned=False))
        deviation = build.weight(Weight("deviation", shape, "constant", 1.0, learned=False))
        return build.emit(Standardization(), inputs[0], mean=mean, deviation=deviation)

    def is_signed(self, inputs_signed: bool) -> bool:
        return True
