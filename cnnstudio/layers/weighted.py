"""Base classes of layers with trainable weights: initialization, weight decay and freezing."""

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
    """A layer with trainable weights."""

    frozen: bool = flag(
        default=False,
        label="Freeze",
        help="Excludes this layer's weights from training.",
        advanced=True,
    )


class WeightedLayer(TrainableLayer):
    """A layer with weights and an optional bias."""

    use_bias: bool = flag(
        default=True,
        label="Bias",
        help="Adds a trainable constant to the output of each filter or unit.",
        advanced=True,
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
        label="Weight initialization",
        help="How the weights are set before training. He suits ReLU; Glorot suits sigmoid and tanh.",
    )
    constant: float = real(
        default=0.1,
        min=-100.0,
        max=100.0,
        step=0.1,
        label="Initial value",
        help="The initial value of every weight.",
        when=("initializer", ("constant",)),
    )
    l1: float = real(
        default=0.0,
        min=0.0,
        max=10.0,
        step=0.0001,
        label="L1 decay",
        help="Adds this times the sum of |weight| to what training minimizes, which drives weights to zero. Not "
        "included in the loss that is shown.",
        advanced=True,
    )
    l2: float = real(
        default=0.0,
        min=0.0,
        max=10.0,
        step=0.0001,
        label="L2 decay",
        help="Adds half of this times the sum of weight² to what training minimizes, which keeps weights small. Not "
        "included in the loss that is shown.",
    )

    def add_weight(self, build: BlockBuilder, shape: Shape, fan_in: int, fan_out: int, name: str = "weight") -> str:
        """Declare the weight array with this layer's initialization and decay; returns its name."""
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
        """Declare the bias (initially zero, without decay) if there is one; returns keyword arguments for `emit`."""
        if not self.use_bias:
            return {}
        return {"bias": build.weight(Weight("bias", (size,), frozen=self.frozen))}

    def is_signed(self, inputs_signed: bool) -> bool:
        return True
