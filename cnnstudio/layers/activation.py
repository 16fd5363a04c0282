"""Activation layers: the nonlinearities between the weighted layers."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer
from cnnstudio.layers.weighted import TrainableLayer
from cnnstudio.operations import Activation, BlockBuilder, ParametricReLU, Softmax, Value, Weight
from cnnstudio.spec import real


class ActivationLayer(Layer):
    """A layer that applies a function elementwise."""

    def function(self) -> Activation:
        """The operation with this layer's parameters; by default the function of the same name as the kind."""
        return Activation(self.kind)

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(self.function(), inputs[0])

    def is_signed(self, inputs_signed: bool) -> bool:
        return False


class ReLULayer(ActivationLayer, kind="relu", title="ReLU", role="activation", key="R"):
    """Sets negative values to zero and passes the others on: what does not match does not count."""


class LeakyReLULayer(ActivationLayer, kind="leaky_relu", title="Leaky ReLU", role="activation", prefix="leaky"):
    """Like ReLU, but scales negative values down instead of removing them, so that no unit stops training."""

    slope: float = real(
        default=0.01, min=0.0, max=1.0, step=0.01, help="The factor that negative values are multiplied by."
    )

    def function(self) -> Activation:
        return Activation("leaky_relu", self.slope)


class PReLULayer(TrainableLayer, kind="prelu", title="PReLU", role="activation"):
    """Leaky ReLU whose negative slope is trained, one for each channel."""

    start: float = real(
        default=0.25, min=-1.0, max=1.0, step=0.05, label="Initial slope", help="The negative slope before training."
    )

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        channels = inputs[0].shape[0]
        slope = Weight("weight", (channels,), "constant", self.start, frozen=self.frozen)
        return build.emit(ParametricReLU(), inputs[0], weight=build.weight(slope))

    def is_signed(self, inputs_signed: bool) -> bool:
        return False


class ELULayer(ActivationLayer, kind="elu", title="ELU", role="activation"):
    """Like ReLU above zero; negative values approach a lower limit smoothly."""

    depth: float = real(default=1.0, min=0.0, max=10.0, step=0.1, help="How far below zero the lower limit is (alpha).")

    def function(self) -> Activation:
        return Activation("elu", self.depth)


class GELULayer(ActivationLayer, kind="gelu", title="GELU", role="activation"):
    """A smooth ReLU: multiplies each value by the probability that a standard normal variable is smaller."""


class SiLULayer(ActivationLayer, kind="silu", synonyms="swish", title="SiLU", role="activation"):
    """A smooth ReLU: multiplies each value by its sigmoid. Also known as swish."""


class SigmoidLayer(ActivationLayer, kind="sigmoid", title="Sigmoid", role="activation"):
    """Maps any value to the range 0 to 1 along an S-shaped curve."""


class HardSigmoidLayer(
    ActivationLayer, kind="hard_sigmoid", title="Hard sigmoid", role="activation", prefix="hard_sigmoid"
):
    """Approximates the sigmoid by three straight lines, which is cheaper to compute."""

    slope: float = real(default=0.2, min=0.0, max=10.0, step=0.05, help="The slope of the middle line.")
    offset: float = real(default=0.5, min=-1.0, max=1.0, step=0.05, help="The value at zero.")

    def function(self) -> Activation:
        return Activation("hard_sigmoid", self.slope, self.offset)


class TanhLayer(ActivationLayer, kind="tanh", title="Tanh", role="activation"):
    """Maps any value to the range -1 to 1 along an S-shaped curve."""

    def is_signed(self, inputs_signed: bool) -> bool:
        return True


class SoftplusLayer(ActivationLayer, kind="softplus", title="Softplus", role="activation"):
    """A smooth ReLU: log(1 + exp(x))."""


class SoftmaxLayer(Layer, kind="softmax", title="Softmax", role="activation"):
    """Turns the channels at each position into probabilities that sum to one. The Output layer applies its own."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(Softmax(), inputs[0])

    def is_signed(self, inputs_signed: bool) -> bool:
        return False
