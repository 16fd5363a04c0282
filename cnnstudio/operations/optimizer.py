"""How a gradient becomes a step of the weights."""

from __future__ import annotations

from typing import ClassVar

from cnnstudio.spec import Spec, real


class Optimizer(Spec):
    """A rule that updates each weight from its gradient and a few remembered numbers (`slots`)."""

    slots: ClassVar[tuple[str, ...]] = ()

    rate: float = real(
        default=0.01,
        min=0.0,
        max=100.0,
        step=0.001,
        label="Learning rate",
        help="How far each step moves against the gradient.",
    )


class SGD(Optimizer):
    """Step against the gradient."""

    kind = "sgd"
    title = "SGD"


class Momentum(Optimizer):
    """Keep part of the previous step, like a ball rolling downhill (Polyak, 1964, as CS231n writes it)."""

    kind = "momentum"
    title = "SGD with momentum"
    slots = ("velocity",)

    momentum: float = real(default=0.9, min=0.0, max=0.9999, step=0.01, help="Share of the previous step that is kept.")


class Nesterov(Optimizer):
    """Momentum that looks where it is about to be (Nesterov, 1983, in the form of PyTorch and Sutskever, 2013)."""

    kind = "nesterov"
    title = "Nesterov momentum"
    slots = ("velocity",)

    momentum: float = real(default=0.9, min=0.0, max=0.9999, step=0.01, help="Share of the previous step that is kept.")


class Adagrad(Optimizer):
    """Divide each step by the root of all squared gradients so far (Duchi, 2011)."""

    kind = "adagrad"
    title = "Adagrad"
    slots = ("squares",)

    epsilon: float = real(
        default=1e-10, min=1e-16, max=1.0, step=1e-8, help="Added to the divisor so that it is never zero."
    )


class RMSprop(Optimizer):
    """Divide each step by the root of the recent mean of squared gradients (Hinton, 2012)."""

    kind = "rmsprop"
    title = "RMSprop"
    slots = ("squares",)

    decay: float = real(default=0.99, min=0.0, max=0.99999, step=0.01, help="Share of the old mean that is kept.")
    epsilon: float = real(
        default=1e-8, min=1e-16, max=1.0, step=1e-8, help="Added to the divisor so that it is never zero."
    )


class Adam(Optimizer):
    """Momentum over RMSprop, both corrected for their start at zero (Kingma and Ba, 2014)."""

    kind = "adam"
    title = "Adam"
    slots = ("mean", "squares")

    rate: float = real(
        default=0.001,
        min=0.0,
        max=100.0,
        step=0.001,
        label="Learning rate",
        help="How far each step moves at most, about.",
    )
    beta1: float = real(
        default=0.9, min=0.0, max=0.99999, step=0.01, help="Share of the old mean of gradients that is kept."
    )
    beta2: float = real(
        default=0.999,
        min=0.0,
        max=0.99999,
        step=0.001,
        help="Share of the old mean of squared gradients that is kept.",
    )
    epsilon: float = real(
        default=1e-8, min=1e-16, max=1.0, step=1e-8, help="Added to the divisor so that it is never zero."
    )


class AdamW(Adam):
    """Adam that shrinks the weights directly instead of through the gradient (Loshchilov and Hutter, 2017)."""

    kind = "adamw"
    title = "AdamW"

    decay: float = real(
        default=0.01,
        min=0.0,
        max=10.0,
        step=0.001,
        label="Weight decay",
        help="Share of each weight, times the rate, that every step takes away.",
    )


class Nudge(Optimizer):
    """Nudge every weight up and down and keep what lowers the error; no calculus. For tiny networks only."""

    kind = "nudge"
    title = "Nudge (no backpropagation)"

    rate: float = real(
        default=0.05,
        min=1e-6,
        max=10.0,
        step=0.01,
        label="Nudge size",
        help="How far each weight is moved up and down to see whether the error falls.",
    )


OPTIMIZERS: dict[str, type[Optimizer]] = {
    cls.kind: cls for cls in (SGD, Momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW, Nudge)
}
