"""Activation layers: what makes a stack of layers more than one big sum."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer
from cnnstudio.layers.weighted import TrainableLayer
from cnnstudio.operations import Activation, BlockBuilder, ParametricReLU, Softmax, Value, Weight
from cnnstudio.spec import real


class ActivationLayer(Layer):
    """A layer that applies a function to every number."""

    def function(self) -> Activation:
        """The operation with this layer's numbers; the kind names it unless there is more to say."""
        return Activation(self.kind)

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(self.function(), inputs[0])

    def is_signed(self, inputs_signed: bool) -> bool:
        return False


class ReLULayer(ActivationLayer, kind="relu", title="ReLU", role="activation", key="R"):
    """Turns negative values into zero and leaves the others: what does not match does not count."""


class LeakyReLULayer(ActivationLayer, kind="leaky_relu", title="Leaky ReLU", role="activation", prefix="leaky"):
    """Like ReLU, but lets a little of the negative values through, so that no unit falls silent for good."""

    slope: float = real(default=0.01, min=0.0, max=1.0, step=0.01, help="How much of a negative value comes through.")

    def function(self) -> Activation:
        return Activation("leaky_relu", self.slope)


class PReLULayer(TrainableLayer, kind="prelu", title="PReLU", role="activation"):
    """Leaky ReLU that learns, for each channel, how much of the negative values to let through."""

    start: float = real(default=0.25, min=-1.0, max=1.0, step=0.05, help="The slope below zero before training.")

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        channels = inputs[0].shape[0]
        slope = Weight("weight", (channels,), "constant", self.start, frozen=self.frozen)
        return build.emit(ParametricReLU(), inputs[0], weight=build.weight(slope))

    def is_signed(self, inputs_signed: bool) -> bool:
        return False


class ELULayer(ActivationLayer, kind="elu", title="ELU", role="activation"):
    """Like ReLU above zero; below it bends smoothly towards a floor."""

    depth: float = real(default=1.0, min=0.0, max=10.0, step=0.1, help="How far below zero the floor lies.")

    def function(self) -> Activation:
        return Activation("elu", self.depth)


class GELULayer(ActivationLayer, kind="gelu", title="GELU", role="activation"):
    """A smooth ReLU that weighs each value by the chance that a normal number is smaller."""


class SiLULayer(ActivationLayer, kind="silu", synonyms="swish", title="SiLU", role="activation"):
    """A smooth ReLU: each value times its own sigmoid (also called swish)."""


class SigmoidLayer(ActivationLayer, kind="sigmoid", title="Sigmoid", role="activation"):
    """Squeezes any value into 0 to 1, in the shape of an S."""


class HardSigmoidLayer(
    ActivationLayer, kind="hard_sigmoid", title="Hard sigmoid", role="activation", prefix="hard_sigmoid"
):
    """The sigmoid drawn with three straight lines: cheaper, nearly the same."""

    slope: float = real(default=0.2, min=0.0, max=10.0, step=0.05, help="Slope of the middle line.")
    offset: float = real(default=0.5, min=-1.0, max=1.0, step=0.05, help="The value at zero.")

    def function(self) -> Activation:
        return Activation("hard_sigmoid", self.slope, self.offset)


class TanhLayer(ActivationLayer, kind="tanh", title="Tanh", role="activation"):
    """Squeezes any value into -1 to 1, in the shape of an S."""

    def is_signed(self, inputs_signed: bool) -> bool:
        return True


class SoftplusLayer(ActivationLayer, kind="softplus", title="Softplus", role="activation"):
    """ReLU with a rounded corner: the log of 1 + e to the value."""


class SoftmaxLayer(Layer, kind="softmax", title="Softmax", role="activation"):
    """Makes the channels at each place positive and sum to one. Output has its own; this is for the middle."""

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.emit(Softmax(), inputs[0])

    def is_signed(self, inputs_signed: bool) -> bool:
        return False
