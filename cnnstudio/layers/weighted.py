"""What all layers with learned weights share: how the weights start, decay and freeze."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer
from cnnstudio.operations import BlockBuilder, Shape, Weight
from cnnstudio.spec import choice, flag, real

INITIALIZERS = (
    "he_normal",
    "he_uniform",
    "glorot_normal",
    "glorot_uniform",
    "lecun_normal",
    "lecun_uniform",
    "orthogonal",
    "constant",
    "zeros",
)


class TrainableLayer(Layer):
    """A layer with learned numbers."""

    frozen: bool = flag(
        default=False,
        label="Freeze",
        help="Keep this layer's weights as they are while the others learn.",
        advanced=True,
    )


class WeightedLayer(TrainableLayer):
    """A layer with a matrix of weights and, mostly, a bias."""

    use_bias: bool = flag(
        default=True, label="Bias", help="Add one learned number to each filter or unit.", advanced=True
    )
    initializer: str = choice(
        default="he_normal",
        options=INITIALIZERS,
        labels=(
            "He normal",
            "He uniform",
            "Glorot normal",
            "Glorot uniform",
            "LeCun normal",
            "LeCun uniform",
            "Orthogonal",
            "Constant",
            "Zeros",
        ),
        label="Weights start",
        help="How the weights are drawn before training; He suits ReLU, Glorot suits sigmoid and tanh.",
    )
    constant: float = real(
        default=0.1,
        min=-100.0,
        max=100.0,
        step=0.1,
        label="Start value",
        help="The value that every weight starts from.",
        when=("initializer", ("constant",)),
    )
    l1: float = real(
        default=0.0,
        min=0.0,
        max=10.0,
        step=0.0001,
        label="L1 decay",
        help="Training also makes this much times the sum of |weight| small, which pulls weights to exactly zero; the "
        "loss that is shown leaves it out.",
        advanced=True,
    )
    l2: float = real(
        default=0.0,
        min=0.0,
        max=10.0,
        step=0.0001,
        label="L2 decay",
        help="Training also makes half of this times the sum of weight² small, which keeps weights small; the loss "
        "that is shown leaves it out.",
    )

    def add_weight(self, build: BlockBuilder, shape: Shape, fan_in: int, fan_out: int, name: str = "weight") -> str:
        """Declare the array of weights, drawn and decayed as the parameters say."""
        return build.weight(
            Weight(
                name,
                shape,
                self.initializer,
                self.constant,
                fan_in,
                fan_out,
                frozen=self.frozen,
                l1=self.l1,
                l2=self.l2,
            )
        )

    def add_bias(self, build: BlockBuilder, size: int) -> dict[str, str]:
        """Declare the bias, which starts at zero and does not decay; the role for `emit`, or none."""
        if not self.use_bias:
            return {}
        return {"bias": build.weight(Weight("bias", (size,), frozen=self.frozen))}

    def is_signed(self, inputs_signed: bool) -> bool:
        return True
