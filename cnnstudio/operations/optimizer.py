"""Optimizers and their hyperparameters; the engines implement the update."""

from __future__ import annotations

from typing import ClassVar

from cnnstudio.spec import Spec, real


class Optimizer(Spec):
    """Updates each weight from its gradient and the optimizer's state, an array for each name in `slots`."""

    slots: ClassVar[tuple[str, ...]] = ()

    rate: float = real(
        default=0.01,
        min=0.0,
        max=100.0,
        step=0.001,
        label="Learning rate",
        help="The size of each step against the gradient.",
    )


class SGD(Optimizer):
    """Stochastic gradient descent: steps against the gradient."""

    kind = "sgd"
    title = "SGD"


class Momentum(Optimizer):
    """Adds a fraction of the previous step, like a ball rolling downhill (Polyak, 1964, as in CS231n)."""

    kind = "momentum"
    title = "SGD with momentum"
    slots = ("velocity",)

    momentum: float = real(
        default=0.9, min=0.0, max=0.9999, step=0.01, help="Fraction of the previous step that is added."
    )


class Nesterov(Optimizer):
    """Momentum with the gradient at the point it is moving to (Nesterov, 1983; as in Sutskever, 2013, and PyTorch)."""

    kind = "nesterov"
    title = "Nesterov momentum"
    slots = ("velocity",)

    momentum: float = real(
        default=0.9, min=0.0, max=0.9999, step=0.01, help="Fraction of the previous step that is added."
    )


class Adagrad(Optimizer):
    """Divides each step by the root of the sum of all squared gradients so far (Duchi, 2011)."""

    kind = "adagrad"
    title = "Adagrad"
    slots = ("squares",)

    epsilon: float = real(
        default=1e-10, min=1e-16, max=1.0, step=1e-8, help="Added to the divisor to avoid division by zero."
    )


class RMSprop(Optimizer):
    """Divides each step by the root of the running mean of squared gradients (Hinton, 2012)."""

    kind = "rmsprop"
    title = "RMSprop"
    slots = ("squares",)

    decay: float = real(default=0.99, min=0.0, max=0.99999, step=0.01, help="Decay rate of the running mean.")
    epsilon: float = real(
        default=1e-8, min=1e-16, max=1.0, step=1e-8, help="Added to the divisor to avoid division by zero."
    )


class Adam(Optimizer):
    """Combines momentum and RMSprop, both corrected for starting at zero (Kingma and Ba, 2014)."""

    kind = "adam"
    title = "Adam"
    slots = ("mean", "squares")

    rate: float = real(
        default=0.001,
        min=0.0,
        max=100.0,
        step=0.001,
        label="Learning rate",
        help="The approximate upper limit of each step.",
    )
    beta1: float = real(
        default=0.9, min=0.0, max=0.99999, step=0.01, help="Decay rate of the first moment, the mean of the gradients."
    )
    beta2: float = real(
        default=0.999,
        min=0.0,
        max=0.99999,
        step=0.001,
        help="Decay rate of the second moment, the mean of the squared gradients.",
    )
    epsilon: float = real(
        default=1e-8, min=1e-16, max=1.0, step=1e-8, help="Added to the divisor to avoid division by zero."
    )


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2017)."""

    kind = "adamw"
    title = "AdamW"

    decay: float = real(
        default=0.01,
        min=0.0,
        max=10.0,
        step=0.001,
        label="Weight decay",
        help="Each step reduces every weight by this fraction times the learning rate.",
    )


class Nudge(Optimizer):
    """Moves each weight up and down and keeps what lowers the error; no calculus. For tiny networks only."""

    kind = "nudge"
    title = "Nudge (no backpropagation)"

    rate: float = real(
        default=0.05,
        min=1e-6,
        max=10.0,
        step=0.01,
        label="Nudge size",
        help="How far each weight is moved up and down to see whether the error decreases.",
    )


OPTIMIZERS: dict[str, type[Optimizer]] = {
    cls.kind: cls for cls in (SGD, Momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW, Nudge)
}
