"""Derivatives by finite differences, and how closely a gradient must match them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnstudio.array import Array

STEP = 2e-5
TOLERANCE = 1e-6  # of the gradient's length
DRAWS = 20


class KinkError(ValueError):
    """The function has a kink nearby, so finite differences do not give its derivative."""


def derivative(function: Callable[[float], float]) -> float:
    """The derivative at 0, by fourth-order finite differences; raises KinkError near a kink."""
    near = (function(STEP) - function(-STEP)) / (2 * STEP)
    far = (function(2 * STEP) - function(-2 * STEP)) / (4 * STEP)
    best = near + (near - far) / 3
    if abs(near - best) > 1e-7 * (1 + abs(best)):
        raise KinkError
    return best


def check_derivative(gradient: Array, direction: Array, loss: Callable[[float], float]) -> None:
    """Assert that the gradient along the direction matches the derivative of `loss`, a function of the distance."""
    measured = derivative(loss)
    expected = float(np.vdot(gradient, direction))
    allowed = TOLERANCE * float(np.linalg.norm(gradient)) + 1e-10 * (1 + abs(loss(0.0)))
    assert abs(measured - expected) <= allowed, (
        f"derivative {measured:.12g}, the gradient gives {expected:.12g}, allowed {allowed:.2g}"
    )


def away_from_kinks(check: Callable[[int], None]) -> None:
    """Run the check with seeds 0, 1, … until it finds a smooth point."""
    for draw in range(DRAWS):
        try:
            check(draw)
        except KinkError:
            continue
        return
    raise AssertionError("no smooth place was found")


def along(base: Array, direction: Array, compute: Callable[[], float]) -> Callable[[float], float]:
    """`compute` as a function of how far `base` is moved, in place, along the direction."""
    start = base.copy()

    def moved(distance: float) -> float:
        np.copyto(base, start + distance * direction)
        value = compute()
        np.copyto(base, start)
        return value

    return moved
