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
    """A normalization followed by a trainable scale and offset."""

    epsilon: float = real(
        default=1e-5, min=1e-12, max=1.0, step=1e-5, help="Added to the variance to avoid division by zero."
    )

    def scale(self, build: BlockBuilder, shape: Shape) -> dict[str, str]:
        """Declare the trainable scale (initially one) and offset (initially zero)."""
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
    """Normalizes each channel over the batch to mean 0 and standard deviation 1; a trainable scale and offset follow.

    When frozen, it uses its running mean and variance during training as well and does not update them.
    """

    momentum: float = real(
        default=0.1,
        min=0.0,
        max=1.0,
        step=0.05,
        help="Fraction of each batch's statistics in the running mean and variance, which are used for inference.",
    )

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        shape = (inputs[0].shape[0],)
        roles = self.scale(build, shape)
        for name, start in (("running_mean", 0.0), ("running_var", 1.0)):
            roles[name] = build.weight(Weight(name, shape, "constant", start, trainable=False))
        return build.emit(BatchNormalization(self.epsilon, self.momentum, self.frozen), inputs[0], **roles)


class LayerNormalizationLayer(
    AffineNormalizationLayer, kind="layer_normalization", title="Layer norm", role="normalization", prefix="norm"
):
    """Normalizes all values of one image to mean 0 and standard deviation 1, independent of the batch."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(LayerNormalization(self.epsilon), inputs[0], **self.scale(build, inputs[0].shape))


class GroupNormalizationLayer(
    AffineNormalizationLayer, kind="group_normalization", title="Group norm", role="normalization", prefix="norm"
):
    """Normalizes groups of channels of one image to mean 0 and standard deviation 1, independent of the batch."""

    groups: int = integer(default=4, min=1, max=4096, help="Number of groups that the channels are split into.")

    def summary(self) -> str:
        return str(self.groups)

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        channels = inputs[0].shape[0]
        if channels % self.groups:
            raise ShapeError(
                f"The {channels} channels cannot be split into {self.groups} equal groups.",
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
    """Divides each value by the strength of the neighboring channels at its position, as in AlexNet."""

    size: int = integer(default=5, min=1, max=255, help="Number of neighboring channels, the channel itself included.")
    alpha: float = real(default=1e-4, min=0.0, max=100.0, step=1e-4, help="How strongly the neighbors count.")
    beta: float = real(default=0.75, min=0.0, max=10.0, step=0.05, help="Exponent of the divisor.")
    bias: float = real(
        default=1.0, min=1e-6, max=100.0, step=0.5, help="The divisor before the exponent where all neighbors are zero."
    )

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
    """Subtracts the training images' mean and divides by their standard deviation, per channel. Use it after Input."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        shape = (inputs[0].shape[0],)
        mean = build.weight(Weight("mean", shape, trainable=False))
        deviation = build.weight(Weight("deviation", shape, "constant", 1.0, trainable=False))
        return build.emit(Standardization(), inputs[0], mean=mean, deviation=deviation)

    def is_signed(self, inputs_signed: bool) -> bool:
        return True
