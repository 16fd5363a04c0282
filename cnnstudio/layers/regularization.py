"""Regularization layers: they act during training only and pass their input on during inference."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer, require_image
from cnnstudio.operations import BlockBuilder, Dropout, GaussianNoise, Value
from cnnstudio.spec import real


class DropoutLayer(Layer, kind="dropout", title="Dropout", role="regularization", key="D"):
    """During training, sets random values to zero, so that the network cannot rely on any single one."""

    rate: float = real(
        default=0.5, min=0.0, max=0.95, step=0.05, help="Fraction of the values set to zero at each step."
    )

    def summary(self) -> str:
        return f"{self.rate:g}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(Dropout(self.rate, whole_maps=False), inputs[0])


class SpatialDropoutLayer(
    Layer, kind="spatial_dropout", title="Spatial dropout", role="regularization", prefix="dropout"
):
    """During training, sets whole random feature maps to zero, because neighboring values in a map are alike."""

    rate: float = real(default=0.2, min=0.0, max=0.95, step=0.05, help="Fraction of the maps set to zero at each step.")

    def summary(self) -> str:
        return f"{self.rate:g}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        require_image(inputs[0].shape)
        return build.emit(Dropout(self.rate, whole_maps=True), inputs[0])


class GaussianNoiseLayer(Layer, kind="gaussian_noise", title="Gaussian noise", role="regularization", prefix="noise"):
    """During training, adds random noise, so that the network does not depend on exact values."""

    deviation: float = real(default=0.1, min=0.0, max=10.0, step=0.05, help="Standard deviation of the noise.")

    def summary(self) -> str:
        return f"{self.deviation:g}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(GaussianNoise(self.deviation), inputs[0])
