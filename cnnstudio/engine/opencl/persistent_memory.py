"""Device memory that outlives a step: weights, state, and the optimizer's slots."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.memory import ALIGNMENT
from cnnstudio.engine.opencl.job import KernelArg, Region
from cnnstudio.engine.weights import Weights


class PersistentMemory:
    """Where a network's weight vectors lie on the device, and the host arrays that they are copied from and to."""

    def __init__(self, weights: Weights, options: TrainingOptions | None) -> None:
        self.weights = weights
        self.slots = {name: np.zeros_like(weights.trained) for name in options.optimizer.slots} if options else {}
        vectors = {"trained": weights.trained, "frozen": weights.frozen, "state": weights.state} | self.slots
        self.regions: dict[str, Region] = {}
        self.bytes = 0
        for name, vector in vectors.items():
            self.regions[name] = Region("persistent", vector.nbytes, self.bytes)
            self.bytes += -(-max(vector.nbytes, 1) // ALIGNMENT) * ALIGNMENT
        self.vectors: dict[str, Array] = vectors

    @property
    def changing(self) -> list[str]:
        """The vectors that a step changes."""
        return [name for name in self.vectors if name != "frozen"]

    def weight(self, key: str) -> KernelArg:
        """One array of the weights."""
        part, place = self.weights.places[key]
        size = self.weights.dtype.itemsize
        region = Region("persistent", (place.stop - place.start) * size, self.regions[part].start + place.start * size)
        return KernelArg(key, region)

    def vector(self, name: str) -> KernelArg:
        """A whole vector."""
        return KernelArg(name, self.regions[name])
