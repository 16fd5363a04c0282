"""Stages with several inputs."""

from __future__ import annotations

import numpy as np

from cnnstudio.engine.numpy.stage import Bench, Stage


class AddStage(Stage):
    """The sum of the inputs."""

    def forward(self) -> None:
        np.add(self.xs[0], self.xs[1], out=self.y)
        for x in self.xs[2:]:
            np.add(self.y, x, out=self.y)

    def backward(self) -> None:
        for dx in self.dxs:
            if dx is not None:
                np.copyto(dx, self.dy)


class MultiplyStage(Stage):
    """The product of the inputs."""

    def forward(self) -> None:
        np.multiply(self.xs[0], self.xs[1], out=self.y)
        for x in self.xs[2:]:
            np.multiply(self.y, x, out=self.y)

    def backward(self) -> None:
        for index, dx in enumerate(self.dxs):
            if dx is not None:
                np.copyto(dx, self.dy)
                for other, x in enumerate(self.xs):
                    if other != index:
                        np.multiply(dx, x, out=dx)


class ConcatenateStage(Stage):
    """The inputs' channels, one after another."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        ends = np.cumsum([0, *(shape[0] for shape in bench.shapes)])
        self.slices = [slice(ends[i], ends[i + 1]) for i in range(len(bench.shapes))]

    def forward(self) -> None:
        for place, x in zip(self.slices, self.xs, strict=True):
            np.copyto(self.y[place], x)

    def backward(self) -> None:
        for place, dx in zip(self.slices, self.dxs, strict=True):
            if dx is not None:
                np.copyto(dx, self.dy[place])
