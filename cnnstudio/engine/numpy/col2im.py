"""Col2im, the transpose of im2col: sums windows into an image, each at its own place."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.engine.numpy.window_geometry import WindowGeometry, overlap
from cnnstudio.interruption import check_interrupted


class Col2im:
    """Adds each window's column of numbers to the image at the window's place."""

    def __init__(self, context: StageContext, geometry: WindowGeometry, *, backward: bool) -> None:
        self.geometry, self.batch = geometry, context.shard.size
        g = geometry
        shape = (g.groups, *g.kernel_size, g.channels, *g.count, self.batch)
        self.buffer = context.memory.scratch(shape, backward=backward)

    def bind(self, image: Array) -> None:
        """Prepare to write this array (C, H, W, N)."""
        g = self.geometry
        columns: Array = self.buffer.array
        grouped = image.reshape(g.groups, g.channels, *g.image[1:], self.batch)
        self._image = image
        self.matrices = columns.reshape(g.groups, g.depth, -1)
        self._additions: list[tuple[Array, Array]] = []
        for i in range(g.kernel_size[0]):
            windows, rows = overlap(g.image[1], g.count[0], g.stride[0], i * g.dilation[0] - g.padding[0])
            for j in range(g.kernel_size[1]):
                across, pixels = overlap(g.image[2], g.count[1], g.stride[1], j * g.dilation[1] - g.padding[1])
                self._additions.append((grouped[:, :, rows, pixels], columns[:, i, j][:, :, windows, across]))

    def add(self) -> None:
        """Write the sum of all columns."""
        self._image.fill(0)
        for target, values in self._additions:
            check_interrupted()
            np.add(target, values, out=target)
