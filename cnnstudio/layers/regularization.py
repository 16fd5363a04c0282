"""Layers that make training harder so that the network learns better; they rest when it is used."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer, require_image
from cnnstudio.operations import BlockBuilder, Dropout, GaussianNoise, Value
from cnnstudio.spec import real


class DropoutLayer(Layer, kind="dropout", title="Dropout", role="regularization", key="D"):
    """While training, silences random values, so that no vote may rely on a single witness."""

    rate: float = real(
        default=0.5, min=0.0, max=0.95, step=0.05, help="Share of the values that is set to zero at each step."
    )

    def summary(self) -> str:
        return f"{self.rate:g}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(Dropout(self.rate, whole_maps=False), inputs[0])


class SpatialDropoutLayer(
    Layer, kind="spatial_dropout", title="Spatial dropout", role="regularization", prefix="dropout"
):
    """While training, silences whole random feature maps; neighbours in a map know too much of each other."""

    rate: float = real(
        default=0.2, min=0.0, max=0.95, step=0.05, help="Share of the maps that is set to zero at each step."
    )

    def summary(self) -> str:
        return f"{self.rate:g}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        require_image(inputs[0].shape)
        return build.emit(Dropout(self.rate, whole_maps=True), inputs[0])


class GaussianNoiseLayer(Layer, kind="gaussian_noise", title="Gaussian noise", role="regularization", prefix="noise"):
    """While training, adds random noise, so that the network does not hang on exact values."""

    deviation: float = real(default=0.1, min=0.0, max=10.0, step=0.05, help="Standard deviation of the noise.")

    def summary(self) -> str:
        return f"{self.deviation:g}"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(GaussianNoise(self.deviation), inputs[0])
