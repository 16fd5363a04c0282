"""The weights after the epoch with the lowest validation loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from cnnstudio.array import Array


@dataclass(frozen=True, eq=False)
class BestWeights:
    """Weights by key, which nothing may change, and when they were reached: after an epoch, counted from 1, and a step.

    `loss` and `accuracy` are those of the validation images, `data` is the fingerprint of their dataset.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float | None
    data: str
    arrays: Mapping[str, Array]

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    @staticmethod
    def improves(best: BestWeights | None, data: str, loss: float) -> bool:
        """Whether weights with this validation loss are to replace the best so far, which other data may have."""
        return bool(np.isfinite(loss)) and (best is None or best.data != data or loss < best.loss)

    def numbers(self) -> dict[str, Array]:
        """All but the weights, as arrays for a file."""
        accuracy = np.nan if self.accuracy is None else self.accuracy
        return {
            "best": np.array([self.epoch, self.step, self.loss, accuracy], np.float64),
            "best_data": np.frombuffer(self.data.encode(), np.uint8),
        }

    @classmethod
    def from_numbers(cls, numbers: Mapping[str, Array], arrays: Mapping[str, Array]) -> Self:
        """What `numbers` wrote. Raises KeyError, TypeError or ValueError where it is something else."""
        epoch, step, loss, accuracy = numbers["best"].tolist()
        if not (epoch >= 0 and step >= 0 and np.isfinite([epoch, step, loss]).all()):
            raise ValueError("a number of the best weights is out of range")
        data = numbers["best_data"].tobytes().decode()
        return cls(int(epoch), int(step), loss, None if np.isnan(accuracy) else accuracy, data, arrays)
