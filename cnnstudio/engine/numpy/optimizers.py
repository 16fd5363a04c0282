"""One step of each optimizer, on flat vectors and in blocks that fit the cache."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.memory import touch
from cnnstudio.operations.optimizer import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
)

BLOCK = 1 << 15  # numbers; four vectors and two scratch vectors of this length fit a core's cache


Kind = TypeVar("Kind", bound=Optimizer)
AdamKind = TypeVar("AdamKind", bound=Adam)


class Update(ABC, Generic[Kind]):
    """An optimizer and its slots. `apply` updates the weights in place and overwrites the gradient."""

    def __init__(self, optimizer: Kind, weights: Array, ranges: Sequence[slice] | None = None) -> None:
        """Updates only the given ranges of the weights; by default all of them."""
        self.optimizer = optimizer
        ranges = [slice(0, len(weights))] if ranges is None else ranges
        self.slots = {name: np.zeros(weights.shape, weights.dtype) for name in optimizer.slots}
        self._is_prepared = False
        scratch = np.zeros_like(weights[:BLOCK])
        places = [slice(first, min(first + BLOCK, r.stop)) for r in ranges for first in range(r.start, r.stop, BLOCK)]
        self._blocks = [
            (p, weights[p], [slot[p] for slot in self.slots.values()], scratch[: p.stop - p.start]) for p in places
        ]

    def prepare(self) -> None:
        """Do before the first step what takes long and can be interrupted."""
        if not self._is_prepared:
            for slot in self.slots.values():
                touch(slot)
            self._is_prepared = True

    def apply(self, gradient: Array, rate: float, number: int) -> None:
        """Take step `number` of the optimizer; its slots are zero before step 0."""
        for place, weights, slots, scratch in self._blocks:
            self.update(weights, gradient[place], slots, scratch, rate, number)

    @abstractmethod
    def update(self, w: Array, g: Array, slots: list[Array], scratch: Array, rate: float, number: int) -> None:
        """Update one block of weights `w` by its gradient `g`."""


class SGDUpdate(Update[SGD]):
    """w -= rate g"""

    def update(self, w: Array, g: Array, slots: list[Array], scratch: Array, rate: float, number: int) -> None:
        np.multiply(g, rate, out=g)
        np.subtract(w, g, out=w)


class MomentumUpdate(Update[Momentum]):
    """v = momentum v - rate g; w += v"""

    def update(self, w: Array, g: Array, slots: list[Array], scratch: Array, rate: float, number: int) -> None:
        (v,) = slots
        np.multiply(v, self.optimizer.momentum, out=v)
        np.multiply(g, rate, out=g)
        np.subtract(v, g, out=v)
        np.add(w, v, out=w)


class NesterovUpdate(Update[Nesterov]):
    """v = momentum v - rate g; w += momentum v - rate g"""

    def update(self, w: Array, g: Array, slots: list[Array], scratch: Array, rate: float, number: int) -> None:
        (v,) = slots
        np.multiply(v, self.optimizer.momentum, out=v)
        np.multiply(g, rate, out=g)
        np.subtract(v, g, out=v)
        np.subtract(w, g, out=w)
        np.multiply(v, self.optimizer.momentum, out=scratch)
        np.add(w, scratch, out=w)


class AdagradUpdate(Update[Adagrad]):
    """s += g^2; w -= rate g / (sqrt(s) + epsilon)"""

    def update(self, w: Array, g: Array, slots: list[Array], scratch: Array, rate: float, number: int) -> None:
        (s,) = slots
        np.multiply(g, g, out=scratch)
        np.add(s, scratch, out=s)
        _divide_by_root(w, g, s, scratch, rate, self.optimizer.epsilon)


class RMSpropUpdate(Update[RMSprop]):
    """s = decay s + (1 - decay) g^2; w -= rate g / (sqrt(s) + epsilon)"""

    def update(self, w: Array, g: Array, slots: list[Array], scratch: Array, rate: float, number: int) -> None:
        (s,) = slots
        _average_squares(s, g, scratch, self.optimizer.decay)
        _divide_by_root(w, g, s, scratch, rate, self.optimizer.epsilon)


class AdamUpdate(Update[AdamKind]):
    """m and s are moving averages of g and g^2; w -= rate m' / (sqrt(s') + epsilon), with both bias-corrected."""

    def update(self, w: Array, g: Array, slots: list[Array], scratch: Array, rate: float, number: int) -> None:
        o, (m, s) = self.optimizer, slots
        first, second = 1.0 - o.beta1 ** (number + 1), 1.0 - o.beta2 ** (number + 1)
        _average_squares(s, g, scratch, o.beta2)
        np.multiply(m, o.beta1, out=m)
        np.multiply(g, 1.0 - o.beta1, out=g)
        np.add(m, g, out=m)
        np.divide(s, second, out=scratch)
        np.sqrt(scratch, out=scratch)
        np.add(scratch, o.epsilon, out=scratch)
        np.divide(m, scratch, out=g)
        np.multiply(g, rate / first, out=g)
        np.subtract(w, g, out=w)


class AdamWUpdate(AdamUpdate[AdamW]):
    """w -= rate decay w, then Adam's step."""

    def update(self, w: Array, g: Array, slots: list[Array], scratch: Array, rate: float, number: int) -> None:
        np.multiply(w, 1.0 - rate * self.optimizer.decay, out=w)
        super().update(w, g, slots, scratch, rate, number)


def _average_squares(s: Array, g: Array, scratch: Array, decay: float) -> None:
    np.multiply(g, g, out=scratch)
    np.multiply(scratch, 1.0 - decay, out=scratch)
    np.multiply(s, decay, out=s)
    np.add(s, scratch, out=s)


def _divide_by_root(w: Array, g: Array, s: Array, scratch: Array, rate: float, epsilon: float) -> None:
    np.sqrt(s, out=scratch)
    np.add(scratch, epsilon, out=scratch)
    np.divide(g, scratch, out=g)
    np.multiply(g, rate, out=g)
    np.subtract(w, g, out=w)


UPDATES: dict[str, type[Update[Any]]] = {
    SGD.kind: SGDUpdate,
    Momentum.kind: MomentumUpdate,
    Nesterov.kind: NesterovUpdate,
    Adagrad.kind: AdagradUpdate,
    RMSprop.kind: RMSpropUpdate,
    Adam.kind: AdamUpdate,
    AdamW.kind: AdamWUpdate,
}
