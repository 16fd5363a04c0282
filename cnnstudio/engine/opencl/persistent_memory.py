"""The part of a device's memory that outlasts a step: weights, state and what the optimizer remembers."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.memory import ALIGNMENT
from cnnstudio.engine.opencl.job import Port, Region
from cnnstudio.engine.weights import Weights


class Kept:
    """Where the vectors of a network's weights lie on the device, and the arrays that they are copied from and to."""

    def __init__(self, weights: Weights, learning: TrainingOptions | None) -> None:
        self.weights = weights
        self.slots = {name: np.zeros_like(weights.trained) for name in learning.optimizer.slots} if learning else {}
        vectors = {"trained": weights.trained, "frozen": weights.frozen, "state": weights.state} | self.slots
        self.regions: dict[str, Region] = {}
        self.bytes = 0
        for name, vector in vectors.items():
            self.regions[name] = Region("kept", vector.nbytes, self.bytes)
            self.bytes += -(-max(vector.nbytes, 1) // ALIGNMENT) * ALIGNMENT
        self.vectors: dict[str, Array] = vectors

    @property
    def changing(self) -> list[str]:
        """The vectors that a step changes."""
        return [name for name in self.vectors if name != "frozen"]

    def weight(self, key: str) -> Port:
        """One array."""
        part, place = self.weights.places[key]
        size = self.weights.dtype.itemsize
        region = Region("kept", (place.stop - place.start) * size, self.regions[part].start + place.start * size)
        return Port(key, region)

    def vector(self, name: str) -> Port:
        """A whole vector."""
        return Port(name, self.regions[name])
